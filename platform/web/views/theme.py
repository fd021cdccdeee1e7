"""The switch between auto, light and dark."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from web.context_processors import THEME_COOKIE, THEMES

YEAR = 31_536_000


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice in a cookie, so that the server draws the next page in it without a flash."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None) or not target.startswith("/"):
        target = "/"
    response = HttpResponseRedirect(target, status=303)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        # JavaScript writes this cookie too, so it is readable to scripts; it holds nothing but a word.
        response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=settings.SECURE)
    return response
