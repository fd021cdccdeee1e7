"""One submission, two reviewers, a policy in force."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from review import services
from review.models import Claim, PolicyVersion, ReviewCase
from tests.factories import PolicyVersionFactory, ReviewerFactory
from videos.models import Video


@pytest.fixture
def policy(db: None) -> PolicyVersion:
    return PolicyVersionFactory()


@pytest.fixture
def artist(finished_video: Video) -> User:
    return finished_video.owner


@pytest.fixture
def reviewer(db: None) -> User:
    return ReviewerFactory(name="Rosa Reviewer")


@pytest.fixture
def colleague(db: None) -> User:
    return ReviewerFactory(name="Cem Colleague")


@pytest.fixture
def case(finished_video: Video, policy: PolicyVersion) -> ReviewCase:
    return services.submit(actor=finished_video.owner, video=finished_video, note="Made for the harbour festival.")


@pytest.fixture
def cases(policy: PolicyVersion, video_maker: Callable[..., Video]) -> list[ReviewCase]:
    """Two that wait."""
    return [services.submit(actor=video.owner, video=video) for video in (video_maker(), video_maker())]


@pytest.fixture
def held(case: ReviewCase, reviewer: User) -> tuple[Claim, str]:
    """The reviewer's claim on the case, and its token."""
    return services.claim(actor=reviewer, case=case)


@pytest.fixture
def token(held: tuple[Claim, str]) -> str:
    return held[1]
