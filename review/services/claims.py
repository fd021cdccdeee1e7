"""Who holds a case, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.actors import System
from common.clock import now
from common.db import compare_and_set
from common.errors import Conflict, NotFound
from review import policies
from review.models import Claim, Pass, ReviewCase, ReviewRules
from review.selectors.rules import review_rules
from review.selectors.wellness import wishes_of
from review.services import golden, meanwhile, wellness
from review.services.cases import (
    end_claim,
    locked,
    move,
    one_at_a_time,
    require_desk,
    require_reviewer,
    resting_state,
)
from review.states import CaseState
from review.tokens import new_token, sha256_of

# Enough to compare a few works, too few to empty the queue for everybody else.
CLAIMS_AT_ONCE = 3
SWEEPER = System("claim-sweeper")


def claim(*, actor: User, case: ReviewCase, take_over: bool = False) -> tuple[Claim, str]:
    """Take a case out of the queue. The token is told only here.

    `take_over` moves the actor's own claim to this window or device: the earlier token ends. That shows nothing new, so
    that only a new claim waits for the end of a rest, and for another day when enough has been seen.
    """
    with _one_holder(case, actor), transaction.atomic():
        _wait_for_own_other_claims(actor)
        mine = locked(case.pk)
        require_reviewer(actor, mine)
        _return_if_lapsed(mine)
        if take_over and _end_own(actor, mine):
            return _hold(actor, mine, action="review.case_taken_over", before=CaseState.CLAIMED)
        if refusal := refusal_of_next(actor=actor) or wellness.why_not_this(actor, mine):
            raise refusal
        before = CaseState(mine.state)
        if not policies.claimable_by(actor).filter(pk=mine.pk).exists() or not move(mine, CaseState.CLAIMED):
            raise meanwhile.why_not_claimable(mine, actor)
        return _hold(actor, mine, action="review.case_claimed", before=before)


def claim_next(*, actor: User) -> tuple[Claim, str] | None:
    """The case that is due first, of those that the actor takes; None when nothing waits for them."""
    if not policies.can_review(actor):
        raise NotFound
    # Sweeping is the timer's task; here it only makes sure that nobody is sent away while something has lapsed.
    return _claim_first(actor) or (_claim_first(actor) if return_lapsed_claims() else None)


def _claim_first(actor: User) -> tuple[Claim, str] | None:
    with transaction.atomic():
        _wait_for_own_other_claims(actor)
        if refusal := refusal_of_next(actor=actor):
            raise refusal
        rules = review_rules()
        wishes = wishes_of(actor, rules)
        found = policies.next_for(actor, languages=wishes.languages, declined=wishes.declined, spent=wishes.spent)
        # Two reviewers who ask at once get two cases instead of waiting for one another.
        case = found.order_by("due_at", "id").select_for_update(skip_locked=True, of=("self",)).first()
        if case is None:
            return None
        case = golden.mixed_in(actor, rules, wishes, instead_of=case) or case
        before = CaseState(case.state)
        if not move(case, CaseState.CLAIMED):
            raise meanwhile.why_not_claimable(case, actor)
        return _hold(actor, case, action="review.case_claimed", before=before, rules=rules)


def refusal_of_next(*, actor: User) -> Conflict | None:
    """The refusal that any claim meets at this moment; None while nothing but an empty queue stands in its way."""
    return _no_room(actor) or wellness.why_not_next(actor)


def renew(*, actor: User, case: ReviewCase, token: str) -> Claim:
    """Keep a live claim for another while. No change of state, hence no audit event."""
    require_reviewer(actor, case)
    moment = now()
    claims = Claim.objects.filter(case=case, reviewer=actor, token_sha256=sha256_of(token))
    alive = {"ended_at": None, "expires_at__gt": moment}
    if not compare_and_set(claims, expected=alive, changes={"expires_at": _expiry(moment)}):
        raise meanwhile.why_lost(case, actor, token)
    return claims.get()


def release(*, actor: User, case: ReviewCase, token: str) -> ReviewCase:
    """Put a case back where it waited, for somebody else: it does not come back to the actor as the next one."""
    with transaction.atomic():
        mine = locked(case.pk)
        require_desk(actor, mine)
        give_back(actor, mine, token, action="review.case_released")
    return mine


def give_back(actor: User, case: ReviewCase, token: str, *, action: str) -> None:
    """End the actor's claim on a locked case, in the caller's transaction; nobody waits for what was theirs by name."""
    claim = end_claim(case, actor, token)
    if claim is None or not move(case, resting_state(case)):
        raise meanwhile.why_lost(case, actor, token)
    unassign(actor, case)
    Pass.objects.get_or_create(case=case, reviewer=actor)
    record(
        actor=actor,
        action=action,
        target=case,
        from_state=CaseState.CLAIMED,
        to_state=case.state,
        data={"claim": str(claim.pk)},
    )


def unassign(actor: User, case: ReviewCase) -> None:
    """What was handed to the actor is everybody's again."""
    if case.assigned_to_id == actor.pk:
        ReviewCase.objects.filter(pk=case.pk).update(assigned_to=None)
        case.assigned_to = None


