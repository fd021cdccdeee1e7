"""PostgreSQL cuts every connection while a worker is at work: it connects again and finishes what it holds."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from tests.faults.aftermath import assert_nothing_is_wrong
from tests.faults.installation import Installation
from tests.worker.queue import submitted

CUT = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def cut_all_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(CUT)
        return cursor.fetchone()[0]


@pytest.mark.postgresql
def test_a_worker_outlives_its_connections(installation: Installation):
    installation.lease(15)  # heartbeats are cut off too: on a busy machine that must not look like a lost worker
    installation.hold.touch()
    generation = submitted(model_key="fake")
    worker, _beat = installation.worker(), installation.beat()
    installation.running_in(generation, worker)
    cut = 0
    for _ in range(5):
        cut += cut_all_connections()
        time.sleep(0.3)
    assert cut > 0
    installation.hold.unlink()
    installation.ended(generation)
    assert worker.poll() is None
    assert generation.attempts.count() == 1
    assert "The database is away" in installation.log

    # And it goes on with what comes next.
    installation.ended(submitted(model_key="fake"))
    assert_nothing_is_wrong()
