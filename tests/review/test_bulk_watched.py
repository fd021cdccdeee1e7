"""Whoever proposes or confirms a decision for many has watched each of the works, whatever is decided."""

from __future__ import annotations

import pytest

from common.errors import Conflict, Invalid, NotAllowed
from review import services
from review.services import bulk
from review.services.bulk_apply import apply_due
from tests.factories import ReviewerFactory
from tests.review.desk import decide, watched
from tests.review.test_bulk import REFUSAL, proposed, results, ripe, seen

VERDICTS = [
    REFUSAL,
    REFUSAL | {"outcome": "request_changes"},
    {"outcome": "approve", "reason_code": "", "artist_message": ""},
]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_nobody_proposes_what_they_have_not_watched(cases, reviewer, verdict):
    watched(reviewer, cases[:1])
    with pytest.raises(Invalid, match="Nobody decides what they have not watched"):
        bulk.propose(actor=reviewer, cases=seen(cases), **verdict)
    watched(reviewer, cases[1:])
    assert bulk.propose(actor=reviewer, cases=seen(cases), **verdict)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_nobody_confirms_what_they_have_not_watched(cases, reviewer, colleague, verdict):
    """The artist reads that whoever decided has watched the work: that is who confirms."""
    mine = proposed(reviewer, cases, **verdict)
    watched(colleague, cases[:1])
    with pytest.raises(NotAllowed, match="You have not watched 1 of these works yet"):
        bulk.confirm(actor=colleague, bulk=mine)
    token = services.claim(actor=colleague, case=cases[1])[1]
    with pytest.raises(Conflict, match="put it back"):
        bulk.confirm(actor=colleague, bulk=mine)
    services.release(actor=colleague, case=cases[1], token=token)
    ripe(bulk.confirm(actor=colleague, bulk=mine))
    assert apply_due() == 2  # their own looks have not made it another case


def test_who_watched_the_former_take_has_not_watched_this_one(cases, reviewer, colleague, video_maker):
    case = cases[0]
    decide(reviewer, case, services.claim(actor=reviewer, case=case)[1], "request_changes")
    other = video_maker(owner=case.video.owner)
    services.answer(actor=case.video.owner, case=case, video=other)
    with pytest.raises(Invalid, match="have not watched"):
        bulk.propose(actor=reviewer, cases=seen([case]), **REFUSAL)


def test_what_was_decided_and_answered_since_the_proposal_is_another_question(cases, reviewer, colleague):
    mine = proposed(reviewer, cases)
    third = ReviewerFactory()
    decide(third, cases[0], services.claim(actor=third, case=cases[0])[1], "request_changes")
    services.answer(actor=cases[0].video.owner, case=cases[0], body="It is meant as a warning.")
    watched(colleague, cases)
    ripe(bulk.confirm(actor=colleague, bulk=mine))
    assert apply_due() == 1
    assert results(mine) == ["changed", "applied"]
