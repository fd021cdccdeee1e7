"""The rules, for everybody; and the desk's page on which a lead reviewer justifies a wording."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.decorators import lead_required
from accounts.plain_text import blocks
from common.clock import now
from common.errors import Invalid
from review import selectors, services
from review.differences import Piece, changes
from review.models import PolicyVersion
from review.rules_forms import JustifyForm
from review.views.shared import private, reviewer_of


@never_cache
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Every policy in force with its reasons, what is coming, and why any of it may limit criticism."""
    in_force = selectors.policies_in_force()
    before = {version.policy_id: version for version in in_force}
    coming = [_shown(version, before.get(version.policy_id)) for version in selectors.coming_versions()]
    return render(request, "review/rules.html", {"in_force": [_shown(one) for one in in_force], "coming": coming})


@never_cache
@require_GET
def rules_policy(request: HttpRequest, slug: str) -> HttpResponse:
    """All versions of one policy, each with what it changed: decisions refer to them for ever."""
    versions = selectors.versions_of(slug)
    if not versions:
        raise Http404
    pairs = zip(versions, [*versions[1:], None], strict=True)
    shown = [_shown(version, before) for version, before in pairs]
    context = {"policy": versions[0].policy, "versions": shown, "current": selectors.current_policy(slug)}
    return render(request, "review/rules_policy.html", context)


@private
@lead_required
@require_http_methods(["GET", "POST"])
def justify(request: HttpRequest) -> HttpResponse:
    """A lead's written reasons, answered with the code that lets an admin publish exactly that wording."""
    form = JustifyForm(request.POST if request.method == "POST" else None)
    code = ""
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["justification"]
        try:
            code = services.justify(actor=reviewer_of(request), wording=form.wording, text=text)
        except Invalid as invalid:
            form.blame(invalid)
    found = form.wording.forbids_criticism if code else []
    context = {"form": form, "code": code, "found": found}
    return render(request, "review/rules_justify.html", context, status=400 if form.errors else 200)


def _shown(version: PolicyVersion, before: PolicyVersion | None = None) -> dict[str, Any]:
    """A version as its page shows it."""
    pieces: list[Piece] = changes(before.body, version.body) if before else []
    return {
        "version": version,
        "blocks": list(blocks(version.body)),
        "before": before,
        "is_coming": version.effective_at > now(),
        "pieces": pieces if any(piece.kind != "same" for piece in pieces) else [],
        "reasons": list(version.reason_codes.all()),
    }
