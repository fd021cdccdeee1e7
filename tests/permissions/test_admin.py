"""Django's admin, which the table leaves out: every address of it is closed to whoever is not of the programme."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from tests.factories import ParticipantFactory, ReviewerFactory
from tests.permissions.world import MISSING, answer_of

pytestmark = pytest.mark.django_db

# Open to everybody by nature: how one comes in, how one leaves, and the words of its scripts.
OPEN = {"login", "logout", "jsi18n"}
CATCH_ALL = "(?P<url>.*)$"
VALUES = {"int": "1", "uuid": str(MISSING)}


def pages(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    """Every address, with 1 or the id of nothing for its parameters."""
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from pages(entry.url_patterns, pattern)
        elif entry.name == "app_list":
            apps = re.search(r"\(\?P<app_label>([a-z_|]+)\)", pattern)
            assert apps, pattern
            yield from (f"{prefix}{app}/" for app in apps[1].split("|"))
        elif entry.name not in OPEN and str(entry.pattern) != CATCH_ALL:
            filled = re.sub(r"<(?:(\w+):)?\w+>", lambda match: VALUES.get(match[1], str(MISSING)), pattern)
            assert "<" not in filled, filled
            yield filled


@pytest.mark.parametrize("part", ["anonymous", "artist", "reviewer"])
def test_no_address_of_the_admin_opens_for_others(part: str) -> None:
    client = Client()
    if part != "anonymous":
        client.force_login(ParticipantFactory().user if part == "artist" else ReviewerFactory())
    start = reverse("admin:index")
    addresses = list(pages(admin.site.get_urls(), start))
    assert len(addresses) > 100
    assert start + "review/decision/" in addresses
    assert f"{start}videos/video/{MISSING}/change/" in addresses
    opened = [
        (answer.request["REQUEST_METHOD"], address, answer_of(answer))
        for address in addresses
        for answer in (client.get(address), client.post(address, {}))
        if answer_of(answer) not in {"login", "403", "404"}
    ]
    assert not opened
