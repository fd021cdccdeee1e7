"""Real, tiny media for tests: a 2 s H.264 video with poster and storyboard, and the roads to approved and shared."""

from __future__ import annotations

import functools
import hashlib
import io
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings
from django.core.files.storage import Storage
from PIL import Image

if TYPE_CHECKING:
    from videos.models import Approval, ShareGrant, Video

WIDTH, HEIGHT, FPS, FRAMES = 160, 96, 8, 16
SECRET_TITLE = "metadata that must not leave"


def _frame(number: int) -> np.ndarray[Any, Any]:
    x = np.linspace(0, 255, WIDTH, dtype=np.uint8)
    frame = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    frame[..., 0] = x
    frame[..., 1] = (number * 16) % 256
    return frame


@functools.cache
def mp4_bytes() -> bytes:
    """A video as an encoder makes it, with telling metadata in its container."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        with av.open(str(path), "w", format="mp4") as container:
            container.metadata["title"] = SECRET_TITLE
            container.metadata["creation_time"] = "2024-11-26T12:00:00Z"
            stream = container.add_stream("libx264", rate=FPS)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            for number in range(FRAMES):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(_frame(number), format="rgb24")))
            container.mux(stream.encode(None))
        return path.read_bytes()


@functools.cache
def webp_bytes(columns: int) -> bytes:
    """A poster (1 column) or a storyboard (more)."""
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate([_frame(n) for n in range(columns)], axis=1)).save(buffer, "WEBP")
    return buffer.getvalue()


@functools.cache
def _as_file(data: bytes) -> Path:
    """The same bytes are the same file, to the end of the run: whoever stores them only reads it."""
    folder = Path(settings.DATA_DIR) / "sources"
    folder.mkdir(exist_ok=True)
    path = folder / hashlib.sha256(data).hexdigest()
    path.write_bytes(data)
    return path


def store_bytes(data: bytes, kind: str, content_type: str, **size: int) -> Any:
    """Put bytes into the private storage as a worker does."""
    from videos import storage
    from videos.states import RenditionKind

    return storage.store(
        _as_file(data), prefix=f"attempts/{uuid.uuid4()}", kind=RenditionKind(kind), content_type=content_type, **size
    )


def stored_files() -> list[Any]:
    """Original, poster and storyboard in the private storage: what a worker hands to `complete`."""
    return [
        store_bytes(mp4_bytes(), "original", "video/mp4", width=WIDTH, height=HEIGHT),
        store_bytes(webp_bytes(1), "poster", "image/webp", width=WIDTH, height=HEIGHT),
        store_bytes(webp_bytes(4), "storyboard", "image/webp", width=WIDTH * 4, height=HEIGHT),
    ]


def make_finished_video(owner: Any = None, title: str = "Rain on a tin roof") -> Video:
    """A private video with original, poster and storyboard, made by the service that completes a generation."""
    from common.actors import System
    from tests.factories import ParticipantFactory
    from videos import services

    return services.create_from_files(
        actor=System("test"),
        owner=owner or ParticipantFactory().user,
        width=WIDTH,
        height=HEIGHT,
        fps=FPS,
        frame_count=FRAMES,
        files=stored_files(),
        title=title,
    )


def approve(video: Video, approver: Any = None) -> Approval:
    """Make the share copy and approve everything that a reviewer is shown (without a review case)."""
    from tests.factories import ReviewerFactory
    from videos import services
    from videos.states import SHOWN_KINDS

    services.ensure_share_copy(actor=video.owner, video=video)
    shown = {r.pk: r.sha256 for r in video.renditions.current().filter(kind__in=SHOWN_KINDS)}
    return services.record_approval(
        actor=approver or ReviewerFactory(), video=video, decision_id=uuid.uuid4(), shown=shown
    )


def share(video: Video, approver: Any = None) -> ShareGrant:
    """Approve and share."""
    from videos import services

    approve(video, approver)
    return services.share(actor=video.owner, video=video)


class AwayStorage(Storage):
    """An S3 that does not answer."""

    def _not_there(self, *args: Any, **kwargs: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://s3.example.org")

    open = save = size = delete = listdir = get_modified_time = _not_there


@pytest.fixture
def storage_goes_away(settings) -> Callable[[], None]:
    """From its call on the private storage does not answer."""

    def go() -> None:
        backend = f"{AwayStorage.__module__}.{AwayStorage.__name__}"
        settings.STORAGES = settings.STORAGES | {"private": {"BACKEND": backend}}

    return go


@pytest.fixture
def video_maker(db: None) -> Callable[..., Video]:
    """`video_maker(owner=…, title=…)` makes another finished video."""
    return make_finished_video


@pytest.fixture
def finished_video(db: None) -> Video:
    """An artist's private video with real files."""
    return make_finished_video()


@pytest.fixture
def approved_video(finished_video: Video) -> Video:
    """The same, approved by a reviewer but not shared."""
    approve(finished_video)
    finished_video.refresh_from_db()
    return finished_video


@pytest.fixture
def shared_video(finished_video: Video) -> Video:
    """The same, approved and shared; its grant is `video.share_grants.get()`."""
    share(finished_video)
    finished_video.refresh_from_db()
    return finished_video
