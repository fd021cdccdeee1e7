"""The artist asks for a review, and may take the question back."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.clock import now
from common.db import lock
from common.errors import Conflict, NotFound
from review import policies
from review.models import Claim, ReviewCase
from review.services.cases import locked, move
from review.services.opening import open_case
from review.services.text import NOTE_LENGTH, cleaned
from review.states import OPEN_STATES, CaseKind, CaseState
from videos.models import Video
from videos.services import ensure_share_copy
from videos.states import Enforcement


def submit(*, actor: User, video: Video, note: str = "") -> ReviewCase:
    """Open a case: a reviewer other than the artist will watch the share copy and decide."""
    if not policies.can_submit(actor, video):
        raise NotFound
    note = cleaned("note", note, limit=NOTE_LENGTH)
    _require_submittable(Video.objects.get(pk=video.pk))
    # Outside the transaction: writing a file takes long, and no lock should wait for it.
    ensure_share_copy(actor=actor, video=video)
    with transaction.atomic():
        mine = lock(Video.objects.all()).get(pk=video.pk)
        _require_submittable(mine)
        try:
            with transaction.atomic():
                case = open_case(kind=CaseKind.SUBMISSION, video=mine, opened_by=actor, note=note)
        except IntegrityError:
            raise _already_open() from None
        record(
            actor=actor,
            action="review.case_submitted",
            target=case,
            to_state=CaseState.QUEUED,
            data={"video": str(video.pk)},
        )
    return case


def withdraw(*, actor: User, case: ReviewCase) -> ReviewCase:
    """Take an open submission back; a reviewer who holds it loses the claim."""
    with transaction.atomic():
        mine = locked(case.pk)
        if not policies.can_withdraw(actor, mine):
            raise NotFound
        before = mine.state
        if not move(mine, CaseState.WITHDRAWN):
            mine.refresh_from_db()
            raise _too_late(mine)
        Claim.objects.filter(case=mine, ended_at=None).update(ended_at=now())
        record(
            actor=actor,
            action="review.case_withdrawn",
            target=mine,
            from_state=before,
            to_state=CaseState.WITHDRAWN,
        )
    return mine


def _require_submittable(video: Video) -> None:
    sentences = {
        Enforcement.SHAREABLE: _("This video is approved already: you can share it."),
        Enforcement.SUSPENDED: _("This video is suspended while the programme looks into it."),
        Enforcement.TAKEN_DOWN: _("This video was taken down and cannot be submitted."),
    }
    if sentence := sentences.get(Enforcement(video.enforcement)):
        raise Conflict(sentence, code="not_submittable", extra={"enforcement": video.enforcement})
    if ReviewCase.objects.filter(video=video, kind=CaseKind.SUBMISSION, golden=None, state__in=OPEN_STATES).exists():
        raise _already_open()
    # Both would decide about the same bytes, and the later would undo the earlier.
    if ReviewCase.objects.filter(video=video, kind=CaseKind.APPEAL, state__in=OPEN_STATES).exists():
        sentence = _("Your appeal about this video is pending: wait for its outcome, or withdraw it first.")
        raise Conflict(sentence, code="appeal_pending")


def _already_open() -> Conflict:
    return Conflict(_("This video is in review already."), code="already_in_review")


def _too_late(case: ReviewCase) -> Conflict:
    if case.state == CaseState.WITHDRAWN:
        sentence = _("This submission was withdrawn already.")
    else:
        sentence = _("This submission has just been decided: there is nothing left to withdraw.")
    return Conflict(sentence, code="case_closed", extra={"case_state": case.state})
