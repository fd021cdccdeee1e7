"""An artist's own queue: hold one back, let it go on, move it. Each answers the studio's live part, or the studio."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.decorators import participant_required
from common.errors import Conflict
from generation import policies
from generation.models import Generation
from generation.services import waiting
from generation.services.waiting import Direction
from web.answers import by_htmx, page, person, say
from web.views import studio


@require_POST
@participant_required
@page
def hold(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Pause it."""
    words = _("Take %(take)s is paused. It keeps its credits and starts when you resume it.")
    return _answer(request, pk, waiting.hold, words)


@require_POST
@participant_required
@page
def resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let it wait for its turn again."""
    return _answer(request, pk, waiting.resume, _("Take %(take)s waits for its turn again."))


@require_POST
@participant_required
@page
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Before or behind one's others, as the pressed button says (`to`)."""
    to = request.POST.get("to", "")
    if to not in Direction.values:
        _find(request, pk)
        return HttpResponseBadRequest()
    return _answer(request, pk, partial(waiting.move, to=Direction(to)), _("Take %(take)s has its new place."))


def _answer(request: HttpRequest, pk: UUID, act: Callable[..., Generation], words: str) -> HttpResponse:
    found = _find(request, pk)
    try:
        act(actor=person(request), generation=found)
    except Conflict as error:
        say(request, error)
    else:
        if not by_htmx(request):
            messages.success(request, words % {"take": found.take})
    if by_htmx(request):
        return studio.live_answer(request, person(request))
    return HttpResponseRedirect(resolve_url("studio") + "#now", status=303)


def _find(request: HttpRequest, pk: UUID) -> Generation:
    return get_object_or_404(policies.visible_to(person(request)), pk=pk)
