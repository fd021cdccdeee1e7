"""A cast for the pages, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from accounts.models import Participant, User
from common.clock import now
from generation.models import Generation
from tests.factories import AdminFactory, GenerationFactory, ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from videos.models import Video


@dataclass(frozen=True)
class Cast:
    """Artist, another artist, reviewer, admin; `as_(person)` is a client signed in as them."""

    participant: Participant
    outsider: User
    reviewer: User
    admin: User

    @property
    def artist(self) -> User:
        return self.participant.user

    def as_(self, user: User | None = None) -> Client:
        client = Client()
        if user is not None and not isinstance(user, AnonymousUser):
            client.force_login(user)
        return client


@pytest.fixture
def cast(db: None) -> Cast:
    PolicyVersionFactory()
    return Cast(
        participant=ParticipantFactory(public_name="Mira Okonkwo"),
        outsider=ParticipantFactory().user,
        reviewer=ReviewerFactory(),
        admin=AdminFactory(),
    )


@pytest.fixture
def take_of(cast: Cast, video_maker: Callable[..., Video]) -> Callable[..., Generation]:
    """`take_of(3)` is a completed take 3 with its private video."""

    def make(take: int, **fields: Any) -> Generation:
        video = video_maker(owner=cast.artist, title=fields.pop("title", ""))
        return GenerationFactory(
            participant=cast.participant, take=take, state="completed", finished_at=now(), video=video, **fields
        )

    return make


@pytest.fixture
def htmx() -> dict[str, str]:
    """The headers of a request for a fragment."""
    return {"HX-Request": "true"}
