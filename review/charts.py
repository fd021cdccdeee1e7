"""Geometry of the dashboard's charts: numbers in, rectangles out. The templates draw them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 140  # of a chart of columns, in its own units
GAP = 0.3  # of a column's place stays empty


@dataclass(frozen=True, slots=True)
class Column:
    """One rectangle, from the chart's top left corner."""

    x: float
    y: float
    width: float
    height: float
    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Groups of columns that stand side by side; `series` holds one list a colour."""

    series: Sequence[Sequence[Column]]
    highest: int
    width: int = WIDTH
    height: int = HEIGHT


def columns(labels: Sequence[str], *series: Sequence[int]) -> Columns:
    """A place for each label, in which each series has its column. A value above 0 is at least one unit high."""
    highest = max((value for values in series for value in values), default=0)
    place = WIDTH / max(1, len(labels))
    width = place * (1 - GAP) / max(1, len(series))
    drawn = []
    for number, values in enumerate(series):
        heights = [max(1.0, HEIGHT * value / highest) if value else 0.0 for value in values]
        drawn.append(
            [
                Column(
                    x=round(position * place + place * GAP / 2 + number * width, 2),
                    y=round(HEIGHT - height, 2),
                    width=round(width, 2),
                    height=round(height, 2),
                    value=value,
                    label=label,
                )
                for position, (label, value, height) in enumerate(zip(labels, values, heights, strict=True))
            ]
        )
    return Columns(drawn, highest)


def shares(values: Sequence[int]) -> list[float]:
    """Each value's length in per cent of the longest, for bars that lie beside their words."""
    longest = max(values, default=0)
    return [round(100 * value / longest, 1) if longest else 0.0 for value in values]
