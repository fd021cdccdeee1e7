"""One decision for a clear-cut group: proposed by one person, confirmed by another, undone until it is applied.

A delay is a promise to look again: when its time comes each case is checked anew and alone, and whatever has changed
since the proposal leaves that case where it is, with a result that says why. Nothing overrides a hold, a claim, a
recusal, or a second opinion that somebody has asked for meanwhile.

Both have watched each work, whatever they decide: the artist reads that a person did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from audit.services import record
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from review import policies, selectors
from review.models import BulkDecision, BulkItem, Decision, ReviewCase
from review.selectors.bulk import MOST, unopened
from review.services.assessments import Verdict, checked
from review.services.decisions import hashes
from review.states import BULK, BulkState, CaseKind, CaseState, Opinion, Outcome
from videos.storage import is_intact

UNDO = timedelta(minutes=10)


def propose(
    *,
    actor: User,
    cases: Mapping[UUID, int],
    outcome: str,
    reason_code: str = "",
    artist_message: str = "",
) -> BulkDecision:
    """Ask a second person to decide these cases alike. `cases` are ids with the version that the actor has seen."""
    if not policies.can_review(actor):
        raise NotFound
    verdict = checked(kind=CaseKind.SUBMISSION, outcome=outcome, reason_code=reason_code, artist_message=artist_message)
    if verdict.opinion == Opinion.ESCALATE:
        allowed = ", ".join(Outcome.values)
        raise Invalid([FieldError("outcome", _("An escalation is about one case."), allowed)])
    if not 1 <= len(cases) <= MOST:
        sentence = _("Choose 1 to %d cases.") % MOST
        raise Invalid([FieldError("cases", sentence, sentence)])
    with transaction.atomic():
        found = list(lock(policies.bulk_candidates(actor)).filter(pk__in=cases).select_related("video").order_by("pk"))
        _require_all(found, cases)
        _require_opened(actor, found)
        if verdict.outcome == Outcome.APPROVE:
            _require_intact(found)
        bulk = BulkDecision.objects.create(
            proposed_by=actor,
            outcome=verdict.outcome,
            policy_version=verdict.policy_version,
            reason=verdict.reason,
            artist_message=verdict.artist_message,
        )
        BulkItem.objects.bulk_create(
            BulkItem(
                bulk=bulk,
                case=case,
                case_version=case.version,
                shown=hashes(selectors.shown_renditions(case.video)),
            )
            for case in found
        )
        record(
            actor=actor,
            action="review.bulk_proposed",
            target=bulk,
            to_state=BulkState.PROPOSED,
            data={"outcome": verdict.outcome, "cases": [str(case.pk) for case in found]},
        )
    return bulk


def confirm(*, actor: User, bulk: BulkDecision) -> BulkDecision:
    """The second person agrees: in ten minutes it is applied, unless one of the two takes it back."""
    with transaction.atomic():
        mine = _locked(actor, bulk)
        if actor.pk == mine.proposed_by_id:
            raise NotAllowed(_("Somebody else confirms what you propose."), code="own_proposal")
        ids = mine.items.values_list("case", flat=True)
        if policies.kept_from(actor, ids):
            sentence = _("Among these cases is one that is not yours to decide. Somebody else confirms them.")
            raise NotAllowed(sentence, code="recused")
        moment = now()
        changes = {"confirmed_by": actor, "confirmed_at": moment, "applies_at": moment + UNDO}
        _move(mine, BulkState.CONFIRMED, **changes)
        # Only now: who comes too late is not sent to watch anything first.
        _require_watched(actor, mine)
        _as_watched(mine)
        record(
            actor=actor,
            action="review.bulk_confirmed",
            target=mine,
            from_state=BulkState.PROPOSED,
            to_state=BulkState.CONFIRMED,
            data={"applies_at": (moment + UNDO).isoformat()},
        )
    return mine


def undo(*, actor: User, bulk: BulkDecision) -> BulkDecision:
    """Take it back: by either of the two until it is applied, by the proposer before it is confirmed."""
    with transaction.atomic():
        mine = _locked(actor, bulk)
        if actor.pk not in {mine.proposed_by_id, mine.confirmed_by_id} and not policies.can_lead(actor):
            raise NotAllowed(_("Only the two who decided it, or a lead reviewer, take it back."), code="not_yours")
        before = BulkState(mine.state)
        to = BulkState.WITHDRAWN if before == BulkState.PROPOSED else BulkState.UNDONE
        _move(mine, to, closed_at=now())
        record(actor=actor, action="review.bulk_undone", target=mine, from_state=before, to_state=to)
    return mine


def _locked(actor: User, bulk: BulkDecision) -> BulkDecision:
    if not policies.can_review(actor):
        raise NotFound
    mine = lock(policies.bulk_visible_to(actor).select_related("proposed_by")).filter(pk=bulk.pk).first()
    if mine is None:
        raise NotFound
    return mine


def _move(bulk: BulkDecision, to: BulkState, **changes: object) -> None:
    """Compare-and-set; whoever comes too late hears what became of it."""
    before = BulkState(bulk.state)
    bulks = BulkDecision.objects.filter(pk=bulk.pk)
    changes |= {"state": to}
    if not BULK.allows(before, to) or not compare_and_set(bulks, expected={"state": before}, changes=changes):
        bulk.refresh_from_db()
        sentence = _("This has gone on meanwhile. It is now: %s.") % bulk.get_state_display()
        raise Conflict(sentence, code="bulk_moved", extra={"bulk_state": bulk.state})
    for name, value in changes.items():
        setattr(bulk, name, value)


def _require_all(found: Iterable[ReviewCase], wanted: Mapping[UUID, int]) -> None:
    """All of them, as they were seen. One that is hidden and one that has moved on are told in the same words."""
    now_at = {case.pk: case.version for case in found}
    gone = [str(pk) for pk, version in wanted.items() if now_at.get(pk) != version]
    taken = BulkItem.objects.filter(case__in=now_at, bulk__state__in=[BulkState.PROPOSED, BulkState.CONFIRMED])
    gone += [str(pk) for pk in taken.values_list("case", flat=True) if str(pk) not in gone]
    if gone:
        sentence = _("%d of these cases are no longer to be had: somebody has taken or changed them. Choose again.")
        raise Conflict(sentence % len(gone), code="cases_changed", extra={"cases": gone})


def _require_opened(actor: User, found: Iterable[ReviewCase]) -> None:
    if unopened(actor, [case.pk for case in found]):
        sentence = _("Nobody decides what they have not watched: open each of these cases before you decide them.")
        raise Invalid([FieldError("cases", sentence, _("cases that you have held before"))])


def _require_intact(found: Iterable[ReviewCase]) -> None:
    for case in found:
        if not all(map(is_intact, selectors.shown_renditions(case.video))):
            raise Conflict(_("The files of one of these videos are damaged."), code="bytes_changed")


def _require_watched(actor: User, bulk: BulkDecision) -> None:
    """Whoever confirms becomes the one who decided each case: they have watched each, and hold none any more."""
    ids = list(bulk.items.values_list("case", flat=True))
    if missing := len(unopened(actor, ids)):
        sentence = ngettext(
            "You have not watched %d of these works yet. Open it, put it back, and then confirm.",
            "You have not watched %d of these works yet. Open them, put them back, and then confirm.",
            missing,
        )
        raise NotAllowed(sentence % missing, code="not_watched")
    if policies.held_by(actor).filter(case__in=ids).exists():
        raise Conflict(_("You hold one of these cases still: put it back, and then confirm."), code="still_held")


def _as_watched(bulk: BulkDecision) -> None:
    """The confirmer's own look has moved each case on: what they agree to is the case as it waits now.

    Not where it was decided since, and asked about anew: that is another question.
    """
    again = Decision.objects.filter(case=OuterRef("case"), decided_at__gte=bulk.proposed_at)
    waiting = bulk.items.filter(~Exists(again), case__state=CaseState.QUEUED)
    seen = ReviewCase.objects.filter(pk=OuterRef("case")).values("version")
    waiting.update(case_version=Subquery(seen))


def verdict_of(bulk: BulkDecision) -> Verdict:
    return Verdict(Opinion(bulk.outcome), bulk.policy_version, bulk.reason, bulk.artist_message)
