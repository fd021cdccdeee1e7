"""A measured figure with its goal, the table that shows it and the file that keeps it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """One line of bench.json; `how` says in the table what was measured against what."""

    name: str
    value: float
    unit: str
    goal: float
    better: Literal["lower", "higher"]
    how: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.value <= self.goal if self.better == "lower" else self.value >= self.goal

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "goal": self.goal,
            "better": self.better,
            "ok": self.ok,
        }


def table(figures: Sequence[Figure]) -> str:
    """The figures for a person, each with its explanation below."""
    lines = [f"{'figure':24}{'measured':>12}  {'goal':>10}"]
    for figure in figures:
        sign = "≤" if figure.better == "lower" else "≥"
        measured, goal = f"{figure.value:.2f} {figure.unit}", f"{sign} {figure.goal:g} {figure.unit}"
        lines.append(f"{figure.name:24}{measured:>12}  {goal:>10}  {'met' if figure.ok else 'MISSED'}")
        lines += [f"    {line}" for line in figure.how]
    return "\n".join(lines)


def begin(names: Sequence[str], path: Path) -> None:
    """A run of everything starts an empty file: no old figure may stand in it as if it were of this run."""
    if not names:
        path.unlink(missing_ok=True)


def keep(figures: Sequence[Figure], path: Path) -> None:
    """Write the figures into the file; those of other names that are there already stay."""
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    new = {figure.name for figure in figures}
    lines = [line for line in old if line["name"] not in new] + [figure.as_json() for figure in figures]
    path.write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")
