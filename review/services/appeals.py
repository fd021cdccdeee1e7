"""The artist objects to a decision; a lead who took no part in it decides anew.

A pending appeal ends by its decision or by the artist's own withdrawal. Nothing else closes it: no take-down, no other
case, no passing of time.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.models import AuditEvent
from audit.services import record
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, FieldError, Invalid, NotFound
from review.models import Appeal, Claim, Decision, ReviewCase
from review.selectors.statements import Statement, adverse_decisions, standing_take_downs, statement_of
from review.services.cases import locked, move
from review.services.effects import EFFECTS
from review.services.letters import Restored, moment, tell_appeal_decided
from review.services.opening import open_case
from review.services.text import MESSAGE_LENGTH, cleaned
from review.services.unsettled import tell_if_appeal_waits
from review.states import OPEN_STATES, TAKE_DOWN_KINDS, AppealState, CaseKind, CaseState, Outcome
from videos.models import Video
from videos.services import ensure_share_copy, record_approval, restore
from videos.states import Enforcement


def appeal(*, actor: User, decision: Decision, body: str) -> Appeal:
    """Ask for another look at a decision against one's work: once, in time, with words."""
    statement = _own_statement(actor, decision)
    body = cleaned("body", body, limit=MESSAGE_LENGTH)
    _require_appealable(statement)
    if not body:
        allowed = _("1 to %d characters") % MESSAGE_LENGTH
        raise Invalid([FieldError("body", _("Write why the decision is wrong."), allowed)])
    # Outside the transaction: should the copy that was shown be gone, writing it again takes long.
    ensure_share_copy(actor=actor, video=statement.video)
    with transaction.atomic():
        video = lock(Video.objects.all()).get(pk=statement.video.pk)
        _require_appealable(_own_statement(actor, decision))
        opened = _open(actor, decision, video, body)
        waits = tell_if_appeal_waits(opened)
        record(
            actor=actor,
            action="review.appeal_opened",
            target=opened,
            to_state=AppealState.PENDING,
            data={
                "decision": str(decision.pk),
                "case": str(opened.case_id),
                "video": str(video.pk),
                "nobody_free": waits,
            },
        )
        record(
            actor=actor,
            action="review.case_appealed",
            target=opened.case,
            to_state=CaseState.QUEUED,
            data={"appeal": str(opened.pk)},
        )
    return opened


def withdraw_appeal(*, actor: User, decision: Decision) -> Appeal:
    """Take the appeal back; whoever holds its case loses the claim, and the decision stands."""
    _own_statement(actor, decision)
    with transaction.atomic():
        found = Appeal.objects.filter(decision=decision, appellant=actor).first()
        if found is None:
            raise Conflict(_("There is no appeal to take back."), code="no_appeal")
        case = locked(found.case_id)
        found.refresh_from_db()
        before = case.state
        if not (_end(found, AppealState.WITHDRAWN) and move(case, CaseState.WITHDRAWN)):
            sentence = _("This appeal is closed already: there is nothing left to take back.")
            raise Conflict(sentence, code="appeal_closed", extra={"appeal_state": found.state})
        Claim.objects.filter(case=case, ended_at=None).update(ended_at=now())
        record(
            actor=actor,
            action="review.appeal_withdrawn",
            target=found,
            from_state=AppealState.PENDING,
            to_state=AppealState.WITHDRAWN,
            data={"case": str(case.pk)},
        )
        record(
            actor=actor,
            action="review.case_withdrawn",
            target=case,
            from_state=before,
            to_state=CaseState.WITHDRAWN,
            data={"appeal": str(found.pk)},
        )
    return found


def _own_statement(actor: User, decision: Decision) -> Statement:
    """The statement of a decision against the actor's work; to anybody else there is none."""
    found = adverse_decisions(actor).filter(pk=decision.pk).first() if actor.is_active else None
    if found is None:
        raise NotFound
    return statement_of(found)


