"""What the composer shows: models, sizes, lengths, pictures, and what the choice costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from accounts.models import Participant
from common.ids import read_uuid
from generation import vocabularies
from generation.catalogue import CatalogueEntry, dimensions
from generation.models import Generation, InputImage
from generation.request_check import BATCH_MAX, check_format
from generation.services.switches import offered_to
from generation.states import Mode, Relation
from quotas.selectors import Balance, balance
from web.forms import ComposeForm

# The longer side of the little frame that shows a size's shape, in the units of its drawing.
SHAPE = 16
PICTURES_TO_PICK = 11


@dataclass(frozen=True, slots=True)
class SizeChoice:
    """A size with the outline of its shape."""

    value: str
    chosen: bool

    @property
    def label(self) -> str:
        return self.value.replace("x", "×")

    @property
    def width(self) -> int:
        return round(SHAPE * self._sides[0] / max(self._sides))

    @property
    def height(self) -> int:
        return round(SHAPE * self._sides[1] / max(self._sides))

    @property
    def x(self) -> float:
        return (SHAPE - self.width) / 2

    @property
    def y(self) -> float:
        return (SHAPE - self.height) / 2

    @property
    def _sides(self) -> tuple[int, int]:
        return dimensions(self.value)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model with what an artist should know before choosing it."""

    entry: CatalogueEntry
    chosen: bool
    is_turbo: bool  # it stands with the model of which it is the quicker variant

    @property
    def languages(self) -> str:
        return ", ".join(map(_language, self.entry.prompt_languages))

    @property
    def starts_from_pictures(self) -> bool:
        return Mode.IMAGE in self.entry.modes


@dataclass
class Composer:
    """The form with the catalogue round it. `values` are the form's, typed or remembered."""

    participant: Participant
    form: ComposeForm
    note: str = ""  # a quiet word after a success

    def _value(self, name: str) -> str:
        return str(self.form[name].value() or "")

    # --- Models ---

    @cached_property
    def entries(self) -> Sequence[CatalogueEntry]:
        """What this artist may choose from; to go on from a video's end, what starts from pictures."""
        offered = offered_to(self.participant)
        return [one for one in offered if Mode.IMAGE in one.modes] if self.extends else offered

    @cached_property
    def entry(self) -> CatalogueEntry:
        """The chosen model; the first that fits, where none or a wrong one is chosen."""
        chosen = next((one for one in self.entries if one.key == self._value("model")), None)
        if chosen is None and self.image is not None:
            chosen = next((one for one in self.entries if Mode.IMAGE in one.modes), None)
        return chosen or self.entries[0]

    @cached_property
    def models(self) -> list[list[ModelCard]]:
        """The cards, each standard model together with its turbo variants."""
        keys = {one.key for one in self.entries}
        heads = [one for one in self.entries if one.turbo_of not in keys]
        return [
            [self._card(head, is_turbo=False)]
            + [self._card(one, is_turbo=True) for one in self.entries if one.turbo_of == head.key]
            for head in heads
        ]

    def _card(self, entry: CatalogueEntry, *, is_turbo: bool) -> ModelCard:
        return ModelCard(entry, chosen=entry.key == self.entry.key, is_turbo=is_turbo)

    @property
    def notice(self) -> str:
        return _(self.entry.notice) if self.entry.notice else ""

    @property
    def may_ignore(self) -> bool:
        """Whether there is a model to choose that ignores words: then there is room to say which."""
        return any(map(vocabularies.knows_some, self.entries))

    @property
    def knows_some_words(self) -> bool:
        """Whether the chosen model is one of those."""
        return vocabularies.knows_some(self.entry)

    @property
    def ignored(self) -> str:
        """Which words of the prompt the chosen model ignores, as a sentence."""
        return vocabularies.sentence(self.entry, self._value("prompt"))

    # --- Size, length, rate, number ---

    @cached_property
    def size(self) -> str:
        value = self._value("size")
        return value if value in self.entry.sizes else self.entry.sizes[0]

    @cached_property
    def seconds(self) -> int:
        value = self._value("seconds")
        offered = {str(length): length for length in self.entry.seconds}
        return offered.get(value, self.entry.seconds[0])

    @property
    def sizes(self) -> list[SizeChoice]:
        return [SizeChoice(value, value == self.size) for value in self.entry.sizes]

    @cached_property
    def fps(self) -> int:
        value = self._value("fps")
        return next((rate for rate in self.entry.frame_rates if str(rate) == value), self.entry.fps)

    @cached_property
    def count(self) -> int:
        value = self._value("count")
        return next((number for number in self.counts if str(number) == value), 1)

    @property
    def counts(self) -> range:
        return range(1, BATCH_MAX + 1)

    # --- What it starts from ---

    @cached_property
    def parent(self) -> Generation | None:
        """The earlier take that this one comes from; only one's own."""
        pk = read_uuid(self._value("parent"))
        if pk is None:
            return None
        return Generation.objects.filter(participant=self.participant, pk=pk).select_related("video").first()

    @property
    def extends(self) -> bool:
        return self._value("relation") == Relation.EXTEND and self.parent is not None

    @property
    def is_remix(self) -> bool:
        return self._value("relation") == Relation.REMIX and self.parent is not None

    @cached_property
    def takes_pictures(self) -> bool:
        return Mode.IMAGE in self.entry.modes and not self.extends

    @property
    def needs_picture(self) -> bool:
        return Mode.TEXT not in self.entry.modes

    @cached_property
    def image(self) -> InputImage | None:
        """The chosen picture; only one's own."""
        pk = read_uuid(self._value("image"))
        return InputImage.objects.filter(participant=self.participant, pk=pk).first() if pk else None

    @cached_property
    def pictures(self) -> list[InputImage]:
        """The latest ones, and the chosen one in any case."""
        latest = list(InputImage.objects.filter(participant=self.participant).order_by("-id")[:PICTURES_TO_PICK])
        return latest if self.image is None or self.image in latest else [self.image, *latest]

    # --- Credits ---

    @cached_property
    def price(self) -> int:
        """Of one."""
        return check_format(model_key=self.entry.key, size=self.size, seconds=self.seconds, offered=self.entries).price

    @property
    def total(self) -> int:
        """Of all that are asked for."""
        return self.price * self.count

    @cached_property
    def balance(self) -> Balance:
        return balance(self.participant)

    @property
    def suffices(self) -> bool:
        return self.total <= self.balance.free

    @property
    def remaining(self) -> int:
        return self.balance.free - self.total


