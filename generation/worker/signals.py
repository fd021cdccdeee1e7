"""Celery's signals, tied to this process. Only a worker that consumes the generation queue takes part."""

from __future__ import annotations

import sys
from typing import Any

from celery.signals import celeryd_after_setup, worker_ready, worker_shutdown, worker_shutting_down

from generation.worker.abilities import own_entries
from generation.worker.process import this_process
from generation.worker.weights import refusal

QUEUE = "generation"


@celeryd_after_setup.connect
def on_set_up(instance: Any, **kwargs: Any) -> None:
    """Before anything is consumed: no worker begins with weights that are not what was pulled."""
    if QUEUE in instance.app.amqp.queues.consume_from and (sentence := refusal(own_entries())):
        sys.stderr.write(f"This worker does not start. {sentence}\n")
        # Celery swallows exceptions of its signals' receivers, and this is none of them.
        raise SystemExit(1)


@worker_ready.connect
def on_ready(sender: Any, **kwargs: Any) -> None:
    """The consumer is connected: register and look for work."""
    if QUEUE in sender.app.amqp.queues.consume_from:
        this_process.start()


@worker_shutting_down.connect
def on_shutting_down(**kwargs: Any) -> None:
    """SIGTERM or Ctrl-C: nothing new is taken; what runs ends within the grace, or goes back at its next step."""
    this_process.stop()


@worker_shutdown.connect
def on_shutdown(**kwargs: Any) -> None:
    """The last task has returned."""
    this_process.retire()
