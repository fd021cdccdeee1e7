"""Who gets which answer at every address of the URLconf, for every state of the thing behind it.

The table is `table.txt`: one row an (address, method, state), one column a part. An address of the URLconf without a
row fails, and so does a row without an address. Write bodies are empty: 400 means "you may, but say what".
To draft rows for a new address: `python -m pytest tests/permissions -k draft --draft-rows -s`, then read every number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from accounts.models import ApiToken, Invitation
from accounts.states import InvitationState, TokenState
from generation.models import Generation
from generation.states import GenerationState
from review.models import ReviewCase
from review.states import CaseState
from tests import e2e
from tests.e2e.pages import AXE
from tests.permissions.world import CAST, World, addresses, answer_of, build, rolled_back_later
from videos.models import Video
from videos.states import Enforcement

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("table.txt")
E2E = Path(e2e.__path__[0])
# The path segment before a parameter names the kind of thing that it stands for.
THINGS = {
    "videos": "video",
    "generations": "generation",
    "images": "image",
    "cases": "case",
    "submissions": "case",
    "statements": "statement",
    "comments": "comment",
    "notifications": "notification",
    "tokens": "token",
    "s": "share",
    "shares": "share",
    "reports": "report",
    "golden": "golden",
    "filters": "filter",
    "calibration": "calibration",
    "bulk": "bulk",
    "replies": "reply",
    "policies": "policy",
}
KINDS = ("original", "share_copy", "poster", "storyboard")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PARAMETER = re.compile(r"([a-z-]*)/?<(\w+):(\w+)>")


@dataclass(frozen=True)
class Row:
    name: str
    method: str
    state: str
    kind: str
    expected: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.method} {self.state} {self.kind}"

    def line(self) -> str:
        """As it stands in the table."""
        answers = " ".join(f"{answer:{len(part)}}" for part, answer in zip(CAST, self.expected, strict=True))
        return f"{self.name:30}{self.method:8}{self.state:17}{self.kind:12}| {answers}".rstrip()


@cache
def rows() -> list[Row]:
    found = []
    for line in TABLE.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        left, right = line.split("|")
        name, method, state, kind = left.split()
        answers = tuple(right.split())
        assert len(answers) == len(CAST), line
        found.append(Row(name, method, state, kind, answers))
    return found


def thing_of(pattern: str) -> str:
    """Which of `World.things` the pattern's first parameter stands for; empty when it has none."""
    match = PARAMETER.search(pattern)
    if not match:
        return ""
    segment, converter, _name = match.groups()
    if segment == "invitations":
        return "invitation" if converter == "uuid" else "secret"
    return THINGS[segment]


def address_of(world: World, pattern: str, state: str, kind: str) -> str:
    thing = thing_of(pattern)
    address = re.sub(r"<str:kind>", kind, pattern).replace("<int:position>", "1")
    if thing:
        address = PARAMETER.sub(lambda match: f"{match[1]}/{world.things[thing][state]}", address, count=1)
    assert "<" not in address, address
    return "/" + address


PATTERNS = {name: pattern for name, pattern, _view in addresses()}


