"""Generations, attempts, workers and the catalogue in the admin panel: to watch; only workers can be switched.

Prompts are their artist's (I1), so none is shown, searched or exported here.
"""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from accounts.admin import ServiceOwned
from accounts.models import User
from common.admin import ReadOnly
from common.errors import Conflict
from generation import admin_charts, catalogue, measures
from generation.admin_switches import ModelSwitchAdmin
from generation.measures import WorkerFacts
from generation.models import Attempt, Generation, Worker
from generation.services.workers import move_worker
from generation.states import WorkerState

# The admin looks for panels in this module alone.
__all__ = ["AttemptAdmin", "GenerationAdmin", "ModelSwitchAdmin", "WorkerAdmin"]

# What an attempt's `settings` hold that an admin may read: all but the prompt.
PRIVATE_SETTINGS = frozenset({"prompt"})


def _lines(facts: dict[str, Any]) -> str:
    return " · ".join(f"{name} {value}" for name, value in sorted(facts.items()) if name not in PRIVATE_SETTINGS)


class AttemptInline(ReadOnly, TabularInline):
    model = Attempt
    fields = ("number", "state", "worker", "started_at", "ended_at", "failure_code", "stages")
    readonly_fields = fields
    extra = 0

    @display(description=gettext_lazy("seconds of each stage"))
    def stages(self, attempt: Attempt) -> str:
        return _lines(attempt.timings)


@admin.register(Generation)
class GenerationAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "participant", "take", "model_key", "state", "price", "created_at", "finished_at")
    list_select_related = ("participant",)
    list_filter = ("state", "model_key", "failure_code")
    search_fields = ("id", "participant__public_name")
    fields = (
        *("id", "participant", "take", "model_key", "seed", "seconds", "width", "height", "fps", "price"),
        *("state", "failure_code", "cancel_requested_at", "created_at", "started_at", "finished_at", "video"),
    )
    readonly_fields = fields
    inlines = (AttemptInline,)
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.catalogue_view)
        return [path("catalogue/", view, name="generation_catalogue"), *super().get_urls()]

    def catalogue_view(self, request: HttpRequest) -> HttpResponse:
        """The catalogue as it was read at the start."""
        context = self.admin_site.each_context(request) | {
            "entries": catalogue.entries(),
            "file": settings.CATALOGUE_FILE.name,
            "title": _("Catalogue"),
            "headings": [
                *(_("Model"), _("Checkpoint and revision"), _("Sizes"), _("Seconds")),
                *(_("Frames a second"), _("Steps"), _("Cost factor")),
            ],
        }
        return TemplateResponse(request, "generation/admin_catalogue.html", context)


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "generation", "number", "state", "worker", "started_at", "ended_at", "failure_code")
    list_select_related = ("generation", "worker")
    list_filter = ("state", "failure_code")
    search_fields = ("generation__id",)
    fields = (
        *("id", "generation", "number", "state", "worker", "started_at", "ended_at", "lease_expires_at"),
        *("failure_code", "error", "cancelled_by", "what_ran", "stages", "peak_memory_mib"),
    )
    readonly_fields = fields
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.stages_view)
        return [path("stages/", view, name="generation_stages"), *super().get_urls()]

    def stages_view(self, request: HttpRequest) -> HttpResponse:
        """How long each stage takes by model, and how often each worker fails."""
        shown = self.admin_site.each_context(request) | admin_charts.context()
        return TemplateResponse(request, "generation/admin_stages.html", shown)

    @display(description=gettext_lazy("what ran"))
    def what_ran(self, attempt: Attempt) -> str:
        return _lines(attempt.settings)

    @display(description=gettext_lazy("seconds of each stage"))
    def stages(self, attempt: Attempt) -> str:
        return _lines(attempt.timings)


@admin.register(Worker)
class WorkerAdmin(ServiceOwned):
    """What each worker is, what it does now and how it fares; and the switch that takes it out of service."""

    list_display = (
        *("name", "state", "device", "runs", "loaded_models", "step_time", "faults_of_a_day"),
        *("started_at", "last_seen_at", "stopped_at"),
    )
    list_filter = ("state",)
    search_fields = ("name", "device")
    ordering = ("-id",)
    fields = (
        *("id", "name", "state", "state_reason", "state_since", "device", "memory_mib", "serves", "may_run"),
        *("loaded_models", "runs", "step_time", "faults_of_a_day", "started_at", "last_seen_at", "stopped_at"),
    )
    actions = ("into_maintenance", "back_into_service")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        facts = measures.worker_facts(changelist.result_list)
        for worker in changelist.result_list:
            worker.facts = facts[worker.pk]
        return changelist

    @display(description=gettext_lazy("runs"))
    def runs(self, worker: Worker) -> str:
        running = _facts(worker).running
        return ", ".join(f"{generation.model_key} {generation.pk}" for generation in running) or "–"

    @display(description=gettext_lazy("pools"))
    def serves(self, worker: Worker) -> str:
        return ", ".join(worker.pools) or "–"

    @display(description=gettext_lazy("models"))
    def may_run(self, worker: Worker) -> str:
        return ", ".join(worker.model_keys) or _("every model of the catalogue")

    @display(description=gettext_lazy("loaded models"))
    def loaded_models(self, worker: Worker) -> str:
        return ", ".join(worker.loaded) or "–"

    @display(description=gettext_lazy("seconds a step"))
    def step_time(self, worker: Worker) -> str:
        seconds = _facts(worker).seconds_a_step
        return "–" if seconds is None else f"{seconds:.2f}"

    @display(description=gettext_lazy("faults within a day"))
    def faults_of_a_day(self, worker: Worker) -> str:
        facts = _facts(worker)
        return _("%(faults)d of %(attempts)d") % {"faults": facts.faults, "attempts": facts.attempts}

    @admin.action(description=gettext_lazy("Put into maintenance: it takes nothing new"), permissions=["view"])
    def into_maintenance(self, request: HttpRequest, rows: QuerySet[Worker]) -> HttpResponse | None:
        return self.confirmed(
            request,
            rows,
            question=_("Put these workers into maintenance? What they run now, they finish."),
            act=lambda worker: self._move(request, worker, WorkerState.MAINTENANCE),
        )

    @admin.action(description=gettext_lazy("Put back into service"), permissions=["view"])
    def back_into_service(self, request: HttpRequest, rows: QuerySet[Worker]) -> HttpResponse | None:
        return self.confirmed(
            request,
            rows,
            question=_("Put these workers back into service?"),
            act=lambda worker: self._move(request, worker, WorkerState.ACTIVE),
        )

    def _move(self, request: HttpRequest, worker: Worker, state: WorkerState) -> None:
        actor = cast(User, request.user)
        if not move_worker(actor=actor, worker=worker, state=state, reason=_("By an admin.")):
            raise Conflict(_("It is there already, or it is stopping."))


def _facts(worker: Worker) -> WorkerFacts:
    # A list has looked them all up at once.
    known: WorkerFacts | None = getattr(worker, "facts", None)
    return known if known is not None else measures.worker_facts([worker])[worker.pk]
