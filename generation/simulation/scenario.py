"""Who comes, with what, to how many GPUs. The default is a programme of 10,000 artists on 500 GPUs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """A model's time on one GPU, as `Attempt.timings` measured it."""

    key: str
    pool: str
    seconds: float  # median
    spread: float  # sigma of the logarithm: lengths and sizes differ
    load_seconds: float  # when another model was in the GPU's memory
    share: float  # of what is asked of its pool


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """A cohort and how its people work. Caps as in accounts.Cohort."""

    name: str
    artists: int
    weight: int
    max_queued: int
    max_running: int
    max_running_together: int | None
    sessions: float  # a day and artist, on average
    asked: int  # generations a session, on average
    turbo: float  # share of them that goes to the turbo pool


@dataclass(frozen=True, slots=True)
class Scenario:
    """A day."""

    models: tuple[ModelPlan, ...] = (
        ModelPlan("standard-a", "standard", 210.0, 0.45, 75.0, 0.7),
        ModelPlan("standard-b", "standard", 330.0, 0.45, 90.0, 0.3),
        ModelPlan("turbo-a", "turbo", 40.0, 0.35, 60.0, 0.6),
        ModelPlan("turbo-b", "turbo", 70.0, 0.35, 60.0, 0.4),
    )
    cohorts: tuple[CohortPlan, ...] = (
        CohortPlan("artists", 8000, 1, 20, 2, None, 2.6, 7, 0.55),
        CohortPlan("partners", 1500, 2, 40, 4, None, 2.8, 9, 0.45),
        CohortPlan("school", 480, 1, 20, 2, 40, 2.4, 8, 0.7),
        # Each of them asks for as much as the queue takes, again and again.
        CohortPlan("flooders", 20, 1, 500, 2, None, 6.0, 400, 0.5),
    )
    gpus: dict[str, int] = field(default_factory=lambda: {"standard": 390, "turbo": 110})
    mean_hours_between_failures: float = 72.0  # of one GPU
    repair_seconds: float = 600.0
    lease_seconds: float = 40.0  # lease and reaper: until others know of a loss
    think_seconds: float = 60.0  # between the wishes of one session
    # How many come in each hour of the day, against the mean: night, morning, evening peak.
    hours: tuple[float, ...] = (
        *(0.45, 0.35, 0.3, 0.3, 0.35, 0.45, 0.6, 0.8, 1.0, 1.15, 1.25, 1.3),
        *(1.2, 1.25, 1.35, 1.4, 1.45, 1.5, 1.6, 1.65, 1.5, 1.2, 0.9, 0.65),
    )

    @property
    def pools(self) -> dict[str, list[ModelPlan]]:
        return {pool: [model for model in self.models if model.pool == pool] for pool in self.gpus}

    def scaled(self, *, artists: int, gpus: int) -> Scenario:
        """The same mixture at another size; each cohort and pool keeps at least one."""
        all_artists, all_gpus = sum(cohort.artists for cohort in self.cohorts), sum(self.gpus.values())
        people, machines = artists / all_artists, gpus / all_gpus
        cohorts = tuple(
            replace(
                cohort,
                artists=max(1, round(cohort.artists * people)),
                max_running_together=cohort.max_running_together
                and max(1, round(cohort.max_running_together * machines)),
            )
            for cohort in self.cohorts
        )
        return replace(
            self,
            cohorts=cohorts,
            gpus={pool: max(1, round(count * machines)) for pool, count in self.gpus.items()},
        )
