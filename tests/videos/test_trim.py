"""Trimming: another private video of exactly the frames that were asked for."""

from __future__ import annotations

import functools
import io
import tempfile
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from django.utils import timezone

from audit.models import AuditEvent
from common.actors import System
from common.errors import Conflict, Invalid, NotAllowed
from common.ids import uuid7
from generation.media import encode
from quotas.models import LedgerEntry
from tests.factories import AdminFactory, ParticipantFactory
from tests.media import FRAMES, approve, make_finished_video, store_bytes, webp_bytes
from videos import services, storage, tasks, trims
from videos.models import Rendition, Trim, Video
from videos.selectors import material_of, trims_of
from videos.services import trimming
from videos.services.trimming import TRIMMER, begin_trim, complete_trim, return_lapsed_trims

WIDTH, HEIGHT = 64, 48
RATE = 48_000


class Tone:
    """Silence, but a loud tone during the second half of the film."""

    rate = RATE

    def __init__(self, frames: int, fps: int) -> None:
        count = frames * RATE // fps
        wave = np.sin(2 * np.pi * 440 * np.arange(count) / RATE).astype(np.float32) * 0.8
        wave[: count // 2] = 0
        self.samples = np.stack([wave, wave])


def numbered(index: int) -> np.ndarray:
    """A frame that says which one it is: eight bars, black or white, as the bits of its number."""
    bars = [255 * (index >> bit & 1) for bit in range(8)]
    return np.broadcast_to(np.repeat(np.uint8(bars), WIDTH // 8)[None, :, None], (HEIGHT, WIDTH, 3)).copy()


def number_of(picture: np.ndarray) -> int:
    bars = picture.mean(axis=(0, 2)).reshape(8, WIDTH // 8).mean(axis=1)
    return sum(int(bar > 127) << bit for bit, bar in enumerate(bars))


@functools.cache
def film(fps: int, frames: int, *, sounds: bool = False, av1: bool = False) -> tuple[bytes, bytes]:
    """A film as the programme makes it (and in AV1), whose frames can be told apart."""
    with tempfile.TemporaryDirectory() as name:
        made = encode(
            map(numbered, range(frames)),
            folder=Path(name),
            width=WIDTH,
            height=HEIGHT,
            fps=fps,
            frame_count=frames,
            av1=av1,
            sound=(lambda: Tone(frames, fps)) if sounds else None,
        )
        return made.original.read_bytes(), made.av1.read_bytes() if made.av1 else b""


def make_video(fps: int = 24, frames: int = 30, **kinds: bool) -> Video:
    original, av1 = film(fps, frames, **kinds)
    files = [store_bytes(original, "original", "video/mp4", width=WIDTH, height=HEIGHT)]
    if av1:
        files.append(store_bytes(av1, "av1", "video/mp4", width=WIDTH, height=HEIGHT))
    files.append(store_bytes(webp_bytes(1), "poster", "image/webp", width=WIDTH, height=HEIGHT))
    return services.create_from_files(
        actor=System("test"),
        owner=ParticipantFactory().user,
        width=WIDTH,
        height=HEIGHT,
        fps=fps,
        frame_count=frames,
        files=files,
        title="Rain",
    )


def trimmed(video: Video, first: int, last: int) -> Video:
    trim = services.trim(actor=video.owner, video=video, first_frame=first, last_frame=last)
    made = trims.run(trim.pk)
    assert made is not None
    return made


def pictures(video: Video, kind: str = "original") -> list[int]:
    """The number that each frame had in the source."""
    with storage.open_file(video.renditions.get(kind=kind).storage_key) as file, av.open(file) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (WIDTH, HEIGHT)
        assert stream.average_rate == video.fps
        return [number_of(frame.to_ndarray(format="rgb24")) for frame in container.decode(stream)]


@pytest.mark.django_db
@pytest.mark.parametrize(("fps", "first", "last"), [(24, 5, 19), (24, 0, 0), (25, 29, 29), (8, 1, 29)])
def test_it_holds_exactly_the_frames_that_were_asked_for(fps, first, last):
    made = trimmed(make_video(fps), first, last)
    assert pictures(made) == list(range(first, last + 1))
    assert (made.frame_count, made.width, made.height, made.fps) == (last - first + 1, WIDTH, HEIGHT, fps)


@pytest.mark.django_db
def test_it_is_a_private_video_of_the_same_owner_with_poster_and_storyboard():
    video = make_video()
    made = trimmed(video, 5, 19)
    assert (made.owner, made.enforcement, made.title) == (video.owner, "private", "Rain, trimmed")
    assert set(made.renditions.values_list("kind", flat=True)) == {"original", "poster", "storyboard"}
    assert all(map(storage.is_intact, made.renditions.all()))
    assert material_of(made) == material_of(trimmed(made, 1, 3)) == video


@pytest.mark.django_db
def test_a_film_in_av1_is_cut_in_av1_as_well():
    made = trimmed(make_video(frames=12, av1=True), 2, 7)
    assert pictures(made, "av1") == pictures(made) == list(range(2, 8))


@pytest.mark.django_db
def test_the_sound_goes_along_with_its_frames():
    made = trimmed(make_video(24, 48, sounds=True), 12, 35)  # the tone begins with frame 24, half a second in
    with storage.open_file(made.renditions.get(kind="original").storage_key) as file, av.open(file) as container:
        stream = container.streams.audio[0]
        blocks = [frame.to_ndarray() for frame in container.decode(stream)]
    samples = np.concatenate(blocks, axis=1)[0]
    assert abs(len(samples) - RATE) <= 1024  # a second, to the codec's frame
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    assert abs(loud[0] - RATE // 2) < 2048
    assert loud[-1] > RATE - 2048


@pytest.mark.django_db
def test_a_silent_film_stays_silent():
    made = trimmed(make_video(), 5, 19)
    with storage.open_file(made.renditions.get(kind="original").storage_key) as file, av.open(file) as container:
        assert not container.streams.audio


@pytest.mark.django_db
def test_captions_are_cut_along():
    video = make_video(fps=10, frames=30)
    text = b"WEBVTT\n\n00:00.000 --> 00:00.400\nGone\n\n00:00.200 --> 00:01.500 align:start\nHalf <00:00.900>here\n\n"
    text += b"00:01.200 --> 00:03.000\nTo the end\n"
    services.set_captions(actor=video.owner, video=video, data=text, language="en")
    captions = trimmed(video, 5, 24).renditions.get(kind="captions")
    with storage.open_file(captions.storage_key) as file:
        kept = file.read().decode()
    assert kept == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000 align:start\nHalf <00:00:00.400>here\n\n"
        "00:00:00.700 --> 00:00:02.000\nTo the end\n"
    )
    assert captions.language == "en"
    # Our own reader takes what we cut.
    made = captions.video
    services.set_captions(actor=made.owner, video=made, data=kept.encode(), language="fr")


@pytest.mark.django_db
def test_captions_that_are_all_cut_away_are_none():
    video = make_video(fps=10, frames=30)
    text = b"WEBVTT\n\n00:00.000 --> 00:00.400\nGone\n"
    services.set_captions(actor=video.owner, video=video, data=text, language="en")
    assert not trimmed(video, 5, 24).renditions.filter(kind="captions").exists()


@pytest.mark.django_db
def test_it_costs_nothing_and_each_step_has_one_event():
    made = trimmed(make_video(), 5, 19)
    trim = made.trimmed_from
    events = AuditEvent.objects.filter(target_id=str(trim.pk)).order_by("id")
    assert [(event.action, event.from_state, event.to_state) for event in events] == [
        ("trim.requested", "", "queued"),
        ("trim.started", "queued", "running"),
        ("trim.completed", "running", "completed"),
    ]
    assert AuditEvent.objects.filter(action="video.created", target_id=str(made.pk)).count() == 1
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(-1, 3, "first_frame"), (0, FRAMES, "last_frame"), (5, 4, "last_frame"), (0, FRAMES - 1, "first_frame")],
)
def test_what_is_no_part_is_refused_with_what_is_allowed(finished_video, first, last, field):
    with pytest.raises(Invalid) as refusal:
        services.trim(actor=finished_video.owner, video=finished_video, first_frame=first, last_frame=last)
    assert [error.field for error in refusal.value.fields] == [field]
    assert refusal.value.fields[0].allowed
    assert not Trim.objects.exists()


@pytest.mark.django_db
def test_only_the_owner_trims(finished_video):
    for stranger in (ParticipantFactory().user, AdminFactory()):
        with pytest.raises(NotAllowed):
            services.trim(actor=stranger, video=finished_video, first_frame=1, last_frame=3)


@pytest.mark.django_db
def test_a_taken_down_video_is_not_trimmed(finished_video):
    services.take_down(actor=AdminFactory(), video=finished_video, decision_id=uuid7())
    with pytest.raises(Conflict, match="taken down"):
        services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=3)


@pytest.mark.django_db
def test_an_approved_video_keeps_its_approval_and_its_cut_has_none(finished_video):
    approve(finished_video)
    made = trimmed(finished_video, 1, 3)
    assert finished_video.approvals.filter(voided_at=None).exists()
    assert not made.approvals.exists()


@pytest.mark.django_db
def test_three_at_once_are_enough(finished_video):
    for last in (3, 4, 5):
        services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=last)
    with pytest.raises(Conflict, match="3 of your videos"):
        services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=6)
    trims.run(Trim.objects.earliest("id").pk)
    services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=6)
    assert len(trims_of(finished_video)) == 4


