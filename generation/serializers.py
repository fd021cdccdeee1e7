"""The shapes of generations and models in the API."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from common.serializers import RequestBody
from generation import catalogue
from generation.catalogue import CatalogueEntry
from generation.models import Attempt, Generation
from generation.progress import Progress
from generation.request_check import BATCH_MAX, PROMPT_MAX, SEED_MAX, Format
from generation.states import GENERATION, FailureCode, GenerationState, Mode, Relation
from generation.suggestions import after_failure
from generation.vocabularies import ignored_in, ignored_words

# --- Bodies ------------------------------------------------------------------------------------------------------


class AsGiven(serializers.Field[Any, Any, Any, Any]):
    """A value passed on as it came (None when missing): the service says what is wrong with every field at once."""

    def run_validation(self, data: Any = empty) -> Any:
        return None if data is empty else data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": PROMPT_MAX})
class PromptField(AsGiven):
    """The words."""


@extend_schema_field({"type": "string", "example": "sketch"})
class ModelField(AsGiven):
    """A catalogue entry's key."""


@extend_schema_field({"type": "string", "pattern": r"^\d+x\d+$", "example": "640x360"})
class SizeField(AsGiven):
    """Width and height in pixels."""


@extend_schema_field({"type": "integer", "minimum": 1, "example": 4})
class SecondsField(AsGiven):
    """A whole number of seconds."""


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": SEED_MAX, "nullable": True})
class SeedField(AsGiven):
    """Where the noise begins; none for a random one."""


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "integer", "minimum": 0, "maximum": SEED_MAX, "nullable": True},
        "minItems": 1,
        "maxItems": BATCH_MAX,
    }
)
class SeedsField(AsGiven):
    """Several seeds, all different; null for a random one."""


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": BATCH_MAX, "default": 1})
class CountField(AsGiven):
    """How many videos."""


@extend_schema_field({"type": "integer", "minimum": 1, "example": 24, "nullable": True})
class RateField(AsGiven):
    """Frames a second."""


@extend_schema_field(serializers.ChoiceField(choices=Mode.choices))
class ModeField(AsGiven):
    """What the video starts from."""


@extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
class ReferenceField(AsGiven):
    """The id of something that is one's own."""


@extend_schema_field(serializers.ChoiceField(choices=Relation.choices))
class RelationField(AsGiven):
    """What the video is to its parent."""


class PriceQuery(RequestBody):
    """What a price depends on."""

    model = ModelField()
    size = SizeField()
    seconds = SecondsField()


class PriceBody(PriceQuery):
    """The same, and the prompt: in a body, since addresses are logged on their way."""

    prompt = PromptField(required=False, help_text="To hear which of its words the model ignores.")


class NewGeneration(RequestBody):
    """What to generate. See `models` for the sizes and lengths that each model does."""

    prompt = PromptField()
    model = ModelField()
    size = SizeField()
    seconds = SecondsField()
    seed = SeedField(required=False, help_text="The same seed and settings give the same video; random if missing.")
    seeds = SeedsField(
        required=False, help_text="Instead of `seed` and `count`: a video for each, all of them or none of them."
    )
    count = CountField(
        required=False, help_text="So many videos, with `seed`, the number after it, and so on; or with random seeds."
    )
    fps = RateField(required=False, help_text="One of the model's `frame_rates`; its first choice, `fps`, if missing.")
    mode = ModeField(required=False, help_text="Follows from `image` and `relation` if missing.")
    image = ReferenceField(required=False, help_text="A picture to start from (see `images`), for `image` mode.")
    # The name is an attribute of every field too; the metaclass keeps the two apart.
    parent = ReferenceField(required=False, help_text="The generation that this one comes from; needs `relation`.")  # type: ignore[assignment]
    relation = RelationField(
        required=False,
        help_text="`remix`: the parent's settings, changed. `extend`: goes on from its last frame; the parent must be "
        "completed, and the model must do `image` mode.",
    )


class Nothing(RequestBody):
    """A request whose address says everything."""


# --- Models and prices -------------------------------------------------------------------------------------------