@pytest.fixture(scope="module")
def built(
    django_db_setup: None, django_db_blocker: Any, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One world for all rows; each request is rolled back, and in the end the world too."""
    with django_db_blocker.unblock(), rolled_back_later():
        yield build(tmp_path_factory.mktemp("world"))
        transaction.set_rollback(True)


@pytest.fixture
def world(built: World, settings: Any) -> World:
    """With its own files, which outlive the single test."""
    settings.STORAGES = built.storages
    return built


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    named = {row.name for row in rows()}
    assert all(PATTERNS), "an address without a name"
    assert set(PATTERNS) - named == set(), "addresses without a row"
    assert named - set(PATTERNS) == set(), "rows without an address"


def test_every_state_of_a_case_and_the_others_is_among_the_things(world: World) -> None:
    """A new state fails here until something stands in it; and what is called by a state's name stands in it."""
    models: dict[str, tuple[Any, Any]] = {
        "case": (ReviewCase, CaseState),
        "generation": (Generation, GenerationState),
        "token": (ApiToken, TokenState),
        "invitation": (Invitation, InvitationState),
    }
    for thing, (model, states) in models.items():
        keys = {name: key for name, key in world.things[thing].items() if name != "missing"}
        assert set(keys) == set(states.values)
        assert {name: model.objects.get(pk=key).state for name, key in keys.items()} == {name: name for name in keys}
    videos = Video.objects.filter(pk__in=world.things["video"].values())
    assert set(videos.values_list("enforcement", flat=True)) == set(Enforcement.values)


def test_every_state_of_a_thing_has_a_row(world: World) -> None:
    """An address with a parameter is tried with every state that its thing can have."""
    have = {(row.name, row.method): set() for row in rows()}
    for row in rows():
        have[row.name, row.method].add(row.state)
    lacking = {
        key: sorted(set(world.things[thing]) - states)
        for key, states in have.items()
        if (thing := thing_of(PATTERNS[key[0]])) and set(world.things[thing]) - states
    }
    assert not lacking


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_everybody_gets_the_answer_of_the_table(world: World, name: str) -> None:
    wrong = []
    for row in rows():
        if row.name != name:
            continue
        address = address_of(world, PATTERNS[name], row.state, row.kind)
        for part, expected in zip(CAST, row.expected, strict=True):
            got = answer_of(world.call(part, row.method, address))
            if got != expected:
                wrong.append(f"{row}: {part} got {got}, not {expected}")
    assert not wrong, "\n".join(wrong)


def test_axe_looks_at_every_page(world: World) -> None:
    """Each address that answers with a whole page is some browser test's; what that owes, e2e/conftest.py sees."""
    pages = {row.name for row in rows() if row.method == "GET" and "200" in row.expected and is_page(world, row)}
    assert pages - AXE.keys() == set(), "no test is down for these in tests/e2e/pages.py"
    assert AXE.keys() - pages == set(), "these are no pages"
    for test in AXE.values():
        file, function = test.split("::")
        assert f"\ndef {function}(" in (E2E / file).read_text(), f"there is no {test}"


def is_page(world: World, row: Row) -> bool:
    part = CAST[row.expected.index("200")]
    response = world.call(part, "GET", address_of(world, PATTERNS[row.name], row.state, row.kind))
    is_html = response["Content-Type"].startswith("text/html")
    return is_html and response.content.lstrip()[:9].lower() == b"<!doctype"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_method_without_a_row_does_nothing(world: World, name: str) -> None:
    listed = {row.method for row in rows() if row.name == name}
    first = next(row for row in rows() if row.name == name)
    address = address_of(world, PATTERNS[name], first.state, first.kind)
    for method in METHODS:
        if method in listed:
            continue
        for part in ("owner", "claimant", "admin"):
            answer = answer_of(world.call(part, method, address))
            assert answer in {"401", "403", "404", "405"}, f"{method} {name} as {part}: {answer}"


def test_draft(world: World, pytestconfig: pytest.Config) -> None:
    """Prints rows for addresses that have none yet; a person then reads and corrects every number."""
    known = {row.name for row in rows()}
    drafting = pytestconfig.getoption("--draft-rows")
    for name, pattern in sorted(PATTERNS.items()) if drafting else ():
        if name in known:
            continue
        thing = thing_of(pattern)
        for method in METHODS:
            for kind in KINDS if "<str:kind>" in pattern else ("-",):
                for state in world.things[thing] if thing else ("-",):
                    address = address_of(world, pattern, state, kind)
                    got = tuple(answer_of(world.call(part, method, address)) for part in CAST)
                    if set(got) - {"405", "403", "401"}:
                        print(Row(name, method, state, kind, got).line())  # noqa: T201
