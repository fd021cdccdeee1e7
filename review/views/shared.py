"""What all pages of the desk need: who asks, which case, and the claim's cookie."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import cache_control

from accounts.models import User
from common.clock import now
from review.models import Claim, ReviewCase, ReviewerPreferences

CLAIM_COOKIE = "dailies_claim"


private = cache_control(private=True, no_store=True)


def reviewer_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def case_or_404(case_id: UUID) -> ReviewCase:
    case = ReviewCase.objects.select_related("video").filter(pk=case_id).first()
    if case is None:
        raise Http404
    return case


def to_case(claim: Claim, token: str) -> HttpResponse:
    """On to the case page. Its token travels in a cookie that only this case's addresses receive.

    Not in the address, which ends up in logs; nor in the session, where the database would keep it readable.
    """
    page = reverse("desk-case", args=[claim.case_id])
    response = redirect(page)
    response.set_cookie(
        CLAIM_COOKIE,
        token,
        path=page,
        max_age=24 * 3600,
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def back_to_desk(case_id: UUID) -> HttpResponse:
    return forget_claim(redirect("desk"), case_id)


def forget_claim(response: HttpResponse, case_id: UUID) -> HttpResponse:
    """The response, which also takes the claim's token from this window."""
    response.delete_cookie(CLAIM_COOKIE, path=reverse("desk-case", args=[case_id]), samesite="Strict")
    return response


def seconds_left(claim: Claim) -> int:
    return max(0, int((claim.expires_at - now()).total_seconds()))


def look_of(preferences: ReviewerPreferences) -> str:
    """How the pictures of the page start, as the words that its style sheet knows."""
    return " ".join(name for name in ("blurred", "greyscale", "small") if getattr(preferences, name))
