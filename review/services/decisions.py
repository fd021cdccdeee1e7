"""The decision: what was watched, what was said, and by whom. Written once, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.errors import Conflict, FieldError, Invalid
from review import selectors
from review.models import Claim, Decision, DecisionRendition, InternalNote, PolicyVersion, ReasonCode, ReviewCase
from review.services import meanwhile
from review.services.cases import end_claim, locked, move, require_reviewer
from review.services.letters import tell_artist
from review.services.text import MESSAGE_LENGTH, cleaned
from review.states import ADVERSE, CaseState, Outcome
from videos.services import record_approval
from videos.storage import is_intact


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision's words, checked."""

    outcome: Outcome
    policy_version: PolicyVersion
    reason: ReasonCode | None
    artist_message: str
    internal_note: str


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
    shown: Mapping[str, str],
) -> Decision:
    """Close the case. Needs the actor's live claim, the case as it was shown, and exactly the bytes that were shown."""
    case = ReviewCase.objects.select_related("video").get(pk=case.pk)
    require_reviewer(actor, case)
    if not selectors.live_claim(case=case, reviewer=actor, token=claim_token):
        raise meanwhile.why_lost(case, actor, claim_token)
    verdict = _checked(outcome, reason_code, artist_message, internal_note)
    if verdict.outcome == Outcome.APPROVE:
        _require_true_bytes(case)
    with transaction.atomic():
        mine = locked(case.pk)
        claim = end_claim(mine, actor, claim_token)
        if claim is None:
            raise meanwhile.why_lost(mine, actor, claim_token)
        if mine.version != case_version or not move(mine, CaseState.DECIDED):
            raise meanwhile.case_moved(mine, case_version)
        return _write(actor, mine, claim, verdict, shown)


def _write(actor: User, case: ReviewCase, claim: Claim, verdict: Verdict, shown: Mapping[str, str]) -> Decision:
    """Everything that a decision leaves behind, in the caller's transaction."""
    renditions = selectors.shown_renditions(case.video)
    if not renditions or {rendition.kind: rendition.sha256 for rendition in renditions} != dict(shown):
        raise meanwhile.bytes_changed(case)
    decision = Decision.objects.create(
        case=case,
        claim=claim,
        reviewer=actor,
        outcome=verdict.outcome,
        policy_version=verdict.policy_version,
        reason=verdict.reason,
        artist_message=verdict.artist_message,
    )
    DecisionRendition.objects.bulk_create(
        DecisionRendition(decision=decision, rendition=rendition, sha256=rendition.sha256) for rendition in renditions
    )
    if verdict.internal_note:
        InternalNote.objects.create(case=case, author=actor, body=verdict.internal_note)
    tell_artist(case, decision)
    if verdict.outcome == Outcome.APPROVE:
        watched = {rendition.pk: rendition.sha256 for rendition in renditions}
        record_approval(actor=actor, video=case.video, decision_id=decision.pk, shown=watched)
    record(
        actor=actor,
        action="review.case_decided",
        target=case,
        from_state=CaseState.CLAIMED,
        to_state=CaseState.DECIDED,
        data={
            "decision": str(decision.pk),
            "outcome": verdict.outcome,
            "reason": verdict.reason.code if verdict.reason else "",
            "policy_version": str(verdict.policy_version.pk),
            "shown": {rendition.kind: rendition.sha256 for rendition in renditions},
        },
    )
    return decision


def _checked(outcome: str, reason_code: str, artist_message: str, internal_note: str) -> Verdict:
    """The words of a decision against the policy in force."""
    if outcome not in Outcome.values:
        raise Invalid([FieldError("outcome", _("This is not an outcome."), ", ".join(Outcome.values))])
    policy_version = selectors.current_policy()
    if policy_version is None:
        raise Conflict(_("No policy is in force: an admin must publish one first."), code="no_policy")
    message = cleaned("artist_message", artist_message, limit=MESSAGE_LENGTH)
    note = cleaned("internal_note", internal_note, limit=MESSAGE_LENGTH)
    reasons = {reason.code: reason for reason in policy_version.reason_codes.all()}
    errors = []
    if outcome in ADVERSE:
        if reason_code not in reasons:
            sentence = _("Choose a reason from the policy in force (version %d).") % policy_version.number
            errors.append(FieldError("reason", sentence, ", ".join(reasons)))
        if not message:
            sentence = _("Tell the artist why, and what would help.")
            errors.append(FieldError("artist_message", sentence, _("1 to %d characters") % MESSAGE_LENGTH))
    elif reason_code:
        errors.append(FieldError("reason", _("An approval gives no reason code."), _("nothing")))
    if errors:
        raise Invalid(errors)
    return Verdict(Outcome(outcome), policy_version, reasons.get(reason_code), message, note)


def _require_true_bytes(case: ReviewCase) -> None:
    """Read the files once more: an approval speaks of bytes, and not of what a row says about them."""
    if not all(map(is_intact, selectors.shown_renditions(case.video))):
        raise meanwhile.bytes_changed(case)
