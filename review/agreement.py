"""How far several people agree beyond chance. Pure arithmetic, no ORM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence


def cohen_kappa(pairs: Iterable[tuple[Hashable, Hashable]]) -> float | None:
    """Cohen's kappa of two raters: 1 is full agreement, 0 what chance would give, below 0 less than that.

    `pairs` holds both raters' values for each unit. None without units, or where both always gave the same one value:
    then chance explains everything and the ratio is 0/0.
    Source: Cohen, A coefficient of agreement for nominal scales (1960).
    """
    rated = list(pairs)
    if not rated:
        return None
    total = len(rated)
    observed = sum(first == second for first, second in rated) / total
    firsts, seconds = Counter(first for first, _second in rated), Counter(second for _first, second in rated)
    expected = sum(firsts[value] * seconds[value] for value in firsts) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def krippendorff_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Krippendorff's alpha for nominal values and any number of raters, some of whom may be missing.

    `units` holds the values that one unit got; units with fewer than two say nothing about agreement. None where
    nothing can be compared, or where every value is the same.
    Source: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), with the coincidence matrix.
    """
    coincidences: Counter[tuple[Hashable, Hashable]] = Counter()
    for values in units:
        if len(values) < 2:
            continue
        counts = Counter(values)
        for one, ones in counts.items():
            for other, others in counts.items():
                pairs = ones * (others - (one == other))
                coincidences[one, other] += pairs / (len(values) - 1)  # type: ignore[assignment]  # weights
    totals: Counter[Hashable] = Counter()
    for (one, _other), weight in coincidences.items():
        totals[one] += weight
    number = sum(totals.values())
    expected = number**2 - sum(total**2 for total in totals.values())
    if expected == 0:
        return None
    disagreement = sum(weight for (one, other), weight in coincidences.items() if one != other)
    return 1 - (number - 1) * disagreement / expected


def pairwise_kappas(
    ratings: Iterable[tuple[Hashable, Hashable, Hashable]],
) -> dict[tuple[Hashable, Hashable], tuple[float | None, int]]:
    """Kappa and number of shared units for each two raters, from (unit, rater, value); raters in sorted order."""
    by_unit: dict[Hashable, dict[Hashable, Hashable]] = {}
    for unit, rater, value in ratings:
        by_unit.setdefault(unit, {})[rater] = value
    shared: dict[tuple[Hashable, Hashable], list[tuple[Hashable, Hashable]]] = {}
    for values in by_unit.values():
        raters = sorted(values, key=str)
        for position, first in enumerate(raters):
            for second in raters[position + 1 :]:
                shared.setdefault((first, second), []).append((values[first], values[second]))
    return {raters: (cohen_kappa(pairs), len(pairs)) for raters, pairs in shared.items()}


def in_words(value: float | None) -> str:
    """Landis and Koch's name of a band, as a key: the page has the words for it."""
    if value is None:
        return "unknown"
    bands: Mapping[str, float] = {"almost_perfect": 0.8, "substantial": 0.6, "moderate": 0.4, "fair": 0.2, "slight": 0}
    return next((name for name, above in bands.items() if value > above), "none")
