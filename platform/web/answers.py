"""From the errors that services raise to what a page answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import User
from common.errors import DailiesError, Invalid, NotAllowed, NotFound

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def person(request: HttpRequest) -> User:
    """The signed-in person, behind one of `accounts.decorators`."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def by_htmx(request: HttpRequest) -> bool:
    """Whether a fragment is wanted, and not a page."""
    return bool(getattr(request, "htmx", None))


def htmx_target(request: HttpRequest) -> str:
    """The id of the element that the fragment goes into."""
    return getattr(getattr(request, "htmx", None), "target", None) or ""


def page(view: View[P]) -> View[P]:
    """Hidden and missing become the 404 page, forbidden the 403 page. The view itself deals with the rest."""

    @wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error

    return answered


def put_into(form: forms.Form, error: DailiesError) -> int:
    """Show a service's error beside the fields that it is about; says which status answers it."""
    if isinstance(error, Invalid):
        for one in error.fields:
            words = [one.reason]
            if one.allowed:
                words.append(_("Allowed: %(allowed)s.") % {"allowed": one.allowed})
            form.add_error(one.field if one.field in form.fields else None, " ".join(words))
    else:
        form.add_error(None, error.message)
    return error.status


def say(request: HttpRequest, error: DailiesError) -> None:
    """Tell of an error on the next page."""
    messages.error(request, error.message)
