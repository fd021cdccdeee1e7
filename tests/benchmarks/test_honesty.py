"""The benchmarks may not flatter: what they write is of this run, and what they compare is told in full."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from generation import progress
from tests.benchmarks import cancel
from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.figures import Figure, begin, keep
from tests.benchmarks.gradio_users import Round, compare


def figure(name: str, value: float) -> Figure:
    return Figure(name, value, "s", 1, "lower")


def names_in(path: Path) -> dict[str, float]:
    return {line["name"]: line["value"] for line in json.loads(path.read_text())}


def test_a_whole_run_leaves_no_figure_of_an_older_one(tmp_path: Path):
    file = tmp_path / "bench.json"
    keep([figure("gone", 1), figure("stays", 1)], file)
    begin(["queue"], file)
    keep([figure("stays", 2)], file)
    assert names_in(file) == {"gone": 1, "stays": 2}
    begin([], file)
    keep([figure("stays", 3)], file)
    assert names_in(file) == {"stays": 3}


def measured() -> dict[str, tuple[float, str]]:
    """Every figure of every benchmark with its goal, from their source: to load them all would take long."""
    calls = [
        node
        for name in BENCHMARKS
        for node in ast.walk(ast.parse(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Figure"
    ]
    named = [call.args for call in calls if all(isinstance(call.args[place], ast.Constant) for place in (0, 3, 4))]
    return {name.value: (goal.value, better.value) for name, _, _, goal, better, *_ in named}


@pytest.mark.parametrize(
    ("name", "better", "promised"), [("service_over_bare", "lower", 1.05), ("encode_over_export", "higher", 2)]
)
def test_what_the_programme_promised_is_measured_against_no_lesser_goal(name, better, promised):
    """Whoever reads bench.json looks for them by these names."""
    goal, direction = measured()[name]
    assert direction == better
    assert goal <= promised if better == "lower" else goal >= promised


def test_the_longest_wait_is_that_of_the_user_who_fares_worst():
    theirs = [Round(10, ((5.0, 10.0, 10.0, 20.0),) * 5)] * 2
    others = ((2.0, 5.0, 5.0, 10.0),) * 4
    ours = [Round(8, (*others, (5.0, 10.0, 10.0, 30.0)))] * 2
    queue, median, worst = compare(ours, theirs)
    assert (queue.value, median.value, worst.value) == (0.8, 0.5, 1.5)
    assert not worst.ok
    assert "each of the 5 users: 0.50, 0.50, 0.50, 0.50, 1.00" in median.how
    assert "each of the 5 users: 0.50, 0.50, 0.50, 0.50, 1.50" in worst.how


def test_a_generation_that_was_completed_is_no_cancelled_one(monkeypatch):
    """Its steps would count as those of a cancel that nobody heard."""
    person = SimpleNamespace(user=None)
    generation = SimpleNamespace(pk=uuid4(), participant=person, state="completed", refresh_from_db=lambda: None)
    worker = SimpleNamespace(answer=lambda: progress.report(generation.pk, 1, 2, "denoise"))
    monkeypatch.setattr(progress, "report", lambda *_: None)
    monkeypatch.setattr(cancel.services, "cancel", lambda **_: None)
    with pytest.raises(AssertionError, match="completed"):
        cancel._steps_after_cancel(generation, worker, at=1)
