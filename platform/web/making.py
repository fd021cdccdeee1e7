"""How a video was made, in plain words: how long each stage took, at what size, and at which attempt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generation.models import Attempt
from videos.models import Video
from web.durations import MINUTE, about, exact

# In the order in which they happen: the row of the table, and the words of the sentence.
STAGES = {
    "wait": (gettext_lazy("Waiting in the queue"), gettext_lazy("waited %(time)s")),
    "load": (gettext_lazy("Loading the model"), gettext_lazy("loaded the model in %(time)s")),
    "text": (gettext_lazy("Reading the prompt"), gettext_lazy("read the prompt in %(time)s")),
    "denoise": (gettext_lazy("Drawing"), gettext_lazy("drew in %(time)s")),
    "decode": (gettext_lazy("Decoding the frames"), gettext_lazy("decoded the frames in %(time)s")),
    "encode": (gettext_lazy("Encoding"), gettext_lazy("encoded them in %(time)s")),
    "store": (gettext_lazy("Storing"), gettext_lazy("stored the files in %(time)s")),
}
BAR = 1_000  # units of the drawing
THINNEST = 10  # units: a stage that took a moment is still seen
# Seconds. What took less, as a model that was there already, is in the table and not worth a word in the sentence.
WORTH_A_WORD = 0.05


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: what it is called, how long it took, and where it lies in the bar."""

    key: str
    label: str
    value: str
    seconds: float
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Making:
    """What the page tells of the attempt that made a video."""

    stages: list[Stage]
    sentence: str
    sizes: str
    attempts: str

    @property
    def total(self) -> str:
        """From the first thing that the worker did to the stored video: without the wait."""
        return exact(sum(stage.seconds for stage in self.stages if stage.key != "wait"))


def making_of(video: Video, attempt: Attempt | None) -> Making | None:
    """None for a video that was not generated here, or of which nothing was measured."""
    if attempt is None:
        return None
    seconds = {key: float(attempt.timings[key]) for key in STAGES if _is_time(attempt.timings.get(key))}
    if not seconds:
        return None
    return Making(
        stages=list(_stages(seconds)),
        sentence=_sentence(seconds, attempt),
        sizes=_sizes(video, attempt.settings),
        attempts=_attempts(attempt.number),
    )


def native_size_of(facts: Mapping[str, Any]) -> str:
    """The size at which the model drew, "832×480"; empty when it is not known."""
    return str(facts.get("native_size", "")).replace("x", "×")


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and value >= 0


def _stages(seconds: Mapping[str, float]) -> Iterator[Stage]:
    """Widths that add up to the bar, none thinner than can be seen."""
    total = sum(seconds.values()) or 1.0
    room = BAR - THINNEST * len(seconds)
    x = 0.0
    for key, one in seconds.items():
        width = THINNEST + room * one / total
        yield Stage(key, str(STAGES[key][0]), exact(one), one, round(x, 1), round(width, 1))
        x += width


def _sentence(seconds: Mapping[str, float], attempt: Attempt) -> str:
    parts = []
    told = {key: one for key, one in seconds.items() if one >= WORTH_A_WORD} or seconds
    for key, one in told.items():
        words = {"time": exact(one)}
        steps = attempt.settings.get("steps")
        if key == "wait":
            # Of a long wait the rough length; a short one as the table has it.
            words["time"] = about(one) if one >= MINUTE else exact(one)
            first = attempt.number == 1
            parts.append((STAGES[key][1] if first else _("began %(time)s after you had asked")) % words)
        elif key == "denoise" and isinstance(steps, int):
            drew = ngettext("drew %(count)s step in %(time)s", "drew %(count)s steps in %(time)s", steps)
            parts.append(drew % {"count": steps, **words})
        else:
            parts.append(STAGES[key][1] % words)
    return _("%(parts)s.") % {"parts": capfirst(", ".join(str(part) for part in parts))}


def _sizes(video: Video, facts: Mapping[str, Any]) -> str:
    native, delivered = native_size_of(facts), f"{video.width}×{video.height}"
    if not native:
        return ""
    if native == delivered:
        return _("Rendered natively at %(size)s, and delivered so.") % {"size": delivered}
    return _("Rendered natively at %(native)s, delivered at %(delivered)s.") % {
        "native": native,
        "delivered": delivered,
    }


def _attempts(number: int) -> str:
    if number == 1:
        return _("It took one attempt.")
    lost = number - 1
    return ngettext(
        "It took %(count)s attempts: %(lost)s was given up before.",
        "It took %(count)s attempts: %(lost)s were given up before.",
        lost,
    ) % {"count": number, "lost": lost}
