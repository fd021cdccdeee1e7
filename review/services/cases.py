"""Steps that several services share: locking a case, moving it on, ending a claim."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import NotAllowed, NotFound
from review import policies
from review.models import Claim, ReviewCase
from review.states import CASE, CLOSED_STATES, CaseState
from review.tokens import new_token, sha256_of


def locked(case_id: UUID) -> ReviewCase:
    """The case as it is now, held until the transaction ends."""
    case = lock(ReviewCase.objects.select_related("video")).filter(pk=case_id).first()
    if case is None:
        raise NotFound
    return case


def one_at_a_time(reviewer: User) -> None:
    """Whatever changes which cases a reviewer holds, or may, follows one another until the transaction ends."""
    # NO KEY UPDATE: rows that refer to this person (and there are many) can still be written meanwhile.
    list(User.objects.select_for_update(no_key=True).filter(pk=reviewer.pk).values_list("pk"))


def require_reviewer(actor: User, case: ReviewCase) -> None:
    """Hidden from all but reviewers; and nobody works on what they have a part in, or have no standing for."""
    require_desk(actor, case)
    if code := policies.recusal_of(actor, case):
        raise NotAllowed(str(policies.RECUSALS[code]), code=code)
    if not policies.has_standing(actor, case):
        raise NotAllowed(_("A lead reviewer decides this case."), code="leads_only")


def require_desk(actor: User, case: ReviewCase) -> None:
    """Enough to put back what one holds: a reviewer who learns of a conflict meanwhile must be able to."""
    if not policies.can_review(actor):
        raise NotFound
    if policies.has_conflict(actor, case):
        raise NotAllowed(str(policies.RECUSALS["own_work"]), code="own_work")


def resting_state(case: ReviewCase) -> CaseState:
    """Where a case waits when nobody holds it: where it was before the claim."""
    if case.escalated_at is not None:
        return CaseState.ESCALATED
    if case.assessments.filter(round=case.round).exists():
        return CaseState.AWAITING_SECOND
    return CaseState.QUEUED


def move(case: ReviewCase, to: CaseState) -> bool:
    """Compare-and-set on state and version; False when the case was no longer as `case` says."""
    old = CaseState(case.state)
    if not CASE.allows(old, to):
        return False
    closed_at = now() if to in CLOSED_STATES else None
    won = compare_and_set(
        ReviewCase.objects.filter(pk=case.pk),
        expected={"state": old, "version": case.version},
        changes={"state": to, "version": case.version + 1, "closed_at": closed_at},
    )
    if won:
        case.state, case.version, case.closed_at = to, case.version + 1, closed_at
    return won


def momentary_claim(case: ReviewCase, holder: User, moment: datetime) -> Claim:
    """A claim of no length: it opens nothing, and says whose opinion or decision this is."""
    return Claim.objects.create(
        case=case, reviewer=holder, token_sha256=sha256_of(new_token()), expires_at=moment, ended_at=moment
    )


def end_claim(case: ReviewCase, actor: User, token: str) -> Claim | None:
    """End the actor's claim, if this token is its and it has not run out: an expired claim decides nothing."""
    moment = now()
    claims = Claim.objects.filter(case=case, reviewer=actor, token_sha256=sha256_of(token))
    won = compare_and_set(claims, expected={"ended_at": None, "expires_at__gt": moment}, changes={"ended_at": moment})
    return claims.get() if won else None
