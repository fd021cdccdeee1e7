"""Is what was asked for possible? Every bad field is reported at once, each with its reason and what is allowed.

Values come as a page or the API received them, so each is checked for its type as well. A reason never repeats the
prompt: reasons are logged and shown, prompts are private.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.errors import FieldError, Invalid
from common.text import plain_line_ends
from generation import catalogue
from generation.catalogue import CatalogueEntry
from generation.start_check import Named, Start, check_start

PROMPT_MAX = 2000  # characters
INVISIBLE = frozenset({"Cf", "Zs", "Zl", "Zp"})
SEED_MAX = 2**32 - 1  # the range that every engine's random generator takes
BATCH_MAX = 8  # seeds in one request


@dataclass(frozen=True, slots=True)
class Format:
    """A model, size and length that go together, with the price in credits of one video."""

    entry: CatalogueEntry
    width: int
    height: int
    seconds: int
    price: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A whole request that can be rendered: one video for each seed."""

    format: Format
    prompt: str
    seeds: tuple[int, ...]
    fps: int
    start: Start


@dataclass(frozen=True, slots=True)
class Seeds:
    """Where the noise begins: a list of `seeds`, or `count` in a row from one `seed` (drawn, if there is none)."""

    seed: object = None
    seeds: object = None
    count: object = None


class _Report:
    """Collects what is wrong."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, field: str, reason: str, allowed: str) -> None:
        self.errors.append(FieldError(field, reason, allowed))

    def raise_if_any(self) -> None:
        if self.errors:
            raise Invalid(self.errors)


def check_format(
    *, model_key: object, size: object, seconds: object, offered: Sequence[CatalogueEntry] | None = None
) -> Format:
    """What a price depends on. `offered` is what the person may choose from: the whole catalogue by default."""
    report = _Report()
    found = _format(report, model_key, size, seconds, catalogue.entries() if offered is None else offered)
    report.raise_if_any()
    assert found is not None  # noqa: S101  nothing was reported, so everything was found
    return found


def check_prompt(value: object) -> str | None:
    """A prompt alone, as it would be kept; None when there is none."""
    if value is None:
        return None
    report = _Report()
    text = _prompt(report, value)
    report.raise_if_any()
    return text


def check_request(
    *,
    model_key: object,
    prompt: object,
    size: object,
    seconds: object,
    seeds: Seeds,
    fps: object,
    named: Named,
    offered: Sequence[CatalogueEntry],
) -> Wanted:
    """The whole request. Each seed that is None is drawn here; an `fps` of None is the model's own."""
    report = _Report()
    text = _prompt(report, prompt)
    found = _format(report, model_key, size, seconds, offered)
    entry = next((one for one in offered if one.key == model_key), None)
    rate = _fps(report, fps, entry)
    numbers = _seed_and_count(report, seeds) if seeds.seeds is None else _seeds(report, seeds)
    start = check_start(named, entry, report.add)
    report.raise_if_any()
    assert found is not None  # noqa: S101  as above
    return Wanted(format=found, prompt=text, seeds=numbers, fps=rate, start=start)


def _prompt(report: _Report, value: object) -> str:
    allowed = _("1 to %(most)s characters of text; line breaks and tabs may be in it, other control characters not") % {
        "most": PROMPT_MAX
    }
    if not isinstance(value, str):
        report.add("prompt", _("A prompt is a text."), allowed)
        return ""
    text = plain_line_ends(value).strip()
    # Blanks, and marks that only steer how the letters beside them are drawn, are no words of their own.
    if all(unicodedata.category(c) in INVISIBLE for c in text):
        report.add("prompt", _("The prompt is empty."), allowed)
    if len(text) > PROMPT_MAX:
        reason = _("The prompt has %(count)s characters.") % {"count": len(text)}
        report.add("prompt", reason, allowed)
    if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
        report.add("prompt", _("The prompt holds control characters."), allowed)
    # Half of a pair cannot be stored or sent as UTF-8; JSON's \ud800 makes one.
    if any(unicodedata.category(c) == "Cs" for c in text):
        report.add("prompt", _("The prompt holds a broken character (half a surrogate pair)."), allowed)
    return text