class PriceSerializer(serializers.Serializer[Format]):
    """The credits of one format."""

    model = serializers.CharField(source="entry.key")
    size = serializers.SerializerMethodField()
    seconds = serializers.IntegerField()
    price = serializers.IntegerField(help_text="credits")
    ignored_words = serializers.SerializerMethodField(
        help_text="What of the prompt the model ignores: words that it does not know, numbers and symbols, and known "
        "words beyond those that it reads; null when no prompt was sent."
    )

    def get_size(self, format: Format) -> str:
        return f"{format.width}x{format.height}"

    @extend_schema_field(serializers.ListField(child=serializers.CharField(), allow_null=True))
    def get_ignored_words(self, format: Format) -> list[str] | None:
        prompt = self.context.get("prompt")
        return ignored_words(format.entry, prompt) if isinstance(prompt, str) else None


class ModelSerializer(serializers.Serializer[CatalogueEntry]):
    """A model on offer, and what it does."""

    key = serializers.CharField()
    name = serializers.SerializerMethodField()
    description = serializers.SerializerMethodField()
    notice = serializers.SerializerMethodField()
    sizes = serializers.ListField(child=serializers.CharField())
    seconds = serializers.ListField(child=serializers.IntegerField())
    fps = serializers.IntegerField(help_text="the frame rate if none is asked for")
    frame_rates = serializers.ListField(child=serializers.IntegerField())
    modes = serializers.ListField(child=serializers.ChoiceField(choices=Mode.choices))
    prompt_languages = serializers.ListField(child=serializers.CharField(), help_text="as BCP 47 tags")
    licence = serializers.CharField(help_text="of the weights; may be empty")
    forbids = serializers.CharField(help_text="what that licence forbids; may be empty")
    pool = serializers.CharField(help_text="which workers run it: standard or turbo")
    turbo_of = serializers.CharField(help_text="the key of the standard model that this is the turbo variant of")
    steps = serializers.IntegerField()
    prices = serializers.SerializerMethodField(help_text="credits, by size and then by seconds")

    def get_name(self, entry: CatalogueEntry) -> str:
        return _(entry.name)

    def get_description(self, entry: CatalogueEntry) -> str:
        return _(entry.description)

    def get_notice(self, entry: CatalogueEntry) -> str:
        return _(entry.notice) if entry.notice else ""

    def get_prices(self, entry: CatalogueEntry) -> dict[str, dict[str, int]]:
        prices: dict[str, dict[str, int]] = {}
        for size in entry.sizes:
            width, height = catalogue.dimensions(size)
            prices[size] = {
                str(seconds): catalogue.price(entry=entry, width=width, height=height, seconds=seconds)
                for seconds in entry.seconds
            }
        return prices


class ModelsSerializer(serializers.Serializer[Any]):
    """Every model on offer."""

    results = ModelSerializer(many=True)


# --- Generations -------------------------------------------------------------------------------------------------


class ProgressSerializer(serializers.Serializer[Progress]):
    """How far a running generation is."""

    step = serializers.IntegerField()
    total = serializers.IntegerField()
    stage = serializers.CharField()


class FailureSerializer(serializers.Serializer[Any]):
    """Why it failed."""

    code = serializers.ChoiceField(choices=FailureCode.choices)
    message = serializers.CharField()
    suggestion = serializers.CharField(help_text="What may help: a smaller size or a shorter clip; or empty.")


class LinksSerializer(serializers.Serializer[Any]):
    """Where to go from here; null where there is nothing to do."""

    self = serializers.CharField()
    page = serializers.CharField()
    cancel = serializers.CharField(allow_null=True)
    hold = serializers.CharField(allow_null=True)
    resume = serializers.CharField(allow_null=True)
    move = serializers.CharField(allow_null=True)
    video = serializers.CharField(allow_null=True)


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One worker's try."""

    class Meta:
        model = Attempt
        fields = ("number", "state", "started_at", "ended_at", "timings", "settings", "cancelled_by", "peak_memory_mib")
        read_only_fields = fields


