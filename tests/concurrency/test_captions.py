"""Captions against a submission and against each other. First the race without its lock, then that the lock ends it."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from common.errors import Conflict
from review import services as review
from review.models import ReviewCase
from review.states import OPEN_STATES
from tests.concurrency.threads import at_once
from tests.factories import PolicyVersionFactory
from tests.media import approve, make_finished_video
from videos import services
from videos.models import Rendition, ShareGrant
from videos.services import captions as caption_services

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 5
VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nRain.\n"


@pytest.fixture(autouse=True)
def _policy(transactional_db: None) -> None:
    PolicyVersionFactory()


def caption(video, data: bytes = VTT, **more):
    return services.set_captions(actor=video.owner, video=video, data=data, language="en", **more)


def changed_under_review(video) -> bool:
    case = ReviewCase.objects.filter(video=video, state__in=OPEN_STATES).first()
    newest = Rendition.objects.filter(video=video, kind="captions").order_by("-id").first()
    return bool(case and newest and newest.created_at > case.opened_at)


def test_without_the_lock_captions_slip_under_an_open_case(monkeypatch):
    video = make_finished_video()
    services.ensure_share_copy(actor=video.owner, video=video)
    looked, opened = threading.Event(), threading.Event()
    looks: list[object] = []
    require = caption_services._require_changeable

    def look_and_wait(video, *, end_approval: bool) -> None:
        require(video, end_approval=end_approval)
        looks.append(video)
        if len(looks) == 2:  # the one that counts, in the transaction
            looked.set()
            opened.wait(10)

    def submit():
        looked.wait(10)
        case = review.submit(actor=video.owner, video=video)
        opened.set()
        return case

    monkeypatch.setattr(caption_services, "locked", lambda video: video)
    monkeypatch.setattr(caption_services, "_require_changeable", look_and_wait)
    at_once(partial(caption, video), submit)
    assert changed_under_review(video)


def test_with_it_one_comes_after_the_other():
    for _round in range(ROUNDS):
        video = make_finished_video()
        services.ensure_share_copy(actor=video.owner, video=video)
        captioned, _case = at_once(partial(caption, video), partial(review.submit, actor=video.owner, video=video))
        assert isinstance(captioned, Rendition | Conflict)
        assert not changed_under_review(video)


def test_of_two_files_at_once_one_is_current():
    for _round in range(ROUNDS):
        video = make_finished_video()
        at_once(*(partial(caption, video, VTT + b"\nNOTE %d\n" % number) for number in range(3)))
        assert video.renditions.current().filter(kind="captions").count() == 1
        assert video.renditions.filter(kind="captions").count() == 3


def test_a_share_and_new_captions_at_once_leave_no_share_of_older_bytes():
    for _round in range(ROUNDS):
        video = make_finished_video()
        approve(video)
        at_once(partial(services.share, actor=video.owner, video=video), partial(caption, video, end_approval=True))
        video.refresh_from_db()
        assert video.enforcement == "private"
        assert not ShareGrant.objects.filter(video=video, revoked_at=None).exists()
