"""Who may do what in a review. The only place that decides access."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.clock import now
from review.models import (
    Appeal,
    Assessment,
    BulkDecision,
    BulkItem,
    CaseTopic,
    Claim,
    Interest,
    Pass,
    ReviewCase,
    ReviewQueue,
    SavedReply,
)
from review.states import TAKE_DOWN_KINDS, WAITING_STATES, BulkState, CaseKind, CaseState, InterestKind
from videos.models import Video

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Why somebody does not review a case: code -> the sentence that they are told.
RECUSALS: dict[str, StrOrPromise] = {
    "own_work": _("This is your own work: somebody else reviews it."),
    "interest": _("You declared an interest in this artist's work: somebody else reviews it."),
    "dispute": _("This artist appealed a decision that you had a part in: somebody else reviews their work."),
    "took_part": _("You took part in what this appeal is about: somebody else decides it."),
    "assessed": _("You have said what you think of this case: now somebody else does, without knowing it."),
}
# What hides a case from somebody altogether. Whoever has assessed one knows it already.
HIDING = ("own_work", "interest", "dispute", "took_part")


def can_review(actor: User) -> bool:
    """Reviewers work at the desk; being an admin does not make one a reviewer."""
    return actor.is_reviewer


def can_lead(actor: User) -> bool:
    """Leads decide appeals and what was escalated, and see to the queue."""
    return actor.is_lead_reviewer


def can_set_rules(actor: User) -> bool:
    """The programme's admins set how it reviews."""
    return actor.is_admin


def can_justify(actor: User) -> bool:
    """A lead reviewer says, in writing and for all to read, why a policy may limit criticism."""
    return can_lead(actor)


def can_take_down(actor: User, video: Video) -> bool:
    """The programme's admins, where a law or a danger leaves no time for a queue; and never their own work."""
    return actor.is_admin and video.owner_id != actor.pk


def has_conflict(actor: User, case: ReviewCase) -> bool:
    """Nobody reviews what they made, nor what they asked to be reviewed."""
    return actor.pk in {case.video.owner_id, case.opened_by_id}


def recusals(actor: User) -> dict[str, Q]:
    """For each reason why the actor keeps away from a case, the cases that it is about. Keys as in `RECUSALS`."""
    artist, here = OuterRef("video__owner"), OuterRef("pk")
    opinions = Assessment.objects.filter(reviewer=actor)
    decided = Q(decision__reviewer=actor)
    in_its_case = opinions.filter(case=OuterRef("decision__case"))
    # An artist appeals against the first of two opinions and the proposal of a decision for many too; but not against
    # what somebody said of an earlier round, which they answered, or of a later one.
    in_its_round = in_its_case.filter(round=OuterRef("decision__claim__assessment__round"))
    proposed = Q(decision__bulk_item__bulk__proposed_by=actor)
    return {
        "own_work": Q(video__owner=actor) | Q(opened_by=actor),
        "interest": Q(video__owner__in=_artists_of_interest(actor)),
        "took_part": Q(Exists(Appeal.objects.filter(decided | Exists(in_its_case), case=here))),
        "dispute": Q(Exists(Appeal.objects.filter(decided | proposed | Exists(in_its_round), appellant=artist))),
        "assessed": Q(Exists(opinions.filter(case=here, round=OuterRef("round")))),
    }


def _artists_of_interest(actor: User) -> set[UUID]:
    """Whose work the actor has an interest in. Read at once, as `reach_of` is: they are few."""
    # Working together is mutual, whichever of two reviewers has said so.
    either = Q(reviewer=actor) | Q(kind=InterestKind.COLLABORATOR, artist=actor)
    pairs = Interest.objects.filter(either, ended_at=None).values_list("reviewer", "artist")
    return {artist if reviewer == actor.pk else reviewer for reviewer, artist in pairs}


def recusal_of(actor: User, case: ReviewCase) -> str:
    """Why the actor keeps away from this case, as a code of `RECUSALS`; empty when nothing does."""
    reasons = recusals(actor)
    flagged = ReviewCase.objects.filter(pk=case.pk).annotate(
        **{f"is_{code}": _holds(reason) for code, reason in reasons.items()}
    )
    answers = flagged.values(*(f"is_{code}" for code in reasons)).get()
    return next((code for code in reasons if answers[f"is_{code}"]), "")


