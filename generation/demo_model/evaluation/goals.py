"""The goals, and what is said of them beside the figures."""

from __future__ import annotations

from collections.abc import Mapping

LEAST = {"background": 0.95, "colour": 0.95, "direction": 0.95, "growth": 0.90, "shape": 0.85}  # of the standard
BEHIND = 0.10  # that the turbo may be behind the standard
SECONDS = {"standard": 20.0, "turbo": 5.0}  # for a film of four, on two cores

Figures = Mapping[str, float]


def missed(standard: Figures, turbo: Figures) -> list[str]:
    """A sentence for each goal that was missed."""
    sentences = []
    for name, least in LEAST.items():
        if standard[name] < least:
            sentences.append(f"standard's {name} is {_share(standard[name])}; the goal is {_share(least)}")
        # Rounded, since 0.95 - 0.1 is not quite 0.85.
        if turbo[name] < (least := round(standard[name] - BEHIND, 4)):
            sentences.append(f"turbo's {name} is {_share(turbo[name])}; the goal is {_share(least)}")
    for model, figures in (("standard", standard), ("turbo", turbo)):
        if (seconds := figures["seconds_per_clip"]) >= SECONDS[model]:
            sentences.append(f"{model} takes {seconds:.1f} s for a film; the goal is less than {SECONDS[model]:.0f} s")
    return sentences


def table(standard: Figures, turbo: Figures) -> str:
    """The figures, each beside its goal."""
    lines: list[tuple[str, ...]] = [("", "standard", "goal", "turbo", "goal")]
    for name, least in LEAST.items():
        behind = _share(round(standard[name] - BEHIND, 4))
        lines.append((name, _share(standard[name]), f">= {_share(least)}", _share(turbo[name]), f">= {behind}"))
    times = [
        part
        for model, figures in (("standard", standard), ("turbo", turbo))
        for part in (f"{figures['seconds_per_clip']:.2f} s", f"< {SECONDS[model]:.0f} s")
    ]
    lines.append(("seconds", *times))
    return "\n".join(f"{first:<12}" + "".join(f"{part:>12}" for part in rest) for first, *rest in lines)


def _share(part: float) -> str:
    return f"{part * 100:.1f} %"