class GenerationSerializer(serializers.ModelSerializer[Generation]):
    """A generation as its owner sees it. The context holds the `places` and `progress` of those that are shown."""

    model = serializers.CharField(source="model_key", read_only=True)
    size = serializers.SerializerMethodField()
    place = serializers.SerializerMethodField(help_text="1 is next; null when it is not waiting")
    expected_wait_seconds = serializers.SerializerMethodField(help_text="until it starts; null when unknown")
    expected_wait_low_seconds = serializers.SerializerMethodField(help_text="it may well be this little")
    expected_wait_high_seconds = serializers.SerializerMethodField(help_text="it may well be this much")
    progress = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()
    mode = serializers.ChoiceField(choices=Mode.choices, read_only=True)
    relation = serializers.ChoiceField(choices=Relation.choices, read_only=True)
    image = serializers.UUIDField(source="image_id", read_only=True, allow_null=True)
    # As above.
    parent = serializers.UUIDField(source="parent_id", read_only=True, allow_null=True)  # type: ignore[assignment]
    batch = serializers.UUIDField(read_only=True, allow_null=True, help_text="the same for all of one request")
    refund = serializers.IntegerField(read_only=True, help_text="credits given back")
    video_id = serializers.UUIDField(read_only=True, allow_null=True)
    ignored_words = serializers.SerializerMethodField(
        help_text="What of the prompt the model ignores: words that it does not know, numbers and symbols, and known "
        "words beyond those that it reads."
    )
    links = serializers.SerializerMethodField()

    class Meta:
        model = Generation
        fields: tuple[str, ...] = (
            "id",
            "take",
            "state",
            "model",
            "prompt",
            "ignored_words",
            "seed",
            "size",
            "seconds",
            "fps",
            "mode",
            "image",
            "parent",
            "relation",
            "batch",
            "price",
            "refund",
            "place",
            "expected_wait_seconds",
            "expected_wait_low_seconds",
            "expected_wait_high_seconds",
            "held_at",
            "progress",
            "failure",
            "video_id",
            "created_at",
            "started_at",
            "finished_at",
            "cancel_requested_at",
            "links",
        )
        read_only_fields = fields

    def get_size(self, generation: Generation) -> str:
        return f"{generation.width}x{generation.height}"

    def get_ignored_words(self, generation: Generation) -> list[str]:
        return ignored_in(generation.model_key, generation.prompt)

    def get_place(self, generation: Generation) -> int | None:
        place = self.context["places"].get(generation.pk)
        return place.place if place else None

    def get_expected_wait_seconds(self, generation: Generation) -> int | None:
        place = self.context["places"].get(generation.pk)
        return place.expected_seconds if place else None

    def get_expected_wait_low_seconds(self, generation: Generation) -> int | None:
        place = self.context["places"].get(generation.pk)
        return place.low_seconds if place else None

    def get_expected_wait_high_seconds(self, generation: Generation) -> int | None:
        place = self.context["places"].get(generation.pk)
        return place.high_seconds if place else None

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, generation: Generation) -> Any:
        # The cache may still hold the last step of one that has ended.
        running = generation.state == GenerationState.RUNNING
        progress = self.context["progress"].get(generation.pk) if running else None
        return ProgressSerializer(progress).data if progress else None

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, generation: Generation) -> Any:
        if not generation.failure_code:
            return None
        return {
            "code": generation.failure_code,
            "message": str(FailureCode(generation.failure_code).label),
            "suggestion": after_failure(generation),
        }

    @extend_schema_field(LinksSerializer)
    def get_links(self, generation: Generation) -> Any:
        waits, held = generation.state == GenerationState.QUEUED, generation.held_at is not None
        return {
            "self": reverse("api-generation", args=[generation.pk]),
            "page": reverse("generation", args=[generation.pk]),
            "cancel": reverse("api-generation-cancel", args=[generation.pk]) if _can_stop(generation) else None,
            "hold": reverse("api-generation-hold", args=[generation.pk]) if waits and not held else None,
            "resume": reverse("api-generation-resume", args=[generation.pk]) if waits and held else None,
            "move": reverse("api-generation-move", args=[generation.pk]) if waits else None,
            "video": reverse("api-video", args=[generation.video_id]) if generation.video_id else None,
        }


class BatchSerializer(serializers.Serializer[Any]):
    """What one request for several videos made, in the order of its seeds."""

    results = GenerationSerializer(many=True)


class GenerationDetailSerializer(GenerationSerializer):
    """The same with its attempts, oldest first."""

    attempts = serializers.SerializerMethodField()

    class Meta(GenerationSerializer.Meta):
        fields = (*GenerationSerializer.Meta.fields, "attempts")
        read_only_fields = fields

    @extend_schema_field(AttemptSerializer(many=True))
    def get_attempts(self, generation: Generation) -> Any:
        return AttemptSerializer(generation.attempts.order_by("number"), many=True).data


def _can_stop(generation: Generation) -> bool:
    may = GENERATION.allows(GenerationState(generation.state), GenerationState.CANCELLED)
    return may and generation.cancel_requested_at is None
