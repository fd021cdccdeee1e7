"""The artist's studio: compose, watch, and look back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

import generation.services
from accounts.decorators import participant_required
from accounts.models import Participant, User
from common.errors import DailiesError, FieldError, Invalid
from common.ids import read_uuid
from common.uploads import takes_file
from generation import catalogue, policies
from generation.models import Generation
from generation.pictures.checking import MOST_BYTES
from generation.services import Wish, images
from generation.states import GenerationState, Mode
from web import composer, selectors
from web.answers import by_htmx, htmx_target, page, person, put_into
from web.composer import Composer
from web.forms import ComposeForm

POLL_BUSY_SECONDS = 2
POLL_IDLE_SECONDS = 20
UPLOAD = "upload"  # the one field of the composer that takes a file
# What a price, and which settings there are, depend on.
PRICED = ("model", "size", "seconds", "fps", "count", "image", "parent", "relation")


@takes_file(UPLOAD, MOST_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
@participant_required
@page
def studio(request: HttpRequest) -> HttpResponse:
    """The page; POST asks for a generation."""
    user = person(request)
    if request.method == "POST":
        return _create(request, user)
    form = ComposeForm(initial=dict(_starting_values(request, user)))
    return render(request, "web/studio.html", _context(request, user, Composer(_participant(user), form)))


@require_safe
@participant_required
@page
def live(request: HttpRequest) -> HttpResponse:
    """What is under way; and the takes again when they no longer look as the page shows them (`seen`)."""
    return live_answer(request, person(request))


def live_answer(request: HttpRequest, user: User) -> HttpResponse:
    """The fragments that differ from what the page shows, or nothing at all."""
    context = _live(request, user)
    found = context["studio"]
    changed = request.GET.get("seen", "") != found.signature
    if not changed and not found.active:
        return HttpResponse(status=204)
    response = render(request, "web/live.html#update", context | {"takes_changed": changed})
    # A take that ended has moved credits: the composer asks for its price and balance again.
    return trigger_client_event(response, "credits-changed") if changed else response


@require_safe
@participant_required
@page
def price(request: HttpRequest) -> HttpResponse:
    """What the chosen settings cost; a changed model brings its own sizes and lengths."""
    form = ComposeForm(initial={name: request.GET.get(name, "") for name in PRICED})
    compose = Composer(_participant(person(request)), form)
    part = "other_model" if htmx_target(request) == "settings" and compose.entries else "price"
    return render(request, f"web/composer.html#{part}", {"composer": compose, "keeps_file": True})


@require_POST
@participant_required
@page
def words(request: HttpRequest) -> HttpResponse:
    """Which words of the prompt the model ignores. By POST: an address is logged on its way, a body is not."""
    form = ComposeForm(initial={name: request.POST.get(name, "") for name in ("prompt", "model")})
    compose = Composer(_participant(person(request)), form)
    return render(request, "web/composer.html#ignored", {"composer": compose})


def _create(request: HttpRequest, user: User) -> HttpResponse:
    data, refused = _with_upload(request, user)
    form = ComposeForm(data)
    compose = Composer(_participant(user), form)
    status = 200
    if refused is not None:
        status = _refuse_upload(form, refused)
    elif "preview" in request.POST:  # without JavaScript: show the sizes of another model, or the price
        form.errors.clear()
    elif not form.is_valid():
        status = 400
    else:
        try:
            made = generation.services.submit_once(actor=user, wish=_wish(form)).generations
        except DailiesError as error:
            status = put_into(form, error)
        else:
            if not by_htmx(request):
                return HttpResponseRedirect(resolve_url("studio"), status=303)
            compose.note = _queued(made)
    if by_htmx(request):
        context = _live(request, user) if status == 200 else {}
        return render(
            request,
            "web/composer.html#answer",
            context | {"composer": compose},
            status=status,
        )
    return render(request, "web/studio.html", _context(request, user, compose), status=status)


def _with_upload(request: HttpRequest, user: User) -> tuple[QueryDict, DailiesError | None]:
    """The form's fields. A picture in it is kept first and chosen, so that a mistake elsewhere does not lose it."""
    data = request.POST.copy()
    file = request.FILES.get(UPLOAD)
    if file is None:
        return data, None
    try:
        image, _is_new = images.add(actor=user, file=file, name=file.name or "", size=file.size or 0)
    except DailiesError as error:
        return data, error
    data["image"] = str(image.pk)
    return data, None


def _refuse_upload(form: ComposeForm, error: DailiesError) -> int:
    """Beside the field that the picture came in."""
    if isinstance(error, Invalid):
        error = Invalid([FieldError(UPLOAD, one.reason, one.allowed) for one in error.fields])
    return put_into(form, error)


def _wish(form: ComposeForm) -> Wish:
    values = form.cleaned_data
    return Wish(
        model_key=values["model"],
        prompt=values["prompt"],
        size=values["size"],
        seconds=values["seconds"],
        seed=values["seed"],
        count=values["count"],
        fps=values["fps"],
        image=values["image"],
        parent=values["parent"],
        relation=values["relation"],
    )


def _queued(made: Sequence[Generation]) -> str:
    first, last = made[0].take, made[-1].take
    if first == last:
        return _("Take %(take)s is in the queue.") % {"take": first}
    return _("Takes %(first)s to %(last)s are in the queue.") % {"first": first, "last": last}


def _starting_values(request: HttpRequest, user: User) -> Any:
    """Where the composer starts: from the settings used last, unless the address names something else.

    `?again=`, `?remix=` and `?extend=` name an own generation, `?image=` an own picture, `?example=` an example.
    """
    if again := _generation(user, request.GET.get("again", "")):
        return composer.remembered(again, with_prompt=True)
    if remix := _generation(user, request.GET.get("remix", "")):
        return composer.remixed(remix)
    extend = _generation(user, request.GET.get("extend", ""))
    if extend is not None and extend.state == GenerationState.COMPLETED:
        return composer.extended(extend)
    values = dict(composer.remembered(selectors.latest_generation(user)))
    if number := request.GET.get("example", ""):
        prompts = _examples(Composer(_participant(user), ComposeForm(initial=values)))
        values["prompt"] = dict(enumerate(prompts)).get(int(number) if number in {"0", "1", "2"} else -1, "")
    if image := request.GET.get("image", ""):
        values["image"] = image  # the composer shows it only to whom it belongs
        entry = catalogue.get(str(values.get("model", "")))
        if entry is None or Mode.IMAGE not in entry.modes:
            values.pop("model", None)
    return values


def _generation(user: User, text: str) -> Generation | None:
    pk = read_uuid(text)
    return policies.visible_to(user).filter(pk=pk).first() if pk else None


def _participant(user: User) -> Participant:
    return user.participant  # participant_required has seen to it


def _live(request: HttpRequest, user: User) -> dict[str, Any]:
    before = read_uuid(request.GET.get("before", ""))
    found = selectors.studio(user, before=before)
    return {
        "studio": found,
        "before": before,
        "poll_seconds": POLL_BUSY_SECONDS if found.active else POLL_IDLE_SECONDS,
    }


def _context(request: HttpRequest, user: User, compose: Composer) -> dict[str, Any]:
    return _live(request, user) | {"composer": compose, "examples": _examples(compose)}


def _examples(compose: Composer) -> list[str]:
    return composer.examples(compose.entry) if compose.entries else []
