"""The doorbell: a message without content that tells some worker to look at the queue.

The queue itself is the database. A doorbell that is lost, doubled or late changes nothing but the waiting time, since
`generation.tasks.ring` rings again for whatever waits.
"""

from __future__ import annotations

from celery import signature

from common.broker import send_task

# By name: whoever rings (a web process) must not import what a worker imports.
ANSWER = "generation.tasks.answer_doorbell"


def ring() -> bool:
    """Ring once; False when the broker is away. Call it on commit: a worker that comes earlier sees nothing."""
    return send_task(signature(ANSWER))
