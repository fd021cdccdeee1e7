"""The whole way with the real detectors: a refused film, and a copy of it by somebody else."""

from __future__ import annotations

import pytest
from django.test import Client
from PIL import ImageOps

from common.actors import System
from review import services, tasks
from review.models import ReviewCase, Signal
from review.states import SignalState
from tests.factories import ParticipantFactory, ReviewerFactory
from tests.media import store_bytes, webp_bytes
from tests.review.desk import decide
from tests.review.signals.clips import FPS, HEIGHT, WIDTH, Picture, mp4, panning, written
from videos.services import create_from_files

FRAMES = 16


def submit(pictures: list[Picture], crf: int) -> ReviewCase:
    files = [
        store_bytes(mp4(pictures, crf=crf), "original", "video/mp4", width=WIDTH, height=HEIGHT),
        store_bytes(webp_bytes(1), "poster", "image/webp", width=WIDTH, height=HEIGHT),
    ]
    size = {"width": WIDTH, "height": HEIGHT, "fps": FPS, "frame_count": len(pictures)}
    owner = ParticipantFactory().user
    video = create_from_files(actor=System("test"), owner=owner, files=files, title="A film", **size)
    return services.submit(actor=owner, video=video)


def signals_of(case: ReviewCase) -> dict[str, Signal]:
    return {signal.kind: signal for signal in Signal.objects.filter(video=case.video_id)}


@pytest.mark.django_db
def test_a_mirrored_copy_of_a_refused_film_is_pointed_at_on_the_reviewers_page(policy):
    film = [panning(1)(number) for number in range(FRAMES)]
    first = submit([*film, written("HARBOUR 2026")], crf=20)
    assert tasks.look_at_signals() == 1
    found = signals_of(first)
    assert {kind for kind, signal in found.items() if signal.state == SignalState.FAILED} == set()
    assert found["text"].fired
    assert found["profanity"].fired is False
    assert found["near_duplicate"].fired is False
    reviewer = ReviewerFactory()
    _claim, token = services.claim(actor=reviewer, case=first)
    decide(reviewer, first, token, "reject")

    second = submit([ImageOps.mirror(picture) for picture in film], crf=32)
    assert tasks.look_at_signals() == 1
    like = signals_of(second)["near_duplicate"]
    assert like.fired
    assert {(hit["video"], hit["label"]) for hit in like.hits} == {(str(first.video_id), "mirrored")}
    browser = Client()
    browser.force_login(reviewer)
    page = browser.post(f"/desk/cases/{second.pk}/claim/", follow=True).content.decode()
    assert "Like a refused work" in page
    assert "Missing, so look for yourself" not in page
    assert ReviewCase.objects.get(pk=second.pk).topics.get().topic == "repeat"
