"""One generation while it is no video, and calling it off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

import generation.services
from accounts.decorators import participant_required
from common.errors import Conflict
from generation import catalogue, policies, vocabularies
from generation.selectors import with_refund
from web import selectors
from web.answers import by_htmx, page, person, say
from web.stopping import how_it_stopped
from web.takes import cost_sentence
from web.views import studio


@require_safe
@participant_required
@page
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Its progress, or how it ended; a completed one lives on its video's page."""
    found = _visible(request, pk)
    if found.video_id:
        address = resolve_url("video", found.video_id)
        return HttpResponseClientRedirect(address) if by_htmx(request) else HttpResponseRedirect(address)
    take = selectors.take(found)
    context = {
        "take": take,
        "cost": "" if take.is_active else cost_sentence(take, found.price - found.refund),
        "stopped": how_it_stopped(found),
        "ignored": vocabularies.sentence(catalogue.get(found.model_key), found.prompt),
        "poll_seconds": studio.POLL_BUSY_SECONDS,
    }
    template = "web/generation.html#state" if by_htmx(request) else "web/generation.html"
    return render(request, template, context)


@require_POST
@participant_required
@page
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Call it off; from the studio the answer is the studio's live part."""
    found = _visible(request, pk)
    try:
        generation.services.cancel(actor=person(request), generation=found)
    except Conflict as error:
        say(request, error)
    else:
        if not by_htmx(request):
            messages.success(request, _("Take %(take)s is cancelled.") % {"take": found.take})
    if by_htmx(request):
        return studio.live_answer(request, person(request))
    return HttpResponseRedirect(resolve_url("studio"), status=303)


def _visible(request: HttpRequest, pk: UUID) -> Any:
    """The visitor's own, with `refund`."""
    return get_object_or_404(with_refund(policies.visible_to(person(request)).select_related("video")), pk=pk)
