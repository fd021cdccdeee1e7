"""A video's page, for its owner: watch it, see who else may, and lead it to its audience."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import review.services
import videos.services
from accounts.decorators import hidden_from_strangers
from accounts.models import User
from common.errors import Conflict, DailiesError, Invalid, Unavailable
from review.selectors import standing_of
from review.selectors.dialogue import open_question
from review.selectors.statements import latest_statement
from videos import policies, visibility
from videos.models import Video
from videos.selectors import live_grants
from videos.states import RenditionKind
from web import slate
from web.answering import AnswerForm
from web.answers import page, person, put_into, say
from web.captions import CaptionsForm, track_of
from web.forms import SubmitForm, TitleForm
from web.timeline import timeline_of
from web.video_state import state_of

SECONDS = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,3})?", re.ASCII)
FILMS = {"film_path": "source_path", "film_av1_path": "av1_path"}


@require_safe
@hidden_from_strangers
@page
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page."""
    return show(request, own_video(request, pk))


@require_POST
@hidden_from_strangers
@page
def title(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Name it."""
    video = own_video(request, pk)
    form = TitleForm(request.POST)
    if not form.is_valid():
        return show(request, video, title_form=form, status=400)
    try:
        videos.services.rename(actor=person(request), video=video, title=form.cleaned_data["title"])
    except Invalid as error:
        return show(request, video, title_form=form, status=put_into(form, error))
    messages.success(request, _("The title is saved."))
    return back(video)


@require_POST
@hidden_from_strangers
@page
def submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask the reviewers whether it may be shared."""
    video = own_video(request, pk)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return show(request, video, submit_form=form, status=400)
    try:
        review.services.submit(actor=person(request), video=video, note=form.cleaned_data["note"])
    except (Invalid, Unavailable) as error:
        return show(request, video, submit_form=form, status=put_into(form, error))
    except Conflict as error:
        return refused(request, video, error)  # where it stands now, there may be no form to put it into
    messages.success(request, _("It is with the reviewers now. You will be told what they decide, and why."))
    return back(video)


@require_POST
@hidden_from_strangers
@page
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the submission back."""
    video = own_video(request, pk)
    case = standing_of(video).case
    try:
        if case is None:
            raise Conflict(_("This video is not in review."))
        review.services.withdraw(actor=person(request), case=case)
    except Conflict as error:
        return refused(request, video, error)
    messages.success(request, _("The submission is withdrawn. The video is private, as before."))
    return back(video)


@require_POST
@hidden_from_strangers
@page
def share(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give it a public address."""
    video = own_video(request, pk)
    try:
        videos.services.share(actor=person(request), video=video)
    except (Conflict, Unavailable) as error:
        return refused(request, video, error)
    messages.success(request, _("It is public now, for everybody who has the link."))
    return back(video)


@require_POST
@hidden_from_strangers
@page
def unshare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the public address back."""
    video = own_video(request, pk)
    grant = live_grants().filter(video=video).first()
    try:
        if grant is None:
            raise Conflict(_("This video is not shared."))
        videos.services.revoke_share(actor=person(request), grant=grant)
    except Conflict as error:
        return refused(request, video, error)
    messages.success(request, _("The link is dead: page and picture are gone for everybody but you."))
    return back(video)


def own_video(request: HttpRequest, pk: UUID) -> Video:
    """The visitor's own video. Reviewers meet a video at their desk, so for them this page does not exist."""
    user: User = person(request)
    video = get_object_or_404(policies.visible_to(user).select_related("generation", "owner__participant"), pk=pk)
    if not policies.is_owner(user, video):
        raise Http404
    return video


def back(video: Video) -> HttpResponse:
    """To the page, after something was written."""
    return HttpResponseRedirect(resolve_url("video", video.pk), status=303)


def refused(request: HttpRequest, video: Video, error: DailiesError) -> HttpResponse:
    """The page as it is now, with what stood in the way."""
    say(request, error)
    return show(request, video, status=error.status)


def show(
    request: HttpRequest,
    video: Video,
    *,
    title_form: forms.Form | None = None,
    submit_form: forms.Form | None = None,
    captions_form: forms.Form | None = None,
    answer_form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page as it is now, with the forms that somebody has filled in."""
    video.refresh_from_db(fields=["title", "enforcement"])
    standing = standing_of(video)
    grant = live_grants().filter(video=video).first()
    media = media_of(video)
    question = open_question(video)
    context: dict[str, Any] = {
        "video": video,
        "state": state_of(video),
        "slate": slate.slate_of(video),
        **media,
        **_film_from(request, media),
        "download_name": slate.file_name_of(video),
        "who": visibility.who_may_see(video),
        "standing": standing,
        "statement": latest_statement(video),
        "timeline": timeline_of(video),
        "grant": grant,
        "share_url": settings.SITE_URL + reverse("share-page", args=[grant.token]) if grant else "",
        "can_share": grant is None and policies.can_share(request.user, video),
        "title_form": title_form or TitleForm(initial={"title": video.title}),
        "submit_form": submit_form or SubmitForm(),
        "question": question,
        "answer_form": answer_form or AnswerForm(question=question),
        "captions_form": captions_form
        or CaptionsForm(initial={"language": media["track"].language if media["track"] else ""}),
        "is_approved": video.approvals.filter(voided_at=None).exists(),
    }
    return render(request, "web/video.html", context, status=status)


def _film_from(request: HttpRequest, media: dict[str, Any]) -> dict[str, str]:
    """The film's addresses, from the second that a remark's link names: every browser reads that from the address."""
    start = request.GET.get("t", "")
    moment = f"#t={start}" if SECONDS.fullmatch(start) else ""
    return {name: media[path] and media[path] + moment for name, path in FILMS.items()}


def media_of(video: Video) -> dict[str, Any]:
    """Where the owner's files are: the original always, AV1 and captions where there are any."""
    renditions = {rendition.kind: rendition for rendition in video.renditions.current()}

    def path(kind: RenditionKind) -> str:
        return reverse("video-media", args=[video.pk, kind.value])

    return {
        "source_path": path(RenditionKind.ORIGINAL),
        "poster_path": path(RenditionKind.POSTER),
        "av1_path": path(RenditionKind.AV1) if RenditionKind.AV1 in renditions else "",
        "track": track_of(renditions.get(RenditionKind.CAPTIONS), path(RenditionKind.CAPTIONS)),
    }
