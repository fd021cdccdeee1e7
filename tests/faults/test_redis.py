"""Redis emptied, restarted, away: the database is the truth, so nothing is lost."""

from __future__ import annotations

import signal

import redis

from tests.faults.aftermath import assert_nothing_is_wrong
from tests.faults.installation import Installation
from tests.worker.queue import submitted


def test_redis_emptied_and_restarted_under_a_running_worker(installation: Installation):
    installation.hold.touch()
    running = submitted(model_key="fake")
    worker, _beat = installation.worker(), installation.beat()
    installation.running_in(running, worker)

    # Emptied: doorbells, the queue of the broker and all progress are gone.
    waiting = submitted(model_key="fake")
    redis.Redis(unix_socket_path=str(installation.redis.socket)).flushall()
    installation.hold.unlink()
    installation.ended(running)
    installation.ended(waiting)

    # Killed and started again without its data; what came meanwhile rang at nobody's door.
    installation.redis.stop(with_signal=signal.SIGKILL)
    while_away = submitted(model_key="fake")
    (installation.folder / "redis" / "redis.rdb").unlink(missing_ok=True)
    installation.redis.start()
    installation.ended(while_away)
    assert worker.poll() is None
    assert_nothing_is_wrong()


def test_without_any_redis_a_worker_still_finishes_what_it_holds(installation: Installation):
    installation.hold.touch()
    generation = submitted(model_key="fake")
    worker, _beat = installation.worker(), installation.beat()
    installation.running_in(generation, worker)
    installation.redis.stop(with_signal=signal.SIGKILL)
    installation.hold.unlink()
    installation.ended(generation)
    assert_nothing_is_wrong()
