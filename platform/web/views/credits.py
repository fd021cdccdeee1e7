"""What a participant has, and what became of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.decorators import participant_required
from common.ids import read_uuid
from quotas.selectors import balance
from web import selectors
from web.answers import page, person
from web.credits import parts_of


@require_safe
@participant_required
@page
def credits(request: HttpRequest) -> HttpResponse:
    """This month's credits, and every movement of all months, newest first."""
    user = person(request)
    before = read_uuid(request.GET.get("before", ""))
    now = balance(user.participant)
    context = {
        "balance": now,
        "parts": list(parts_of(now)),
        "movements": selectors.movements(user, before=before),
        "before": before,
    }
    return render(request, "web/credits.html", context)
