"""I9: no automated signal decides; it can hold or order work, never approve or refuse.

First by the shape of the code (what the detectors and their service could reach at all), then by trying every
combination of what detectors can say.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import AuditEvent
from common.actors import System
from review import services
from review.models import (
    Appeal,
    Assessment,
    CaseTopic,
    Claim,
    Decision,
    InternalNote,
    ReviewCase,
    ReviewQueue,
    ReviewRules,
    Signal,
)
from review.selectors.signals import Prompt, shown_copy
from review.services import signals
from review.signals.hashing import FramePrint
from review.signals.looking import DETECTORS, PRINTS, Result
from review.signals.reading import Fault, Reading
from review.states import WAITING_STATES, CaseState, SignalKind
from tests.architecture.code import ROOT, name_of, python_files
from tests.factories import ReviewerFactory
from tests.media import make_finished_video
from tests.review.conftest import case, policy  # noqa: F401
from tests.review.desk import decide
from videos.models import Approval, ShareGrant, Video

ROBOT = System("signals")
DETECTOR_FILES = sorted((ROOT / "review" / "signals").glob("*.py"))
SERVICE = ROOT / "review" / "services" / "signals.py"

# All of our own code that the service of signals may call. Nothing in here decides, approves, refuses or takes down.
ALLOWED = {
    "audit.services.record",
    "common.actors.System",
    "common.broker.send_task",
    "common.clock.now",
    "common.db.compare_and_set",
    "common.db.lock",
    *(f"review.models.{model}" for model in ("CaseTopic", "Claim", "FrameHash", "ReviewCase", "Signal")),
    "review.selectors.signals",
    "review.services.second_person.need_second_person",  # more eyes, never fewer
    "review.services.wellness",
    "review.services.routing.reroute",
    "videos.storage",
    "videos.models.Rendition",
    "videos.models.Video",
}
OURS = ("common", "audit", "accounts", "notifications", "quotas", "videos", "generation", "review", "web", "config")
# Who else reads signals, and what for. Whoever adds to this says what for, and changes nothing that is decided.
READERS = {
    "review/selectors/pointers.py",  # the page that shows them
    "review/conditions.py",  # the rules that route by them
    "review/selectors/bulk.py",  # works that are alike stand together in the list
    "review/services/decisions.py",  # the sentence that automation took part
}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(names: Iterator[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] in OURS}


# --- The shape of the code -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("file", DETECTOR_FILES, ids=lambda file: file.name)
def test_a_detector_knows_no_case_no_database_and_nobody(file):
    names = set(imports(file))
    assert {name for name in ours(iter(names)) if not name.startswith("review.signals")} == set()
    assert {name for name in names if name.split(".")[0] == "django"} == set()


def test_the_service_of_signals_can_reach_nothing_that_decides():
    beyond = {name for name in ours(imports(SERVICE)) if not name.startswith(("review.signals", "review.states"))}
    assert beyond == ALLOWED


def test_signals_are_read_only_where_they_are_shown_or_order_work():
    readers = {
        name_of(file)
        for file in python_files("review", "platform", "generation")
        if "models" not in file.parts and {"review.models.Signal", "review.models.FrameHash"} & set(imports(file))
    }
    assert readers - {"review/services/signals.py", "review/selectors/signals.py"} == READERS


def test_a_decision_takes_from_signals_only_the_word_that_they_took_part():
    tree = ast.parse((ROOT / "review" / "services" / "decisions.py").read_text(encoding="utf-8"))
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "Signal"]
    words = [
        node
        for keyword in ast.walk(tree)
        if isinstance(keyword, ast.keyword) and keyword.arg == "automated_detection"
        for node in ast.walk(keyword.value)
        if isinstance(node, ast.Name) and node.id == "Signal"
    ]
    assert used == words
    assert len(words) == 1


# --- Every combination -----------------------------------------------------------------------------------------------
needs_database = pytest.mark.django_db
SCORES = st.sampled_from([0.0, 0.5, 1.0])


@st.composite
def what_is_said(draw: Any) -> dict[str, Result]:
    """For each kind: it fired, it did not, or it is missing for one of the reasons."""
    said = {}
    for kind in DETECTORS:
        if draw(st.booleans()):
            hits = [{"label": draw(st.sampled_from(["violence", "minors-safety", "prompt", ""]))}]
            fired = draw(st.booleans())
            said[kind] = Result(kind, "drawn", "1", Reading(draw(SCORES), fired, hits if fired else []))
        else:
            said[kind] = Result(kind, fault=draw(st.sampled_from(list(Fault))))
    digest = draw(st.sampled_from(["0" * 64, "f" * 64]))
    said[PRINTS] = Result(PRINTS, prints=[FramePrint(0, 0, digest, "5a" * 32, 90)])
    return said


def standing(case_now: ReviewCase) -> dict[str, Any]:
    """Everything that says what was decided, who may see what, and where the case stands."""
    mine = ReviewCase.objects.filter(pk=case_now.pk).values().get()
    may_change = {name: mine.pop(name) for name in ("queue_id", "approvals_needed")}
    assert may_change["approvals_needed"] in (1, 2)
    rows = {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Appeal, Approval, Assessment, Claim, Decision, InternalNote, ShareGrant, Video)
    }
    return {"case": mine, **rows}


def refused_one() -> None:
    """A refused work whose one frame is all zeros, so that "like a refused work" can fire."""
    video = make_finished_video(title="Refused")
    other = services.submit(actor=video.owner, video=video)
    look(
        other,
        {kind: Result(kind, fault=Fault.BROKE) for kind in DETECTORS}
        | {PRINTS: Result(PRINTS, prints=[FramePrint(0, 0, "0" * 64, "5a" * 32, 90)])},
    )
    reviewer = ReviewerFactory()
    _claim, token = services.claim(actor=reviewer, case=other)
    decide(reviewer, other, token, "reject")


def look(mine: ReviewCase, said: dict[str, Result]) -> bool:
    before = signals.process.look
    signals.process.look = lambda material, *, kinds, **_rest: [said[kind] for kind in kinds]  # type: ignore[assignment]
    try:
        return services.look_at(actor=ROBOT, rendition=shown_copy(mine.video))  # type: ignore[arg-type]
    finally:
        signals.process.look = before


def prompt_for_tests(video: Video) -> Prompt:
    return Prompt(prompt="rain", elsewhere=list(Video.objects.exclude(pk=video.pk).values_list("pk", flat=True)))


@pytest.fixture
def world(case, settings):  # noqa: F811
    settings.REVIEW_PROMPTS = "tests.invariants.test_i9_human.prompt_for_tests"
    refused_one()
    ReviewQueue.objects.create(slug="bodies", name="Bodies", rules=[{"topic": ["nudity", "repeat"]}])
    return case


def put(mine: ReviewCase, state: str) -> None:
    """The case in one of the states in which signals can reach it."""
    if state == CaseState.CLAIMED:
        services.claim(actor=ReviewerFactory(), case=mine)
    elif state == CaseState.ESCALATED:
        moment = mine.opened_at
        ReviewCase.objects.filter(pk=mine.pk).update(state=state, escalated_at=moment)
    elif state == CaseState.AWAITING_SECOND:
        ReviewCase.objects.filter(pk=mine.pk).update(approvals_needed=2)
        reviewer = ReviewerFactory()
        _claim, token = services.claim(actor=reviewer, case=mine)
        decide(reviewer, mine, token)  # an opinion: the second person is still to come
    assert ReviewCase.objects.get(pk=mine.pk).state == state


@needs_database
def test_whatever_the_detectors_say_decides_nothing(world):
    """Not one combination changes a state, a decision, an approval, a share or a claim; only the order of the work."""
    fired_kinds: set[str] = set()
    changed: set[str] = set()

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(
        said=what_is_said(),
        state=st.sampled_from([CaseState.CLAIMED, *WAITING_STATES]),
        rules=st.lists(st.sampled_from(SignalKind.values), unique=True),
    )
    def holds(said: dict[str, Result], state: str, rules: list[str]) -> None:
        with transaction.atomic():
            ReviewRules.objects.update_or_create(pk=1, defaults={"two_person_signals": rules})
            put(world, state)
            before = standing(world)
            row = ReviewCase.objects.get(pk=world.pk)
            assert look(world, said)
            assert standing(world) == before
            after = ReviewCase.objects.get(pk=world.pk)
            fired = set(Signal.objects.filter(video=world.video_id, fired=True).values_list("kind", flat=True))
            # Never fewer eyes than before, and more only where the rules ask for it, whoever is at work.
            assert after.approvals_needed >= row.approvals_needed
            if after.approvals_needed > row.approvals_needed:
                assert fired & set(rules)
                changed.add(f"approvals, {state}")
            if after.queue_id != row.queue_id:
                assert CaseTopic.objects.filter(case=world).exists()
                changed.add("queue")
            fired_kinds.update(fired)
            transaction.set_rollback(True)

    holds()
    # The attack was a real one: every kind fired somewhere, and what may change did.
    assert fired_kinds == set(SignalKind.values)
    asked = {f"approvals, {state}" for state in (CaseState.QUEUED, CaseState.CLAIMED, CaseState.ESCALATED)}
    assert changed == asked | {"queue"}


@needs_database
def test_with_everything_at_its_worst_a_person_still_approves_and_with_nothing_a_person_still_must(world):
    worst = {kind: Result(kind, "drawn", "1", Reading(1.0, True, [{"label": "violence"}])) for kind in DETECTORS}
    look(world, worst | {PRINTS: Result(PRINTS, prints=[FramePrint(0, 0, "0" * 64, "5a" * 32, 90)])})
    assert not Approval.objects.filter(video=world.video_id).exists()
    reviewer = ReviewerFactory()
    _claim, token = services.claim(actor=reviewer, case=world)
    decision = decide(reviewer, world, token)
    assert (decision.outcome, decision.reviewer, decision.automated_detection) == ("approve", reviewer, True)
    assert Approval.objects.get(video=world.video_id, voided_at=None).approver == reviewer


@needs_database
def test_no_decision_and_no_approval_was_ever_made_by_a_part_of_the_system(world):
    calm = {kind: Result(kind, "drawn", "1", Reading(0.0, False)) for kind in DETECTORS}
    look(world, calm | {PRINTS: Result(PRINTS, prints=[FramePrint(0, 0, "f" * 64, "5a" * 32, 90)])})
    assert ReviewCase.objects.get(pk=world.pk).state == CaseState.QUEUED
    deeds = AuditEvent.objects.filter(actor_kind="system", actor_id="signals").values_list("action", flat=True)
    assert set(deeds) == {"review.signals_done"}


# --- Missing detectors -----------------------------------------------------------------------------------------------
@needs_database
@pytest.mark.parametrize("fault", list(Fault))
def test_without_any_detector_the_case_is_claimed_shown_and_decided(world, fault):
    look(world, {kind: Result(kind, fault=fault) for kind in (*DETECTORS, PRINTS)})
    reviewer = ReviewerFactory()
    browser = Client()
    browser.force_login(reviewer)
    page = browser.post(f"/desk/cases/{world.pk}/claim/", follow=True).content.decode()
    assert "Missing, so look for yourself:" in page
    assert Signal.objects.get(video=world.video_id, kind="nudity").fault in page.replace("&#x27;", "'")
    claim = Claim.objects.get(case=world, ended_at=None)
    assert claim.reviewer == reviewer
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    sent = {"claim_token": form["claim_token"], "case_version": form["case_version"], "shown": unescape(form["shown"])}
    answer = browser.post(f"/desk/cases/{world.pk}/decide/", sent | {"outcome": "approve", "confirmed": "yes"})
    assert answer.status_code == 302
    decision = Decision.objects.get(case=world)
    assert (decision.outcome, decision.reviewer) == ("approve", reviewer)
    assert Approval.objects.get(video=world.video_id, voided_at=None).approver == reviewer


def test_every_kind_of_signal_is_looked_for_by_somebody():
    """A kind without a detector would be missing for ever."""
    assert sorted([*DETECTORS, PRINTS, "same_prompt"]) == sorted(SignalKind.values)
