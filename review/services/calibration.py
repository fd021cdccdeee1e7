"""A team decides the same few works, each alone, and then compares."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.clock import now
from common.db import compare_and_set
from common.errors import Conflict, FieldError, Invalid, NotFound
from review import policies
from review.models import CalibrationAnswer, CalibrationItem, CalibrationRound
from review.selectors.practice import usable
from review.services.practice import check_answer
from review.services.text import MESSAGE_LENGTH, cleaned
from videos.models import Video
from videos.services import ensure_share_copy

MOST_ITEMS = 10
NOTE_LENGTH = MESSAGE_LENGTH // 2


def open_round(*, actor: User, title: str, videos: Sequence[Video]) -> CalibrationRound:
    """Put up to ten works before the whole team, in this order."""
    if not policies.can_lead(actor):
        raise NotFound
    title = cleaned("title", title, limit=120)
    _check_round(title, videos)
    # Outside the transaction: writing files takes long.
    for video in videos:
        ensure_share_copy(actor=video.owner, video=video)
    with transaction.atomic():
        opened = CalibrationRound.objects.create(title=title, created_by=actor)
        CalibrationItem.objects.bulk_create(
            CalibrationItem(round=opened, video=video, position=position) for position, video in enumerate(videos, 1)
        )
        record(
            actor=actor,
            action="review.calibration_opened",
            target=opened,
            to_state="open",
            data={"videos": [str(video.pk) for video in videos]},
        )
    return opened


def answer_item(
    *, actor: User, item: CalibrationItem, outcome: str, reason_code: str = "", note: str = ""
) -> CalibrationAnswer:
    """What the actor would decide; given once, and seen by nobody else before the round is closed."""
    if not policies.can_review(actor):
        raise NotFound
    note = cleaned("note", note, limit=NOTE_LENGTH)
    check_answer(outcome, reason_code, fields=("outcome", "reason_code"))
    with transaction.atomic():
        current = CalibrationRound.objects.select_for_update().get(pk=item.round_id)
        if current.closed_at is not None:
            raise Conflict(_("This round is closed: everybody's answers are on the table."), code="round_closed")
        try:
            with transaction.atomic():
                given = CalibrationAnswer.objects.create(
                    item=item, reviewer=actor, outcome=outcome, reason_code=reason_code, note=note
                )
        except IntegrityError:
            raise Conflict(_("You have answered this one already."), code="already_answered") from None
        record(
            actor=actor,
            action="review.calibration_answered",
            target=given,
            to_state="given",
            data={"round": str(item.round_id), "position": item.position},
        )
    return given


def close_round(*, actor: User, calibration: CalibrationRound) -> CalibrationRound:
    """Lay the answers on the table; nobody answers any more."""
    if not policies.can_lead(actor):
        raise NotFound
    with transaction.atomic():
        rounds = CalibrationRound.objects.filter(pk=calibration.pk)
        if not compare_and_set(rounds, expected={"closed_at": None}, changes={"closed_at": now()}):
            raise Conflict(_("This round is closed already."), code="round_closed")
        record(
            actor=actor,
            action="review.calibration_closed",
            target=calibration,
            from_state="open",
            to_state="closed",
        )
    calibration.refresh_from_db()
    return calibration


def _check_round(title: str, videos: Sequence[Video]) -> None:
    errors = []
    if not title:
        errors.append(FieldError("title", _("A round needs a title."), _("1 to 120 characters")))
    if not 1 <= len(videos) <= MOST_ITEMS:
        allowed = _("1 to %d works") % MOST_ITEMS
        errors.append(FieldError("videos", _("A round has %d works.") % len(videos), allowed))
    if len({video.pk for video in videos}) < len(videos):
        errors.append(FieldError("videos", _("A work stands in the round twice."), _("each work once")))
    if usable().filter(pk__in=[video.pk for video in videos]).count() < len({video.pk for video in videos}):
        allowed = _("works that are shared now, or that the programme's own people made")
        errors.append(FieldError("videos", _("A work cannot be used for practice."), allowed))
    if errors:
        raise Invalid(errors)