def _format(
    report: _Report, model_key: object, size: object, seconds: object, offered: Sequence[CatalogueEntry]
) -> Format | None:
    entry = next((one for one in offered if one.key == model_key), None)
    if entry is None:
        report.add("model", _("There is no such model."), ", ".join(one.key for one in offered))
    sizes = ", ".join(entry.sizes) if entry else _("“WIDTHxHEIGHT” in pixels, one that the model does")
    lengths = ", ".join(map(str, entry.seconds)) if entry else _("a whole number that the model does")
    good_size = _is_one_of(report, "size", size, str, entry.sizes if entry else None, sizes)
    good_length = _is_one_of(report, "seconds", seconds, int, entry.seconds if entry else None, lengths)
    if entry is None or not good_size or not good_length:
        return None
    assert isinstance(size, str)  # noqa: S101  _is_one_of has seen to it
    assert isinstance(seconds, int)  # noqa: S101
    width, height = catalogue.dimensions(size)
    price = catalogue.price(entry=entry, width=width, height=height, seconds=seconds)
    return Format(entry=entry, width=width, height=height, seconds=seconds, price=price)


def _is_one_of(
    report: _Report, field: str, value: object, kind: type, offered: tuple[object, ...] | None, allowed: str
) -> bool:
    """Whether `value` is of `kind` (a boolean is no number) and offered; nobody knows without a model."""
    if not isinstance(value, kind) or isinstance(value, bool):
        report.add(field, REASONS_OF_TYPE[field](), allowed)
        return False
    if offered is not None and value not in offered:
        report.add(field, REASONS_OF_OFFER[field](), allowed)
        return False
    return True


# Functions, so that each is translated when it is said.
REASONS_OF_TYPE: dict[str, Callable[[], str]] = {
    "size": lambda: _("The size is a text of width and height."),
    "seconds": lambda: _("The length is a whole number of seconds."),
}
REASONS_OF_OFFER: dict[str, Callable[[], str]] = {
    "size": lambda: _("The model does not do this size."),
    "seconds": lambda: _("The model does not do this length."),
}


def _fps(report: _Report, value: object, entry: CatalogueEntry | None) -> int:
    if value is None:
        return entry.fps if entry else 0
    rates = ", ".join(map(str, entry.frame_rates)) if entry else _("a whole number that the model does")
    if isinstance(value, bool) or not isinstance(value, int):
        report.add("fps", _("The frame rate is a whole number of frames a second."), rates)
        return 0
    if entry and value not in entry.frame_rates:
        report.add("fps", _("The model does not do this frame rate."), rates)
    return value


def _seed_and_count(report: _Report, asked: Seeds) -> tuple[int, ...]:
    count = 1 if asked.count is None else asked.count
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= BATCH_MAX:
        allowed = _("a whole number from 1 to %(most)s") % {"most": BATCH_MAX}
        report.add("count", _("This is not a number of videos that can be asked for at once."), allowed)
        count = 1
    if asked.seed is not None and not _is_seed(asked.seed):
        report.add("seed", _("This is not a seed."), _seed_allowed())
        return ()
    if not isinstance(asked.seed, int):
        return tuple(_drawn() for _number in range(count))
    return tuple((asked.seed + number) % (SEED_MAX + 1) for number in range(count))


def _seeds(report: _Report, asked: Seeds) -> tuple[int, ...]:
    allowed = _("a list of 1 to %(most)s different seeds, each %(seed)s") % {
        "most": BATCH_MAX,
        "seed": _seed_allowed(),
    }
    values = asked.seeds
    if asked.seed is not None or asked.count is not None:
        report.add("seeds", _("Seeds go without “seed” and “count”."), allowed)
    if not isinstance(values, list | tuple):
        report.add("seeds", _("The seeds are a list."), allowed)
        return ()
    if not 1 <= len(values) <= BATCH_MAX:
        reason = _("These are %(count)s seeds.") % {"count": len(values)}
        report.add("seeds", reason, allowed)
        return ()
    given = [value for value in values if value is not None]
    if not all(map(_is_seed, given)):
        report.add("seeds", _("One of these is not a seed."), allowed)
        return ()
    if len(set(given)) != len(given):
        # The same seed makes the same video, which would be paid for twice.
        report.add("seeds", _("One of these seeds is there twice."), allowed)
        return ()
    return tuple(_drawn() if value is None else value for value in values)


def _is_seed(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= SEED_MAX


def _seed_allowed() -> str:
    return _("a whole number from 0 to %(most)s, or none for a random one") % {"most": SEED_MAX}


def _drawn() -> int:
    return secrets.randbelow(SEED_MAX + 1)
