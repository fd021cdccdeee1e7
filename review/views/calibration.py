"""Practice: golden items, and rounds in which a team decides the same works and then compares."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import lead_required, reviewer_required
from common.errors import Conflict, Invalid, Unavailable
from review import services
from review.models import CalibrationItem, CalibrationRound, GoldenItem
from review.practice_forms import AnswerForm, GoldenForm, RoundForm
from review.refusable_form import RefusableForm
from review.selectors import practice, preferences_of
from review.views.shared import look_of, private, reviewer_of


@private
@lead_required
@require_http_methods(["GET", "HEAD", "POST"])
def golden(request: HttpRequest) -> HttpResponse:
    """The golden items, and the form that adds one."""
    lead = reviewer_of(request)
    form = GoldenForm(request.POST if request.method == "POST" else None, viewer=lead)
    away = False
    if form.is_valid():
        try:
            services.add_golden(actor=lead, **form.cleaned_data)
        except (Invalid, Conflict, Unavailable) as refusal:
            form.blame(refusal)
            away = isinstance(refusal, Unavailable)
        else:
            messages.success(request, _("It is in the mix. Nobody is told which cases are golden."))
            return redirect("desk-golden")
    context = {
        "form": form,
        "items": practice.golden_items(),
        "percent": practice.golden_percent(),
        "look": look_of(preferences_of(lead)),
    }
    return render(request, "review/golden.html", context, status=_status(form, away))


@lead_required
@require_POST
def retire_golden(request: HttpRequest, golden_id: UUID) -> HttpResponse:
    """Out of the mix."""
    item = get_object_or_404(GoldenItem, pk=golden_id)
    try:
        services.retire_golden(actor=reviewer_of(request), item=item)
    except Conflict as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("It is out of the mix. What was answered stays in the figures."))
    return redirect("desk-golden")


@private
@reviewer_required
@require_http_methods(["GET", "HEAD", "POST"])
def rounds(request: HttpRequest) -> HttpResponse:
    """All rounds; a lead opens one here."""
    reviewer = reviewer_of(request)
    typed = request.POST if request.method == "POST" else None
    form = RoundForm(typed, viewer=reviewer) if reviewer.is_lead_reviewer else None
    if request.method == "POST" and form is None:
        raise Http404
    away = False
    if form is not None and form.is_valid():
        try:
            opened = services.open_round(actor=reviewer, **form.cleaned_data)
        except (Invalid, Unavailable) as refusal:
            form.blame(refusal)
            away = isinstance(refusal, Unavailable)
        else:
            messages.success(request, _("The round is open for the whole team."))
            return redirect("desk-calibration-round", opened.pk)
    look = look_of(preferences_of(reviewer))
    context = {"form": form, "rounds": practice.rounds_for(reviewer), "look": look}
    return render(request, "review/calibration.html", context, status=_status(form, away))


def _status(form: RefusableForm | None, away: bool) -> int:
    if away:
        return Unavailable.status
    return 400 if form and form.errors else 200


@private
@reviewer_required
@require_safe
def round_page(request: HttpRequest, calibration_id: UUID) -> HttpResponse:
    """One round: what is still to answer, and once it is closed everybody's answers side by side."""
    found = get_object_or_404(CalibrationRound.objects.select_related("created_by"), pk=calibration_id)
    reviewer = reviewer_of(request)
    context = {"view": practice.round_view(found, reviewer), "look": look_of(preferences_of(reviewer))}
    return render(request, "review/calibration_round.html", context)


@private
@reviewer_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_page(request: HttpRequest, calibration_id: UUID, position: int) -> HttpResponse:
    """One work of an open round, and the reviewer's own answer."""
    items = CalibrationItem.objects.select_related("round", "video")
    item = get_object_or_404(items, round=calibration_id, position=position)
    reviewer = reviewer_of(request)
    if item.round.closed_at or practice.has_answered(item, reviewer):
        return redirect("desk-calibration-round", calibration_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.answer_item(actor=reviewer, item=item, **form.cleaned_data)
        except Invalid as refusal:
            form.blame(refusal)
        except Conflict as refusal:
            messages.warning(request, refusal.message)
            return redirect("desk-calibration-round", calibration_id)
        else:
            following = practice.next_position(item, reviewer)
            if following is None:
                return redirect("desk-calibration-round", calibration_id)
            return redirect("desk-calibration-item", calibration_id, following)
    look = look_of(preferences_of(reviewer))
    context = {"item": item, "form": form, "total": item.round.items.count(), "look": look}
    return render(request, "review/calibration_item.html", context, status=400 if form.errors else 200)


@lead_required
@require_POST
def close_round(request: HttpRequest, calibration_id: UUID) -> HttpResponse:
    """The answers onto the table."""
    found = get_object_or_404(CalibrationRound, pk=calibration_id)
    try:
        services.close_round(actor=reviewer_of(request), calibration=found)
    except Conflict as refusal:
        messages.warning(request, refusal.message)
    return redirect("desk-calibration-round", calibration_id)