@pytest.mark.django_db
def test_asking_rings_for_a_worker(finished_video, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(trimming, "send_task", lambda task, *args: rung.append((task.task, *args)) or True)
    with django_capture_on_commit_callbacks(execute=True):
        trim = services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=3)
    assert rung == [("videos.tasks.cut", str(trim.pk))]
    assert tasks.cut_what_waits() == 1
    assert rung[1] == rung[0]


@pytest.mark.django_db
def test_a_message_that_comes_twice_cuts_once(finished_video):
    trim = services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=3)
    assert tasks.cut(str(trim.pk))
    assert not tasks.cut(str(trim.pk))
    assert Video.objects.count() == 2


def files_in_storage(tmp_path) -> set[str]:
    root = tmp_path / "private"
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.mark.django_db
def test_a_killed_process_leaves_no_half_video_and_the_next_one_cuts_it(finished_video, tmp_path, monkeypatch):
    trim = services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=3)
    monkeypatch.setattr(trims.trimming, "complete_trim", _killed)
    with pytest.raises(KeyboardInterrupt):  # as if the process ended here: every file lies there, no row names one
        trims.run(trim.pk)
    monkeypatch.undo()
    trim.refresh_from_db()
    assert (trim.state, trim.result) == ("running", None)
    assert Video.objects.count() == 1
    assert return_lapsed_trims(actor=TRIMMER) == 0  # the lease is honoured
    Trim.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert return_lapsed_trims(actor=TRIMMER) == 1
    made = trims.run(trim.pk)
    assert made is not None
    assert made.frame_count == 3
    named = set(Rendition.objects.values_list("storage_key", flat=True))
    assert files_in_storage(tmp_path) == named


