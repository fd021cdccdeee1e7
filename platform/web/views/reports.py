"""The public reports a shared work, and learns what came of it. No account; nothing is kept of them but their words."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

import review.services
from common.errors import Invalid
from review.selectors.reports import outcome_of, report_behind
from review.services.reports import PUBLIC
from review.throttles import ReportsPerAddress
from videos import visibility
from videos.models import ShareGrant
from videos.selectors import public_name
from web.answers import page, put_into
from web.reporting import ReportForm


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page
def report(request: HttpRequest, token: str) -> HttpResponse:
    """The form; a good report leads to the address of its outcome."""
    grant = visibility.live_share(token)
    if request.method != "POST":
        return _show(request, grant, ReportForm())
    form = ReportForm(request.POST)
    throttle = ReportsPerAddress()
    if not throttle.allow_request(request, None):  # type: ignore[arg-type]
        return _too_often(request, grant, form, throttle.wait() or 60.0)
    if not form.is_valid():
        return _show(request, grant, form, status=400)
    try:
        _report, secret = review.services.report(actor=PUBLIC, grant=grant, **form.arguments())
    except Invalid as error:
        return _show(request, grant, form, status=put_into(form, error))
    return HttpResponseRedirect(resolve_url("report-outcome", secret), status=303)


@require_safe
@never_cache
@page
def outcome(request: HttpRequest, token: str) -> HttpResponse:
    """Where the report stands, for whoever knows its address."""
    context = {
        "outcome": outcome_of(report_behind(token)),
        "address": settings.SITE_URL + reverse("report-outcome", args=[token]),
    }
    return render(request, "web/report_outcome.html", context)


def _too_often(request: HttpRequest, grant: ShareGrant, form: ReportForm, seconds: float) -> HttpResponse:
    """What was typed is kept: it can be sent again later."""
    minutes = max(1, round(seconds / 60))
    sentence = ngettext(
        "Many reports have come from where you are. Yours is kept below: send it again in %(count)d minute.",
        "Many reports have come from where you are. Yours is kept below: send it again in %(count)d minutes.",
        minutes,
    )
    form.add_error(None, sentence % {"count": minutes})
    answer = _show(request, grant, form, status=429)
    answer["Retry-After"] = str(int(seconds) + 1)
    return answer


def _show(request: HttpRequest, grant: ShareGrant, form: ReportForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "name": grant.video.title or _("Untitled"),
        "credit": public_name(grant.video),
        "share_path": reverse("share-page", args=[grant.token]),
        "report_path": reverse("report", args=[grant.token]),
    }
    return render(request, "web/report.html", context, status=status)
