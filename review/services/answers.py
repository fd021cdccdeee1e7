"""The artist answers a request for changes, and the same case goes on."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.clock import now
from common.db import lock
from common.errors import Conflict, FieldError, Invalid, NotFound
from review import deadlines, policies, routing
from review.models import Answer, CaseTopic, Decision, ReviewCase
from review.selectors.rules import review_rules
from review.selectors.signals import approvals_asked
from review.services import signals
from review.services.cases import locked, move
from review.services.text import NOTE_LENGTH, cleaned
from review.states import OPEN_STATES, CaseKind, CaseState, Outcome
from videos.models import Video
from videos.services import ensure_share_copy
from videos.states import Enforcement


def answer(*, actor: User, case: ReviewCase, body: str = "", video: Video | None = None) -> Answer:
    """Answer with words, with another video in the former one's place, or with both; once for each request.

    The case waits for a reviewer again, in its next round and with a deadline of its own. What was approved, decided or
    held about either video before stays as it was.
    """
    case = ReviewCase.objects.select_related("video").get(pk=case.pk)
    if not policies.can_answer(actor, case):
        raise NotFound
    body = cleaned("body", body, limit=NOTE_LENGTH)
    after = _chosen(actor, case, video)
    _require_answerable(case, after)
    if not body and after.pk == case.video_id:
        allowed = _("1 to %d characters, or another video") % NOTE_LENGTH
        raise Invalid([FieldError("body", _("Write an answer, or choose another video."), allowed)])
    # Outside the transaction: writing a file takes long, and no lock should wait for it.
    ensure_share_copy(actor=actor, video=after)
    with transaction.atomic():
        mine = locked(case.pk)
        videos = {one.pk: one for one in lock(Video.objects.order_by("pk")).filter(pk__in={mine.video_id, after.pk})}
        mine.video = videos[mine.video_id]
        return _write(actor, mine, _require_answerable(mine, videos[after.pk]), body, videos[after.pk])


def _chosen(actor: User, case: ReviewCase, video: Video | None) -> Video:
    """The video that the case will be about, as it is now."""
    if video is None or video.pk == case.video_id:
        return case.video
    found = Video.objects.filter(pk=video.pk, owner=actor).first()
    if found is None:
        raise Invalid([FieldError("video", _("This is not one of your videos."), _("a finished video of yours"))])
    return found


def _require_answerable(case: ReviewCase, after: Video) -> Decision:
    """The decision that is answered, or a sentence that says why there is nothing to answer."""
    decision = case.decisions.order_by("-id").first()
    if case.state in OPEN_STATES and case.round > 1:
        raise _refused(case, "already_answered", _("You have answered this request already: the case is in review."))
    if case.state != CaseState.DECIDED or decision is None or decision.outcome != Outcome.REQUEST_CHANGES:
        raise _refused(case, "nothing_to_answer", _("The latest decision of this case asks for no changes."))
    for video in (case.video, after):
        _require_private(case, video)
        open_kind = (
            ReviewCase.objects.filter(video=video, golden=None, state__in=OPEN_STATES)
            .exclude(kind=CaseKind.REPORT)
            .values_list("kind", flat=True)
            .first()
        )
        if open_kind == CaseKind.APPEAL:
            raise _refused(case, "appeal_pending", _("Your appeal is pending: wait for its outcome, or withdraw it."))
        if open_kind is not None:
            raise _refused(case, "already_in_review", _("This video is in review already."))
    return decision


def _require_private(case: ReviewCase, video: Video) -> None:
    sentences = {
        Enforcement.SHAREABLE: _("This video is approved already: you can share it."),
        Enforcement.SUSPENDED: _("This video is suspended while the programme looks into it."),
        Enforcement.TAKEN_DOWN: _("This video was taken down and cannot be reviewed again here."),
    }
    if sentence := sentences.get(Enforcement(video.enforcement)):
        raise _refused(case, "not_submittable", sentence)


def _write(actor: User, case: ReviewCase, decision: Decision, body: str, after: Video) -> Answer:
    """The answer and the case's next round, in the caller's transaction."""
    before, promised_at = case.video, case.due_at
    try:
        with transaction.atomic():
            _begin_round(case, after)
            if not move(case, CaseState.QUEUED):
                raise _refused(case, "case_changed", _("The case has just changed. Look at it again."))
            answer = Answer.objects.create(
                case=case,
                decision=decision,
                author=actor,
                body=body,
                video_before=before,
                video_after=after,
                promised_at=promised_at,
            )
    except IntegrityError:
        # Another case of the video was opened, or this decision answered, in the very same moment.
        raise _refused(case, "already_in_review", _("This video is in review already.")) from None
    record(
        actor=actor,
        action="review.case_answered",
        target=case,
        from_state=CaseState.DECIDED,
        to_state=CaseState.QUEUED,
        data={
            "answer": str(answer.pk),
            "decision": str(decision.pk),
            "round": case.round,
            "video_before": str(before.pk),
            "video_after": str(after.pk),
        },
    )
    return answer


def _begin_round(case: ReviewCase, after: Video) -> None:
    """Nothing of the former round's handling binds the next one; another video is routed by its own facts.

    But two persons stay two: who asked for changes, or for a second person, did so of this case and not of a file, and
    another take must not be the way round them.
    """
    rules = review_rules()
    is_other = after.pk != case.video_id
    case.approvals_needed = max(case.approvals_needed, approvals_asked(case.kind, after))
    case.video = after
    case.round += 1
    case.due_at = deadlines.due(now(), rules.deadline_working_days, rules.closed)
    case.overdue_at = case.escalated_at = case.assigned_to = case.held_by = case.held_until = None
    changes: dict[str, Any] = {
        name: getattr(case, name)
        for name in (
            *("video", "round", "approvals_needed", "due_at", "overdue_at", "escalated_at"),
            *("assigned_to", "held_by", "held_until"),
        )
    }
    if is_other:
        # What signals found was found in the former video.
        CaseTopic.objects.filter(case=case).delete()
        changes |= routing.facts_of(after)
    ReviewCase.objects.filter(pk=case.pk).update(**changes)
    signals.expect(case)
    if is_other:
        case.queue = routing.queue_for(case)
        ReviewCase.objects.filter(pk=case.pk).update(queue=case.queue)


def _refused(case: ReviewCase, code: str, sentence: str) -> Conflict:
    return Conflict(sentence, code=code, extra={"case_state": case.state})
