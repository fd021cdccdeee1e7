"""The decision: what was watched, what was said, and by whom. Written once, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from audit.services import record
from common.clock import now
from review import deadlines, selectors
from review.models import Appeal, Assessment, Claim, Decision, DecisionRendition, InternalNote, ReviewCase, Signal
from review.services import effects, meanwhile
from review.services.assessments import Verdict, checked, next_step, told_of, write
from review.services.cases import end_claim, locked, move, require_desk, require_reviewer
from review.services.claims import unassign
from review.services.escalation import escalate
from review.services.letters import tell_artist
from review.services.unsettled import tell_if_nobody_free
from review.states import ADVERSE, CaseKind, CaseState, Opinion
from videos.models import Rendition
from videos.storage import is_intact


def decide(
    *,
    actor: User,
    case: ReviewCase,
    claim_token: str,
    case_version: int,
    outcome: str,
    reason_code: str = "",
    artist_message: str = "",
    internal_note: str = "",
    escalate_to: str = "",
    shown: Mapping[str, str],
) -> Decision | Assessment:
    """Give one's opinion of a case; the decision, where that closes it, else the assessment that waits for another.

    Needs the actor's live claim, the case as it was shown, and exactly the bytes that were shown.
    """
    case = ReviewCase.objects.select_related("video").get(pk=case.pk)
    require_desk(actor, case)
    if not selectors.live_claim(case=case, reviewer=actor, token=claim_token):
        raise meanwhile.why_lost(case, actor, claim_token)
    verdict = checked(
        kind=case.kind,
        outcome=outcome,
        reason_code=reason_code,
        artist_message=artist_message,
        internal_note=internal_note,
        escalate_to=escalate_to,
    )
    if verdict.opinion == Opinion.APPROVE:
        _require_true_bytes(case)
    with transaction.atomic():
        mine = locked(case.pk)
        claim = end_claim(mine, actor, claim_token)
        if claim is None:
            raise meanwhile.why_lost(mine, actor, claim_token)
        require_reviewer(actor, mine)
        if mine.version != case_version:
            raise meanwhile.case_moved(mine, case_version)
        return _follow(actor, mine, claim, verdict, as_shown(mine, shown))


def _follow(
    actor: User, case: ReviewCase, claim: Claim, verdict: Verdict, renditions: Sequence[Rendition]
) -> Decision | Assessment:
    """Write the opinion and take the step that follows from it, in the caller's transaction."""
    step = next_step(case, actor, verdict.opinion)
    assessment = write(case, actor, claim, verdict)
    if verdict.internal_note:
        InternalNote.objects.create(case=case, author=actor, body=verdict.internal_note)
    unassign(actor, case)
    if case.golden_id is not None:
        # The answer is known and the artist never asked: it ends here, whatever the reviewer is told.
        _step(actor, assessment, CaseState.DECIDED, "review.golden_assessed", renditions)
    elif step == CaseState.DECIDED:
        return close(actor=actor, case=case, claim=claim, verdict=verdict, renditions=renditions)
    elif step == CaseState.ESCALATED:
        _hand_on(actor, assessment, verdict, renditions)
    else:
        _step(actor, assessment, step, "review.case_assessed", renditions)
    return assessment


def close(
    *,
    actor: User,
    case: ReviewCase,
    claim: Claim,
    verdict: Verdict,
    renditions: Sequence[Rendition],
    data: Mapping[str, Any] | None = None,
) -> Decision:
    """Decide a case that is locked and claimed, in the caller's transaction."""
    version = case.version
    if not move(case, CaseState.DECIDED):
        raise meanwhile.case_moved(case, version)
    return conclude(
        actor=actor,
        case=case,
        claim=claim,
        verdict=verdict,
        renditions=renditions,
        automated_detection=Signal.objects.filter(rendition__in=renditions, fired=True).exists(),
        from_state=CaseState.CLAIMED,
        data=data or {},
    )


