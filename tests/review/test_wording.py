"""Names that the desk's pages give to codes."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.states import StaffRole
from review.models import ReviewCase
from review.wording import language_name
from tests.factories import ReviewerFactory
from tests.review.desk import decide


@pytest.mark.parametrize(
    ("code", "english", "german"),
    [
        ("de", "German", "Deutsch"),
        ("pt-BR", "Brazilian Portuguese", "Brasilianisches Portugiesisch"),
        ("de-CH", "German (de-CH)", "Deutsch (de-CH)"),
        ("zh-Hant", "Traditional Chinese", "Traditionelles Chinesisch"),
        ("zh", "Chinese", "Chinese"),
        ("zh-SG", "Simplified Chinese", "Vereinfachtes Chinesisch"),
        ("zh-VN", "Chinese (zh-VN)", "Chinese (zh-VN)"),
        ("tlh", "tlh", "tlh"),
        ("", "", ""),
    ],
)
def test_a_language_is_named_in_the_readers_own_and_an_unknown_code_stays(code, english, german):
    assert language_name(code) == english
    with override("de"):
        assert language_name(code) == german


def test_figures_and_filters_name_languages(case, reviewer, token):
    ReviewCase.objects.update(language="de")
    decide(reviewer, case, token)
    browser = Client()
    browser.force_login(ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER))
    figures = browser.get("/desk/figures/").content.decode()
    assert "<bdi>German</bdi>" in figures
    assert "<bdi>de</bdi>" not in figures
    assert '<option value="de">German</option>' in browser.get("/desk/").content.decode()
