"""What an artist may try after a failure."""

from __future__ import annotations

from django.utils.translation import gettext as _

from generation import catalogue
from generation.catalogue import CatalogueEntry
from generation.models import Generation
from generation.states import FailureCode, Relation


def after_failure(generation: Generation) -> str:
    """A sentence that says what may help; empty where nothing is known that would."""
    if generation.failure_code == FailureCode.SOURCE_GONE:
        return _another_start(generation)
    entry = catalogue.get(generation.model_key)
    if generation.failure_code != FailureCode.OUT_OF_MEMORY or entry is None:
        return ""
    return _less_memory(generation, entry)


def _another_start(generation: Generation) -> str:
    if generation.relation == Relation.EXTEND:
        return _("Extend another video, or start from a picture of your own.")
    return _("Upload the picture again and start from it.")


def _less_memory(generation: Generation, entry: CatalogueEntry) -> str:
    size = _smaller(entry.sizes, generation.width, generation.height)
    seconds = max((each for each in entry.seconds if each < generation.seconds), default=None)
    if size and seconds:
        return _("It needs less memory at %(size)s, or with %(seconds)d s instead of %(asked)d s.") % {
            "size": size,
            "seconds": seconds,
            "asked": generation.seconds,
        }
    if size:
        return _("It needs less memory at %(size)s.") % {"size": size}
    if seconds:
        return _("It needs less memory with %(seconds)d s instead of %(asked)d s.") % {
            "seconds": seconds,
            "asked": generation.seconds,
        }
    return _("Another model may need less memory: this is the smallest that this one offers.")


def _smaller(sizes: tuple[str, ...], width: int, height: int) -> str:
    """The largest size on offer that has fewer pixels, of the same orientation if there is one; "" when none has."""

    def fitness(size: str) -> tuple[bool, int]:
        wide, high = catalogue.dimensions(size)
        return (wide > high) == (width > height), wide * high

    fewer = [size for size in sizes if fitness(size)[1] < width * height]
    return max(fewer, key=fitness, default="").replace("x", "×")
