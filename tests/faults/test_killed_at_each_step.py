"""SIGKILL of a process that runs a generation, at each named step; then the reaper and another worker."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from generation import services
from generation.models import Attempt
from generation.worker.process import WorkerProcess
from generation.worker.scratch import sweep_scratch
from tests.faults.aftermath import assert_nothing_is_wrong, stored_files
from tests.faults.die_at import MOMENTS
from tests.faults.installation import Installation
from tests.worker.queue import ledger, submitted
from videos.models import Rendition, Video


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_that_dies_there_leaves_nothing_behind(installation: Installation, settings, moment):
    generation = submitted(model_key="fake", seconds=1)
    doomed = installation.python("-m", "tests.faults.die_at", moment)
    assert doomed.wait(60) == -signal.SIGKILL, installation.log
    generation.refresh_from_db()
    if moment == "completed":
        assert generation.state == "completed"
    else:
        assert generation.state == "running"
        assert not Video.objects.exists()
        assert not Rendition.objects.exists()
        assert ledger(generation) == {"reserve": generation.price}
        if moment in {"stored", "completing"}:
            assert len(stored_files()) == 3

    # The lease runs out (made short here), the reaper comes by, another worker does it again.
    Attempt.objects.filter(state="running").update(lease_expires_at=Now() - timedelta(seconds=1))
    services.reap()
    WorkerProcess("successor").answer()
    generation.refresh_from_db()
    assert generation.state == "completed"
    assert generation.attempts.count() == (1 if moment == "completed" else 2)
    assert_nothing_is_wrong()

    settings.DATA_DIR = installation.folder
    left = moment in {"decode", "encode", "store"}
    assert sweep_scratch() == (1 if left and moment != "encode" else 0)
