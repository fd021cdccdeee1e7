"""Curves over a day as an SVG picture: no library, no script, readable in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 280
LEFT, TOP, BOTTOM = 20, 20, 40
COLOURS = ("#2f6fde", "#2f6fde", "#d1622b", "#d1622b", "#3a9a5b", "#3a9a5b")
HOURS = range(0, 25, 3)


@dataclass(frozen=True, slots=True)
class Curve:
    """Values at equal distances over the day; `most` is the value at the top of the picture."""

    name: str
    values: Sequence[float]
    most: float
    is_dashed: bool


def chart(title: str, curves: Sequence[Curve]) -> str:
    """An <svg> element. Each curve has a scale of its own, which the legend states."""
    lines = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT + 18 * len(curves)}" role="img" aria-label="{escape(title)}" '
        'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
    ]
    for hour in HOURS:
        x = LEFT + hour / 24 * (WIDTH - 2 * LEFT)
        lines.append(
            f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#8888" stroke-width="0.5"/>'
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" fill="#888" text-anchor="middle">{hour:02d}</text>'
        )
    for number, curve in enumerate(curves):
        lines += _curve(curve, COLOURS[number % len(COLOURS)], HEIGHT + 18 * number)
    return "\n".join([*lines, "</svg>"])


def _curve(curve: Curve, colour: str, legend_y: int) -> list[str]:
    height = HEIGHT - TOP - BOTTOM
    width = WIDTH - 2 * LEFT
    points = " ".join(
        f"{LEFT + (index + 1) / len(curve.values) * width:.1f},{TOP + height * (1 - value / (curve.most or 1)):.1f}"
        for index, value in enumerate(curve.values)
    )
    dashes = ' stroke-dasharray="5 3"' if curve.is_dashed else ""
    return [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>',
        f'<line x1="{LEFT}" y1="{legend_y - 4}" x2="{LEFT + 30}" y2="{legend_y - 4}" stroke="{colour}" '
        f'stroke-width="2"{dashes}/>',
        f'<text x="{LEFT + 38}" y="{legend_y}" fill="#888">{escape(curve.name)} (top: {curve.most:,.0f})</text>',
    ]
