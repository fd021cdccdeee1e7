"""A second try in the place that it took down before: in a process of its own, whose end takes nobody with it.

Nobody can tell a prompt that kills its process from one that was there when somebody pulled the plug. So whatever was
lost in this place is tried here again, but no second time in the worker itself: a child runs that one attempt, under
the attempt's own lease and fencing token, and if the child dies the worker writes so and goes on with the next.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import connection

from generation.models import Attempt
from generation.services import attempts, faults
from generation.worker.lease import LeaseKeeper
from generation.worker.runner import Runner
from generation.worker.shelf import EngineShelf
from generation.worker.stopping import Stopping
from generation.worker.watchdog import Watchdog, end_process
from generation.worker.work import write_end

log = logging.getLogger(__name__)

BETWEEN_LOOKS = 0.2  # seconds
COMMAND = "run_apart"  # of manage.py
# Of two processes that fill the memory, the kernel ends the one that was tried before.
FIRST_TO_GO = Path("/proc/self/oom_score_adj")


def run_apart(attempt: Attempt, stopping: Stopping) -> None:
    """Have a child run the attempt, and wait for its end, which is always written."""
    child = subprocess.Popen(  # noqa: S603  our own interpreter and an id
        [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), COMMAND, str(attempt.pk)], stdout=subprocess.PIPE
    )
    _keep_until_it_begins(attempt, child)
    was_told = False
    while child.poll() is None:
        if stopping.is_asked() and not was_told:
            was_told = True
            child.terminate()
        time.sleep(BETWEEN_LOOKS)
    if child.returncode == 0:
        return
    if was_told and child.returncode == -signal.SIGTERM:
        write_end(lambda: attempts.give_back(attempt=attempt))  # it had not begun to listen yet
        return
    log.error("Attempt %s took down the process that it was alone in (%s).", attempt.pk, child.returncode)
    write_end(lambda: attempts.abandon(attempt=attempt))
    write_end(lambda: faults.judge(worker=attempt.worker))


def _keep_until_it_begins(attempt: Attempt, child: subprocess.Popen[bytes]) -> None:
    """A process may take longer to start than a lease lasts."""
    keeper = LeaseKeeper(attempt)
    keeper.start()
    assert child.stdout is not None  # noqa: S101  it is a pipe
    with child.stdout as heard:
        heard.readline()  # also ends when the child does
    keeper.stop()


def serve(attempt: Attempt) -> None:
    """The child's part: one attempt, from beginning to end."""
    stopping = Stopping()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.ask())
    with suppress(OSError):
        FIRST_TO_GO.write_text("1000")
    runner = Runner(stopping, EngineShelf())
    Watchdog(lambda: runner.under_way, stopping, retire=lambda: None).start()
    threading.Thread(target=_end_with, args=[os.getppid()], name="parent", daemon=True).start()
    # Not in the main thread, which hears the signals: a step of a model is one long call.
    work = threading.Thread(target=_run, args=[runner, attempt], name=f"run {attempt.pk}")
    work.start()
    _say_that_it_begins()
    while work.is_alive():
        work.join(BETWEEN_LOOKS)


def _run(runner: Runner, attempt: Attempt) -> None:
    try:
        runner.run(attempt)
        runner.settle()
    finally:
        connection.close()


def _say_that_it_begins() -> None:
    sys.stdout.write("\n")
    sys.stdout.flush()
    os.dup2(2, 1)  # nobody listens there any more


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(BETWEEN_LOOKS)
    log.error("The worker is gone, and its child with it.")
    end_process()
