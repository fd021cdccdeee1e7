"""Error pages, in the site's own style. The API's addresses answer in problem+json instead.

They are drawn without a request: no database, no form token, nothing of the address. So the page for what is hidden
and the page for what does not exist are the same bytes.
"""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.errors import Unavailable
from common.problems import problem_response
from common.uploads import FileRefused
from web.context_processors import Shell

FOR_PROGRAMS = ("/api/", "/_allauth/")


def _answer(
    request: HttpRequest, status: int, code: str, detail: str, template: str, *, said: str = ""
) -> HttpResponse:
    """`said` is for the page too, which has words of its own otherwise."""
    if request.path.startswith(FOR_PROGRAMS):
        return problem_response(request, status, code, detail)
    return HttpResponse(_page(template, Shell(request).theme, get_language(), said), status=status)


@lru_cache(maxsize=100)
def _page(template: str, theme: str, language: str, said: str) -> str:
    """Drawn once, in the language of now: whoever guesses addresses costs no drawing at each guess."""
    return render_to_string(template, {"shell": {"theme": theme}, "said": said})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, FileRefused):
        return _answer(request, 400, exception.code, str(exception), "400.html", said=str(exception))
    return _answer(request, 400, "bad_request", _("The request could not be read."), "400.html")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, "not_allowed", _("This is not open to you."), "403.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, 403, "csrf_failed", _("The form's token is missing or too old."), "403_csrf.html")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, "not_found", _("There is nothing here."), "404.html")


def too_many(request: HttpRequest) -> HttpResponse:
    """allauth asks for it by its place in the URLconf, when somebody guesses passwords for example."""
    return _answer(request, 429, "throttled", _("Too many tries in a short time."), "429.html")


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "server_error", _("Something failed on our side."), "500.html")


def unavailable(request: HttpRequest, error: Unavailable | None = None) -> HttpResponse:
    if error is None:
        error = Unavailable(_("A part of this site is restarting. Your takes and credits are safe. Try again soon."))
    answer = _answer(request, error.status, error.code, error.message, "503.html", said=error.message)
    answer["Retry-After"] = str(error.retry_after)
    answer["Cache-Control"] = "no-store"
    return answer
