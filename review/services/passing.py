"""To leave a case to others, without a reason."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from audit.services import record
from common.errors import Conflict
from review import policies
from review.models import Pass, ReviewCase
from review.services import meanwhile
from review.services.cases import locked, require_desk
from review.services.claims import give_back, unassign
from review.states import CaseState


def pass_by(*, actor: User, case: ReviewCase, token: str = "") -> ReviewCase:
    """Never bring this case to the actor as the next one again; whoever holds it (`token`) puts it back as well.

    Nobody is asked why, and nobody counts it: what somebody cannot look at today is theirs to know.
    """
    with transaction.atomic():
        mine = locked(case.pk)
        require_desk(actor, mine)
        if mine.state == CaseState.CLAIMED and token:
            give_back(actor, mine, token, action="review.case_passed")
            return mine
        if not policies.claimable_by(actor).filter(pk=mine.pk).exists():
            raise meanwhile.why_not_claimable(mine, actor)
        _passed, is_new = Pass.objects.get_or_create(case=mine, reviewer=actor)
        unassign(actor, mine)
        if is_new:
            record(actor=actor, action="review.case_passed", target=mine, from_state=mine.state, to_state=mine.state)
    return mine


def unpass(*, actor: User, case: ReviewCase) -> None:
    """The actor takes it back: the case may come to them again."""
    with transaction.atomic():
        mine = locked(case.pk)
        require_desk(actor, mine)
        if not Pass.objects.filter(case=mine, reviewer=actor).delete()[0]:
            raise Conflict(meanwhile.where_it_is(mine, actor), code="not_passed")
        record(actor=actor, action="review.case_unpassed", target=mine, from_state=mine.state, to_state=mine.state)
