"""The Celery application. Start a worker with `celery -A config worker`, the clock with `celery -A config beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# When Redis goes away at the wrong moment, kombu 5.7 puts unacknowledged messages back through the connection that is
# lost, and the error ends the worker. Ours are doorbells: the periodic tasks find whatever they were about.
Channel.do_restore = False

app = Celery("dailies")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def on_worker_init(**kwargs: Any) -> None:
    """A bad catalogue stops a worker before it takes anything. Celery would only log another exception."""
    from generation import catalogue

    try:
        catalogue.entries()
    except catalogue.CatalogueError as error:
        raise SystemExit(str(error)) from error
