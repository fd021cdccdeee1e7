"""A lead, two reviewers, and works that may be practised on."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.states import StaffRole
from review.models import ReviewRules
from tests.factories import ReviewerFactory
from tests.media import make_finished_video
from videos.models import Video


@pytest.fixture
def lead(db: None) -> User:
    return ReviewerFactory(name="Lea Lead", staff_role=StaffRole.LEAD_REVIEWER)


@pytest.fixture
def reviewer(db: None) -> User:
    return ReviewerFactory(name="Rosa Reviewer")


@pytest.fixture
def colleague(db: None) -> User:
    return ReviewerFactory(name="Cem Colleague")


@pytest.fixture
def own_work(db: None) -> Video:
    """Made by the programme's own people, for practice."""
    return make_finished_video(owner=ReviewerFactory(name="Ana Staff"))


@pytest.fixture
def always_golden(db: None) -> ReviewRules:
    """As often as the programme can have it, and the dice always fall that way (see `falling`)."""
    return ReviewRules.objects.create(golden_percent=50)


@pytest.fixture
def falling(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the dice show, last first; 0 when the list is empty."""
    thrown: list[int] = []
    monkeypatch.setattr("review.services.golden.secrets.randbelow", lambda sides: thrown.pop() if thrown else 0)
    return thrown
