"""The pictures that an artist brought to start from."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import hidden_from_strangers, participant_required
from common.errors import Conflict, DailiesError
from common.uploads import takes_file
from generation import policies
from generation.image_api import content_of, find
from generation.pictures.checking import MOST_BYTES, refusal
from generation.services import images
from web.answers import page, person, put_into, say
from web.forms import UploadForm

FIELD = "image"
PICTURES_A_PAGE = 60


@takes_file(FIELD, MOST_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
@participant_required
@page
def pictures(request: HttpRequest) -> HttpResponse:
    """All of them, what they take, and a form for another one; POST brings it."""
    form = UploadForm()
    status = 200
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        try:
            _add(request)
        except DailiesError as error:
            status = put_into(form, error)
        else:
            return HttpResponseRedirect(resolve_url("pictures"), status=303)
    user = person(request)
    context = {
        "pictures": policies.images_of(user).order_by("-id")[:PICTURES_A_PAGE],
        "used": images.used_bytes(user.participant),
        "most": images.most_bytes(),
        "form": form,
    }
    response = render(request, "web/pictures.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@hidden_from_strangers
@page
def picture(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The picture itself."""
    return content_of(find(person(request), pk))


@require_safe
@hidden_from_strangers
@page
def small(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Its copy for lists."""
    return content_of(find(person(request), pk), small=True)


@require_POST
@hidden_from_strangers
@page
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Delete it, unless a take started from it."""
    user = person(request)
    try:
        images.remove(actor=user, image=find(user, pk))
    except Conflict as error:
        say(request, error)
    else:
        messages.success(request, _("The picture is deleted."))
    return HttpResponseRedirect(resolve_url("pictures"), status=303)


def _add(request: HttpRequest) -> None:
    file = request.FILES.get(FIELD)
    if file is None:
        raise refusal(_("Choose a picture first."))
    _image, is_new = images.add(actor=person(request), file=file, name=file.name or "", size=file.size or 0)
    messages.success(request, _("The picture is here.") if is_new else _("This picture was here already."))
