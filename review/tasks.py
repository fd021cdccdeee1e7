"""Celery's entry points of the review."""

from __future__ import annotations

from celery import shared_task

from review import services


@shared_task(name="review.tasks.return_lapsed_claims")
def return_lapsed_claims() -> int:
    """Every half minute: nobody waits for a reviewer who went away."""
    return services.return_lapsed_claims()


@shared_task(name="review.tasks.escalate_overdue")
def escalate_overdue() -> int:
    """Every minute: what passes its deadline goes to the leads by itself."""
    return services.escalate_overdue()


@shared_task(name="review.tasks.reroute_ripe")
def reroute_ripe() -> int:
    """Every five minutes: age and nearing deadlines send cases to other queues."""
    return services.reroute_ripe()
