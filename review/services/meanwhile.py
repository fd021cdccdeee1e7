"""Why a step can no longer be made: sentences that say what happened in the meantime."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from common.clock import now
from common.errors import Conflict
from review.models import Assessment, Claim, ReviewCase
from review.services.assessments import told_of
from review.states import WAITING_STATES, CaseState
from review.tokens import sha256_of


def _at(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "H:i T")


def why_not_claimable(case: ReviewCase, actor: User) -> Conflict:
    """The refusal for somebody who wants to claim `case`."""
    _look_again(case)
    open_claim = case.claims.filter(ended_at=None).select_related("reviewer").first()
    if case.state == CaseState.CLAIMED and open_claim is not None:
        if open_claim.reviewer_id == actor.pk:
            sentence = _("You already hold this case, in another window or device.")
            return _conflict(case, "already_yours", sentence)
        sentence = _("%(name)s claimed this case at %(time)s.") % {
            "name": open_claim.reviewer,
            "time": _at(open_claim.claimed_at),
        }
        return _conflict(case, "claimed_by_another", sentence)
    if case.state in WAITING_STATES:
        return _conflict(case, "not_for_you", _why_not_theirs(case, actor))
    return _conflict(case, "not_in_queue", where_it_is(case, actor))


def _why_not_theirs(case: ReviewCase, actor: User) -> str:
    """One sentence about a case that waits, but not for this reviewer at this moment."""
    case = ReviewCase.objects.select_related("assigned_to", "held_by", "queue").get(pk=case.pk)
    if case.held_by is not None and case.held_until is not None and case.held_until > now():
        until = date_format(timezone.localtime(case.held_until), "DATETIME_FORMAT")
        return _("%(name)s put this case on hold until %(time)s.") % {"name": case.held_by, "time": until}
    if case.assigned_to_id not in {None, actor.pk}:
        return _("This case was handed to %s.") % case.assigned_to
    if case.queue is not None:
        return _("This case waits in the queue “%s”, which is not open to you.") % case.queue
    return where_it_is(case, actor)


def why_lost(case: ReviewCase, actor: User, token: str) -> Conflict:
    """The refusal for somebody whose claim no longer holds `case`, or never did."""
    _look_again(case)
    claim = case.claims.filter(reviewer=actor, token_sha256=sha256_of(token)).first()
    if claim is None:
        held = case.claims.filter(reviewer=actor, ended_at=None, expires_at__gt=now()).exists()
        first = _("This is not the token of a claim of yours.")
        if held:
            return _conflict(case, "claim_elsewhere", _("You hold this case in another window. Decide there."))
        return _conflict(case, "claim_lost", f"{first} {where_it_is(case, actor)}")
    state = _state_told(case, actor)
    sentence = f"{_how_it_ended(claim, state)} {where_it_is(case, actor)}".strip()
    return _conflict(case, "claim_lost", sentence, state)


def _look_again(case: ReviewCase) -> None:
    """The caller may have read the case before the very change that the sentence is about."""
    case.refresh_from_db(fields=["state", "version", "closed_at"])


def _how_it_ended(claim: Claim, state: CaseState) -> str:
    ended = claim.ended_at
    if claim.expires_at <= (ended or now()):
        return _("Your claim expired at %s.") % _at(claim.expires_at)
    if ended is not None and state not in {CaseState.WITHDRAWN, CaseState.DECIDED}:
        return _("Your claim ended at %s.") % _at(ended)
    return ""


def where_it_is(case: ReviewCase, actor: User) -> str:
    """One sentence about the case as it stands now."""
    if case.state == CaseState.WITHDRAWN and case.closed_at:
        return _("The artist withdrew the submission at %s.") % _at(case.closed_at)
    own, state = _own_opinion(case, actor), _state_told(case, actor)
    if state == CaseState.DECIDED:
        return _who_decided(case, actor, own)
    if own is not None and state == CaseState.AWAITING_SECOND:
        return _("You gave your opinion at %s. It waits for somebody else's.") % _at(own.assessed_at)
    if state == CaseState.ESCALATED:
        return _("It was escalated: a lead reviewer or a specialist decides.")
    open_claim = case.claims.filter(ended_at=None, expires_at__gt=now()).select_related("reviewer").first()
    if open_claim is None:
        return _("The case is back in the queue.")
    if open_claim.reviewer_id == actor.pk:
        return _("You hold it in another window.")
    return _("%s has claimed it since.") % open_claim.reviewer


def _own_opinion(case: ReviewCase, actor: User) -> Assessment | None:
    return case.assessments.filter(reviewer=actor, round=case.round).first()


def _state_told(case: ReviewCase, actor: User) -> CaseState:
    """A golden case is over with its first opinion, which must not be seen from where it seems to be."""
    own = _own_opinion(case, actor) if case.golden_id is not None else None
    return CaseState(case.state) if own is None else told_of(own)


def _who_decided(case: ReviewCase, actor: User, own: Assessment | None) -> str:
    decision = case.decisions.select_related("reviewer").first()
    if case.closed_at is None or (decision is None and own is None):
        return _("It has been decided.")
    if decision is None or decision.reviewer_id == actor.pk:
        return _("You decided it at %s.") % _at(case.closed_at)
    return _("%(name)s decided it at %(time)s.") % {"name": decision.reviewer, "time": _at(case.closed_at)}


def case_moved(case: ReviewCase, version: int) -> Conflict:
    """The refusal for a decision on an earlier version of the case."""
    sentence = _("The case has changed since you opened it: it is at version %(now)d, yours was %(yours)d. Reload it.")
    return _conflict(case, "case_changed", sentence % {"now": case.version, "yours": version})


def bytes_changed(case: ReviewCase) -> Conflict:
    """The refusal when the files are not the ones that the reviewer was shown."""
    sentence = _(
        "The files of this video are not exactly the ones that you were shown. Reload the case and watch it again."
    )
    return _conflict(case, "bytes_changed", sentence)


def _conflict(case: ReviewCase, code: str, sentence: str, state: CaseState | None = None) -> Conflict:
    extra = {"case_state": state or case.state, "case_version": case.version}
    return Conflict(sentence, code=code, extra=extra)
