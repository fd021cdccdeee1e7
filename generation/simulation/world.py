"""A day in SimPy: artists come and ask, GPUs claim by the rule and render, now and then one breaks."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import simpy

from generation.simulation.lines import Artist, Lines, Take
from generation.simulation.rule import Limits
from generation.simulation.scenario import DAY, CohortPlan, ModelPlan, Scenario
from generation.states import MAX_ATTEMPTS

SLICE = 900.0  # seconds of each point in the report's curves


@dataclass(slots=True)
class Wait:
    """How long somebody waited for a start, and when they had asked."""

    cohort: str
    pool: str
    asked: float
    seconds: float


@dataclass(slots=True)
class Day:
    """What was seen."""

    scenario: Scenario
    waits: list[Wait] = field(default_factory=list)
    unserved: list[Wait] = field(default_factory=list)  # still waiting at the end, so far
    busy: dict[str, list[float]] = field(default_factory=dict)  # GPU seconds a slice, by pool
    queued: dict[str, list[int]] = field(default_factory=dict)  # at each slice's end, by pool
    refused: dict[str, int] = field(default_factory=dict)  # wishes beyond a full queue, by cohort
    asked: int = 0
    completed: int = 0
    failed: int = 0
    lost: int = 0  # attempts that broke with their GPU
    loads: int = 0
    # Starts in the busiest hour over weight, of everybody who had something waiting for the whole of it.
    peak_service: list[float] = field(default_factory=list)


def simulate(scenario: Scenario, *, seed: int) -> Day:
    """The same seed gives the same day. Standing still at its end; what waits then is in `unserved`."""
    world = _World(scenario, seed)
    world.environment.run(until=DAY)
    return world.close()


class _World:
    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.environment = simpy.Environment()
        self.lines = Lines({pool: [model.key for model in models] for pool, models in scenario.pools.items()})
        slices = math.ceil(DAY / SLICE)
        self.day = Day(
            scenario=scenario,
            busy={pool: [0.0] * slices for pool in scenario.gpus},
            queued={pool: [] for pool in scenario.gpus},
            refused={cohort.name: 0 for cohort in scenario.cohorts},
        )
        self.artists: list[Artist] = []
        # Two streams: other GPUs must not make other people.
        self._coming, self._chance = Random(f"{seed} artists"), Random(f"{seed} machines")  # noqa: S311  not a secret
        self._idle: dict[str, deque[simpy.Event]] = {pool: deque() for pool in scenario.gpus}
        self._takes = 0
        self._waiting = dict.fromkeys(scenario.gpus, 0)
        self._peak = _Peak(scenario.hours)
        self._people()
        for pool, count in scenario.gpus.items():
            for _ in range(count):
                self.environment.process(self._gpu(pool))
        self.environment.process(self._watch())

    def close(self) -> Day:
        for artist in self.artists:
            for pool, line in artist.waiting.items():
                for take in line:
                    waited = DAY - take.created
                    self.day.unserved.append(Wait(str(artist.limits.cohort), pool, take.created, waited))
        self.day.peak_service = self._peak.service()
        return self.day

    # --- Artists ------------------------------------------------------------------------------------------------------

    def _people(self) -> None:
        for cohort in self.scenario.cohorts:
            limits = Limits(cohort.name, cohort.weight, cohort.max_running, cohort.max_running_together)
            for _ in range(cohort.artists):
                artist = Artist(len(self.artists), limits)
                self.artists.append(artist)
                for moment in self._sessions(cohort):
                    self.environment.process(self._session(artist, cohort, moment))

    def _sessions(self, cohort: CohortPlan) -> list[float]:
        """When one artist sits down: a Poisson stream that follows the hours of the day, by thinning."""
        hours, most = self.scenario.hours, max(self.scenario.hours)
        rate = cohort.sessions / DAY / (sum(hours) / len(hours))
        moment, found = 0.0, []
        while (moment := moment + self._coming.expovariate(rate * most)) < DAY:
            if self._coming.random() * most < hours[int(moment // 3600) % len(hours)]:
                found.append(moment)
        return found

    def _session(self, artist: Artist, cohort: CohortPlan, start: float) -> Generator[simpy.Event, Any, None]:
        yield self.environment.timeout(start)
        left = 1 + int(self._coming.expovariate(1 / max(cohort.asked - 1, 0.1)))
        while left > 0:
            # Up to eight seeds in one wish, all or nothing for the queue's cap.
            batch = min(left, self._coming.choice((1, 1, 2, 4, 8)))
            left -= batch
            self._ask(artist, cohort, batch)
            yield self.environment.timeout(self._coming.expovariate(1 / self.scenario.think_seconds))

    def _ask(self, artist: Artist, cohort: CohortPlan, count: int) -> None:
        if artist.queued + count > cohort.max_queued:
            self.day.refused[cohort.name] += count
            return
        pool = "turbo" if self._coming.random() < cohort.turbo else "standard"
        models = self.scenario.pools[pool]
        model = self._coming.choices(models, [one.share for one in models])[0]
        for _ in range(count):
            self._submit(artist, model, self._coming.lognormvariate(math.log(model.seconds), model.spread))

    def _submit(self, artist: Artist, model: ModelPlan, work: float) -> None:
        self._takes += 1
        self.day.asked += 1
        self._waiting[model.pool] += 1
        self.lines.submit(Take(self._takes, artist, model.key, model.pool, self.environment.now, work))
        self._ring(model.pool)

    def _ring(self, pool: str) -> None:
        if self._idle[pool]:
            self._idle[pool].popleft().succeed()

    # --- GPUs ---------------------------------------------------------------------------------------------------------

    def _gpu(self, pool: str) -> Generator[simpy.Event, Any, None]:
        plans = {model.key: model for model in self.scenario.pools[pool]}
        hours = self.scenario.mean_hours_between_failures
        loaded = ""
        while True:
            take = self.lines.claim(pool, (loaded,) if loaded else (), self.environment.now)
            if take is None:
                rung = self.environment.event()
                self._idle[pool].append(rung)
                yield rung
                continue
            self._note_start(take)
            load = 0.0 if take.model == loaded else plans[take.model].load_seconds
            self.day.loads += load > 0
            loaded, needed = take.model, load + take.work
            until_failure = self._chance.expovariate(1 / (hours * 3600)) if hours else math.inf
            # Noted before: the day may end in between.
            self._note_busy(pool, self.environment.now, self.environment.now + min(needed, until_failure))
            yield self.environment.timeout(min(needed, until_failure))
            if until_failure < needed:
                self.environment.process(self._lose(take))
                loaded = ""
                yield self.environment.timeout(self.scenario.repair_seconds)
                continue
            self.day.completed += 1
            self._end(take)

    def _lose(self, take: Take) -> Generator[simpy.Event, Any, None]:
        """Nobody knows of it until the lease has run out."""
        yield self.environment.timeout(self.scenario.lease_seconds)
        self.day.lost += 1
        take.losses += 1
        if take.losses >= MAX_ATTEMPTS:
            self.day.failed += 1
            self._end(take)
            return
        self._waiting[take.pool] += 1
        self.lines.give_back(take)
        self._ring(take.pool)

    def _end(self, take: Take) -> None:
        self.lines.end(take, self.environment.now)
        # Whoever stood at a cap may go on, and in another pool too.
        for pool in self.scenario.gpus:
            self._ring(pool)

    # --- What is seen -------------------------------------------------------------------------------------------------

    def _note_start(self, take: Take) -> None:
        self._waiting[take.pool] -= 1
        now = self.environment.now
        if take.losses == 0:
            self.day.waits.append(Wait(str(take.artist.limits.cohort), take.pool, take.created, now - take.created))
        self._peak.note(take)

    def _note_busy(self, pool: str, began: float, ended: float) -> None:
        while began < min(ended, DAY):
            number = int(began // SLICE)
            until = min(ended, (number + 1) * SLICE)
            self.day.busy[pool][number] += until - began
            began = until

    def _watch(self) -> Generator[simpy.Event, Any, None]:
        while True:
            yield self.environment.timeout(SLICE - 0.001 if not self.environment.now else SLICE)
            for pool, waiting in self._waiting.items():
                self.day.queued[pool].append(waiting)
            self._peak.look(self.environment.now, self.artists)


class _Peak:
    """Service in the busiest hour. Who waited at each of five looks, a quarter apart, is taken to wait throughout."""

    def __init__(self, hours: Sequence[float]) -> None:
        hour = hours.index(max(hours))
        self._from, self._until = hour * 3600.0 - 1, (hour + 1) * 3600.0
        self._always: dict[int, int] | None = None  # artist -> weight
        self._starts: dict[int, int] = {}

    def look(self, now: float, artists: list[Artist]) -> None:
        if not self._from <= now <= self._until:
            return
        waiting = {one.number: one.limits.weight for one in artists if one.queued}
        before = waiting if self._always is None else self._always
        self._always = {number: weight for number, weight in waiting.items() if number in before}

    def note(self, take: Take) -> None:
        if take.started is not None and self._from <= take.started <= self._until:
            number = take.artist.number
            self._starts[number] = self._starts.get(number, 0) + 1

    def service(self) -> list[float]:
        return [self._starts.get(number, 0) / weight for number, weight in (self._always or {}).items()]
