"""What a desk does with its cases, and how it is set up."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from review import services
from review.services.programme import set_rules
from review.services.replies import delete_reply, save_reply
from tests.factories import AdminFactory, ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from tests.invariants.moves.review import a_case, lead

Moves = Generator[partial[Any], Any, None]
NO_WISHES = {
    "greyscale": False,
    "muted": False,
    "small": False,
    "paused": False,
    "languages": [],
    "declined_topics": [],
}


def in_hand() -> Moves:
    PolicyVersionFactory()
    robin, sasha = ReviewerFactory(), ReviewerFactory()
    case = a_case()
    _claim, token = services.claim(actor=robin, case=case)
    until = timezone.now() + timedelta(hours=4)
    yield partial(services.hold, actor=robin, case=case, until=until, note="The press office.", token=token)
    yield partial(services.unhold, actor=robin, case=case)
    _claim, token = services.claim(actor=robin, case=case)
    yield partial(services.hand, actor=robin, case=case, reviewer=sasha, note="You know it.", token=token)
    yield partial(services.claim, actor=sasha, case=case)


def queues() -> Moves:
    PolicyVersionFactory()
    admin, case = AdminFactory(), a_case()
    queue = yield partial(
        services.save_queue, actor=admin, queue=None, name="Faces", rules=[{"topic": ["nudity"]}], members=[lead()]
    )
    case.topics.create(topic="nudity")
    yield partial(services.reroute, case=case)
    other = services.save_queue(actor=admin, queue=None, name="Other")
    yield partial(services.send_to_queue, actor=lead(), case=case, queue=other)
    yield partial(services.retire_queue, actor=admin, queue=queue)
    yield partial(set_rules, actor=admin, approvals_needed=2)


def interests() -> Moves:
    PolicyVersionFactory()
    robin, case, admin = ReviewerFactory(), a_case(), AdminFactory()
    services.claim(actor=robin, case=case)
    # What they hold of the artist's goes back with it.
    about = {"reviewer": robin, "artist": case.video.owner, "kind": "collaborator"}
    interest = yield partial(services.declare_interest, actor=admin, **about)
    yield partial(services.end_interest, actor=admin, interest=interest)
    _claim, token = services.claim(actor=robin, case=case)
    yield partial(services.recuse, actor=robin, case=case, token=token, kind="dispute")
    stranger = ParticipantFactory().user
    yield partial(services.declare_interest, actor=robin, reviewer=robin, artist=stranger, kind="declared")


def own_things() -> Moves:
    PolicyVersionFactory()
    robin = ReviewerFactory()
    yield partial(services.set_preferences, actor=robin, blurred=True, **NO_WISHES)
    saved = yield partial(services.save_filter, actor=robin, name="Late", query={"topic": ["nudity"]})
    yield partial(services.delete_filter, actor=robin, saved=saved)
    reply = yield partial(save_reply, actor=robin, title="Where", body="Say at which moment.")
    yield partial(delete_reply, actor=robin, reply=reply)


CHAPTERS = (in_hand, queues, interests, own_things)