def _holds(condition: Q) -> Case:
    """The condition as a column; a comparison with nothing is no."""
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def has_standing(actor: User, case: ReviewCase) -> bool:
    """Appeals are for leads; what was escalated is for leads and the members of the queue that it went to."""
    if case.kind == CaseKind.APPEAL:
        return can_lead(actor)
    if case.escalated_at is None or can_lead(actor):
        return True
    return case.queue_id in reach_of(actor).mine


@dataclass(frozen=True, slots=True)
class Reach:
    """The specialist queues in use, as far as one reviewer is concerned: their keys."""

    mine: frozenset[UUID]  # a member of these, the reviewer decides what was sent there
    closed: frozenset[UUID]  # those with members of their own, and for others than leads those for leads


def reach_of(actor: User) -> Reach:
    """Which queues the actor may work in. Read at once and not as a part of each query: queues are few."""
    members = ReviewQueue.members.through.objects.filter(reviewqueue=OuterRef("pk"))
    queues = ReviewQueue.objects.filter(retired_at=None).annotate(
        is_member=Exists(members.filter(user=actor)), has_members=Exists(members)
    )
    mine, closed = set(), set()
    for key, leads_only, is_member, has_members in queues.values_list("pk", "leads_only", "is_member", "has_members"):
        is_barred = leads_only and not can_lead(actor)
        if is_member and not is_barred:
            mine.add(key)
        elif is_barred or has_members:
            closed.add(key)
    return Reach(frozenset(mine), frozenset(closed))


def claimable_by(actor: User) -> QuerySet[ReviewCase]:
    """The waiting cases that the actor may claim at this moment. The claim, "next case" and the queue ask this alone.

    A deadline that passed ends holds and hands: the promise to the artist is worth more than either.
    """
    if not can_review(actor):
        return ReviewCase.objects.none()
    free = Q(assigned_to=None) | Q(assigned_to=actor) | Q(overdue_at__isnull=False)
    not_on_hold = Q(held_until=None) | Q(held_until__lte=now()) | Q(overdue_at__isnull=False)
    reasons = recusals(actor)
    if not can_lead(actor):
        del reasons["took_part"]  # it is about appeals, and those are for leads
    # One call: Django takes longer to put these conditions together than the database to answer.
    no_conflict = [~reason for reason in reasons.values()]
    return ReviewCase.objects.filter(_in_reach(actor), free, not_on_hold, *no_conflict, state__in=WAITING_STATES)


def _in_reach(actor: User) -> Q:
    """Cases in queues that are open to the actor, of the kinds and states that they may decide."""
    reach = reach_of(actor)
    open_queue = ~Q(queue__in=reach.closed) | Q(assigned_to=actor)
    if can_lead(actor):
        return open_queue | Q(state=CaseState.ESCALATED)
    standing = Q(state__in=(CaseState.QUEUED, CaseState.AWAITING_SECOND), escalated_at=None) | Q(queue__in=reach.mine)
    return open_queue & standing & ~Q(kind=CaseKind.APPEAL)


def next_for(
    actor: User, *, languages: Iterable[str] = (), declined: Iterable[str] = (), spent: Iterable[str] = ()
) -> QuerySet[ReviewCase]:
    """Of these, what "next case" brings: nothing that the actor has passed, nor what they do not read or want.

    A case in an unknown language goes to everybody. What was handed to the actor by name comes whatever it is about;
    the topics of which they have seen enough for a day do not.
    """
    passed = Pass.objects.filter(case=OuterRef("pk"), reviewer=actor)
    # A golden item that somebody else has put back: whoever has met it in another case is not brought it again.
    met = ReviewCase.objects.filter(golden=OuterRef("golden"), claims__reviewer=actor).exclude(pk=OuterRef("pk"))
    topics = CaseTopic.objects.filter(case=OuterRef("pk"))
    conditions = [Q(~Exists(passed)), Q(golden=None) | ~Q(Exists(met))]
    wanted = Q()
    if languages := list(languages):
        wanted &= Q(language__in=["", *languages])
    if declined := list(declined):
        wanted &= ~Q(Exists(topics.filter(topic__in=declined)))
    if wanted:
        conditions.append(wanted | Q(assigned_to=actor))
    if spent := list(spent):
        conditions.append(Q(~Exists(topics.filter(topic__in=spent))))
    return claimable_by(actor).filter(*conditions)


def can_submit(actor: User, video: Video) -> bool:
    """Only the owner asks for a review of a video."""
    return actor.is_active and video.owner_id == actor.pk


def can_withdraw(actor: User, case: ReviewCase) -> bool:
    """Only the video's owner takes a submission back; a report is not theirs to close."""
    return _is_own_submission(actor, case)


