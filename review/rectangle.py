"""A part of the frame: what a comment is pinned to. No ORM."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# A side longer than this says nothing of where along it.
LONG = 2 / 3
# By thirds of the frame that the middle lies in: from the top, then from the left.
PLACES: tuple[tuple[StrOrPromise, ...], ...] = (
    (_("upper left part of the frame"), _("upper part of the frame"), _("upper right part of the frame")),
    (_("left part of the frame"), _("middle of the frame"), _("right part of the frame")),
    (_("lower left part of the frame"), _("lower part of the frame"), _("lower right part of the frame")),
)
WHOLE = _("nearly the whole frame")


class Rectangle(NamedTuple):
    """A part of the frame, in fractions of its width and height from the top left."""

    left: float
    top: float
    width: float
    height: float

    @property
    def words(self) -> str:
        """Roughly where it is, for whom the picture says nothing."""
        if self.width > LONG and self.height > LONG:
            return str(WHOLE)
        return str(PLACES[_third(self.top, self.height)][_third(self.left, self.width)])

    @property
    def box(self) -> str:
        """As the pages' scripts read it: the four sides, with a space between."""
        return " ".join(f"{side:.4f}" for side in self)

    @property
    def fragment(self) -> str:
        """The end of an address, as a W3C media fragment: "#xywh=percent:31,31,39,39"."""
        return "#xywh=percent:" + ",".join(f"{round(side * 100, 1):g}" for side in self)


def rectangle_of(sides: tuple[float | None, ...]) -> Rectangle | None:
    """Of four sides; None where there are none."""
    left, top, width, height = sides
    if left is None or top is None or width is None or height is None:
        return None
    return Rectangle(left, top, width, height)


def _third(start: float, length: float) -> int:
    return 1 if length > LONG else min(2, int((start + length / 2) * 3))
