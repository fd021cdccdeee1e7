"""A schedule of noise levels that is exactly the one that distilled weights were trained for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import torch
from diffusers import FlowMatchEulerDiscreteScheduler


class FixedFlowSchedule(FlowMatchEulerDiscreteScheduler):
    """Euler steps through given sigmas, whatever schedule a pipeline asks for.

    Pipelines differ in what they hand to a scheduler (nothing, sigmas of their own, a shift by size); none of it may
    move a fixed schedule. With `renoise` each step goes to the clean film that is foreseen, and from there with fresh
    noise to the next level: the noise comes from `generator`, which pipelines do not hand on.
    """

    fixed: tuple[float, ...] = ()
    generator: torch.Generator | None = None

    @classmethod
    def of(cls, scheduler: Any, sigmas: Sequence[float], *, renoise: bool = False) -> Self:
        """In place of a flow-matching scheduler; raises ValueError for one of another kind."""
        config = scheduler.config
        by_name = isinstance(scheduler, cls) or "FlowMatch" in type(scheduler).__name__
        if not by_name and config.get("prediction_type") != "flow_prediction":
            raise ValueError(f"{type(scheduler).__name__} is no flow-matching scheduler")
        made = cls(
            num_train_timesteps=config.get("num_train_timesteps", 1000),
            invert_sigmas=config.get("invert_sigmas", False),
            stochastic_sampling=renoise,
        )
        made.fixed = tuple(sigmas)
        return made

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: str | torch.device | None = None,
        sigmas: Any = None,
        mu: float | None = None,
        timesteps: Any = None,
    ) -> None:
        super().set_timesteps(sigmas=list(self.fixed), device=device)

    def step(self, *args: Any, **kwargs: Any) -> Any:
        return super().step(*args, **kwargs | {"generator": self.generator})