def _require_appealable(statement: Statement) -> None:
    if statement.appeal is not None:
        raise Conflict(_("This decision has been appealed already; that can be done once."), code="already_appealed")
    if statement.is_superseded:
        raise Conflict(_("A later decision has taken the place of this one: appeal that."), code="superseded")
    if not statement.in_window:
        sentence = _("This decision could be appealed until %s.") % moment(statement.appeal_until)
        raise Conflict(sentence, code="too_late", extra={"appeal_until": statement.appeal_until.isoformat()})
    kinds = ReviewCase.objects.filter(video=statement.video, golden=None, state__in=OPEN_STATES)
    open_kinds = set(kinds.values_list("kind", flat=True))
    if CaseKind.APPEAL in open_kinds:
        raise Conflict(_("Another appeal about this video is pending: wait for its outcome."), code="appeal_pending")
    if CaseKind.SUBMISSION in open_kinds:
        sentence = _("This video is in review again: wait for that decision, or withdraw the submission first.")
        raise Conflict(sentence, code="in_review")


def _open(actor: User, decision: Decision, video: Video, body: str) -> Appeal:
    try:
        with transaction.atomic():
            case = open_case(kind=CaseKind.APPEAL, video=video, opened_by=actor)
            return Appeal.objects.create(decision=decision, case=case, appellant=actor, body=body)
    except IntegrityError:
        # The database's own rules: one appeal a decision, one open appeal a video.
        raise Conflict(_("This decision has been appealed already."), code="already_appealed") from None


def _end(found: Appeal, to: AppealState) -> bool:
    moment_now = now()
    won = compare_and_set(
        Appeal.objects.filter(pk=found.pk),
        expected={"state": AppealState.PENDING},
        changes={"state": to, "closed_at": moment_now},
    )
    if won:
        found.state, found.closed_at = to, moment_now
    return won


# --- What its decision does ------------------------------------------------------------------------------------------


def _decided(case: ReviewCase, decision: Decision, actor: User) -> None:
    """The effect of a lead's decision in an appeal's case, in its transaction."""
    found = Appeal.objects.select_related("decision__case").get(case=case)
    overturned = decision.outcome == Outcome.APPROVE
    if not decision.artist_message:
        sentence = _("Tell the artist why the decision stands, or why it does not.")
        raise Invalid([FieldError("artist_message", sentence, _("1 to %d characters") % MESSAGE_LENGTH)])
    if not _end(found, AppealState.OVERTURNED if overturned else AppealState.UPHELD):
        raise Conflict(_("This appeal is closed already."), code="appeal_closed")
    restored = _restored(found.decision, decision, actor) if overturned else Restored.NOTHING
    tell_appeal_decided(found, decision, restored=restored)
    record(
        actor=actor,
        action="review.appeal_decided",
        target=found,
        from_state=AppealState.PENDING,
        to_state=found.state,
        data={"decision": str(decision.pk), "appealed": str(found.decision_id), "restored": restored.value},
    )


def _restored(appealed: Decision, decision: Decision, actor: User) -> Restored:
    """Undo what the appealed decision did, and nothing that anything else did; says how far that goes.

    The share is not revived: what the public sees again, and under which address, is the artist's own act.
    """
    video = lock(Video.objects.all()).get(pk=decision.case.video_id)
    if video.enforcement == Enforcement.TAKEN_DOWN and appealed.case.kind in TAKE_DOWN_KINDS:
        taken = _last_take_down(video)
        # Whichever of several came first: what another decision wants down stays down.
        if "decision" not in taken.data or standing_take_downs(video).exclude(pk=appealed.pk).exists():
            return Restored.NOTHING
        video = restore(actor=actor, video=video, decision_id=decision.pk)
        if taken.from_state != Enforcement.SHAREABLE:
            # Nobody had approved it, and the lead was not asked to: that may even have been refused.
            return Restored.PRIVATE
    if video.enforcement == Enforcement.SHAREABLE:
        return Restored.SHAREABLE  # approved meanwhile: a newer approval would only end its share
    if video.enforcement != Enforcement.PRIVATE:
        return Restored.NOTHING
    watched = dict(decision.renditions.values_list("rendition", "sha256"))
    record_approval(actor=actor, video=video, decision_id=decision.pk, shown=watched)
    return Restored.SHAREABLE


def _last_take_down(video: Video) -> AuditEvent:
    """What took the video down; one without a decision, from before each had one, is no part of any appeal."""
    taken = AuditEvent.objects.filter(target_type="video", target_id=str(video.pk), action="video.taken_down")
    return taken.order_by("-id")[0]


EFFECTS[CaseKind.APPEAL] = _decided
