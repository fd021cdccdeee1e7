"""How forms are read: their verdict counts, and what is written in several lines is read in one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django import forms
from django.urls import get_resolver
from rest_framework import serializers

from common.serializers import LinesField as ApiLinesField
from common.serializers import RequestBody
from common.text import LinesField
from tests.architecture.code import apps, name_of, python_files

SEVERAL_LINES = 1_000  # characters: what may be as long is no line


def passed_over(source: str) -> list[int]:
    """The lines that ask a form whether it is valid, and do not listen: `cleaned_data` may lack a field then."""
    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr)]
    return [one.lineno for one in statements if ast.unparse(one.value).endswith(".is_valid()")]


def test_nobody_passes_over_what_a_form_says():
    sources = {
        name_of(file): file.read_text(encoding="utf-8") for file in python_files("platform", "generation", "review")
    }
    assert {name: lines for name, source in sources.items() if (lines := passed_over(source))} == {}


@pytest.mark.parametrize(
    ("line", "found"),
    [("form.is_valid()", [1]), ("if form.is_valid(): pass", []), ("body.is_valid(raise_exception=True)", [])],
)
def test_an_unheard_verdict_is_seen(line, found):
    assert passed_over(line) == found


def forms_of(base: type) -> Iterator[type]:
    for cls in base.__subclasses__():
        yield cls
        yield from forms_of(cls)


def test_whatever_is_written_in_several_lines_counts_a_lines_end_once():
    get_resolver().url_patterns  # noqa: B018  imports every page
    ours = {app.name for app in apps()}
    found = {
        f"{cls.__name__}.{name}": field
        for cls in forms_of(forms.BaseForm)
        if cls.__module__.split(".")[0] in ours
        for name, field in cls.base_fields.items()  # type: ignore[attr-defined]
        if isinstance(field, forms.CharField)
        and isinstance(field.widget, forms.Textarea)
        and not isinstance(field, forms.JSONField)
    }
    assert {
        "DecisionForm.artist_message",
        "AppealForm.body",
        "ComposeForm.prompt",
        "TakeDownForm.artist_message",
    } <= set(found)
    assert [name for name, field in found.items() if not isinstance(field, LinesField)] == []


def test_what_the_api_takes_in_several_lines_counts_a_lines_end_once_too():
    get_resolver().url_patterns  # noqa: B018  imports every address
    found = {
        f"{cls.__name__}.{name}": field
        for cls in forms_of(RequestBody)
        for name, field in cls().fields.items()  # type: ignore[attr-defined]
        if isinstance(field, serializers.CharField) and (field.max_length or 0) >= SEVERAL_LINES
    }
    assert {
        "DecisionBody.artist_message",
        "AppealBody.body",
        "SubmissionBody.note",
        "TakeDownBody.artist_message",
    } <= set(found)
    assert [name for name, field in found.items() if not isinstance(field, ApiLinesField)] == ["AcceptBody.password"]


def test_a_lines_end_is_one_character_in_the_api_too():
    field = ApiLinesField(max_length=5)
    assert field.run_validation(" a\r\nb\rc ") == "a\nb\nc"
    with pytest.raises(serializers.ValidationError):
        field.run_validation("a\r\nb\r\ncd")


def test_a_lines_end_is_one_character_however_it_is_sent():
    field = LinesField(max_length=5)
    assert field.clean(" a\r\nb\rc ") == "a\nb\nc"
    with pytest.raises(forms.ValidationError):
        field.clean("a\r\nb\r\ncd")
