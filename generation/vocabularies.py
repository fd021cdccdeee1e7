"""What of a prompt a model ignores, where its engine's models know only some words. No torch: pages and the API ask.

A model that was trained on the language of people knows all words, and has no entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation import catalogue
from generation.catalogue import CatalogueEntry
from generation.demo_model import vocabulary as shapes

MOST_NAMED = 6  # words; more would make the sentence longer than the prompt's field is wide
LONGEST_NAMED = 24  # characters


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What an engine's models can be told."""

    ignored_words: Callable[[str], list[str]]  # of a prompt: each once, in order
    is_too_long: Callable[[str], bool]  # whether it has more known words than are read
    longest: int  # known words that are read
    examples: tuple[Promise, ...]  # prompts of known words alone


# By engine, as the catalogue names it: an operator's own entries of the same engine have it too.
OF_ENGINES = {
    "generation.engines.demo:DemoEngine": Vocabulary(
        ignored_words=shapes.ignored_words,
        is_too_long=shapes.is_too_long,
        longest=shapes.LONGEST,
        examples=(
            gettext_lazy("a red circle moving left on a blue background"),
            gettext_lazy("a yellow star spinning on a purple background"),
            gettext_lazy("a white ring growing on a black background"),
        ),
    ),
}


def knows_some(entry: CatalogueEntry) -> bool:
    """Whether there can be words that the model ignores."""
    return entry.engine in OF_ENGINES


def ignored_words(entry: CatalogueEntry | None, prompt: str) -> list[str]:
    """Numbers and symbols, too; in small letters, each once, in order; none for a model that is no longer there."""
    known = OF_ENGINES.get(entry.engine) if entry else None
    return known.ignored_words(prompt) if known else []


def ignored_in(model_key: str, prompt: str) -> list[str]:
    """The same by the entry's key."""
    return ignored_words(catalogue.get(model_key), prompt)


def sentence(entry: CatalogueEntry | None, prompt: str) -> str:
    """What the artist should know of them; empty when there are none."""
    words = ignored_words(entry, prompt)
    if entry is None or not words:
        return ""
    named = _(", ").join(_("“%(word)s”") % {"word": _short(word)} for word in words[:MOST_NAMED])
    told = {"model": _(entry.name), "words": named, "more": str(len(words) - MOST_NAMED)}
    if len(words) > MOST_NAMED:
        said = _("%(model)s ignores: %(words)s and %(more)s more.") % told
    else:
        said = _("%(model)s ignores: %(words)s.") % told
    known = OF_ENGINES[entry.engine]
    if known.is_too_long(prompt):
        said += " " + _("It reads no more than %(longest)s of the words that it knows.") % {"longest": known.longest}
    return said


def examples(entry: CatalogueEntry) -> Sequence[Promise]:
    """Prompts that suit the model; none where any sentence does."""
    known = OF_ENGINES.get(entry.engine)
    return known.examples if known else ()


def _short(word: str) -> str:
    return word if len(word) <= LONGEST_NAMED else f"{word[: LONGEST_NAMED - 1]}…"
