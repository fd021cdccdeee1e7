"""One reviewer's opinion, and what follows from it and those before: a decision, a second look, or a lead's."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from common.errors import Conflict, FieldError, Invalid
from review import selectors, wording
from review.models import Assessment, Claim, PolicyVersion, ReasonCode, ReviewCase, ReviewQueue
from review.services.text import MESSAGE_LENGTH, cleaned
from review.states import ADVERSE, CaseKind, CaseState, Opinion, Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """One opinion's words, checked."""

    opinion: Opinion
    policy_version: PolicyVersion
    reason: ReasonCode | None = None
    artist_message: str = ""
    internal_note: str = ""
    queue: ReviewQueue | None = None  # where an escalated case goes; None: to the leads

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.opinion)


def checked(
    *, kind: str, outcome: str, reason_code: str, artist_message: str, internal_note: str = "", escalate_to: str = ""
) -> Verdict:
    """The words of an opinion against the kind of case and the policies in force."""
    offered = [str(one.opinion) for one in wording.choices(kind)]
    if outcome not in offered:
        raise Invalid([FieldError("outcome", _("This is not an outcome."), ", ".join(offered))])
    rules = selectors.policies_in_force()
    if not rules:
        raise Conflict(_("No policy is in force: an admin must publish one first."), code="no_policy")
    message = cleaned("artist_message", artist_message, limit=MESSAGE_LENGTH)
    note = cleaned("internal_note", internal_note, limit=MESSAGE_LENGTH)
    opinion = Opinion(outcome)
    if opinion == Opinion.ESCALATE:
        return _escalation(rules[0], reason_code, message, note, escalate_to)
    if escalate_to:
        raise Invalid([FieldError("escalate_to", _("Only an escalated case goes to another queue."), _("nothing"))])
    if Outcome(opinion) in ADVERSE:
        reason = _reason(rules, reason_code, message)
        return Verdict(opinion, reason.policy_version, reason, message, note)
    if reason_code:
        raise Invalid([FieldError("reason", _("An approval gives no reason code."), _("nothing"))])
    return Verdict(opinion, rules[0], None, message, note)


def _reason(rules: list[PolicyVersion], code: str, message: str) -> ReasonCode:
    """An adverse opinion names a reason of a policy in force, and tells the artist why."""
    reasons = selectors.reasons_of(rules)
    errors = []
    if code not in reasons:
        sentence = _("Choose a reason from the policies in force.")
        if len(rules) == 1:
            sentence = _("Choose a reason from the policy in force (version %d).") % rules[0].number
        errors.append(FieldError("reason", sentence, ", ".join(reasons)))
    if not message:
        sentence = _("Tell the artist why, and what would help.")
        errors.append(FieldError("artist_message", sentence, _("1 to %d characters") % MESSAGE_LENGTH))
    if errors:
        raise Invalid(errors)
    return reasons[code]


def _escalation(main: PolicyVersion, code: str, message: str, note: str, escalate_to: str) -> Verdict:
    """To leads or specialists: a note for them, and nothing for the artist, for whom nothing has been decided."""
    errors = []
    if not note:
        sentence = _("Say in the internal note what they should look at.")
        errors.append(FieldError("internal_note", sentence, _("1 to %d characters") % MESSAGE_LENGTH))
    if message:
        sentence = _("The artist is told nothing yet: an escalated case is not decided.")
        errors.append(FieldError("artist_message", sentence, _("nothing")))
    if code:
        errors.append(FieldError("reason", _("An escalation gives no reason code."), _("nothing")))
    queues = {queue.slug: queue for queue in selectors.specialist_queues()}
    if escalate_to and escalate_to not in queues:
        errors.append(FieldError("escalate_to", _("There is no such queue."), ", ".join(["", *queues])))
    if errors:
        raise Invalid(errors)
    return Verdict(Opinion.ESCALATE, main, internal_note=note, queue=queues.get(escalate_to))


def write(case: ReviewCase, actor: User, claim: Claim, verdict: Verdict) -> Assessment:
    """The opinion as it was given, for ever; in the caller's transaction and audit."""
    return Assessment.objects.create(
        case=case,
        round=case.round,
        claim=claim,
        reviewer=actor,
        opinion=verdict.opinion,
        policy_version=verdict.policy_version,
        reason=verdict.reason,
        artist_message=verdict.artist_message,
    )


def next_step(case: ReviewCase, actor: User, opinion: Opinion) -> CaseState:
    """What follows from this opinion: the case is locked, and the opinion not written yet."""
    if opinion == Opinion.ESCALATE:
        return CaseState.ESCALATED
    # Whoever leads settles what others could not, or what somebody appealed against, alone.
    if actor.is_lead_reviewer and (case.escalated_at is not None or case.kind == CaseKind.APPEAL):
        return CaseState.DECIDED
    if case.approvals_needed == 1:
        return CaseState.DECIDED
    given = case.assessments.filter(round=case.round).exclude(opinion=Opinion.ESCALATE)
    others = set(given.exclude(reviewer=actor).values_list("opinion", flat=True))
    if not others:
        return CaseState.AWAITING_SECOND if case.escalated_at is None else CaseState.ESCALATED
    return CaseState.DECIDED if others == {opinion} else CaseState.ESCALATED


def told_of(assessment: Assessment) -> CaseState:
    """What its reviewer hears of the case, then and later: of a golden one what they would hear of any other."""
    if assessment.case.golden_id is None:
        return CaseState(assessment.case.state)
    return next_step(assessment.case, assessment.reviewer, Opinion(assessment.opinion))
