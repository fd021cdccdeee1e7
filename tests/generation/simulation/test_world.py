"""A small programme's day: the same for the same seed, nothing lost, nobody starved; and its report."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from generation.simulation.report import how_it_was_made, jain, percentile, report
from generation.simulation.scenario import CohortPlan, Scenario
from generation.simulation.world import simulate

SMALL = Scenario().scaled(artists=300, gpus=15)


def test_the_same_seed_gives_the_same_day_and_another_seed_another():
    first, again, other = (report(simulate(SMALL, seed=seed), seed=1) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_no_generation_is_lost_though_gpus_break():
    day = simulate(replace(SMALL, mean_hours_between_failures=2.0), seed=3)
    assert day.lost > 20
    running_or_queued = day.asked - day.completed - day.failed
    assert 0 <= running_or_queued - len(day.unserved) <= sum(SMALL.gpus.values()) * 2
    assert len(day.waits) + len(day.unserved) >= day.asked


def test_no_gpu_idles_while_somebody_may_start():
    """One artist without caps that bind: the pool is busy from the first wish until the last one is done."""
    cohort = CohortPlan("one", 1, 1, 10_000, 100, None, 40.0, 200, 0.0)
    sound = replace(SMALL, cohorts=(cohort,), gpus={"standard": 2, "turbo": 1}, hours=(1.0,))
    day = simulate(replace(sound, mean_hours_between_failures=0), seed=1)
    waiting = [number for number, queued in enumerate(day.queued["standard"]) if queued > 4]
    full = [day.busy["standard"][number] / (900 * 2) for number in waiting[1:]]
    assert len(full) > 20
    assert min(full) > 0.99


def test_a_flood_delays_its_own_author_and_nobody_starves():
    day = simulate(SMALL, seed=1)
    longest = {
        cohort.name: max(
            (wait.seconds for wait in (*day.waits, *day.unserved) if wait.cohort == cohort.name), default=0.0
        )
        for cohort in SMALL.cohorts
    }
    assert longest["flooders"] > 2 * longest["artists"]
    assert jain(day.peak_service) > 0.8


def test_a_cohorts_cap_together_holds():
    cohort = CohortPlan("class", 30, 1, 20, 2, 3, 8.0, 10, 0.0)
    day = simulate(replace(SMALL, cohorts=(cohort,), gpus={"standard": 10, "turbo": 1}), seed=1)
    assert max(day.busy["standard"]) <= 900 * 3 + 1
    assert max(day.busy["standard"]) > 900 * 2.5


def test_percentiles_and_the_index():
    assert percentile([1, 2, 3, 4], 0.5) == 3
    assert percentile([], 0.5) == 0
    assert jain([1, 1, 1]) == pytest.approx(1)
    assert jain([1, 0, 0]) == pytest.approx(1 / 3)
    assert jain([]) == 1


def test_the_command_writes_the_report_with_its_chart(tmp_path):
    out = StringIO()
    call_command("simulate_queue", "--artists", "100", "--gpus", "5", "--out", str(tmp_path / "r.md"), stdout=out)
    written = (tmp_path / "r.md").read_text()
    assert written.startswith("# A day of 1")
    assert "](r.svg)" in written
    assert "| 24:00 |" in written
    assert (tmp_path / "r.svg").read_text().startswith("<svg")
    assert "| artists | standard |" in written
    assert "Jain index" in out.getvalue()
    with pytest.raises(CommandError, match="at least 1"):
        call_command("simulate_queue", "--gpus", "0")


def test_the_report_in_the_tree_is_of_the_present_rule_and_the_present_programme():
    """Whoever changes either makes it anew; its numbers are not looked at."""
    written = (settings.BASE_DIR / "deploy" / "SIMULATION.md").read_text()
    assert how_it_was_made(Scenario(), 1) in written
    for one in Scenario().cohorts:
        assert f"| {one.name} | {one.artists:,} | {one.weight} | {one.max_queued} | {one.max_running} |" in written
    assert (settings.BASE_DIR / "deploy" / "SIMULATION.svg").is_file()
