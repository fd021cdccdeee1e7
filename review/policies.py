"""Who may do what in a review. The only place that decides access."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import User
from common.clock import now
from review.models import Claim, ReviewCase
from videos.models import Video


def can_review(actor: User) -> bool:
    """Reviewers work at the desk; being an admin does not make one a reviewer."""
    return actor.is_reviewer


def has_conflict(actor: User, case: ReviewCase) -> bool:
    """Nobody reviews what they made, nor what they asked to be reviewed."""
    return actor.pk in {case.video.owner_id, case.opened_by_id}


def can_submit(actor: User, video: Video) -> bool:
    """Only the owner asks for a review of a video."""
    return actor.is_active and video.owner_id == actor.pk


def can_withdraw(actor: User, case: ReviewCase) -> bool:
    """Only the video's owner takes a submission back."""
    return actor.is_active and case.video.owner_id == actor.pk


def visible_in_queue(actor: User) -> QuerySet[ReviewCase]:
    """The cases that a reviewer knows of: everybody's but their own."""
    if not can_review(actor):
        return ReviewCase.objects.none()
    return ReviewCase.objects.exclude(Q(video__owner=actor) | Q(opened_by=actor))


def visible_to(actor: User) -> QuerySet[ReviewCase]:
    """The cases that an artist follows: those of the artist's own videos."""
    return ReviewCase.objects.filter(video__owner=actor)


def held_by(actor: User) -> QuerySet[Claim]:
    """The claims that open a case's content to a reviewer at this moment."""
    if not can_review(actor):
        return Claim.objects.none()
    return Claim.objects.filter(reviewer=actor, ended_at=None, expires_at__gt=now()).exclude(case__video__owner=actor)
