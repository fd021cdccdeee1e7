"""From prompt to private video: what was asked, who tried, and how it ended."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Cohort, Participant
from common.ids import uuid7
from generation.states import (
    AttemptState,
    CancelledBy,
    FailureCode,
    GenerationState,
    Mode,
    Relation,
    WorkerState,
)
from videos.models import Video


class Worker(models.Model):
    """A process that runs generations."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=120)  # host and process
    # The place on its machine, which whoever is started in its stead takes again under another name.
    slot = models.CharField(_("slot"), max_length=160, blank=True, db_index=True)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    last_seen_at = models.DateTimeField(_("last seen"))
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=WorkerState, default=WorkerState.ACTIVE)
    state_reason = models.CharField(_("why"), max_length=300, blank=True)
    state_since = models.DateTimeField(_("since"), null=True, blank=True)
    # What it is, as it said when it registered.
    device = models.CharField(_("device"), max_length=120, blank=True)  # the GPU's name, or "cpu"
    memory_mib = models.PositiveIntegerField(_("memory (MiB)"), default=0)  # of the device; 0: not known
    pools = models.JSONField(_("pools"), default=list)  # names of the pools that it serves
    model_keys = models.JSONField(_("models"), default=list)  # catalogue entries of its pools that fit its memory
    # What it has now, as its last heartbeat said: the keys of the models in its memory, last used first.
    loaded = models.JSONField(_("loaded models"), default=list)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        constraints = (models.CheckConstraint(name="worker_state", condition=Q(state__in=WorkerState.values)),)

    def __str__(self) -> str:
        return self.name


