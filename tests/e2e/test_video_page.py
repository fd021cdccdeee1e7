"""A video's page in a real browser: AV1 with sound and captions play, captions are brought, and how it was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from common.actors import System
from common.clock import now
from generation import media
from generation.models import Attempt, Worker
from generation.worker.files import AttemptFiles
from tests.e2e.test_accessibility import NARROW, WIDE, browse, check, check_everywhere  # noqa: F401  a fixture among them
from tests.factories import GenerationFactory, ParticipantFactory
from tests.media import approve, share
from videos import services
from videos.models import Video

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTH, HEIGHT, FPS, FRAMES = 320, 192, 8, 16
VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nRain on a <i>tin</i> roof.\n"
TIMINGS = {"wait": 126.0, "load": 4.2, "text": 0.31, "denoise": 31.0, "decode": 6.4, "encode": 2.5, "store": 0.05}


@dataclass(frozen=True)
class Tone:
    samples: np.ndarray
    rate: int


@pytest.fixture
def video(db: None, tmp_path: Path) -> Video:
    """Made as a worker makes it, with a second original and sound."""
    participant = ParticipantFactory(public_name="Mira Okonkwo")
    frames = (np.full((HEIGHT, WIDTH, 3), (12 * number, 60, 120), "uint8") for number in range(FRAMES))
    sound = Tone(np.sin(np.arange(48_000) / 20, dtype=np.float32)[None] / 4, 24_000)
    size = {"width": WIDTH, "height": HEIGHT, "frame_count": FRAMES}
    encoded = media.encode(frames, folder=tmp_path, fps=FPS, av1=True, sound=lambda: sound, **size)
    attempt = Attempt(
        number=2,
        lease_expires_at=now(),
        state="completed",
        timings=TIMINGS,
        settings={"steps": 20, "native_size": "832x480"},
    )
    files = AttemptFiles(attempt).store(encoded, **size)
    video = services.create_from_files(
        actor=System("test"), owner=participant.user, fps=FPS, files=files, title="Tin roof", **size
    )
    attempt.generation = GenerationFactory(
        participant=participant, state="completed", finished_at=now(), video=video, prompt="Rain on a tin roof"
    )
    attempt.worker = Worker.objects.create(name="w", last_seen_at=now())
    attempt.save()
    return video


def player(page: Page, script: str) -> object:
    return page.eval_on_selector("video", f"video => {script}")


def bring(page: Page, data: bytes, language: str = "en") -> None:
    page.locator("#captions summary").click()
    page.set_input_files("#captions input[type=file]", {"name": "c.vtt", "mimeType": "text/vtt", "buffer": data})
    page.fill("#captions input[name=language]", language)


def cues_shown(page: Page) -> None:
    page.wait_for_function(
        "() => { const track = document.querySelector('video').textTracks[0];"
        " return track && track.cues && track.cues.length === 1 && track.cues[0].text.includes('tin') }"
    )


def test_av1_is_what_plays_with_its_sound(browse: Callable[..., Page], video, live_server):  # noqa: F811
    page = browse(video.owner)
    page.goto(f"/videos/{video.pk}/")
    page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    assert str(player(page, "video.currentSrc")).endswith("/media/av1")
    assert player(page, "[video.videoWidth, video.videoHeight]") == [WIDTH, HEIGHT]
    assert player(page, "video.duration") == pytest.approx(FRAMES / FPS, abs=0.02)
    player(page, "video.play()")
    page.wait_for_function("() => document.querySelector('video').webkitAudioDecodedByteCount > 0")


def test_captions_are_brought_and_shown_to_owner_and_public(browse: Callable[..., Page], video, live_server):  # noqa: F811
    page = browse(video.owner)
    page.goto(f"/videos/{video.pk}/")
    bring(page, VTT.replace(b"</i>", b""))
    page.get_by_role("button", name="Add captions").click()
    expect(page.get_by_text("Line 4: The tag “<i>” is not closed.")).to_be_visible()
    page.set_input_files("#captions input[type=file]", {"name": "c.vtt", "mimeType": "text/vtt", "buffer": VTT})
    page.get_by_role("button", name="Add captions").click()
    expect(page.get_by_text("The captions are saved.")).to_be_visible()
    cues_shown(page)
    video.refresh_from_db()
    grant = share(video)
    stranger = browse()
    stranger.goto(f"/s/{grant.token}/")
    cues_shown(stranger)


def test_axe_on_every_state_of_the_page(browse: Callable[..., Page], video, live_server):  # noqa: F811
    page = browse(video.owner)
    path = f"/videos/{video.pk}/"
    check_everywhere(page, live_server.url, [path])
    services.set_captions(actor=video.owner, video=video, data=VTT, language="vi")
    approve(video)
    found = []
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        page.goto(path)
        page.locator("#captions summary").click()
        found += check(page, f"{path} captions open")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not found, "\n".join(found)
