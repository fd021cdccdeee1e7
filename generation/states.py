"""The states of a generation and of an attempt. No ORM."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.states import Transitions


class GenerationState(TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Rendering")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


GENERATION = Transitions(
    {
        # Failed without another try: when no worker is left that may be given what took others down.
        GenerationState.QUEUED: frozenset({GenerationState.RUNNING, GenerationState.CANCELLED, GenerationState.FAILED}),
        GenerationState.RUNNING: frozenset(
            {
                GenerationState.QUEUED,  # its worker was lost
                GenerationState.COMPLETED,
                GenerationState.FAILED,
                GenerationState.CANCELLED,
            }
        ),
        GenerationState.COMPLETED: frozenset(),
        GenerationState.FAILED: frozenset(),
        GenerationState.CANCELLED: frozenset(),
    }
)


class AttemptState(TextChoices):
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    LOST = "lost", _("Lost")  # its lease ran out
    RETURNED = "returned", _("Returned")  # its worker was shutting down


class FailureCode(TextChoices):
    """Why a generation failed, as the artist is told. Closed list: pages and the API translate it."""

    ENGINE = "engine_error", _("The model stopped with an error.")
    OUT_OF_MEMORY = "out_of_memory", _("The model ran out of memory at this size and length.")
    STORAGE = "storage_error", _("The storage of pictures and videos did not work.")
    ENCODE = "encode_error", _("The frames could not be encoded.")
    MODEL_GONE = "model_unavailable", _("The model is no longer offered.")
    WORKER_LOST = "worker_lost", _("The workers that tried it were lost.")
    SOURCE_GONE = "source_gone", _("What it was to start from is no longer there.")


class Mode(TextChoices):
    """What a generation starts from."""

    TEXT = "text", _("Text to video")
    IMAGE = "image", _("Image to video")


class Relation(TextChoices):
    """What a generation is to its parent."""

    NONE = "", _("None")
    REMIX = "remix", _("Remix")  # the parent's settings, changed
    EXTEND = "extend", _("Extension")  # goes on from the parent's last frame


class WorkerState(TextChoices):
    ACTIVE = "active", _("Active")
    DRAINING = "draining", _("Draining")  # was told to stop: takes nothing new
    MAINTENANCE = "maintenance", _("In maintenance")  # too many faults, or an admin took it out


WORKER = Transitions(
    {
        WorkerState.ACTIVE: frozenset({WorkerState.DRAINING, WorkerState.MAINTENANCE}),
        WorkerState.MAINTENANCE: frozenset({WorkerState.ACTIVE, WorkerState.DRAINING}),
        WorkerState.DRAINING: frozenset(),  # its process ends; the next one registers anew
    }
)


class CancelledBy(TextChoices):
    """How a running generation was stopped, as its artist is told."""

    NONE = "", _("Not stopped")
    STEP = "step", _("Stopped at a step")
    PROCESS = "process", _("The worker's process was ended")  # a step hung, or did not end within the grace


MAX_ATTEMPTS = 3