def return_lapsed_claims() -> int:
    """Put the cases whose claims ran out back into the queue; says how many."""
    returned = 0
    lapsed = Claim.objects.filter(ended_at=None, expires_at__lte=now()).values_list("case_id", flat=True)
    for case_id in list(lapsed):
        with transaction.atomic():
            returned += _return_if_lapsed(locked(case_id))
    return returned


def _return_if_lapsed(case: ReviewCase) -> bool:
    """The case is locked. A claim that was renewed a moment ago is left alone by the compare-and-set."""
    moment = now()
    claim = case.claims.filter(ended_at=None, expires_at__lte=moment).first()
    if claim is None:
        return False
    expected = {"ended_at": None, "expires_at__lte": moment}
    if not compare_and_set(Claim.objects.filter(pk=claim.pk), expected=expected, changes={"ended_at": moment}):
        return False
    if not move(case, resting_state(case)):
        return False
    record(
        actor=SWEEPER,
        action="review.claim_lapsed",
        target=case,
        from_state=CaseState.CLAIMED,
        to_state=case.state,
        data={"claim": str(claim.pk)},
    )
    return True


@contextmanager
def _one_holder(case: ReviewCase, actor: User) -> Iterator[None]:
    """The partial unique constraint: the last of the guards, should the others ever be wrong."""
    try:
        yield
    except IntegrityError:
        raise meanwhile.why_not_claimable(case, actor) from None


def _hold(
    actor: User, case: ReviewCase, *, action: str, before: CaseState, rules: ReviewRules | None = None
) -> tuple[Claim, str]:
    """Write the claim on a case that has just become the actor's."""
    token = new_token()
    claim = Claim.objects.create(case=case, reviewer=actor, token_sha256=sha256_of(token), expires_at=_expiry(now()))
    wellness.opened(claim, rules)
    record(
        actor=actor,
        action=action,
        target=case,
        from_state=before,
        to_state=CaseState.CLAIMED,
        data={"claim": str(claim.pk)},
    )
    return claim, token


def _end_own(actor: User, case: ReviewCase) -> bool:
    """End the actor's claim on a case that stays claimed: the version grows, so that the old window is stale."""
    claims = Claim.objects.filter(case=case, reviewer=actor)
    if not compare_and_set(claims, expected={"ended_at": None}, changes={"ended_at": now()}):
        return False
    grown = compare_and_set(
        ReviewCase.objects.filter(pk=case.pk),
        expected={"state": CaseState.CLAIMED, "version": case.version},
        changes={"version": case.version + 1},
    )
    if not grown:
        raise meanwhile.why_not_claimable(case, actor)
    case.version += 1
    return True


def _wait_for_own_other_claims(actor: User) -> None:
    """One reviewer's claims follow one another, so that two windows cannot both take the last free place."""
    one_at_a_time(actor)


def _no_room(actor: User) -> Conflict | None:
    if policies.held_by(actor).count() < CLAIMS_AT_ONCE:
        return None
    sentence = _("You hold %d cases already. Decide one or put it back first.") % CLAIMS_AT_ONCE
    return Conflict(sentence, code="too_many_claims", extra={"allowed": CLAIMS_AT_ONCE})


def _expiry(moment: datetime) -> datetime:
    return moment + timedelta(minutes=settings.CLAIM_MINUTES)
