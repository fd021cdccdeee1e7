"""The filters of the queue: as a form whose answers stand in the address, and as names to click."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import reviewer_required
from accounts.models import Cohort
from common.errors import DailiesError
from review import conditions, filters, selectors, services, wording
from review.models import ReviewCase, SavedFilter
from review.states import OPEN_STATES, QUEUED_KINDS, SignalKind, Topic
from review.views.shared import private, reviewer_of

AGES = (4, 24, 48, 72, 168)
DEADLINES = (0, 4, 24, 72)
# The choices of model and language are those of the latest cases: a list of all would grow with them.
LATEST = 500

ANY = gettext_lazy("Any")


class FilterForm(forms.Form):
    """One choice a question; an address, a rule or the API may ask for several."""

    queue = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, chosen: filters.Filter) -> None:
        super().__init__(initial={name: texts[0] for name, texts in chosen.query.items()})
        for name, (label, choices) in _questions(chosen).items():
            self.fields[name] = forms.ChoiceField(label=label, choices=[("", ANY), *choices], required=False)
        self.fields["for_me"] = forms.BooleanField(label=_("Only what “Next case” would bring me"), required=False)


def _questions(chosen: filters.Filter) -> dict[str, tuple[Any, list[tuple[str, Any]]]]:
    latest = ReviewCase.objects.order_by("-id").values_list("model_key", "language")[:LATEST]
    models, languages = (set(column) for column in zip(*latest, strict=True)) if latest else (set(), set())
    asked = chosen.query
    labels = selectors.reasons_ever()
    # A code that an address asks for stands in the form, known or not.
    reasons = labels | {code: code for code in asked.get("earlier_reason", []) if code not in labels}
    choices: dict[str, Iterable[tuple[str, Any]]] = {
        "kind": [(one.value, one.label) for one in QUEUED_KINDS],
        "model": _seen(models, asked.get("model")),
        "cohort": [(name, name) for name in Cohort.objects.order_by("name").values_list("name", flat=True)],
        "language": sorted(
            ((code, wording.language_name(code)) for code, _code in _seen(languages, asked.get("language"))),
            key=lambda choice: choice[1],
        ),
        "topic": Topic.choices,
        "signal": SignalKind.choices,
        "min_age_hours": [(str(hours), _spell(hours)) for hours in AGES],
        "deadline_within_hours": [(str(hours), _spell(hours) if hours else _("Overdue")) for hours in DEADLINES],
        "earlier_reason": reasons.items(),
    }
    states: list[tuple[str, Any]] = [(one.value, one.label) for one in OPEN_STATES]
    questions: dict[str, tuple[Any, list[tuple[str, Any]]]] = {"state": (_("State"), states)}
    return questions | {name: (conditions.LABELS[name], list(found)) for name, found in choices.items()}


def _seen(values: set[str], asked: list[str] | None) -> list[tuple[str, str]]:
    return [(value, value) for value in sorted((values | set(asked or [])) - {""})]


def _spell(hours: int) -> str:
    if hours % 24 or not hours:
        return ngettext("%d hour", "%d hours", hours) % hours
    return ngettext("%d day", "%d days", hours // 24) % (hours // 24)


@reviewer_required
@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep the filter of the page that this was sent from."""
    asked = QueryDict(request.POST.get("query", ""))
    back = f"{reverse('desk')}?{asked.urlencode()}"
    try:
        saved = services.save_filter(
            actor=reviewer_of(request), name=request.POST.get("name", ""), query=dict(asked.lists())
        )
    except DailiesError as refusal:
        messages.warning(request, refusal.message)
        return redirect(back)
    messages.success(request, _("Saved as “%s”.") % saved.name)
    return redirect(back)


@private
@reviewer_required
@require_http_methods(["GET", "POST"])
def delete_filter(request: HttpRequest, filter_id: UUID) -> HttpResponse:
    """Asks once more, then forgets it."""
    saved = SavedFilter.objects.filter(pk=filter_id, owner=reviewer_of(request)).first()
    if saved is None:
        raise Http404
    if request.method == "GET":
        return render(request, "review/filter_delete.html", {"saved": saved})
    services.delete_filter(actor=reviewer_of(request), saved=saved)
    messages.success(request, _("“%s” is deleted.") % saved.name)
    return redirect("desk")