def _killed(**_arguments):
    raise KeyboardInterrupt


@pytest.mark.django_db
def test_a_late_process_completes_nothing(finished_video):
    trim = services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=3)
    late = begin_trim(actor=TRIMMER, trim=trim)
    Trim.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    return_lapsed_trims(actor=TRIMMER)
    made = trims.run(trim.pk)
    assert complete_trim(actor=TRIMMER, trim=late, files=[], captions=None) is None
    assert Video.objects.count() == 2
    trim.refresh_from_db()
    assert (trim.result, trim.attempts) == (made, 2)


@pytest.mark.django_db
def test_what_is_lost_three_times_fails_with_a_reason(finished_video):
    trim = services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=3)
    for _attempt in range(3):
        begin_trim(actor=TRIMMER, trim=trim)
        Trim.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        return_lapsed_trims(actor=TRIMMER)
    trim.refresh_from_db()
    assert (trim.state, trim.failure, trim.lease_until) == ("failed", "lost", None)
    assert trim.finished_at is not None


@pytest.mark.django_db
def test_a_film_that_cannot_be_read_fails_at_once(tmp_path):
    video = make_finished_video()
    original = video.renditions.get(kind="original")
    (tmp_path / "private" / original.storage_key).write_bytes(b"not a film at all" * 99)
    trim = services.trim(actor=video.owner, video=video, first_frame=1, last_frame=3)
    assert trims.run(trim.pk) is None
    trim.refresh_from_db()
    assert (trim.state, trim.failure) == ("failed", "unreadable")


@pytest.mark.django_db
def test_a_storage_that_fails_is_tried_again_and_leaves_nothing(finished_video, tmp_path, monkeypatch):
    before = files_in_storage(tmp_path)
    store = storage.store
    stored = []

    def failing(path, **words):
        stored.append(path)
        if len(stored) % 2 == 0:
            raise storage.StorageFailed("full")
        return store(path, **words)

    monkeypatch.setattr(storage, "store", failing)
    trim = services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=3)
    for state in ("queued", "queued", "failed"):
        assert trims.run(trim.pk) is None
        trim.refresh_from_db()
        assert trim.state == state
    assert trim.failure == "storage"
    assert files_in_storage(tmp_path) == before


@pytest.mark.django_db
def test_the_lease_is_renewed_while_the_frames_go_by_and_its_loss_ends_the_cut(finished_video, monkeypatch):
    monkeypatch.setattr(trims, "BETWEEN_RENEWALS", 0.0)
    told = []
    renew = trimming.renew_trim

    def told_once(**words):
        told.append(words["frames_done"])
        if len(told) == 2:
            Trim.objects.update(attempts=9)  # somebody else has it
        return renew(**words)

    monkeypatch.setattr(trims.trimming, "renew_trim", told_once)
    trim = services.trim(actor=finished_video.owner, video=finished_video, first_frame=1, last_frame=9)
    assert trims.run(trim.pk) is None
    assert told == [0, 1]
    assert Video.objects.count() == 1


def test_the_sound_of_a_part_is_laid_at_its_own_time():
    from generation.media.cut import Part, _sound

    original, _av1 = film(24, 48, sounds=True)
    part = Part(first=24, last=47, width=WIDTH, height=HEIGHT, fps=24)
    heard = _sound(io.BytesIO(original), part)
    assert heard is not None
    assert heard.samples.shape == (2, round(Fraction(24 * RATE, 24)))
    assert np.abs(heard.samples[0, 2048:4096]).max() > 0.5