def can_answer(actor: User, case: ReviewCase) -> bool:
    """Only the video's owner answers what the review asks of them."""
    return _is_own_submission(actor, case)


def _is_own_submission(actor: User, case: ReviewCase) -> bool:
    """A golden item's case is nobody's: its artist knows nothing of it."""
    is_theirs = actor.is_active and case.video.owner_id == actor.pk
    return is_theirs and case.kind == CaseKind.SUBMISSION and case.golden_id is None


def visible_in_queue(actor: User) -> QuerySet[ReviewCase]:
    """The cases that a reviewer knows of: those that they do not keep away from."""
    if not can_review(actor):
        return ReviewCase.objects.none()
    reasons = recusals(actor)
    cases = ReviewCase.objects.all()
    for code in HIDING:
        cases = cases.filter(~reasons[code])
    return cases


def not_own(actor: User) -> QuerySet[ReviewCase]:
    """What figures about the queue count: everybody's cases but the reviewer's own."""
    if not can_review(actor):
        return ReviewCase.objects.none()
    return ReviewCase.objects.exclude(Q(video__owner=actor) | Q(opened_by=actor))


def visible_to(actor: User) -> QuerySet[ReviewCase]:
    """The cases that an artist follows: those of their own videos, but no golden items and none against them."""
    return ReviewCase.objects.filter(video__owner=actor, golden=None).exclude(kind__in=TAKE_DOWN_KINDS)


def held_by(actor: User) -> QuerySet[Claim]:
    """The claims that open a case's content to a reviewer at this moment."""
    if not can_review(actor):
        return Claim.objects.none()
    return Claim.objects.filter(reviewer=actor, ended_at=None, expires_at__gt=now()).exclude(case__video__owner=actor)


def kept_from(actor: User, cases: Iterable[UUID]) -> bool:
    """Whether the actor keeps away from any of these cases, or has no way into its queue."""
    among = ReviewCase.objects.filter(pk__in=list(cases))
    return among.filter(_recused(actor) | Q(queue__in=reach_of(actor).closed)).exists()


def cannot_settle(actor: User) -> Q:
    """The escalated cases that are not the actor's to decide: standing as in `has_standing`."""
    if can_lead(actor):
        return _recused(actor)
    return _recused(actor) | ~Q(queue__in=reach_of(actor).mine)


def _recused(actor: User) -> Q:
    return reduce(or_, recusals(actor).values())


def bulk_candidates(actor: User) -> QuerySet[ReviewCase]:
    """The waiting submissions that the actor may propose to decide in bulk: one opinion each, and none given yet.

    What is handed to somebody or on hold is left to them, and so is what is in another such decision already.
    """
    pending = BulkItem.objects.filter(case=OuterRef("pk"), bulk__state__in=(BulkState.PROPOSED, BulkState.CONFIRMED))
    return claimable_by(actor).filter(
        ~Exists(pending),
        Q(held_until=None) | Q(held_until__lte=now()),
        state=CaseState.QUEUED,
        kind=CaseKind.SUBMISSION,
        approvals_needed=1,
        golden=None,
        assigned_to=None,
    )


def bulk_visible_to(actor: User) -> QuerySet[BulkDecision]:
    """The bulk decisions that a reviewer knows of: one's own, and those without a case that one keeps away from."""
    if not can_review(actor):
        return BulkDecision.objects.none()
    hidden = Q(pk__in=[])
    reasons = recusals(actor)
    for code in HIDING:
        hidden |= reasons[code]
    touching = BulkItem.objects.filter(bulk=OuterRef("pk"), case__in=ReviewCase.objects.filter(hidden))
    return BulkDecision.objects.filter(Q(proposed_by=actor) | Q(confirmed_by=actor) | ~Exists(touching))


def replies_visible_to(actor: User) -> QuerySet[SavedReply]:
    """A reviewer's own saved replies, and everybody's; an admin's are everybody's."""
    if not (can_review(actor) or actor.is_admin):
        return SavedReply.objects.none()
    shared = Q(owner=None)
    return SavedReply.objects.filter(shared | Q(owner=actor) if can_review(actor) else shared)


def can_edit_reply(actor: User, reply: SavedReply) -> bool:
    """One's own; everybody's is the leads' and the admins' to word."""
    if reply.owner_id is None:
        return can_share_replies(actor)
    return can_review(actor) and reply.owner_id == actor.pk


def can_share_replies(actor: User) -> bool:
    return can_lead(actor) or actor.is_admin
