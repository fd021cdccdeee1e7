"""I5: a generation that was accepted ends completed, failed with a reason, or cancelled, whatever happens on the way.

Random moves of artists, workers (living, late and dead), and the reaper, in any order and with any attempt that there
ever was; then everybody dies, and one sound worker and the reaper are left. Nothing may be lost, charged twice or
charged for nothing.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from django.db.models.functions import Now
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audit.models import AuditEvent
from audit.verification import verify
from common.errors import Conflict, QuotaExceeded
from generation import services
from generation.models import Attempt, Generation
from generation.states import GENERATION, MAX_ATTEMPTS, FailureCode, GenerationState
from quotas.models import LedgerEntry
from quotas.selectors import balance
from tests.factories import CohortFactory, ParticipantFactory
from tests.worker.queue import is_balanced, ledger, stored_video, submitted
from videos.models import Video


class World:
    """Two artists, workers that may be late or dead, and every attempt that there ever was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        cohort = CohortFactory(max_queued=3)
        self.participants = [ParticipantFactory(cohort=cohort), ParticipantFactory(cohort=cohort)]
        self.worker = services.register_worker(name="random")
        self.attempts: list[Attempt] = []
        self.stored = 0

    # --- the moves; `which` picks among what there is -------------------------------------------------------------

    def submit(self, which: int) -> None:
        submitted(self.participants[which % 2], seconds=4)

    def claim(self, which: int) -> None:
        attempt = services.claim_next(worker=self.worker)
        if attempt:
            self.attempts.append(attempt)

    def renew(self, which: int) -> None:
        services.renew_lease(attempt=self._attempt(which))

    def expire(self, which: int) -> None:
        Attempt.objects.filter(pk=self._attempt(which).pk).update(lease_expires_at=Now() - timedelta(seconds=1))

    def reap(self, which: int) -> None:
        services.reap()

    def complete(self, which: int) -> None:
        self.stored += 1
        result = stored_video(self.folder, prefix=f"attempts/{self.stored}")
        services.complete(attempt=self._attempt(which), result=result)

    def fail(self, which: int) -> None:
        services.fail(
            attempt=self._attempt(which), code=FailureCode.ENGINE, error="ValueError at engine.py:1 in render"
        )

    def cancel(self, which: int) -> None:
        generations = Generation.objects.order_by("id")
        generation = generations[which % max(1, len(generations))]
        services.cancel(actor=generation.participant.user, generation=generation)

    def confirm_cancel(self, which: int) -> None:
        """As a worker does it: only when it was told so."""
        attempt = self._attempt(which)
        try:
            services.check(attempt=attempt)
        except services.CancelRequested:
            services.confirm_cancel(attempt=attempt, steps_done=which, steps_total=6)

    def give_back(self, which: int) -> None:
        services.give_back(attempt=self._attempt(which))

    def _attempt(self, which: int) -> Attempt:
        return self.attempts[which % len(self.attempts)]  # IndexError, ZeroDivisionError: there is none yet

    # --- the end --------------------------------------------------------------------------------------------------

    def everybody_dies_and_one_worker_is_left(self) -> None:
        for _ in range(MAX_ATTEMPTS + 1):
            Attempt.objects.filter(state="running").update(lease_expires_at=Now() - timedelta(seconds=1))
            services.reap()
        while attempt := services.claim_next(worker=self.worker):
            self.attempts.append(attempt)
            self.complete(len(self.attempts) - 1)


MOVES: dict[str, Callable[[World, int], None]] = {
    move.__name__: move
    for move in (
        World.submit,
        World.claim,
        World.renew,
        World.expire,
        World.reap,
        World.complete,
        World.fail,
        World.cancel,
        World.confirm_cancel,
        World.give_back,
    )
}
# Twice as likely: without these there is nothing for the others to do.
NAMES = [*MOVES, "submit", "claim", "expire"]


def play(world: World, moves: list[tuple[str, int]]) -> None:
    for name, which in moves:
        # Refused, because the world has moved on, or there is nothing yet to do it to. Anything else is a fault.
        with contextlib.suppress(Conflict, QuotaExceeded, IndexError, ZeroDivisionError):
            MOVES[name](world, which)
        for participant in world.participants:
            now = balance(participant)
            assert now.settled + now.reserved + now.free == now.allowance
            assert min(now.settled, now.reserved, now.free) >= 0


def assert_nothing_was_lost() -> None:
    for generation in Generation.objects.all():
        state = GenerationState(generation.state)
        assert GENERATION.is_final(state), state
        assert is_balanced(generation), ledger(generation)
        entries = list(LedgerEntry.objects.filter(reservation=generation.pk).values_list("kind", flat=True))
        assert len(entries) == len(set(entries))
        charged = ledger(generation).get("settle", 0)
        if state == GenerationState.COMPLETED:
            assert charged == generation.price
            assert entries.count("settle") == 1
        elif state == GenerationState.FAILED:
            assert charged == 0
            assert generation.failure_code
        else:
            assert charged <= generation.price
        assert not generation.attempts.filter(state="running").exists()
        assert generation.attempts.filter(state="lost").count() <= MAX_ATTEMPTS
        assert_history_is_allowed(generation)
    assert Video.objects.count() == Generation.objects.filter(state="completed").count()
    assert not verify(AuditEvent.objects.order_by("id")).first_break


def assert_history_is_allowed(generation: Generation) -> None:
    """One event for each step, each step in the table, from queued to where it is now."""
    rows = AuditEvent.objects.filter(target_id=str(generation.pk)).exclude(to_state="").order_by("id")
    steps = [(before, after) for before, after in rows.values_list("from_state", "to_state") if before != after]
    assert steps[0] == ("", "queued")
    for before, after in steps[1:]:
        assert GENERATION.allows(GenerationState(before), GenerationState(after)), steps
    assert all(one[1] == other[0] for one, other in pairwise(steps)), steps
    assert steps[-1][1] == generation.state
    started = sum(after == "running" for _, after in steps)
    assert started == generation.attempts.count()


class NoJobIsLost(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(moves=st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 6)), min_size=4, max_size=30))
    # A late worker that completes after its generation was given to another; a cancel for a dead worker.
    @example(
        moves=[
            *[("submit", 0), ("claim", 0), ("expire", 0), ("reap", 0), ("claim", 0), ("complete", 0), ("complete", 1)],
            *[("submit", 1), ("claim", 0), ("cancel", 1), ("expire", 2), ("complete", 2), ("reap", 0), ("fail", 2)],
        ]
    )
    # Lost three times; cancelled while running and confirmed; given back and cancelled in the queue.
    @example(
        moves=[
            *[("submit", 0), ("claim", 0), ("expire", 0), ("reap", 0), ("claim", 0), ("expire", 1), ("reap", 0)],
            *[("claim", 0), ("expire", 2), ("reap", 0), ("claim", 0), ("submit", 1), ("claim", 0), ("cancel", 1)],
            *[("confirm_cancel", 3), ("submit", 0), ("claim", 0), ("give_back", 4), ("cancel", 2), ("claim", 0)],
        ]
    )
    def test_in_any_order_of_events_every_generation_ends(self, moves: list[tuple[str, int]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder))
            play(world, moves)
            world.everybody_dies_and_one_worker_is_left()
            assert_nothing_was_lost()
