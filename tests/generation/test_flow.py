"""The wait in a long queue, beside what the game with every piece finds for the same queue."""

from __future__ import annotations

from math import inf
from uuid import UUID, uuid4

import pytest

from generation.flow import Ahead, Asked, wait_of
from generation.waits import Crew, Hand, Pace, Underway, Waiting, expected

PACE = {key: Pace(8, 10, 12) for key in ("slow", "quick")}


def hands(*models: str, free_in: float = 0.0) -> list[Hand]:
    """One for each, which runs that model alone; "" runs all."""
    return [Hand(free_in, frozenset({model} if model else ())) for model in models]


class Queue:
    """Everything before the asked one, as rows and as sums. Each takes 10 seconds."""

    def __init__(self, *, most: int = 99, together: int | None = None, model: str = "quick", of_model: int = 0) -> None:
        self.rows: list[Waiting] = []
        self.ahead: dict[str, Ahead] = {}
        self.asked = Asked(model, "me", "cohort", most, together, of_model)

    def put(self, who: str, model: str, count: int, most: int = 99, cohort: str = "others") -> None:
        self.ahead[who] = Ahead(who, cohort, most, count, {model: 10.0 * count})
        limits: list[tuple[object, int]] = [(who, most)]
        if cohort == "cohort" and self.asked.together:
            limits.append(("cohort", self.asked.together))
        if model == self.asked.model_key and self.asked.most_of_model:
            limits.append((model, self.asked.most_of_model))
        self.rows += [Waiting(uuid4(), model, 1, tuple(limits)) for _ in range(count)]

    def both(self, crew: list[Hand], underway: tuple[Underway, ...] = ()):
        """What the sums tell, and what the game finds."""
        limits: list[tuple[object, int]] = [("me", self.asked.most)]
        if self.asked.together:
            limits.append(("cohort", self.asked.together))
        if self.asked.most_of_model:
            limits.append((self.asked.model_key, self.asked.most_of_model))
        me = UUID(int=1)
        rows = [*self.rows, Waiting(me, self.asked.model_key, 1, tuple(limits))]
        there = Crew(crew, underway, PACE)
        # Every start is asked for, so that the game goes on until mine.
        game = expected(rows, there, {row.id for row in rows}).get(me)
        return wait_of(self.asked, list(self.ahead.values()), there), game


def assert_told(told, game) -> None:
    assert told.low <= game.middle <= told.high
    assert told.low <= told.middle <= told.high


def test_all_may_be_done_by_all():
    queue = Queue()
    queue.put("a", "slow", 12)
    queue.put("b", "quick", 8)
    told, game = queue.both(hands("", "", "", ""))
    assert_told(told, game)
    assert told.middle == pytest.approx(50)


def test_another_pool_has_nothing_to_do_with_it():
    queue = Queue()
    queue.put("a", "slow", 400)
    queue.put("b", "quick", 4)
    told, game = queue.both(hands("slow", "quick", "quick"))
    assert_told(told, game)
    assert told.high < 40


def test_those_who_run_both_share_what_the_others_do():
    queue = Queue()
    queue.put("a", "slow", 60)
    told, game = queue.both(hands("", "slow", "slow"))
    assert_told(told, game)
    assert told.middle == game.middle == 200


def test_a_flood_that_may_run_one_at_a_time_leaves_the_other_workers_free():
    queue = Queue()
    queue.put("flood", "quick", 300, most=1)
    told, game = queue.both(hands("", ""))
    assert told.low == told.middle == game.middle == 0
    assert told.high > 1000


def test_a_few_who_are_capped_keep_the_workers_until_they_are_done():
    queue = Queue()
    queue.put("flood", "quick", 300, most=1)
    for number in range(4):
        queue.put(f"p{number}", "quick", 3, most=1)
    told, game = queue.both(hands("", "", ""))
    assert_told(told, game)


@pytest.mark.parametrize("most", [1, 2, 4])
def test_ones_own_cap_holds_one_up_however_many_workers_there_are(most):
    queue = Queue(most=most)
    queue.put("me", "quick", 8, most=most)
    told, game = queue.both(hands(*[""] * 20))
    assert_told(told, game)
    assert told.middle == pytest.approx(80 / most)


def test_so_do_the_cohorts_and_the_models():
    queue = Queue(together=2)
    queue.put("a", "quick", 6, cohort="cohort")
    assert_told(*queue.both(hands(*[""] * 20)))
    assert queue.both(hands(*[""] * 20))[0].low > 20
    queue = Queue(of_model=3)
    queue.put("a", "quick", 9)
    told, game = queue.both(hands(*[""] * 20))
    assert_told(told, game)
    assert told.low > 20


def test_what_runs_already_counts_to_a_cap():
    queue = Queue(most=1)
    told, game = queue.both(hands("", ""), (Underway(50, ("me", "cohort", "quick")),))
    assert_told(told, game)
    assert told.middle == pytest.approx(50)


def test_two_that_never_end_are_not_compared_by_name():
    """Two are overdue, and one was never measured, like what waits: names and identifiers have no order."""
    me, cohort, row = UUID(int=7), UUID(int=8), UUID(int=1)
    underway = [Underway(0, (UUID(int=5), cohort, "quick")), Underway(0, (UUID(int=6), cohort, "quick"))]
    underway.append(Underway(inf, (me, cohort, "never")))
    queue = [Waiting(row, "never", 1, ((me, 9), ("never", 9)))]
    assert expected(queue, Crew(hands(""), underway, PACE), {row})[row].middle == 0


def test_busy_workers_are_waited_for():
    told, game = Queue().both(hands("", "", free_in=30))
    assert_told(told, game)
    assert told.middle == pytest.approx(30)


def test_nobody_knows_without_a_worker_or_a_measured_time():
    queue = Queue()
    assert queue.both(hands("slow"))[0] is None
    queue.ahead["a"] = Ahead("a", "others", 9, 1, {"never": float("inf")})
    assert queue.both(hands(""))[0] is None
    # What these workers do not run is nothing to them.
    assert queue.both(hands("quick"))[0].middle == 0
