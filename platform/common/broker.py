"""Handing work to Celery. The database is the truth and the broker only the doorbell: a broker that is away may
delay a thing, and a periodic task then finds it, but it never fails the request that rang.
"""

from __future__ import annotations

import logging
from typing import Any

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def send_task(task: Any, *args: str) -> bool:
    """Put one message on the broker; False, and a line in the log, when the broker is away."""
    try:
        # Without retries: the person who waits for this answer must not wait for the broker as well.
        task.apply_async(args=args, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("The broker is away (%s): %s will be found by its periodic task.", type(error).__name__, task.name)
        return False
    return True
