"""Celery's entry points of the review."""

from __future__ import annotations

from celery import shared_task

from review import services


@shared_task(name="review.tasks.return_lapsed_claims")
def return_lapsed_claims() -> int:
    """Every half minute: nobody waits for a reviewer who went away."""
    return services.return_lapsed_claims()
