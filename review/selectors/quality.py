"""How well reviewers agree, with each other and with what is known: for leads, and of oneself for everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from common.clock import now
from review.agreement import cohen_kappa, in_words, krippendorff_alpha, pairwise_kappas
from review.models import Assessment, CalibrationAnswer, Decision, Policy, ReviewCase
from review.selectors.rules import SHARING
from review.states import ADVERSE, AppealState, CaseKind, Opinion

DAYS = 90
# Fewer shared works say nothing of two people.
FEWEST_SHARED = 5


class Rating(NamedTuple):
    """What one reviewer said of a work that several people could rate."""

    unit: Hashable
    reviewer: UUID
    value: str
    policy: str
    language: str


class Row(NamedTuple):
    """One decision on a submission, as figures need it."""

    reviewer: UUID
    policy: str
    language: str
    outcome: str
    decided_at: datetime
    opened_at: datetime
    appeal: str | None

    @property
    def hours(self) -> float:
        return (self.decided_at - self.opened_at).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class Pair:
    """Two reviewers and how far they agree beyond chance."""

    first: str
    second: str
    kappa: float | None  # None where both always said the same one thing
    shared: int


@dataclass(frozen=True, slots=True)
class Group:
    """Decisions that belong together: of a policy, a language, a reviewer, or all."""

    name: str
    decided: int
    adverse: int
    appealed: int  # and the appeal is decided
    overturned: int
    median_hours: float | None
    alpha: float | None = None  # how far those agree who rated the same works; of policies, languages and all
    shared: int = 0  # works that several people rated
    pairs: Sequence[Pair] = ()  # of these works, each two who have enough in common

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of each two, in the mean.

        Source: Light, Measures of response agreement for qualitative data (1971).
        """
        known = [pair.kappa for pair in self.pairs if pair.kappa is not None]
        return fmean(known) if known else None

    @property
    def adverse_percent(self) -> int | None:
        return 100 * self.adverse // self.decided if self.decided else None

    @property
    def overturned_percent(self) -> int | None:
        """Of the adverse decisions whose appeal was decided; None while there is none."""
        return 100 * self.overturned // self.appealed if self.appealed else None


@dataclass(frozen=True, slots=True)
class Golden:
    """Answers to golden items."""

    met: int
    right: int

    @property
    def percent(self) -> int | None:
        return 100 * self.right // self.met if self.met else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha over everything that several people rated, and Cohen's kappa of each two."""

    alpha: float | None
    units: int
    pairs: Sequence[Pair]

    @property
    def words(self) -> str:
        return in_words(self.alpha)


@dataclass(frozen=True, slots=True)
class Quality:
    """The page of the leads."""

    days: int
    all: Group
    by_policy: Sequence[Group]
    by_language: Sequence[Group]
    by_reviewer: Sequence[Group]
    golden: Golden
    golden_by_reviewer: dict[str, Golden]
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Compared:
    """One reviewer's opinions beside others of the same works: the known answers, or those of second persons."""

    pairs: Sequence[tuple[str, str]]

    @property
    def works(self) -> int:
        return len(self.pairs)

    @property
    def same(self) -> int:
        return sum(own == other for own, other in self.pairs)

    @property
    def is_enough(self) -> bool:
        return self.works >= FEWEST_SHARED

    @property
    def kappa(self) -> float | None:
        """Cohen's; None also where the works are too few to say anything."""
        return cohen_kappa(self.pairs) if self.is_enough else None

    @property
    def words(self) -> str:
        return in_words(self.kappa)


@dataclass(frozen=True, slots=True)
class Mine:
    """What one reviewer sees of their own work; beside it only what all do together."""

    days: int
    mine: Group
    everybody: Group
    golden: Compared
    seconds: Compared


