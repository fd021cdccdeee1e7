"""A reviewer's own preferences and figures."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import reviewer_required
from common.errors import Invalid
from review import selectors, services
from review.preferences_form import PreferencesForm
from review.views.shared import private, reviewer_of


@private
@reviewer_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """How this reviewer wants to meet a video, what to bring them, and what they have seen."""
    reviewer = reviewer_of(request)
    posted = request.POST if request.method == "POST" else None
    form = PreferencesForm(posted, preferences=selectors.preferences_of(reviewer))
    if form.is_valid():
        try:
            services.set_preferences(actor=reviewer, **form.cleaned_data)
        except Invalid as invalid:
            form.blame(invalid)
        else:
            messages.success(request, _("Kept. The next case that you open starts like this."))
            return redirect("desk-preferences")
    context = {"form": form, "wellness": selectors.wellness_of(reviewer)}
    return render(request, "review/preferences.html", context, status=400 if form.errors else 200)
