"""A detector and a reviewer at the same moment: either two are needed, or it was decided first and that is noted."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from audit.models import AuditEvent
from audit.verification import verify
from common.actors import System
from review import services
from review.models import Assessment, Decision, ReviewCase, ReviewRules, Signal
from review.selectors.signals import shown_copy
from review.services import signals
from review.signals.looking import DETECTORS, PRINTS, Result
from review.signals.reading import Reading
from review.states import CaseState, SignalState
from tests.concurrency.threads import at_once
from tests.factories import PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video
from tests.review.desk import decide, shown

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 8


@pytest.fixture(autouse=True)
def _programme(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A programme that wants two for nudity, and a detector that sees some in everything."""
    PolicyVersionFactory()
    ReviewRules.objects.create(two_person_signals=["nudity"])

    def look(material: Any, *, kinds: list[str], **_rest: Any) -> list[Result]:
        fired = {kind: kind == "nudity" for kind in kinds if kind in DETECTORS}
        found = [Result(kind, "drawn", "1", Reading(0.9, fired=fires)) for kind, fires in fired.items()]
        return [*found, Result(PRINTS, prints=[])]

    monkeypatch.setattr(signals.process, "look", look)


def claimed() -> tuple[ReviewCase, Any, str]:
    video = make_finished_video()
    case = services.submit(actor=video.owner, video=video)
    reviewer = ReviewerFactory()
    token = services.claim(actor=reviewer, case=case)[1]
    return ReviewCase.objects.get(pk=case.pk), reviewer, token


def looking(case: ReviewCase) -> Any:
    return partial(services.look_at, actor=System("signals"), rendition=shown_copy(case.video))


def deciding(case: ReviewCase, reviewer: Any, token: str) -> Any:
    """What the page sends, as it stood when it was opened."""
    return partial(decide, reviewer, case, token, case_version=case.version, shown=shown(case.video))


def actions_of(case: ReviewCase) -> set[str]:
    return set(AuditEvent.objects.filter(target_id=str(case.pk)).values_list("action", flat=True))


def test_no_case_is_decided_by_one_after_two_were_asked_for():
    for _round in range(ROUNDS):
        case, reviewer, token = claimed()
        wrote, given = at_once(looking(case), deciding(case, reviewer, token))
        case.refresh_from_db()
        assert wrote is True
        if case.approvals_needed == 2:
            assert (type(given), case.state) == (Assessment, CaseState.AWAITING_SECOND)
            assert "review.second_person_needed" in actions_of(case)
            assert "review.signals_late" not in actions_of(case)
        else:
            assert (type(given), case.state) == (Decision, CaseState.DECIDED)
            assert "review.signals_late" in actions_of(case)
            assert not {"review.signals_done", "review.second_person_needed"} & actions_of(case)
        assert case.video.approvals.exists() == (case.approvals_needed == 1)
    assert verify(AuditEvent.objects.order_by("id")).first_break is None


@pytest.mark.parametrize("first", ["signal", "decision"])
def test_each_of_the_two_orders_is_one_that_happens(first):
    """So that the race above is known to have two ways to end."""
    case, reviewer, token = claimed()
    steps = [looking(case), deciding(case, reviewer, token)]
    for step in steps if first == "signal" else reversed(steps):
        step()
    case.refresh_from_db()
    assert case.state == (CaseState.AWAITING_SECOND if first == "signal" else CaseState.DECIDED)


def test_an_answer_while_a_look_is_written_down_is_looked_at_as_well():
    """The next round asks anew, whichever was first: what a look found just now must not count as asked already."""
    for _round in range(ROUNDS):
        case, reviewer, token = claimed()
        decide(reviewer, case, token, "request_changes")
        wrote, answered = at_once(
            looking(case), partial(services.answer, actor=case.video.owner, case=case, body="It is a puppet.")
        )
        assert wrote is True
        assert answered.case_id == case.pk
        while (rendition := signals.selectors.first_waiting()) is not None:
            services.look_at(actor=System("signals"), rendition=rendition)
        case.refresh_from_db()
        assert (case.round, case.state, case.approvals_needed) == (2, CaseState.QUEUED, 2)
        assert not Signal.objects.filter(video=case.video, state=SignalState.PENDING).exists()