def quality(days: int = DAYS) -> Quality:
    """Everything, of the last `days`. Five queries."""
    since = now() - timedelta(days=days)
    rows = _rows(since)
    names = _names()
    golden, rated = _golden_answers(since), ratings(since)
    return Quality(
        days=days,
        all=_group("", rows, rated),
        by_policy=_grouped(names, rows, lambda row: row.policy, rated, lambda rating: rating.policy),
        by_language=_grouped(names, rows, lambda row: row.language, rated, lambda rating: rating.language),
        by_reviewer=_grouped(names, rows, lambda row: names.get(row.reviewer, "")),
        golden=_golden(golden),
        golden_by_reviewer={
            names[reviewer]: _golden([one for one in golden if one[0] == reviewer])
            for reviewer in dict.fromkeys(reviewer for reviewer, _opinion, _expected in golden)
        },
        agreement=_agreement(rated, names),
    )


def quality_of(reviewer: User, days: int = DAYS) -> Mine:
    """A reviewer's own figures. Three queries."""
    since = now() - timedelta(days=days)
    rows = _rows(since)
    golden = [(opinion, expected) for who, opinion, expected in _golden_answers(since) if who == reviewer.pk]
    own = [row for row in rows if row.reviewer == reviewer.pk]
    return Mine(
        days=days,
        mine=_group(str(reviewer), own),
        everybody=_group("", rows),
        golden=Compared(golden),
        seconds=Compared(_second_opinions(reviewer, since)),
    )


def ratings(since: datetime) -> list[Rating]:
    """Works that several people could rate: seconds of two, golden items, calibration. Two queries."""
    found = [
        Rating(("golden", golden) if golden else (case, turn), reviewer, opinion, policy, language)
        for case, turn, golden, reviewer, opinion, policy, language in _blind(
            Assessment.objects.filter(assessed_at__gte=since).values_list(
                "case_id",
                "round",
                "case__golden_id",
                "reviewer_id",
                "opinion",
                "policy_version__policy__title",
                "case__language",
            )
        )
        if opinion != Opinion.ESCALATE
    ]
    # A round has no case: works in it are held against the sharing policy, and speak as their latest case says.
    sharing = Policy.objects.filter(slug=SHARING).values("title")[:1]
    spoken = ReviewCase.objects.filter(video=OuterRef("item__video")).order_by("-id").values("language")[:1]
    answers = CalibrationAnswer.objects.filter(answered_at__gte=since).annotate(
        policy=Coalesce(Subquery(sharing), Value("")), language=Coalesce(Subquery(spoken), Value(""))
    )
    return found + [
        Rating(("calibration", item), reviewer, outcome, policy, language)
        for item, reviewer, outcome, policy, language in answers.values_list(
            "item_id", "reviewer_id", "outcome", "policy", "language"
        )
    ]


def _agreement(rated: Sequence[Rating], names: dict[UUID, str]) -> Agreement:
    shared = _shared(rated)
    return Agreement(krippendorff_alpha(shared), len(shared), _pairs(rated, names))


def _pairs(rated: Iterable[Rating], names: dict[UUID, str]) -> list[Pair]:
    """Each two who have enough in common, those with the most first."""
    kappas = pairwise_kappas((rating.unit, rating.reviewer, rating.value) for rating in rated)
    pairs = [
        Pair(names.get(first, ""), names.get(second, ""), kappa, number)  # type: ignore[call-overload]  # ids of people
        for (first, second), (kappa, number) in kappas.items()
        if number >= FEWEST_SHARED
    ]
    return sorted(pairs, key=lambda pair: -pair.shared)


def _shared(rated: Iterable[Rating]) -> list[list[str]]:
    """What was said of each work that more than one person rated."""
    by_unit: dict[Hashable, list[str]] = {}
    for rating in rated:
        by_unit.setdefault(rating.unit, []).append(rating.value)
    return [values for values in by_unit.values() if len(values) > 1]


