"""Who holds a case, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.actors import System
from common.clock import now
from common.db import compare_and_set
from common.errors import Conflict, NotFound
from review import policies
from review.models import Claim, ReviewCase
from review.services import meanwhile
from review.services.cases import end_claim, locked, move, require_reviewer
from review.states import CaseState
from review.tokens import new_token, sha256_of

# Enough to compare a few works, too few to empty the queue for everybody else.
CLAIMS_AT_ONCE = 3
SWEEPER = System("claim-sweeper")


def claim(*, actor: User, case: ReviewCase, take_over: bool = False) -> tuple[Claim, str]:
    """Take a case out of the queue. The token is told only here.

    `take_over` moves the actor's own claim to this window or device: the earlier token ends.
    """
    with transaction.atomic():
        _wait_for_own_other_claims(actor)
        mine = locked(case.pk)
        require_reviewer(actor, mine)
        _return_if_lapsed(mine)
        if take_over and _end_own(actor, mine):
            return _hold(actor, mine, action="review.case_taken_over")
        _require_room(actor)
        if not (mine.state == CaseState.QUEUED and move(mine, CaseState.CLAIMED)):
            raise meanwhile.why_not_claimable(mine, actor)
        return _hold(actor, mine, action="review.case_claimed")


def claim_next(*, actor: User) -> tuple[Claim, str] | None:
    """The case that has waited longest, but none that the actor has put back; None when nothing waits."""
    if not policies.can_review(actor):
        raise NotFound
    return_lapsed_claims()
    with transaction.atomic():
        _wait_for_own_other_claims(actor)
        _require_room(actor)
        put_back = Claim.objects.filter(case=OuterRef("pk"), reviewer=actor, ended_at__lt=F("expires_at"))
        waiting = policies.visible_in_queue(actor).filter(~Exists(put_back), state=CaseState.QUEUED).order_by("id")
        # Two reviewers who ask at once get two cases instead of waiting for one another.
        case = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if case is None:
            return None
        if not move(case, CaseState.CLAIMED):
            raise meanwhile.why_not_claimable(case, actor)
        return _hold(actor, case, action="review.case_claimed")


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
    """Put a case back into the queue, for somebody else."""
    with transaction.atomic():
        mine = locked(case.pk)
        require_reviewer(actor, mine)
        claim = end_claim(mine, actor, token)
        if claim is None or not move(mine, CaseState.QUEUED):
            raise meanwhile.why_lost(mine, actor, token)
        record(
            actor=actor,
            action="review.case_released",
            target=mine,
            from_state=CaseState.CLAIMED,
            to_state=CaseState.QUEUED,
            data={"claim": str(claim.pk)},
        )
    return mine


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
    if not move(case, CaseState.QUEUED):
        return False
    record(
        actor=SWEEPER,
        action="review.claim_lapsed",
        target=case,
        from_state=CaseState.CLAIMED,
        to_state=CaseState.QUEUED,
        data={"claim": str(claim.pk)},
    )
    return True


def _hold(actor: User, case: ReviewCase, *, action: str) -> tuple[Claim, str]:
    """Write the claim on a case that has just become the actor's."""
    token = new_token()
    try:
        with transaction.atomic():
            claim = Claim.objects.create(
                case=case, reviewer=actor, token_sha256=sha256_of(token), expires_at=_expiry(now())
            )
    except IntegrityError:
        # The partial unique constraint: the last of the guards, should the others ever be wrong.
        raise meanwhile.why_not_claimable(case, actor) from None
    record(
        actor=actor,
        action=action,
        target=case,
        from_state=CaseState.QUEUED if action == "review.case_claimed" else CaseState.CLAIMED,
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
    # NO KEY UPDATE: rows that refer to this person (and there are many) can still be written meanwhile.
    list(User.objects.select_for_update(no_key=True).filter(pk=actor.pk).values_list("pk"))


def _require_room(actor: User) -> None:
    if policies.held_by(actor).count() >= CLAIMS_AT_ONCE:
        sentence = _("You hold %d cases already. Decide one or put it back first.") % CLAIMS_AT_ONCE
        raise Conflict(sentence, code="too_many_claims", extra={"allowed": CLAIMS_AT_ONCE})


def _expiry(moment: datetime) -> datetime:
    return moment + timedelta(minutes=settings.CLAIM_MINUTES)
