"""How the admin panel looks and what its sidebar lists (django-unfold's settings)."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def _list(title: str | Promise, icon: str, model: str) -> dict[str, Any]:
    """A line of the sidebar; icons are Material Symbols, which unfold ships."""
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{model}_changelist")}


def _group(title: str | Promise, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(items)}


# Tally-light amber, as on the site (web/css/tokens.css): (step, lightness, chroma) at hue 75.
AMBER = (
    *((50, 0.985, 0.02), (100, 0.96, 0.05), (200, 0.92, 0.1), (300, 0.87, 0.14), (400, 0.82, 0.15), (500, 0.78, 0.15)),
    *((600, 0.52, 0.11), (700, 0.45, 0.1), (800, 0.39, 0.08), (900, 0.33, 0.07), (950, 0.24, 0.05)),
)

# The site's warm grey: (step, lightness).
GREY = (
    *((50, 0.985), (100, 0.965), (200, 0.92), (300, 0.87), (400, 0.71), (500, 0.55), (600, 0.44)),
    *((700, 0.36), (800, 0.26), (900, 0.2), (950, 0.14)),
)

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Dailies",
    "SITE_HEADER": "Dailies",
    "SITE_SYMBOL": "movie",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("web/img/mark.svg")}],
    "STYLES": [lambda request: static("web/css/admin.css")],
    "COLORS": {
        "base": {str(step): f"oklch({lightness} 0.006 75)" for step, lightness in GREY},
        "primary": {str(step): f"oklch({lightness} {chroma} 75)" for step, lightness, chroma in AMBER},
    },
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            _group(
                _("People"),
                _list(_("Invitations"), "mail", "accounts_invitation"),
                _list(_("People"), "person", "accounts_user"),
                _list(_("Participants"), "palette", "accounts_participant"),
                _list(_("Cohorts"), "groups", "accounts_cohort"),
                _list(_("API tokens"), "key", "accounts_apitoken"),
                _list(_("Terms"), "description", "accounts_termsversion"),
                _list(_("Notifications"), "notifications", "notifications_notification"),
            ),
            _group(
                _("Quotas"),
                _list(_("Allowances"), "account_balance_wallet", "quotas_allowance"),
                _list(_("Ledger"), "receipt_long", "quotas_ledgerentry"),
            ),
            _group(
                _("Generation"),
                _list(_("Generations"), "movie", "generation_generation"),
                _list(_("Attempts"), "replay", "generation_attempt"),
                _list(_("Workers"), "memory", "generation_worker"),
                _list(_("Model switches"), "toggle_on", "generation_modelswitch"),
                {"title": _("Stage times"), "icon": "bar_chart", "link": reverse_lazy("admin:generation_stages")},
                {"title": _("Catalogue"), "icon": "view_list", "link": reverse_lazy("admin:generation_catalogue")},
            ),
            _group(
                _("Videos"),
                _list(_("Videos"), "videocam", "videos_video"),
                _list(_("Approvals"), "verified", "videos_approval"),
                _list(_("Shares"), "link", "videos_sharegrant"),
            ),
            _group(
                _("Review"),
                _list(_("Cases"), "gavel", "review_reviewcase"),
                _list(_("Decisions"), "task_alt", "review_decision"),
                _list(_("Appeals"), "balance", "review_appeal"),
                _list(_("Policies"), "policy", "review_policy"),
            ),
            _group(_("Audit"), _list(_("Audit log"), "history", "audit_auditevent")),
        ],
    },
}
