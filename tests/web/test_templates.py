"""Rules that hold for every template and sheet of the site."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
# A mail has no style sheet: mail programs know inline styles only, and no CSP applies to them.
MAILS = {ROOT / "templates" / "notifications" / "mail.html"}
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if path not in MAILS)
SHEETS = sorted((ROOT / "platform" / "web" / "static").rglob("*.css"))
SCRIPTS = sorted((ROOT / "platform" / "web" / "static").rglob("*.js"))
# Names and signs that are the same in every language.
UNTRANSLATED = {"Dailies", "API", "SHA", "SHA-256", "fps", "h", "s"}
SPOKEN = {"title", "placeholder", "aria-label", "alt"}
TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}", re.DOTALL)
NAMES = re.compile(r"{% block (theme|main_class|body_class) %}.*?{% endblock %}")
TRANSLATED = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}", re.DOTALL)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


class Words(HTMLParser):
    """Collects the words that a template says without asking for their translation."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"kbd", "code", "script", "text"}
        self.found += [value for key, value in attrs if key in SPOKEN and value and re.search(r"[A-Za-z]{2}", value)]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"kbd", "code", "script", "text"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found += re.findall(r"[A-Za-z][A-Za-z' ]+", data)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_template_has_inline_styles_scripts_or_handlers(path):
    text = COMMENT.sub("", path.read_text())
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert "hx-on" not in text
    assert "javascript:" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_word_of_a_template_can_be_translated(path):
    text = path.read_text()
    for pattern in (COMMENT, NAMES, TRANSLATED, TAG):
        text = pattern.sub(" ", text)
    words = Words()
    words.feed(re.sub(r"<!doctype[^>]*>", "", text))
    said = {word.strip() for word in words.found if word.strip()}
    assert said <= UNTRANSLATED


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_prompt_never_stands_in_an_address(path):
    assert not re.search(r"""(href|action|hx-get|src)=["'][^"']*prompt""", path.read_text())


@pytest.mark.parametrize("path", SHEETS, ids=name)
def test_sheets_fetch_nothing_from_elsewhere_and_keep_to_their_layers(path):
    text = path.read_text()
    assert "@import" not in text
    assert not re.search(r"url\(\s*['\"]?(https?:)?//", text)
    assert "@layer" in text


@pytest.mark.parametrize("path", SHEETS, ids=name)
def test_sheets_are_written_for_both_directions_of_writing(path):
    physical = r"(margin|padding|border)-(left|right)\b|(?<![-\w])(left|right):|text-align:\s*(left|right)"
    assert not re.search(physical, path.read_text())


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_scripts_evaluate_nothing(path):
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", path.read_text())