def conclude(
    *,
    actor: User,
    case: ReviewCase,
    claim: Claim,
    verdict: Verdict,
    renditions: Sequence[Rendition],
    automated_detection: bool,
    from_state: str,
    data: Mapping[str, Any],
) -> Decision:
    """Everything that a decision leaves behind, in the caller's transaction. The case is decided already."""
    moment = now()
    decision = Decision.objects.create(
        case=case,
        claim=claim,
        reviewer=actor,
        outcome=verdict.outcome,
        policy_version=verdict.policy_version,
        reason=verdict.reason,
        artist_message=verdict.artist_message,
        supersedes=_superseded_by_this(case),
        automated_detection=automated_detection,
        decided_at=moment,
        appeal_until=_appeal_until(case, verdict, moment),
    )
    DecisionRendition.objects.bulk_create(
        DecisionRendition(decision=decision, rendition=rendition, sha256=rendition.sha256) for rendition in renditions
    )
    tell_artist(case, decision)
    effects.apply(case, decision, actor)
    record(
        actor=actor,
        action="review.case_decided",
        target=case,
        from_state=from_state,
        to_state=CaseState.DECIDED,
        data={
            "decision": str(decision.pk),
            "outcome": verdict.outcome,
            "reason": verdict.reason.code if verdict.reason else "",
            "policy_version": str(verdict.policy_version.pk),
            "shown": hashes(renditions),
            **data,
        },
    )
    return decision


def _appeal_until(case: ReviewCase, verdict: Verdict, moment: datetime) -> datetime | None:
    """Promised with the decision and never shortened: nothing for an approval, nor for an appeal's own outcome."""
    if verdict.outcome not in ADVERSE or case.kind == CaseKind.APPEAL:
        return None
    return deadlines.appeal_until(moment, selectors.review_rules().appeal_days)


def told(result: Decision | Assessment) -> CaseState:
    """What the reviewer hears of their case."""
    return CaseState.DECIDED if isinstance(result, Decision) else told_of(result)


def as_shown(case: ReviewCase, shown: Mapping[str, str]) -> list[Rendition]:
    """The case's files, if they are exactly those."""
    renditions = selectors.shown_renditions(case.video)
    if not renditions or hashes(renditions) != dict(shown):
        raise meanwhile.bytes_changed(case)
    return renditions


def hashes(renditions: Sequence[Rendition]) -> dict[str, str]:
    return {rendition.kind: rendition.sha256 for rendition in renditions}


def _hand_on(actor: User, assessment: Assessment, verdict: Verdict, renditions: Sequence[Rendition]) -> None:
    """To the leads, or to the queue that the reviewer named. A specialist's first of two opinions stays there."""
    case = assessment.case
    queue = verdict.queue
    disagreed = verdict.opinion != Opinion.ESCALATE
    if disagreed and case.escalated_at is not None and not _is_disputed(case):
        queue, disagreed = case.queue, False
    version = case.version
    if not escalate(case, queue=queue):
        raise meanwhile.case_moved(case, version)
    data = {"queue": queue.slug if queue else "", "disagreement": disagreed}
    _record(actor, assessment, "review.case_escalated", renditions, data)
    tell_if_nobody_free(case)


def _is_disputed(case: ReviewCase) -> bool:
    opinions = case.assessments.filter(round=case.round).exclude(opinion=Opinion.ESCALATE)
    return opinions.values("opinion").distinct().count() > 1


def _step(actor: User, assessment: Assessment, to: CaseState, action: str, renditions: Sequence[Rendition]) -> None:
    case = assessment.case
    version = case.version
    if not move(case, to):
        raise meanwhile.case_moved(case, version)
    _record(actor, assessment, action, renditions, {})


def _record(
    actor: User, assessment: Assessment, action: str, renditions: Sequence[Rendition], data: Mapping[str, Any]
) -> None:
    """The step, without the opinion: that stands in the assessment, which a blind second reviewer never reads."""
    record(
        actor=actor,
        action=action,
        target=assessment.case,
        from_state=CaseState.CLAIMED,
        to_state=assessment.case.state,
        data={"assessment": str(assessment.pk), "shown": hashes(renditions), **data},
    )


def _superseded_by_this(case: ReviewCase) -> Decision | None:
    """The decision whose place this one takes: of an earlier round, or the one that was appealed against."""
    if case.kind == CaseKind.APPEAL:
        appeal = Appeal.objects.select_related("decision").filter(case=case).first()
        return appeal.decision if appeal else None
    return case.decisions.filter(superseded_by=None).order_by("-pk").first()


def _require_true_bytes(case: ReviewCase) -> None:
    """Read the files once more: an approval speaks of bytes, and not of what a row says about them."""
    if not all(map(is_intact, selectors.shown_renditions(case.video))):
        raise meanwhile.bytes_changed(case)
