"""What the broker holds while a worker renders: nothing that it could hand out a second time, or hold back."""

from __future__ import annotations

import redis

from generation import doorbell
from tests.faults.aftermath import assert_nothing_is_wrong
from tests.faults.installation import Installation, until
from tests.worker.queue import submitted


def test_while_it_renders_everything_is_acknowledged_and_more_is_heard(installation: Installation, settings):
    installation.hold.touch()
    generation = submitted(model_key="fake")
    worker = installation.worker()
    installation.running_in(generation, worker)
    broker = redis.Redis(unix_socket_path=str(installation.redis.socket))

    def is_quiet() -> bool:
        return not broker.hlen("unacked") and not broker.llen("generation")

    until(is_quiet, what=installation.log)
    # Doorbells that come meanwhile are answered at once, by a look that finds somebody at work.
    for _ in range(20):
        broker.lpush("generation", *_doorbell(settings))
    until(is_quiet, what=installation.log)
    assert generation.attempts.count() == 1
    installation.hold.unlink()
    installation.ended(generation)
    assert generation.attempts.count() == 1
    assert_nothing_is_wrong()


def _doorbell(settings) -> list[bytes]:
    """A message as ours are, taken from the test's own broker."""
    own = redis.Redis.from_url(settings.REDIS_URL)
    own.delete("generation")
    assert doorbell.ring()
    return own.lrange("generation", 0, 0)
