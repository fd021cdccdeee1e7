"""Shorthands for the review's tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import ApiToken, User
from accounts.services import create_token
from review import services
from review.models import Claim, Decision, ReviewCase
from review.selectors import shown_renditions
from videos.models import Video


def shown(video: Video) -> dict[str, str]:
    """What the reviewer's page showed."""
    return {rendition.kind: rendition.sha256 for rendition in shown_renditions(video)}


def lapse(case: ReviewCase) -> None:
    """The time of the case's claim runs out, and nobody has swept yet."""
    Claim.objects.filter(case=case, ended_at=None).update(expires_at=timezone.now() - timedelta(seconds=1))


def decide(actor: User, case: ReviewCase, token: str, outcome: str = "approve", **changes: Any) -> Decision:
    """A decision as the page sends it; adverse ones with a reason and a message."""
    case = ReviewCase.objects.get(pk=case.pk)
    words: dict[str, Any] = {"case_version": case.version, "shown": shown(case.video)}
    if outcome != "approve":
        words |= {"reason_code": "violence", "artist_message": "At 0:03."}
    return services.decide(actor=actor, case=case, claim_token=token, outcome=outcome, **(words | changes))


def watched(actor: User, cases: Iterable[ReviewCase]) -> None:
    """The actor opens each case and puts it back; `cases` then say which version they are at."""
    for case in cases:
        services.release(actor=actor, case=case, token=services.claim(actor=actor, case=case)[1])
        case.refresh_from_db()


def bearer(user: User, *scopes: str) -> dict[str, str]:
    """The header of an API token with these scopes."""
    _token, plaintext = create_token(actor=user, name="test", scopes=list(scopes), days=1)
    assert isinstance(_token, ApiToken)
    return {"Authorization": f"Bearer {plaintext}"}
