"""The captions of one's own video: brought, replaced, taken away."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import videos.services
from accounts.decorators import hidden_from_strangers
from common.errors import Conflict, Invalid, Unavailable
from common.uploads import takes_file
from videos import webvtt
from web.answers import page, person, put_into
from web.captions import CaptionsForm, RemoveCaptionsForm
from web.views.videos import back, own_video, refused, show


@takes_file("file", webvtt.MOST_BYTES)
@require_POST
@hidden_from_strangers
@page
def captions(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Bring them, or others in their place."""
    video = own_video(request, pk)
    form = CaptionsForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, video, captions_form=form, status=400)
    try:
        videos.services.set_captions(
            actor=person(request),
            video=video,
            data=form.cleaned_data["file"].read(webvtt.MOST_BYTES + 1),
            language=form.cleaned_data["language"],
            end_approval=form.cleaned_data["end_approval"],
        )
    except (Invalid, Unavailable) as error:
        return show(request, video, captions_form=form, status=put_into(form, error))
    except Conflict as error:
        return refused(request, video, error)
    messages.success(request, _("The captions are saved."))
    return back(video)


@require_POST
@hidden_from_strangers
@page
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take them away."""
    video = own_video(request, pk)
    form = RemoveCaptionsForm(request.POST)
    end_approval = form.is_valid() and form.cleaned_data["end_approval"]
    try:
        videos.services.remove_captions(actor=person(request), video=video, end_approval=end_approval)
    except Conflict as error:
        return refused(request, video, error)
    messages.success(request, _("The captions are gone."))
    return back(video)
