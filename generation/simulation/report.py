"""What a simulated day says to whoever plans capacity: Markdown, the same bytes for the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from generation.fairness import AGEING, RECENT, WARM_TURNS
from generation.simulation.chart import Curve, chart
from generation.simulation.scenario import Scenario
from generation.simulation.world import SLICE, Day, Wait

CHART = f"Waiting generations and busy GPUs, every {SLICE / 60:.0f} minutes"
HOURS = 3  # between the rows of the table beside it
STARVING = 4 * 3600.0  # seconds: whoever asks for no more than others do must never wait for so long


def report(day: Day, *, seed: int, picture: str = "") -> str:
    """The whole report; `picture` is the name of the file with the chart beside it, if there is one."""
    parts = [
        f"# A day of {_people(day.scenario):,} artists on {_gpus(day.scenario):,} GPUs",
        _introduction(day, seed),
        "## Waits until the start",
        _waits(day),
        "## GPUs",
        _utilisation(day),
        "## Nobody starves",
        _starvation(day),
        "## Through the day",
        f"![{CHART}]({picture})" if picture else "",
        _hours(day),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def drawing(day: Day) -> str:
    """The chart, as an SVG file."""
    return chart(CHART, _curves(day)) + "\n"


def how_it_was_made(scenario: Scenario, seed: int) -> str:
    """The sentence by which one can tell whether a report is still that of the present rule."""
    size = f"ARTISTS={_people(scenario)} GPUS={_gpus(scenario)} SEED={seed}"
    return (
        f"Made by `make simulate {size} OUT=…`, the same bytes each time. The rule is that of generation/fairness.py: "
        f"RECENT {_clock(RECENT)}, AGEING {_clock(AGEING)}, a warm model preferred within {WARM_TURNS} turns."
    )


def summary(day: Day) -> str:
    """The report's table of waits and its sentences, for a terminal."""
    return "\n\n".join((_waits(day), _utilisation(day), _starvation(day)))


def percentile(values: Sequence[float], share: float) -> float:
    """Of sorted values; the nearest rank."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def jain(service: Sequence[float]) -> float:
    """1 when everybody got the same, 1/n when one got all; 1 for nobody."""
    squares = sum(value * value for value in service)
    return sum(service) ** 2 / (len(service) * squares) if squares else 1.0


def _introduction(day: Day, seed: int) -> str:
    scenario = day.scenario
    lines = [
        "A simulated day: artists come, most of them in the evening, ask, wait, and ask again; GPUs load models, "
        "render, and now and then break. Nothing ran on a GPU for it. Who comes and how long each model takes is "
        "assumed (`generation/simulation/scenario.py`); whose turn it is, is the queue's own rule.",
        "",
        how_it_was_made(scenario, seed),
        "",
        f"Asked for: {day.asked:,}. Completed: {day.completed:,}. Still waiting or running at midnight: "
        f"{day.asked - day.completed - day.failed:,}. GPUs broke {day.lost:,} attempts; all but {day.failed:,} of "
        f"those generations were taken up again. A model was loaded {day.loads:,} times.",
        "",
        "| cohort | artists | weight | queued at once | running at once | together | asked beyond a full queue |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one.name} | {one.artists:,} | {one.weight} | {one.max_queued} | {one.max_running} | "
        f"{one.max_running_together or '–'} | {day.refused[one.name]:,} |"
        for one in scenario.cohorts
    ]
    return "\n".join(lines)


def _waits(day: Day) -> str:
    lines = [
        "| cohort | pool | started | p50 | p95 | longest | waiting at midnight, longest so far |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for cohort in day.scenario.cohorts:
        for pool in day.scenario.gpus:
            started = _seconds(day.waits, cohort.name, pool)
            waiting = _seconds(day.unserved, cohort.name, pool)
            longest = f"{len(waiting):,}, {_minutes(waiting[-1])}" if waiting else "–"
            lines.append(
                f"| {cohort.name} | {pool} | {len(started):,} | {_minutes(percentile(started, 0.5))} | "
                f"{_minutes(percentile(started, 0.95))} | {_minutes(percentile(started, 1.0))} | {longest} |"
            )
    return "\n".join(lines)


def _utilisation(day: Day) -> str:
    sentences = []
    for pool, count in day.scenario.gpus.items():
        shares = _shares(day, pool)
        hour = max(range(len(shares)), key=shares.__getitem__) * SLICE / 3600
        sentences.append(
            f"- {pool}: {count:,} GPUs, busy {sum(shares) / len(shares):.0%} of the day and {max(shares):.0%} at most "
            f"(at {int(hour):02d}:{int(hour % 1 * 60):02d}); {max(day.queued[pool], default=0):,} waiting at most."
        )
    return "\n".join(sentences)


def _starvation(day: Day) -> str:
    modest = {cohort.name for cohort in day.scenario.cohorts if cohort.max_queued * 2 < _largest_queue(day.scenario)}
    all_waits = [*day.waits, *day.unserved]
    longest = max((wait.seconds for wait in all_waits if wait.cohort in modest), default=0.0)
    starving = sum(wait.seconds > STARVING for wait in all_waits if wait.cohort in modest)
    return (
        f"- Longest wait of anybody in {', '.join(sorted(modest)) or 'no cohort'}: {_minutes(longest)}; waits beyond "
        f"{_minutes(STARVING)}: {starving:,}. (Whoever queues hundreds waits behind their own.)\n"
        f"- Jain index of starts over weight in the busiest hour, over the {len(day.peak_service):,} artists who had "
        f"something waiting throughout it: {jain(day.peak_service):.3f}."
    )


def _hours(day: Day) -> str:
    pools = list(day.scenario.gpus)
    heads = [f"{pool}: waiting | busy GPUs" for pool in pools]
    lines = ["What waits while GPUs are free waits for a cap of its artist or cohort.", ""]
    lines += [f"| until | {' | '.join(heads)} |", f"| --- |{' ---: | ---: |' * len(pools)}"]
    step = int(HOURS * 3600 / SLICE)
    for end in range(step, len(day.queued[pools[0]]) + 1, step):
        cells = [f"{end * SLICE / 3600:02.0f}:00"]
        for pool in pools:
            busy = _shares(day, pool)[end - step : end]
            cells += [f"{day.queued[pool][end - 1]:,}", f"{sum(busy) / step:.0%}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _curves(day: Day) -> list[Curve]:
    curves = []
    for pool in day.scenario.gpus:
        queued = [float(value) for value in day.queued[pool]]
        curves.append(Curve(f"{pool}: waiting", queued, max(queued, default=0.0), is_dashed=False))
        shares = [100 * share for share in _shares(day, pool)]
        curves.append(Curve(f"{pool}: busy GPUs, %", shares, 100.0, is_dashed=True))
    return curves


def _shares(day: Day, pool: str) -> list[float]:
    return [busy / (SLICE * day.scenario.gpus[pool]) for busy in day.busy[pool]]


def _seconds(waits: Iterable[Wait], cohort: str, pool: str) -> list[float]:
    return sorted(wait.seconds for wait in waits if wait.cohort == cohort and wait.pool == pool)


def _largest_queue(scenario: Scenario) -> int:
    return max(cohort.max_queued for cohort in scenario.cohorts)


def _people(scenario: Scenario) -> int:
    return sum(cohort.artists for cohort in scenario.cohorts)


def _gpus(scenario: Scenario) -> int:
    return sum(scenario.gpus.values())


def _clock(duration: timedelta) -> str:
    return _minutes(duration.total_seconds())


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
