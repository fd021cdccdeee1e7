"""Attempts one after another, each finished while the next one denoises.

The thread that runs them renders (load, text, denoise) and hands what it has to a finishing thread, which takes the
frames (decoding them), encodes, stores and completes. At most one generation is in finishing, so a slow end holds the
next one up instead of piling up frames; in what time is left there, the prompt of the one after is read. Each attempt
keeps its own lease and its own files until it is over, and what goes wrong with one touches only that one. Pixels
cannot depend on it: only an engine whose parts neither move nor remember anything decodes one video while it denoises
another (`Loaded.in_use`); the frames of the others go by way of the disk (spool.py).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import connection

from generation import catalogue
from generation.catalogue import CatalogueEntry
from generation.models import Attempt, Generation
from generation.progress import Stage
from generation.worker.early import EarlyText, read_early
from generation.worker.failures import describe
from generation.worker.shelf import EngineShelf, free_memory
from generation.worker.stopping import Stopping
from generation.worker.work import Outcome, Work

log = logging.getLogger(__name__)

BETWEEN_LOOKS = 0.05  # seconds


class Runner:
    """One thread at a time calls it."""

    def __init__(
        self, stopping: Stopping, engines: EngineShelf, peek: Callable[[], Generation | None] = lambda: None
    ) -> None:
        self._stopping = stopping
        self._engines = engines
        self._peek = peek
        self._early: EarlyText | None = None
        self._finishing: _Finishing | None = None
        self._rendering: Work | None = None

    @property
    def under_way(self) -> list[Work]:
        """What is neither completed nor ended otherwise."""
        finishing = self._finishing
        works = [finishing.work if finishing is not None else None, self._rendering]
        return [work for work in works if work is not None and not work.is_over]

    def run(self, attempt: Attempt) -> None:
        """Render, then leave the rest to the finishing thread: once it is free, and this returns."""
        self._settle_for(catalogue.get(attempt.generation.model_key))
        early, self._early = self._early, None
        self._rendering = work = Work(attempt, engines=self._engines, stopping=self._stopping, early=early)
        if self._brought_to_frames(work):
            self._finishing = _Finishing(work, then=self._read_ahead)
        self._rendering = None

    def _brought_to_frames(self, work: Work) -> bool:
        """Whether it is rendered, and nothing else is in finishing."""
        outcome = work.render()
        if outcome is Outcome.OVER or not self.settle(unless=lambda: not work.is_still_wanted()):
            return False
        if outcome is Outcome.AGAIN or not work.is_sound:
            # Not sound: what was finished meanwhile broke the engine, and our pixels may not be what they should.
            outcome = self._render_again(work)
        return outcome is Outcome.RENDERED

    def settle(self, unless: Callable[[], bool] = lambda: False) -> bool:
        """Wait until what is in finishing has ended; False when `unless` came true before."""
        while self._finishing is not None and not self._finishing.wait(BETWEEN_LOOKS):
            if unless():
                return False
        finishing, self._finishing = self._finishing, None
        if finishing is not None and finishing.outcome is Outcome.AGAIN:
            self._once_more(finishing.work)
        return True

    def load(self, entry: CatalogueEntry) -> None:
        """Have the model ready before anybody asks for it."""
        self.settle()
        self._engines.take(entry)

    def _once_more(self, work: Work) -> None:
        # Here and now, with nothing else on the engine: the best chance that it has.
        if self._render_again(work) is Outcome.RENDERED:
            work.finish()

    def _render_again(self, work: Work) -> Outcome:
        """After everything that is not needed was let go; and with less memory, at the price of time."""
        loaded = work.making.loaded

        def let_go() -> None:
            if loaded is None:
                self._engines.clear()
            elif work.ran_out_of_memory and (economise := getattr(loaded.engine, "economise", None)) is not None:
                economise()
            free_memory()

        return work.render(first=let_go)

    def _read_ahead(self) -> None:
        """With time to spare while another one denoises: the prompt of whatever is next."""
        rendering = self._rendering
        if rendering is None or rendering.is_over or rendering.making.stage != Stage.DENOISE:
            return
        try:
            following = self._peek()
            if following is not None:
                self._early = read_early(following, self._engines)
        except Exception as error:  # noqa: BLE001  it will be read again in its own time, and fail there if it must
            log.info("The next prompt was not read in advance: %s.", describe(error))

    def _settle_for(self, entry: CatalogueEntry | None) -> None:
        """A model is loaded, and others put away, only while none is in use."""
        if entry is not None and self._engines.find(entry) is None:
            self.settle()


class _Finishing:
    """One rendered work and the thread that finishes it."""

    def __init__(self, work: Work, *, then: Callable[[], None]) -> None:
        self.work = work
        self._then = then
        self.outcome = Outcome.OVER
        self._thread = threading.Thread(target=self._finish, name=f"finish {work.attempt.pk}", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _finish(self) -> None:
        try:
            self.outcome = self.work.finish()
            if self.outcome is Outcome.OVER:
                self._then()
        finally:
            connection.close()
