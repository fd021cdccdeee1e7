"""A case from its opening to the decision, the answer and the appeal."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.states import StaffRole
from common.actors import System
from review import services
from review.models import BulkDecision, Rest, ReviewCase, ReviewRules, Signal
from review.selectors import shown_renditions
from review.services import bulk, bulk_apply, signals
from review.services.second_person import need_second_person
from review.signals.looking import Result
from review.signals.reading import Reading
from tests.factories import AdminFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video, share
from tests.review.desk import lapse, shown, watched
from videos.services import ensure_share_copy

Moves = Generator[partial[Any], Any, None]
REFUSAL = {"outcome": "reject", "reason_code": "violence", "artist_message": "At 0:03."}
PUBLIC = System("public")


def a_case(**changes: Any) -> ReviewCase:
    """Opened without a move; under a policy in force."""
    video = make_finished_video()
    case = services.submit(actor=video.owner, video=video)
    ReviewCase.objects.filter(pk=case.pk).update(**changes)
    return ReviewCase.objects.get(pk=case.pk)


def lead() -> User:
    return ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER)


def deciding(actor: User, case: ReviewCase, **words: str) -> partial[Any]:
    """The actor holds it, and now decides."""
    _claim, token = services.claim(actor=actor, case=case)
    case.refresh_from_db()
    seen = {"claim_token": token, "case_version": case.version, "shown": shown(case.video)}
    return partial(services.decide, actor=actor, case=case, **seen, **({"outcome": "approve"} | words))


def submissions() -> Moves:
    PolicyVersionFactory()
    video, robin = make_finished_video(), ReviewerFactory()
    ensure_share_copy(actor=video.owner, video=video)
    case = yield partial(services.submit, actor=video.owner, video=video, note="For Friday")
    yield partial(services.pass_by, actor=robin, case=case)
    yield partial(services.unpass, actor=robin, case=case)
    _claim, token = yield partial(services.claim, actor=robin, case=case)
    held = {"actor": robin, "claim_token": token, "at_ms": 500}
    comment = yield partial(services.add_comment, case=case, body="Here", **held)
    comment = yield partial(services.edit_comment, comment=comment, body="There", **held)
    yield partial(services.remove_comment, actor=robin, comment=comment, claim_token=token)
    yield partial(services.release, actor=robin, case=case, token=token)
    services.claim(actor=robin, case=case)
    lapse(case)
    yield partial(services.return_lapsed_claims)
    rendition = next(one for one in shown_renditions(video) if one.kind == "share_copy")
    kind = Signal.objects.filter(rendition=rendition, state="pending").values_list("kind", flat=True)[0]
    found = [Result(kind, "drawn", "1", Reading(0.9, fired=True))]
    yield partial(signals._write_down, System("signals"), rendition, found)
    yield partial(services.withdraw, actor=video.owner, case=case)


def decisions() -> Moves:
    PolicyVersionFactory()
    case = a_case()
    yield partial(need_second_person, actor=PUBLIC, case=case, why="The rules say so.")
    yield deciding(ReviewerFactory(), case)
    yield deciding(ReviewerFactory(), case)
    escalated = a_case()
    yield deciding(ReviewerFactory(), escalated, outcome="escalate", internal_note="Whose face is this?")
    late = a_case(due_at=timezone.now() - timedelta(hours=1))
    yield partial(services.escalate_overdue)
    late.refresh_from_db()
    assert late.state == "escalated"
    asked = a_case()
    yield deciding(ReviewerFactory(), asked, **(REFUSAL | {"outcome": "request_changes"}))
    yield partial(services.answer, actor=asked.video.owner, case=asked, body="It is a stage fight.")


def appeals() -> Moves:
    PolicyVersionFactory()
    for is_withdrawn in (True, False):
        case = a_case()
        decision = yield deciding(ReviewerFactory(), case, **REFUSAL)
        appealing = {"actor": case.video.owner, "decision": decision}
        opened = yield partial(services.appeal, **appealing, body="It is a stage fight.")
        if is_withdrawn:
            yield partial(services.withdraw_appeal, **appealing)
        else:
            yield deciding(lead(), opened.case, artist_message="So it is.")
    grant = share(make_finished_video())
    yield partial(services.report, actor=PUBLIC, grant=grant, category="other", body="I made the melody.")
    yield partial(services.report, actor=PUBLIC, grant=grant, category="other", body="The picture is mine.")
    yield partial(
        services.take_down, actor=AdminFactory(), video=grant.video, reason_code="violence", artist_message="A blow."
    )


def alike() -> Moves:
    PolicyVersionFactory()
    first, second = ReviewerFactory(), ReviewerFactory()
    for is_undone in (True, False):
        cases = [a_case(), a_case()]
        watched(first, cases)
        seen = {case.pk: case.version for case in cases}
        proposed = yield partial(bulk.propose, actor=first, cases=seen, **REFUSAL)
        watched(second, cases)
        yield partial(bulk.confirm, actor=second, bulk=proposed)
        if is_undone:
            yield partial(bulk.undo, actor=first, bulk=proposed)
    BulkDecision.objects.filter(pk=proposed.pk).update(applies_at=timezone.now() - timedelta(seconds=1))
    # Each has a transaction of its own, in `apply_due`: so has each its turn here.
    yield partial(bulk_apply._close_to_undo, proposed)
    services.withdraw(actor=cases[0].video.owner, case=cases[0])
    for item in proposed.items.order_by("case"):
        yield partial(bulk_apply._apply, item.pk)


def rests() -> Moves:
    PolicyVersionFactory()
    ReviewRules.objects.create(exposure_budget={"violence": 4}, rest_after=1, rest_minutes=15)
    case = a_case()
    case.topics.create(topic="violence")
    yield partial(services.claim, actor=ReviewerFactory(), case=case)
    assert Rest.objects.exists()


CHAPTERS = (submissions, decisions, appeals, alike, rests)
