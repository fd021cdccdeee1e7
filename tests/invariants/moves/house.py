"""People, credits, the queue and the videos themselves."""

from __future__ import annotations

import io
from collections.abc import Generator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts import services as accounts
from accounts.states import StaffRole
from common.actors import System
from generation import catalogue
from generation import services as generation
from generation.models import Attempt, Generation
from generation.services import attempts, faults, images, licences, switches, waiting
from generation.services.waiting import Direction
from quotas import services as quotas
from tests.factories import PASSWORD, AdminFactory, ParticipantFactory, ReviewerFactory
from tests.media import make_finished_video, store_bytes, stored_files
from tests.pictures_to_send import picture
from tests.worker.queue import submitted
from videos import services as videos
from videos.services import trimming
from videos.services.trimming import CutCaptions
from videos.states import SHOWN_KINDS

Moves = Generator[partial[Any], Any, None]
TRIMMER = System("trimmer")
VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nRain.\n"


def people() -> Moves:
    admin = yield partial(accounts.create_first_admin, email="ada@example.org", password=PASSWORD)
    limits = {"weight": 1, "monthly_credits": 300, "max_queued": 9}
    cohort = yield partial(accounts.save_cohort, actor=admin, name="First", **limits)
    yield partial(accounts.save_cohort, actor=admin, name="Renamed", cohort=cohort, **limits)
    version = yield partial(accounts.publish_terms, actor=admin, title="Terms", body="Be kind.")
    yield partial(accounts.invite, actor=admin, email="mira@example.org", cohort=cohort)
    _again, secret = yield partial(accounts.invite, actor=admin, email="mira@example.org", cohort=cohort)
    other, _secret = yield partial(accounts.invite, actor=admin, email="noor@example.org", cohort=cohort)
    yield partial(accounts.revoke_invitation, actor=admin, invitation=other)
    user = yield partial(accounts.accept_invitation, secret=secret, password=PASSWORD, name="Mira")
    yield partial(accounts.accept_terms, actor=user, number=version.number)
    wanted = {"name": "script", "scopes": ["videos:read"]}
    token, _plain = yield partial(accounts.create_token, actor=user, **wanted)
    yield partial(accounts.grant_private_media, actor=admin, token=token)
    yield partial(accounts.revoke_token, actor=user, token=token)
    yield partial(accounts.create_token, actor=user, **wanted)
    yield partial(quotas.set_credits, actor=admin, participant=user.participant, credits=50)
    yield partial(accounts.set_password, actor=user, user=user, password="five-long-quiet-words", forgotten=False)
    yield partial(accounts.deactivate_user, actor=admin, user=user)


def queue() -> Moves:
    participant, admin = ParticipantFactory(), AdminFactory()
    user = participant.user
    wish = {"model_key": "sketch", "prompt": "rain", "size": "320x192", "seconds": 2, "seed": 7}
    first = yield partial(generation.submit, actor=user, **wish)
    second = submitted(participant)
    yield partial(waiting.move, actor=user, generation=second, to=Direction.FRONT)
    yield partial(waiting.hold, actor=user, generation=second)
    yield partial(waiting.resume, actor=user, generation=second)
    yield partial(generation.cancel, actor=user, generation=second)
    worker = generation.register_worker(name="w")
    attempt = yield partial(generation.claim_next, worker=worker)
    yield partial(generation.give_back, attempt=attempt)
    attempt = generation.claim_next(worker=worker)
    assert attempt.generation == first
    yield partial(generation.cancel, actor=user, generation=first)
    yield partial(attempts.confirm_cancel, attempt=attempt)
    submitted(participant)
    attempt = generation.claim_next(worker=worker)
    size = {"width": 320, "height": 192, "fps": 8, "frame_count": 16}
    result = generation.StoredVideo(files=stored_files(), **size)
    yield partial(generation.complete, attempt=attempt, result=result)
    lost = submitted(participant)
    generation.claim_next(worker=worker)
    Attempt.objects.filter(state="running").update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    yield partial(generation.reap)
    generation.cancel(actor=user, generation=Generation.objects.get(pk=lost.pk))
    for unlucky in (participant, ParticipantFactory()):
        submitted(unlucky)
        attempt = generation.claim_next(worker=worker)
        yield partial(generation.fail, attempt=attempt, code="engine_error", error="ValueError")
    yield partial(faults.judge, worker=worker)  # the settings of the test let two be enough
    entry = catalogue.entries()[0]
    yield partial(licences.accept_licence, actor=admin, entry=entry)
    yield partial(switches.set_switch, actor=admin, model_key=entry.key, cohort=None, is_on=False)
    data = picture()
    image, _is_new = yield partial(lambda: images.add(actor=user, file=io.BytesIO(data), name="a.png", size=len(data)))
    yield partial(images.remove, actor=user, image=image)


def films() -> Moves:
    video, admin = make_finished_video(), AdminFactory()
    chief = ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER)
    artist = {"actor": video.owner, "video": video}
    yield partial(videos.rename, **artist, title="Tin roof")
    yield partial(videos.set_captions, **artist, data=VTT, language="en")
    yield partial(videos.set_captions, **artist, data=VTT, language="de")
    yield partial(videos.remove_captions, **artist)
    trim = yield partial(videos.trim, **artist, first_frame=0, last_frame=7)
    trim = yield partial(trimming.begin_trim, actor=TRIMMER, trim=trim)
    captions = CutCaptions(store_bytes(VTT, "captions", "text/vtt"), "en")
    cut = {"files": stored_files(), "captions": captions}
    yield partial(trimming.complete_trim, actor=TRIMMER, trim=trim, **cut)
    yield partial(videos.ensure_share_copy, **artist)
    shown = {one.pk: one.sha256 for one in video.renditions.current().filter(kind__in=SHOWN_KINDS)}
    decided = {"actor": ReviewerFactory(), "video": video, "shown": shown}
    yield partial(videos.record_approval, decision_id=uuid4(), **decided)
    grant = yield partial(videos.share, **artist, title="Another title")
    yield partial(videos.revoke_share, actor=video.owner, grant=grant)
    yield partial(videos.void_approval, actor=admin, video=video, reason="A drill.")
    yield partial(videos.record_approval, decision_id=uuid4(), **decided)
    yield partial(videos.share, **artist)
    yield partial(videos.take_down, actor=admin, video=video, decision_id=uuid4())
    yield partial(videos.restore, actor=chief, video=video, decision_id=uuid4())


CHAPTERS = (people, queue, films)
