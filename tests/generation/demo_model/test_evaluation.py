"""`make eval-demo` itself: what it writes, what it ends with, and that it goes on where it was left."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from generation.demo_model.evaluation import goals, keeping
from generation.demo_model.evaluation.asking import Asked
from tests.generation.demo_model.films import empty_film, filmed, rendering_of

evaluation = importlib.import_module("generation.demo_model.evaluation.__main__")
FIGURES = {"background", "colour", "direction", "growth", "shape", "seconds_per_clip"}
GOOD = {"background": 0.95, "colour": 0.95, "direction": 0.95, "growth": 0.9, "shape": 0.85, "seconds_per_clip": 4.9}


class Studio:
    """Makes true films, or empty ones, or none any more; notes what it was asked for."""

    asked: list[Asked]
    make: Callable[[Asked, Path], Path]

    def __init__(self, _entry, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def film(self, asked: Asked, *, seconds: int) -> tuple[Path, float]:
        film = type(self).make(asked, self._folder)
        type(self).asked.append(asked)
        return film, seconds / 8

    def __exit__(self, *_error) -> None: ...


@pytest.fixture
def studio(monkeypatch, classifier) -> type[Studio]:
    monkeypatch.setattr(evaluation, "Studio", Studio)
    monkeypatch.setattr(evaluation, "ShapeClassifier", lambda: classifier)
    monkeypatch.setattr(evaluation, "CHECKED", 20)
    monkeypatch.setattr(Studio, "asked", [], raising=False)
    monkeypatch.setattr(Studio, "make", lambda asked, folder: filmed(rendering_of(asked), folder), raising=False)
    return Studio


def run(folder: Path, *, pairs: int = 2, two: int = 0) -> tuple[int, dict]:
    """The first two pairs ask for one still and one moving shape, so every figure is asked for."""
    out = folder / "demo_eval.json"
    code = evaluation.main(["--pairs", str(pairs), "--two", str(two), "--out", str(out)])
    return code, json.loads(out.read_text())


def test_the_report_is_exactly_what_was_agreed_and_true_films_reach_every_goal(studio, tmp_path, capsys):
    code, report = run(tmp_path)
    assert code == 0
    assert list(report) == ["standard", "turbo", "pairs"]
    assert report["pairs"] == 2
    for name in ("standard", "turbo"):
        assert set(report[name]) == FIGURES
        assert report[name] == dict.fromkeys(FIGURES, 1.0) | {"seconds_per_clip": 0.5}
    told = capsys.readouterr().out
    assert ">= 95.0 %" in told
    assert "Missed" not in told


def test_empty_films_miss_every_goal_and_the_report_is_written_all_the_same(studio, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(studio, "make", lambda asked, folder: empty_film(asked.ground, folder))
    code, report = run(tmp_path, two=1)
    assert code == 1
    assert report["standard"] == dict.fromkeys(FIGURES, 0.0) | {"seconds_per_clip": 0.5}
    assert "Missed: standard's growth is 0.0 %; the goal is 90.0 %." in capsys.readouterr().out
    extras = json.loads((tmp_path / "demo_eval_extras.json").read_text())
    assert extras["parts"]["turbo, two shapes"]["tally"]["asked"]["shape"] == 1


def test_what_was_interrupted_goes_on_and_what_was_finished_begins_anew(studio, tmp_path, monkeypatch):
    film = studio.make

    def tired(asked: Asked, folder: Path) -> Path:
        if len(studio.asked) == 3:
            raise KeyboardInterrupt
        return film(asked, folder)

    monkeypatch.setattr(studio, "make", tired)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    assert not (tmp_path / "demo_eval.json").exists()
    monkeypatch.setattr(studio, "make", film)
    code, report = run(tmp_path)
    assert (code, len(studio.asked)) == (0, 4)
    assert report["turbo"]["growth"] == report["turbo"]["direction"] == 1
    run(tmp_path)
    assert len(studio.asked) == 8


def test_what_was_measured_of_other_weights_is_not_gone_on_with(studio, tmp_path, monkeypatch):
    notebook = keeping.Notebook(tmp_path / "demo_eval_extras.json")
    for part in ("standard", "turbo"):
        tally = notebook.tally(part, "old")
        tally.add({"background": False}, 99.0)
        notebook.keep(part, tally, "old")
    assert keeping.Notebook(tmp_path / "demo_eval_extras.json").tally("turbo", "old").films == 1
    _code, report = run(tmp_path)
    assert report["standard"]["background"] == report["turbo"]["background"] == 1


def test_a_fingerprint_is_of_weights_entry_prompts_and_code(monkeypatch, tmp_path):
    (tmp_path / "demo_model").mkdir()
    (tmp_path / "demo_model" / "seeing.py").write_text("APART = 0.1")
    monkeypatch.setattr(keeping, "GENERATION", tmp_path)
    monkeypatch.setattr(keeping, "digest", lambda _folder: "weights")
    marks = [keeping.fingerprint("entry", ["prompt"], 4), keeping.fingerprint("entry", ["prompt"], 4)]
    assert marks[0] == marks[1]
    marks += [keeping.fingerprint("other", ["prompt"], 4), keeping.fingerprint("entry", ["other"], 4)]
    (tmp_path / "demo_model" / "seeing.py").write_text("APART = 0.2")
    marks.append(keeping.fingerprint("entry", ["prompt"], 4))
    monkeypatch.setattr(keeping, "digest", lambda _folder: "other weights")
    marks.append(keeping.fingerprint("entry", ["prompt"], 4))
    assert len(set(marks)) == len(marks) - 1


@pytest.mark.parametrize(
    ("standard", "turbo", "said"),
    [
        ({}, {}, []),
        ({"direction": 0.949}, {}, ["standard's direction"]),
        ({"growth": 0.899}, {"growth": 0.799}, ["standard's growth"]),
        ({}, {"shape": 0.75}, []),
        ({}, {"colour": 0.849}, ["turbo's colour"]),
        ({"seconds_per_clip": 20.0}, {"seconds_per_clip": 5.0}, ["standard takes", "turbo takes"]),
        ({"background": 1.0}, {"background": 0.8995}, ["turbo's background"]),
    ],
)
def test_a_goal_that_is_missed_is_named(standard, turbo, said):
    found = goals.missed(GOOD | standard, GOOD | turbo)
    assert len(found) == len(said)
    assert all(sentence.startswith(start) for sentence, start in zip(found, said, strict=True))
