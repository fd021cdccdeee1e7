"""A decision for many, and what happens at the same moment. Many clocks may strike at once, too."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from common.errors import Conflict
from review import services
from review.models import BulkDecision, Decision, ReviewCase
from review.services import bulk
from review.services.bulk_apply import apply_due
from review.states import BulkState
from tests.concurrency.threads import at_once
from tests.factories import PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video
from tests.review.desk import watched

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 3
WORDS = {"outcome": "reject", "reason_code": "violence", "artist_message": "Seen before."}


@pytest.fixture(autouse=True)
def _policy(transactional_db: None) -> None:
    PolicyVersionFactory()


def submitted() -> ReviewCase:
    video = make_finished_video()
    return services.submit(actor=video.owner, video=video, note="")


def proposed(cases: list[ReviewCase]) -> BulkDecision:
    first = ReviewerFactory()
    watched(first, cases)
    return proposed_by(first, cases)


def proposed_by(first: User, cases: list[ReviewCase]) -> BulkDecision:
    return bulk.propose(actor=first, cases={case.pk: case.version for case in cases}, **WORDS)


def ripe(cases: list[ReviewCase]) -> BulkDecision:
    mine, second = proposed(cases), ReviewerFactory()
    watched(second, cases)
    mine = bulk.confirm(actor=second, bulk=mine)
    BulkDecision.objects.filter(pk=mine.pk).update(applies_at=timezone.now() - timedelta(seconds=1))
    return mine


def test_an_undo_and_the_clock_agree_on_which_came_first():
    for _round in range(ROUNDS):
        mine = ripe([submitted(), submitted()])
        undone, applied = at_once(partial(bulk.undo, actor=mine.proposed_by, bulk=mine), apply_due)
        mine.refresh_from_db()
        decisions = Decision.objects.filter(bulk_item__bulk=mine).count()
        if mine.state == BulkState.UNDONE:
            assert (applied, decisions) == (0, 0)
        else:
            assert (mine.state, applied, decisions) == (BulkState.APPLIED, 2, 2)
            assert isinstance(undone, Conflict)


def test_however_many_clocks_strike_each_case_is_decided_once():
    mine = ripe([submitted(), submitted(), submitted()])
    results = at_once(*[apply_due] * 4)
    assert not [result for result in results if isinstance(result, Exception)], results
    assert sum(results) == 3
    assert Decision.objects.filter(bulk_item__bulk=mine).count() == 3


def test_a_claim_at_the_same_moment_takes_the_case_or_finds_it_decided():
    for _round in range(ROUNDS):
        case = submitted()
        mine = ripe([case])
        claimed, applied = at_once(partial(services.claim, actor=ReviewerFactory(), case=case), apply_due)
        case.refresh_from_db()
        if applied:
            assert isinstance(claimed, Conflict)
            assert case.decisions.count() == 1
        else:
            assert not isinstance(claimed, Exception)
            assert not case.decisions.exists()
            assert mine.items.get().result == "not_waiting"


def test_of_two_who_propose_the_same_case_one_is_told_that_it_is_gone():
    for _round in range(ROUNDS):
        cases, people = [submitted()], [ReviewerFactory(), ReviewerFactory()]
        for one in people:
            watched(one, cases)
        results: list[Any] = at_once(*[partial(proposed_by, one, cases) for one in people])
        assert sorted(type(result).__name__ for result in results) == ["BulkDecision", "Conflict"]
