"""The slate: how a video was made, in the order in which a crew reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation import catalogue, vocabularies
from generation.models import Attempt, Generation
from generation.states import AttemptState
from videos.models import Video
from web.durations import of_film
from web.making import Making, making_of, native_size_of
from web.names import names_of


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the slate. `wide` takes a row of its own where the room is small."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Slate:
    """A video's slate; a video that was not generated here has neither generation nor making."""

    generation: Generation | None
    fields: list[Field]
    making: Making | None
    name: str  # what the video is called

    @property
    def prompt(self) -> str:
        return self.generation.prompt if self.generation else ""

    @property
    def ignored(self) -> str:
        """Which words of it the model ignored, as a sentence."""
        one = self.generation
        return vocabularies.sentence(catalogue.get(one.model_key), one.prompt) if one else ""


def name_of(video: Video) -> str:
    """What a video is called, with or without a title."""
    return names_of([video])[video.pk]


def file_name_of(video: Video) -> str:
    """Under which a download is kept: "rain-on-a-tin-roof.mp4", "take-14.mp4", "trim-of-take-14.mp4"."""
    generation: Generation | None = getattr(video, "generation", None)
    take = f"take-{generation.take}" if generation else "video"
    return f"{slugify(name_of(video), allow_unicode=True)[:60] or take}.mp4"


def slate_of(video: Video) -> Slate:
    """One query, for the attempt that made it."""
    generation: Generation | None = getattr(video, "generation", None)
    attempt = None
    if generation is not None:
        attempt = generation.attempts.filter(state=AttemptState.COMPLETED).first()
    return Slate(
        generation=generation,
        fields=list(_fields(video, generation, attempt)),
        making=making_of(video, attempt),
        name=name_of(video),
    )


def _fields(video: Video, generation: Generation | None, attempt: Attempt | None) -> Any:
    facts: Mapping[str, Any] = attempt.settings if attempt else {}
    if generation is not None:
        entry = catalogue.get(generation.model_key)
        yield Field(_("Take"), str(generation.take))
        yield Field(_("Model"), _(entry.name) if entry else generation.model_key)
        yield Field(_("Seed"), str(generation.seed))
    yield Field(_("Size"), _size(video, facts))
    yield Field(_("Length"), of_film(video.seconds))
    yield Field(_("Rate"), _("%(fps)s fps") % {"fps": video.fps})
    if steps := facts.get("steps"):
        yield Field(_("Steps"), str(steps))
    if generation is not None:
        credits = generation.price
        yield Field(_("Cost"), ngettext("%(count)s credit", "%(count)s credits", credits) % {"count": credits})


def _size(video: Video, facts: Mapping[str, Any]) -> str:
    delivered = f"{video.width}×{video.height}"
    native = native_size_of(facts)
    return f"{native} → {delivered}" if native and native != delivered else delivered