def examples(entry: CatalogueEntry) -> list[str]:
    """Prompts that a first visitor may start from, such as the model understands."""
    return [str(example) for example in vocabularies.examples(entry)] or [
        _("Rain on a tin roof at dusk. The camera rises slowly until the whole valley is lit by one window."),
        _("A night market seen from knee height, steam and coloured light, handheld, shallow focus."),
        _("Slow pan over a dry lake bed at noon. A red kite enters from the left, and its shadow arrives first."),
    ]


def remembered(generation: Generation | None, *, with_prompt: bool = False) -> Mapping[str, object]:
    """A generation's settings as the form's first values; the prompt and the seed only when asked for."""
    if generation is None:
        return {}
    values: dict[str, object] = {
        "model": generation.model_key,
        "size": f"{generation.width}x{generation.height}",
        "seconds": generation.seconds,
        "fps": generation.fps,
    }
    if with_prompt:
        values |= {"prompt": generation.prompt, "seed": generation.seed, "image": generation.image_id or ""}
    return values


def remixed(generation: Generation) -> Mapping[str, object]:
    """The same as the start of a remix of it."""
    family = {"parent": generation.pk, "relation": Relation.REMIX.value}
    return {**remembered(generation, with_prompt=True), **family}


def extended(generation: Generation) -> Mapping[str, object]:
    """The same as the start of what goes on from its end: its words, and a seed and a picture of its own."""
    family = {"parent": generation.pk, "relation": Relation.EXTEND.value, "prompt": generation.prompt}
    return {**remembered(generation), **family}


def _language(code: str) -> str:
    """Its name; Django knows Chinese by its scripts only, and the code itself where it knows nothing."""
    if code == "zh":
        return _("Chinese")
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