class InputImage(models.Model):
    """A picture that an artist brought to start from: checked, stripped of metadata, stored privately (I1)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="input_images")
    storage_key = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)  # of the bytes as stored
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    size_bytes = models.PositiveBigIntegerField(_("bytes"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("input image")
        verbose_name_plural = _("input images")
        indexes = (models.Index(name="input_image_by_participant", fields=("participant", "-id")),)

    def __str__(self) -> str:
        return str(self.pk)


class ModelSwitch(models.Model):
    """An admin's word on a catalogue entry: off for everybody (no cohort), or on or off for one cohort.

    A cohort's own switch goes before everybody's; without any, what the catalogue holds is on.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    model_key = models.CharField(_("model"), max_length=60)
    cohort = models.ForeignKey(Cohort, models.CASCADE, null=True, blank=True, related_name="model_switches")
    is_on = models.BooleanField(_("on"))
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("model switch")
        verbose_name_plural = _("model switches")
        constraints = (
            models.UniqueConstraint(
                name="model_switch_once_a_cohort", fields=("model_key", "cohort"), condition=Q(cohort__isnull=False)
            ),
            models.UniqueConstraint(
                name="model_switch_once_for_all", fields=("model_key",), condition=Q(cohort__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.model_key} {'on' if self.is_on else 'off'}"


class LicenceAcceptance(models.Model):
    """Somebody accepted the licence of a model's weights, and what it forbids; without it nothing is fetched."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    model_key = models.CharField(_("model"), max_length=60)
    repository = models.CharField(_("repository"), max_length=200)
    licence = models.CharField(_("licence"), max_length=200)
    forbids = models.TextField(_("forbids"), blank=True)  # as it was shown; the audit log says who accepted it
    accepted_at = models.DateTimeField(_("accepted"), auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("licence acceptance")
        verbose_name_plural = _("licence acceptances")
        constraints = (
            models.UniqueConstraint(name="licence_accepted_once", fields=("model_key", "repository", "licence")),
        )

    def __str__(self) -> str:
        return f"{self.model_key}: {self.licence}"


class IdempotencyKey(models.Model):
    """A caller's own key of a request that made generations: the same key answers them again (for 24 hours)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="idempotency_keys")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of the request's parsed fields
    generations = models.JSONField(default=list)  # their ids, in order
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = (models.UniqueConstraint(name="idempotency_key_once", fields=("participant", "key")),)
        indexes = (models.Index(name="idempotency_key_age", fields=("created_at",)),)

    def __str__(self) -> str:
        return str(self.pk)


class Generation(models.Model):
    """One request for a video. Its credits are reserved under its id; `video` is set when it completes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="generations")
    take = models.PositiveIntegerField(_("take"))  # counts from 1 within a participant
    # The artist's own order of what waits, the lowest first: the take's number until they move it. Among equals the
    # older take goes first.
    position = models.IntegerField(_("position"), default=0)
    batch = models.UUIDField(_("batch"), null=True, blank=True, db_index=True)  # one for all that were asked together
    model_key = models.CharField(_("model"), max_length=60)  # a catalogue entry's key
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, default=Mode.TEXT)
    image = models.ForeignKey(InputImage, models.PROTECT, null=True, blank=True, related_name="generations")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    relation = models.CharField(_("relation"), max_length=10, choices=Relation, default=Relation.NONE, blank=True)
    prompt = models.TextField(_("prompt"))
    seed = models.PositiveBigIntegerField(_("seed"))
    seconds = models.PositiveSmallIntegerField(_("seconds"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    fps = models.PositiveSmallIntegerField(_("frames a second"))
    price = models.PositiveIntegerField(_("price"))  # credits
    state = models.CharField(_("state"), max_length=10, choices=GenerationState, default=GenerationState.QUEUED)
    cancel_requested_at = models.DateTimeField(_("cancel requested"), null=True, blank=True)
    held_at = models.DateTimeField(_("held"), null=True, blank=True)  # its artist paused it: it waits, and is not next
    resumed_at = models.DateTimeField(_("resumed"), null=True, blank=True)  # its waiting counts from here
    failure_code = models.CharField(_("failure"), max_length=30, choices=FailureCode, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)  # of the latest attempt
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    video = models.OneToOneField(Video, models.PROTECT, null=True, blank=True, related_name="generation")

    class Meta:
        ordering = ("-id",)
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        constraints = (
            models.CheckConstraint(name="generation_state", condition=Q(state__in=GenerationState.values)),
            models.CheckConstraint(
                name="generation_failure_code", condition=Q(failure_code__in=["", *FailureCode.values])
            ),
            models.CheckConstraint(
                name="generation_failed_has_a_reason",
                condition=Q(state=GenerationState.FAILED, failure_code__gt="")
                | (~Q(state=GenerationState.FAILED) & Q(failure_code="")),
            ),
            models.CheckConstraint(
                name="generation_completed_has_a_video",
                condition=Q(state=GenerationState.COMPLETED, video__isnull=False)
                | (~Q(state=GenerationState.COMPLETED) & Q(video__isnull=True)),
            ),
            models.CheckConstraint(
                name="generation_finished_at",
                condition=Q(state__in=[GenerationState.QUEUED, GenerationState.RUNNING], finished_at__isnull=True)
                | (~Q(state__in=[GenerationState.QUEUED, GenerationState.RUNNING]) & Q(finished_at__isnull=False)),
            ),
            models.UniqueConstraint(name="generation_take_once", fields=("participant", "take")),
            models.CheckConstraint(name="generation_mode", condition=Q(mode__in=Mode.values)),
            models.CheckConstraint(
                name="generation_relation_has_a_parent",
                condition=Q(relation=Relation.NONE, parent__isnull=True)
                | Q(relation__in=[Relation.REMIX, Relation.EXTEND], parent__isnull=False),
            ),
            models.CheckConstraint(
                # An extension starts from its parent's last frame, which the worker finds by itself.
                name="generation_image_mode_has_an_image",
                condition=Q(mode=Mode.TEXT, image__isnull=True)
                | Q(mode=Mode.IMAGE, image__isnull=False)
                | Q(mode=Mode.IMAGE, relation=Relation.EXTEND),
            ),
            models.CheckConstraint(
                name="generation_held_only_while_queued",
                condition=Q(held_at__isnull=True) | Q(state=GenerationState.QUEUED),
            ),
        )
        indexes = (
            # The queue's order counts by participant who waits, who runs, and who started lately (fairness.py).
            models.Index(
                name="generation_queue",
                fields=("participant", "position", "take"),
                condition=Q(state=GenerationState.QUEUED, held_at__isnull=True),
            ),
            models.Index(
                name="generation_starts", fields=("participant", "started_at"), condition=Q(started_at__isnull=False)
            ),
            models.Index(name="generation_by_participant", fields=("participant", "-id")),
            models.Index(
                name="generation_running", fields=("participant",), condition=Q(state=GenerationState.RUNNING)
            ),
        )

    def __str__(self) -> str:
        return f"{self.take} {self.state}"


class Attempt(models.Model):
    """One worker's try at a generation. Completion is conditional on `fencing_token` while the lease holds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    generation = models.ForeignKey(Generation, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("number"))  # 1, 2, 3
    worker = models.ForeignKey(Worker, models.PROTECT, related_name="attempts")
    fencing_token = models.UUIDField(_("fencing token"), default=uuid7, unique=True, editable=False)
    lease_expires_at = models.DateTimeField(_("lease expires"))
    state = models.CharField(_("state"), max_length=10, choices=AttemptState, default=AttemptState.RUNNING)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    failure_code = models.CharField(_("failure"), max_length=30, choices=FailureCode, blank=True)
    is_decoded = models.BooleanField(_("decoded"), default=False)  # all that is left is to be stored
    is_suspect = models.BooleanField(_("suspect"), default=False)  # lost, and may be why its worker went down
    error = models.TextField(_("error"), blank=True)  # for the engineer: type and place, never the prompt
    # What ran: model, revision, steps, guidance, seed, sizes (native and delivered).
    settings = models.JSONField(_("settings"), default=dict)
    cancelled_by = models.CharField(
        _("stopped by"), max_length=10, choices=CancelledBy, default=CancelledBy.NONE, blank=True
    )
    peak_memory_mib = models.PositiveIntegerField(_("peak memory (MiB)"), null=True, blank=True)  # of the device
    # Seconds of each stage: wait, load, text, denoise, decode, encode, store.
    timings = models.JSONField(_("timings"), default=dict)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = (
            models.UniqueConstraint(name="attempt_number_once", fields=("generation", "number")),
            models.UniqueConstraint(
                name="attempt_one_running", fields=("generation",), condition=Q(state=AttemptState.RUNNING)
            ),
            models.CheckConstraint(name="attempt_state", condition=Q(state__in=AttemptState.values)),
        )
        indexes = (
            models.Index(name="attempt_leases", fields=("lease_expires_at",), condition=Q(state=AttemptState.RUNNING)),
            models.Index(name="attempt_losses", fields=("generation",), condition=Q(state=AttemptState.LOST)),
        )

    def __str__(self) -> str:
        return f"{self.generation_id} #{self.number}"
