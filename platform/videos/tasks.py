"""Celery's entry points of the videos. Each may come twice, late or never: the database knows what is to be done."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from videos import trims
from videos.models import Trim
from videos.services.trimming import TRIMMER, return_lapsed_trims, ring_for_trim
from videos.states import TrimState

MOST_RINGS = 16


@shared_task
def cut(trim_id: str) -> bool:
    """Cut one film, if it still waits."""
    return trims.run(UUID(trim_id)) is not None


@shared_task
def cut_what_waits() -> int:
    """Ring for what a lost message or a lost process left behind; says how often."""
    return_lapsed_trims(actor=TRIMMER)
    waiting = Trim.objects.filter(state=TrimState.QUEUED).order_by("id")[:MOST_RINGS]
    return sum(ring_for_trim(trim=trim) for trim in waiting)