def _rows(since: datetime) -> list[Row]:
    decisions = Decision.objects.filter(
        decided_at__gte=since, case__kind=CaseKind.SUBMISSION, case__golden=None, bulk_item=None
    )
    values = decisions.values_list(
        "reviewer_id",
        "policy_version__policy__title",
        "case__language",
        "outcome",
        "decided_at",
        "case__opened_at",
        "appeal__state",
        "supersedes__answer__answered_at",
    )
    return [
        # Of a later round the clock began with the artist's answer.
        Row(reviewer, policy, language, outcome, decided, answered or opened, appeal)
        for reviewer, policy, language, outcome, decided, opened, appeal, answered in values
    ]


def _names() -> dict[UUID, str]:
    staff = User.objects.exclude(staff_role="none")
    return {person.pk: str(person) for person in staff.only("name", "email")}


def _golden_answers(since: datetime) -> list[tuple[UUID, str, str]]:
    """Who answered a golden item, how, and what was expected."""
    met = Assessment.objects.filter(case__golden__isnull=False, assessed_at__gte=since)
    return list(met.values_list("reviewer_id", "opinion", "case__golden__expected"))


def _golden(answers: Sequence[tuple[UUID, str, str]]) -> Golden:
    return Golden(len(answers), sum(opinion == expected for _reviewer, opinion, expected in answers))


def _second_opinions(reviewer: User, since: datetime) -> list[tuple[str, str]]:
    """One's own opinion and the other's, of works that two assessed blind."""
    own = Assessment.objects.filter(case=OuterRef("case"), round=OuterRef("round"), reviewer=reviewer)
    opinions = Assessment.objects.filter(Exists(own), case__golden=None, assessed_at__gte=since)
    by_round: dict[tuple[UUID, int], dict[UUID, str]] = {}
    for case, turn, _golden, who, opinion in _blind(
        opinions.values_list("case_id", "round", "case__golden_id", "reviewer_id", "opinion")
    ):
        if opinion != Opinion.ESCALATE:
            by_round.setdefault((case, turn), {})[who] = opinion
    return [
        (given[reviewer.pk], next(opinion for who, opinion in given.items() if who != reviewer.pk))
        for given in by_round.values()
        if len(given) == 2 and reviewer.pk in given
    ]


def _blind(opinions: QuerySet[Assessment, Any]) -> Iterator[tuple[Any, ...]]:
    """Those that were formed without knowing another: the first two of a round, and all about a golden item.

    Whoever settles what two could not agree about has read them. Rows begin with case, round and golden item.
    """
    given: Counter[tuple[UUID, int]] = Counter()
    for case, turn, golden, *rest in opinions.order_by("pk"):
        given[case, turn] += 1
        if golden or given[case, turn] <= 2:
            yield case, turn, golden, *rest


def _grouped(
    names: dict[UUID, str],
    rows: Iterable[Row],
    key: Callable[[Row], str],
    rated: Iterable[Rating] = (),
    key_of_rating: Callable[[Rating], str] = lambda _rating: "",
) -> list[Group]:
    groups: dict[str, tuple[list[Row], list[Rating]]] = {}
    for row in rows:
        groups.setdefault(key(row), ([], []))[0].append(row)
    for rating in rated:
        groups.setdefault(key_of_rating(rating), ([], []))[1].append(rating)
    found = [_group(name, *of_it, names) for name, of_it in groups.items()]
    return sorted((group for group in found if group.decided or group.shared), key=lambda group: -group.decided)


def _group(name: str, rows: Sequence[Row], rated: Sequence[Rating] = (), names: dict[UUID, str] | None = None) -> Group:
    shared = _shared(rated)
    closed = [row.appeal for row in rows if row.appeal in {AppealState.UPHELD, AppealState.OVERTURNED}]
    return Group(
        name=name,
        decided=len(rows),
        adverse=sum(row.outcome in ADVERSE for row in rows),
        appealed=len(closed),
        overturned=closed.count(AppealState.OVERTURNED),
        median_hours=median(row.hours for row in rows) if rows else None,
        alpha=krippendorff_alpha(shared),
        shared=len(shared),
        pairs=_pairs(rated, names or {}),
    )
