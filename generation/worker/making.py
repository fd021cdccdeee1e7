"""The stages of one attempt: load, text, denoise, decode, encode, store."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.utils.functional import cached_property

from generation import catalogue, media, progress
from generation.catalogue import CatalogueEntry
from generation.engines.base import EngineRequest, Frame, Rendered
from generation.media import EncodedVideo
from generation.models import Attempt
from generation.progress import Stage
from generation.services.attempts import StoredVideo
from generation.worker.early import EarlyText, request_for
from generation.worker.failures import ModelGone
from generation.worker.files import AttemptFiles
from generation.worker.lease import LeaseKeeper
from generation.worker.scratch import scratch_folder
from generation.worker.shelf import EngineShelf, Loaded
from generation.worker.spool import has_room, spooled
from generation.worker.stopping import Stopping


class Making:
    """One attempt in the making, and how far it came: `render`, then `finish`, perhaps in another thread.

    Whatever a stage raises comes out of them.
    """

    def __init__(
        self,
        attempt: Attempt,
        *,
        engines: EngineShelf,
        stopping: Stopping,
        files: AttemptFiles,
        lease: LeaseKeeper,
        early: EarlyText | None = None,
    ) -> None:
        self._attempt = attempt
        self._early = early
        self._generation = attempt.generation
        self._engines = engines
        self._stopping = stopping
        self._files = files
        self._lease = lease
        self.loaded: Loaded | None = None
        self.stage = Stage.LOAD
        self.steps_done = 0
        self.steps_total = 0

    def render(self) -> Rendered:
        """Load, understand and denoise; the frames are decoded as `finish` takes them."""
        entry = catalogue.get(self._generation.model_key)
        if entry is None:
            raise ModelGone
        self._note_request(entry)
        self._lease.note_decoded(is_decoded=False)
        self._enter(Stage.LOAD)
        with self._timed(Stage.LOAD):
            request = request_for(self._generation, entry)
            self.loaded = self._engines.take(entry)
        self._enter(Stage.TEXT)
        with self.loaded.in_use(self.stay):
            rendered = self._denoise(self.loaded, request)
        self._attempt.settings |= rendered.settings
        return rendered

    def _denoise(self, loaded: Loaded, request: EngineRequest) -> Rendered:
        early = self._early
        if early is not None and early.is_for(self._generation, loaded):
            return loaded.engine.render(request, self._on_step, early.encoded)
        return loaded.engine.render(request, self._on_step)

    def finish(self, rendered: Rendered) -> StoredVideo:
        """Decode, encode and store; the files belong to nobody yet."""
        self._enter(Stage.ENCODE)
        with scratch_folder(self._attempt) as folder:
            encoded = self._encode(rendered, folder)
            self._enter(Stage.STORE)
            self._lease.check()
            with self._timed(Stage.STORE):
                files = self._files.store(
                    encoded,
                    width=self._generation.width,
                    height=self._generation.height,
                    frame_count=self._frame_count,
                )
        return StoredVideo(
            width=self._generation.width,
            height=self._generation.height,
            fps=self._generation.fps,
            frame_count=self._frame_count,
            files=files,
        )

    @cached_property
    def _frame_count(self) -> int:
        return self._generation.seconds * self._generation.fps

    @cached_property
    def _wants_av1(self) -> bool:
        entry = catalogue.get(self._generation.model_key)
        return entry is not None and entry.av1

    def _on_step(self, done: int, total: int) -> None:
        self.steps_done, self.steps_total = done, total
        self._enter(Stage.DENOISE)
        self._lease.check()
        self._stopping.check()

    def stay(self) -> None:
        """A sign of life between steps; raises when it is not wanted any more, or not here."""
        self._lease.glance()
        self._stopping.check()

    def _encode(self, rendered: Rendered, folder: Path) -> EncodedVideo:
        frames = self._frames(rendered, folder)
        try:
            encoded = media.encode(
                frames,
                folder=folder,
                width=self._generation.width,
                height=self._generation.height,
                fps=self._generation.fps,
                frame_count=self._frame_count,
                av1=self._wants_av1,
                sound=lambda: rendered.sound,
                stay=self.stay,
            )
        finally:
            frames.close()  # the engine is free again, whatever happened
            # Decoding went on between the frames, and has come to its end or its error.
            self._note_timings(rendered.timings)
            self._attempt.peak_memory_mib = rendered.peak_memory_mib
        self._note_timings(encoded.timings)
        return encoded

    def _frames(self, rendered: Rendered, folder: Path) -> Generator[Frame]:
        """As they are decoded; by way of the disk, where the next render would wait for the encoder otherwise."""
        assert self.loaded is not None  # noqa: S101  it has rendered
        decoded = self._decoded(rendered)
        if self.loaded.decodes_alongside or not has_room(folder, rendered):
            yield from decoded
            return
        for frame in spooled(decoded, self._frame_count, folder):
            self.stay()
            yield frame

    def _decoded(self, rendered: Rendered) -> Generator[Frame]:
        """The frames, which the engine decodes as they are taken: an error in between is the engine's."""
        assert self.loaded is not None  # noqa: S101  it has rendered
        with self.loaded.in_use(self.stay):
            for number, frame in enumerate(self._taken(rendered.frames), start=1):
                self.stay()
                if number == self._frame_count:
                    self._lease.note_decoded()
                yield frame

    def _taken(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        while True:
            self.stage = Stage.DECODE
            frame = next(frames, None)
            self.stage = Stage.ENCODE
            if frame is None:
                return
            yield frame

    def _enter(self, stage: Stage) -> None:
        self.stage = stage
        progress.report(self._generation.pk, self.steps_done, self.steps_total, stage)

    def _note_request(self, entry: CatalogueEntry) -> None:
        """What is asked of the model, kept even when the attempt fails. The prompt in it is for its owner alone."""
        self.steps_total = entry.steps
        self._attempt.settings = {
            "prompt": self._generation.prompt,
            "model": entry.key,
            "revision": entry.revision,
            "steps": entry.steps,
            "guidance": entry.guidance,
            "seed": self._generation.seed,
            "width": self._generation.width,
            "height": self._generation.height,
            "fps": self._generation.fps,
            "frames": self._frame_count,
        }
        self._attempt.timings = {"wait": (self._attempt.started_at - self._generation.created_at).total_seconds()}

    def _note_timings(self, timings: Mapping[str, float]) -> None:
        # Loading is timed here, the import of its libraries included; an engine's own figure is a part of that.
        self._attempt.timings |= {name: round(value, 3) for name, value in timings.items() if name != Stage.LOAD}

    @contextmanager
    def _timed(self, stage: Stage) -> Iterator[None]:
        started = time.monotonic()
        yield
        self._attempt.timings[stage.value] = round(time.monotonic() - started, 3)
