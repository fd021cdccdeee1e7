"""Reads of the pages that look into several apps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from statistics import median
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Subquery

from accounts.models import Participant, User
from generation import policies as generation_policies
from generation import progress
from generation.models import Generation
from generation.selectors import queue_view
from generation.services.switches import offered_to_cohort
from quotas import policies as quotas_policies
from review.models import Decision, ReviewCase
from review.states import CaseKind, CaseState, Outcome
from videos.models import Trim, Video
from videos.selectors import completed_trims, trim_counts
from web.credits import Movement
from web.takes import ACTIVE, Card, Take, signature, take_of
from web.trims import cards_of
from web.video_state import states_of

TAKES_A_PAGE = 24
MOVEMENTS_A_PAGE = 50
# The programme's figures speak of its latest decisions; this many keep the query cheap and the median honest.
LATEST_DECISIONS = 200


# --- Studio ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Studio:
    """What an artist has: what is under way, and the finished takes of one page."""

    active: Sequence[Take]
    takes: Sequence[Card]  # trims among them, each where it was asked for
    earlier: UUID | None  # of the last of them: the next page begins after it
    signature: str

    @property
    def leading(self) -> Take | None:
        """The one that the browser's tab counts: what renders, else what is next."""
        return self.active[0] if self.active else None

    @property
    def announcement(self) -> str:
        return self.leading.announcement if self.leading else ""


def studio(user: User, *, before: UUID | None = None) -> Studio:
    """What is under way, a page of takes and trims, their videos' states and how often each was trimmed: five queries;
    where something waits, also those of its queue and one for the switches of its models.
    """
    mine = generation_policies.visible_to(user).select_related("video")
    active = list(mine.filter(state__in=ACTIVE).order_by("position", "take"))
    finished = mine.exclude(state__in=ACTIVE)
    cut = completed_trims(user).select_related("result__generation", "video__generation")
    if before is not None:
        finished, cut = finished.filter(pk__lt=before), cut.filter(pk__lt=before)
    # Each list holds a whole page, so that whatever mixture the page is, it is at hand.
    found: list[Generation | Trim] = [
        *finished.order_by("-pk")[: TAKES_A_PAGE + 1],
        *cut.order_by("-pk")[: TAKES_A_PAGE + 1],
    ]
    found.sort(key=attrgetter("pk"), reverse=True)
    cards = _cards(found[:TAKES_A_PAGE])
    return Studio(
        active=_ranked(_active(active)),
        takes=cards,
        earlier=cards[-1].id if len(found) > TAKES_A_PAGE else None,
        signature=signature(cards),
    )


def _cards(found: Sequence[Generation | Trim]) -> list[Card]:
    """In the same order."""
    videos = [video for one in found if (video := one.result_id if isinstance(one, Trim) else one.video_id)]
    states, counts = states_of(videos), trim_counts(videos)
    cut = cards_of([one for one in found if isinstance(one, Trim)], video_states=states, counts=counts)
    cards: list[Card] = [*cut]
    cards += [take_of(one, video_states=states, trims=counts) for one in found if isinstance(one, Generation)]
    return sorted(cards, key=attrgetter("id"), reverse=True)


def take(generation: Generation) -> Take:
    """One generation with its place, progress or video's state."""
    if generation.state in ACTIVE:
        return _active([generation])[0]
    return _finished([generation])[0]


def latest_generation(user: User) -> Generation | None:
    """The artist's last one, whose settings the composer offers again."""
    return generation_policies.visible_to(user).order_by("-id").first()


def _active(generations: Sequence[Generation]) -> list[Take]:
    places = queue_view(generations) if generations else {}
    steps = progress.read(generation.pk for generation in generations)
    takes = [take_of(one, video_states={}, places=places, progress=steps) for one in generations]
    if not any(take.is_waiting for take in takes):
        return takes
    offered = {entry.key for entry in offered_to_cohort(_cohort(generations))}
    return [replace(take, is_model_off=take.is_waiting and take.generation.model_key not in offered) for take in takes]


def _cohort(generations: Sequence[Generation]) -> Subquery:
    """Of the participant whose they all are; found within the query that needs it."""
    return Subquery(Participant.objects.filter(pk=generations[0].participant_id).values("cohort"))


def _finished(generations: Iterable[Generation]) -> list[Take]:
    generations = list(generations)
    states = states_of(one.video_id for one in generations if one.video_id)
    return [take_of(one, video_states=states) for one in generations]


def _ranked(takes: Sequence[Take]) -> list[Take]:
    """What renders first, then what waits in the artist's own order, each with its rank in it."""
    waiting = [take for take in takes if take.is_waiting]
    ranked = [replace(take, rank=rank, ranks=len(waiting)) for rank, take in enumerate(waiting, start=1)]
    return [take for take in takes if not take.is_waiting] + ranked


# --- Credits -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Movements:
    """A page of what became of an artist's credits, newest first."""

    rows: Sequence[Movement]
    earlier: UUID | None  # of the last of them: the next page begins after it


def movements(user: User, *, before: UUID | None = None) -> Movements:
    """Two queries: the ledger's entries, and the takes that they are about."""
    entries = quotas_policies.visible_to(user).order_by("-pk")
    if before is not None:
        entries = entries.filter(pk__lt=before)
    found = list(entries[: MOVEMENTS_A_PAGE + 1])
    shown = found[:MOVEMENTS_A_PAGE]
    takes = generation_policies.visible_to(user).in_bulk([entry.reservation for entry in shown])
    return Movements(
        rows=[Movement(entry, takes[entry.reservation]) for entry in shown],
        earlier=shown[-1].pk if len(found) > MOVEMENTS_A_PAGE else None,
    )


# --- The programme's figures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """What the programme can prove. A figure is None while there is nothing to count."""

    videos: int | None
    approved_percent: int | None
    median_wait_seconds: float | None

    @property
    def any(self) -> bool:
        return self.videos is not None


def figures() -> Figures:
    """Three cheap queries."""
    videos = Video.objects.count()
    of_submissions = Q(case__kind=CaseKind.SUBMISSION) | Q(supersedes__case__kind=CaseKind.SUBMISSION)
    standing: QuerySet[Decision] = Decision.objects.filter(of_submissions, superseded_by=None, case__golden=None)
    counts = standing.aggregate(all=Count("pk"), approved=Count("pk", filter=Q(outcome=Outcome.APPROVE)))
    decided = ReviewCase.objects.filter(
        kind=CaseKind.SUBMISSION, state=CaseState.DECIDED, golden=None, round=1
    ).order_by("-id")
    times = decided.values_list("opened_at", "closed_at")[:LATEST_DECISIONS]
    waits = [(closed - opened).total_seconds() for opened, closed in times if closed]
    return Figures(
        videos=videos or None,
        approved_percent=round(100 * counts["approved"] / counts["all"]) if counts["all"] else None,
        median_wait_seconds=median(waits) if waits else None,
    )
