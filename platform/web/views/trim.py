"""Cutting the beginning and the end off one's own video."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

import videos.services
from accounts.decorators import hidden_from_strangers
from common.errors import DailiesError
from videos.models import Video
from videos.selectors import latest_trims_of
from videos.states import OPEN_TRIMS, Enforcement
from web import slate
from web.answers import by_htmx, page, person, put_into
from web.trims import Cut
from web.views.videos import media_of, own_video

POLL_SECONDS = 2


class TrimForm(forms.Form):
    """Which frames stay, counted from 1 as people do."""

    first = forms.IntegerField(
        label=gettext_lazy("First frame"), widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "mono"})
    )
    last = forms.IntegerField(
        label=gettext_lazy("Last frame"), widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "mono"})
    )

    def __init__(self, data: Any = None, *, video: Video) -> None:
        super().__init__(data, initial={"first": 1, "last": video.frame_count})
        for field in self.fields.values():
            field.widget.attrs |= {"min": 1, "max": video.frame_count}


@require_http_methods(["GET", "HEAD", "POST"])
@hidden_from_strangers
@page
def trim(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The player with two handles, and what has been cut so far."""
    video = own_video(request, pk)
    if request.method != "POST":
        return _show(request, video)
    form = TrimForm(request.POST, video=video)
    if not form.is_valid():
        return _show(request, video, form=form, status=400)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    try:
        videos.services.trim(actor=person(request), video=video, first_frame=first - 1, last_frame=last - 1)
    except DailiesError as error:
        return _show(request, video, form=form, status=_blame(form, error, video))
    messages.success(request, _("It is being cut. The shorter one will be a private video of its own."))
    return HttpResponseRedirect(resolve_url("video-trim", video.pk) + "#cuts", status=303)


def _blame(form: TrimForm, error: DailiesError, video: Video) -> int:
    """The service counts frames from 0: its sentences are put beside the fields with people's numbers."""
    names = {"first_frame": "first", "last_frame": "last"}
    fields = getattr(error, "fields", None)
    if fields is None:
        return put_into(form, error)
    allowed = _("Allowed: %(allowed)s.") % {"allowed": _("frames from 1 to %d") % video.frame_count}
    for one in fields:
        form.add_error(names[one.field], f"{one.reason} {allowed}")
    return error.status


def _show(request: HttpRequest, video: Video, *, form: TrimForm | None = None, status: int = 200) -> HttpResponse:
    cuts = [Cut(one) for one in latest_trims_of(video)]
    context: dict[str, Any] = {
        "video": video,
        "name": slate.name_of(video),
        "cuts": cuts,
        "is_busy": any(one.trim.state in OPEN_TRIMS for one in cuts),
        "poll_seconds": POLL_SECONDS,
        "can_trim": video.enforcement in {Enforcement.PRIVATE, Enforcement.SHAREABLE},
        "form": form or TrimForm(video=video),
    }
    if by_htmx(request):
        return render(request, "web/trim_cuts.html", context, status=status)
    return render(request, "web/trim.html", context | media_of(video), status=status)
