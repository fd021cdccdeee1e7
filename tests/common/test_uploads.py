"""Files are taken in the one field of a view that says so, and nowhere else."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch

from common.uploads import REST_OF_A_FORM, FileRefused, takes_file

MOST = 1000


@takes_file("file", MOST)
def taking(request):
    return HttpResponse()


def refusing(request):
    return HttpResponse()


def sent(view, fields):
    request = RequestFactory().post("/", fields)
    request.resolver_match = ResolverMatch(view, (), {}) if view else None
    return request


def file(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", b"x" * size)


def test_a_view_that_takes_a_file_gets_it_with_the_other_fields():
    request = sent(taking, {"file": file(MOST), "note": "hello"})
    got = request.FILES["file"]
    assert (got.name, got.size, got.read()) == ("a.png", MOST, b"x" * MOST)
    assert request.POST["note"] == "hello"


def test_of_a_file_that_is_too_long_hardly_more_is_kept_than_may_be():
    got = sent(taking, {"file": file(200_000)}).FILES["file"]
    assert got.size == 200_000
    assert len(got.read()) == MOST + 1


def test_a_form_that_is_far_too_long_is_not_even_read():
    request = sent(taking, {"file": file(REST_OF_A_FORM + 3 * MOST)})
    with pytest.raises(FileRefused, match=r"far larger than the file that it may carry, which is at most 1000.bytes"):
        _ = request.FILES


@pytest.mark.parametrize(
    ("view", "fields", "words"),
    [
        (refusing, {"file": file(1)}, "a file in the field “file”, and files are not taken here"),
        (None, {"file": file(1)}, "a file in the field “file”, and files are not taken here"),
        (refusing, {"x" * 200: file(1)}, f"a file in the field “{'x' * 80}”, and"),
        (taking, {"other": file(1)}, "a file in the field “other”; only the field “file” takes one"),
        (taking, {"file": [file(1), file(1)]}, "more than one file in the field “file”"),
        (taking, {"file": file(1), "other": file(1)}, "a file in the field “other”; only the field “file” takes one"),
    ],
    ids=["a view that takes none", "no view yet", "a long name", "another field", "two in the field", "one beside it"],
)
def test_elsewhere_none_is_taken_and_the_field_is_named(view, fields, words):
    request = sent(view, fields)
    with pytest.raises(FileRefused, match=words):
        _ = request.POST


def test_a_view_that_takes_none_reads_its_form_as_ever():
    assert sent(refusing, {"note": "hello"}).POST["note"] == "hello"
