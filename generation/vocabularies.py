"""Which words of a prompt a model ignores, where its engine's models know only some. No torch: pages and the API ask.

A model that was trained on the language of people knows all words, and has no entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generation import catalogue
from generation.catalogue import CatalogueEntry
from generation.demo_model import vocabulary as shapes

MOST_NAMED = 6  # words; more would make the sentence longer than the prompt's field is wide
LONGEST_NAMED = 24  # characters


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What an engine's models can be told."""

    unknown_words: Callable[[str], list[str]]  # of a prompt: each once, in order
    examples: tuple[Promise, ...]  # prompts of known words alone


# By engine, as the catalogue names it: an operator's own entries of the same engine have it too.
OF_ENGINES = {
    "generation.engines.demo:DemoEngine": Vocabulary(
        unknown_words=shapes.unknown_words,
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
    """In small letters, each once, in order; none for a model that is no longer on offer."""
    known = OF_ENGINES.get(entry.engine) if entry else None
    return known.unknown_words(prompt) if known else []


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
        return _("%(model)s ignores: %(words)s and %(more)s more.") % told
    return ngettext("%(model)s ignores the word %(words)s.", "%(model)s ignores: %(words)s.", len(words)) % told


def examples(entry: CatalogueEntry) -> Sequence[Promise]:
    """Prompts that suit the model; none where any sentence does."""
    known = OF_ENGINES.get(entry.engine)
    return known.examples if known else ()


def _short(word: str) -> str:
    return word if len(word) <= LONGEST_NAMED else f"{word[: LONGEST_NAMED - 1]}…"
