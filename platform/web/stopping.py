"""How a take that its artist called off came to its end, in one sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _

from generation.models import Generation
from generation.states import CancelledBy, GenerationState


def how_it_stopped(generation: Generation) -> str:
    """Empty unless it was cancelled. One query, for its latest attempt."""
    if generation.state != GenerationState.CANCELLED:
        return ""
    attempt = generation.attempts.order_by("-number").first()
    if attempt is None:
        return _("It was cancelled before it began: nothing of it was drawn.")
    return {
        CancelledBy.STEP: _(
            "It was cancelled while it was rendering, and stopped at the end of the step that it was in."
        ),
        CancelledBy.PROCESS: _(
            "It was cancelled while it was rendering. The step that it was in did not end in time, so the worker's "
            "process was ended; another one takes its place."
        ),
        CancelledBy.NONE: _("It was cancelled between two attempts, while it waited for the next one."),
    }[CancelledBy(attempt.cancelled_by)]
