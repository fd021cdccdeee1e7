"""Whose work somebody does not review: declared by themselves, or for them by a lead or an admin; ended, not erased."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.clock import now
from common.db import compare_and_set
from common.errors import Conflict, FieldError, Invalid, NotFound
from review import policies
from review.models import Claim, Interest, ReviewCase
from review.services import meanwhile
from review.services.cases import end_claim, locked, move, one_at_a_time, require_desk, resting_state
from review.services.claims import unassign
from review.states import CaseState, InterestKind


def declare_interest(*, actor: User, reviewer: User, artist: User, kind: str) -> Interest:
    """From now on `reviewer` gets none of `artist`'s cases; what they hold of them goes back to the queue."""
    _require_say(actor, reviewer)
    _check(reviewer, artist, kind)
    with transaction.atomic():
        # A claim that is being made just now is made before this, and taken back, or after it, and refused.
        one_at_a_time(reviewer)
        held = Claim.objects.filter(reviewer=reviewer, ended_at=None, case__video__owner=artist)
        cases = [locked(case_id) for case_id in held.order_by("case_id").values_list("case_id", flat=True)]
        interest = _written(actor, reviewer, artist, kind)
        ended = [(case, claim) for case in cases if (claim := _taken_back(case, reviewer))]
        # Last of all: see `audit.services.record`.
        for case, claim in ended:
            _record_release(actor, case, claim)
        _record_interest(actor, interest)
    return interest


def recuse(*, actor: User, case: ReviewCase, token: str, kind: str) -> Interest:
    """Whoever holds a case and sees whose it is keeps away from that artist's work: one step, without naming them."""
    with transaction.atomic():
        one_at_a_time(actor)
        mine = locked(case.pk)
        require_desk(actor, mine)
        artist = mine.video.owner
        _check(actor, artist, kind)
        claim = end_claim(mine, actor, token)
        if claim is None or not move(mine, resting_state(mine)):
            raise meanwhile.why_lost(mine, actor, token)
        unassign(actor, mine)
        interest = _written(actor, actor, artist, kind)
        _record_release(actor, mine, claim)
        _record_interest(actor, interest)
    return interest


def end_interest(*, actor: User, interest: Interest) -> Interest:
    """What no longer stands between the two; decisions that were left to others stay with them."""
    _require_say(actor, interest.reviewer)
    moment = now()
    with transaction.atomic():
        rows = Interest.objects.filter(pk=interest.pk)
        if not compare_and_set(rows, expected={"ended_at": None}, changes={"ended_at": moment}):
            raise Conflict(_("This interest has ended already."), code="interest_ended")
        interest.ended_at = moment
        record(actor=actor, action="review.interest_ended", target=interest, from_state="declared", to_state="ended")
    return interest


def _written(actor: User, reviewer: User, artist: User, kind: str) -> Interest:
    try:
        with transaction.atomic():
            return Interest.objects.create(reviewer=reviewer, artist=artist, kind=kind, declared_by=actor)
    except IntegrityError:
        raise Conflict(_("This interest is declared already."), code="interest_declared") from None


def _record_interest(actor: User, interest: Interest) -> None:
    data = {"reviewer": str(interest.reviewer_id), "artist": str(interest.artist_id), "kind": interest.kind}
    record(actor=actor, action="review.interest_declared", target=interest, to_state="declared", data=data)


def _require_say(actor: User, reviewer: User) -> None:
    """Everybody speaks for themselves; leads and admins for any reviewer."""
    speaks_for_all = actor.is_admin or policies.can_lead(actor)
    if not speaks_for_all and not (policies.can_review(actor) and actor.pk == reviewer.pk):
        raise NotFound


def _check(reviewer: User, artist: User, kind: str) -> None:
    errors = []
    if kind not in InterestKind.values:
        errors.append(FieldError("kind", _("This is no kind of interest."), ", ".join(InterestKind.values)))
    if reviewer.pk == artist.pk:
        errors.append(FieldError("artist", _("Nobody reviews their own work anyway."), _("somebody else")))
    if errors:
        raise Invalid(errors)


def _taken_back(case: ReviewCase, reviewer: User) -> Claim | None:
    """The reviewer's claim on a locked case, ended; the case waits again."""
    claim = case.claims.filter(reviewer=reviewer, ended_at=None).first()
    if claim is None or not move(case, resting_state(case)):
        return None
    Claim.objects.filter(pk=claim.pk, ended_at=None).update(ended_at=now())
    unassign(reviewer, case)
    return claim


def _record_release(actor: User, case: ReviewCase, claim: Claim) -> None:
    record(
        actor=actor,
        action="review.case_recused",
        target=case,
        from_state=CaseState.CLAIMED,
        to_state=case.state,
        data={"claim": str(claim.pk)},
    )
