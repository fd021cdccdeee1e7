"""Celery's entry points of the review."""

from __future__ import annotations

from celery import shared_task

from common.actors import System
from review import services
from review.services.bulk_apply import apply_due


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


@shared_task(name="review.tasks.look_at_signals")
def look_at_signals() -> int:
    """Let the detectors look at whatever waits for them. Its queue is of its own: a look takes seconds."""
    return services.look_at_waiting(actor=System("signals"))


@shared_task(name="review.tasks.ring_for_signals")
def ring_for_signals() -> int:
    """Every minute: a lost message or worker delays a look, and nothing else."""
    return services.ring_for_signals()


@shared_task(name="review.tasks.tell_reporters")
def tell_reporters() -> int:
    """After each decision about a report, and every minute for what a mail server did not take."""
    return services.tell_reporters(actor=System("reports"))


@shared_task(name="review.tasks.apply_bulk")
def apply_bulk() -> int:
    """Every half minute: what two people decided alike, once nobody can undo it any more."""
    return apply_due()
