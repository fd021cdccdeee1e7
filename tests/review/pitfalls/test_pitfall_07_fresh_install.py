"""Pitfall 7: a fresh install published everything. Seen in cinematacms (#92)."""

from __future__ import annotations

import pytest
from django.test import Client

from review import services
from review.models import ReviewRules
from review.states import CaseState
from tests.factories import PolicyVersionFactory
from tests.media import make_finished_video
from videos.models import Approval, ShareGrant, Video
from videos.states import Enforcement
from videos.visibility import is_public

pytestmark = pytest.mark.django_db


def test_nothing_is_public_where_nobody_has_set_anything():
    assert not ReviewRules.objects.exists()
    video = make_finished_video()
    assert video.enforcement == Enforcement.PRIVATE
    assert not is_public(video)
    for kind in ("original", "share_copy", "poster", "storyboard"):
        assert Client().get(f"/videos/{video.pk}/media/{kind}").status_code == 404


def test_a_submission_without_reviewers_waits_and_approves_nothing():
    PolicyVersionFactory()
    video = make_finished_video()
    case = services.submit(actor=video.owner, video=video, note="")
    assert case.state == CaseState.QUEUED
    assert not Approval.objects.exists()
    assert not ShareGrant.objects.exists()


def test_the_model_s_own_defaults_are_the_closed_ones():
    assert Video._meta.get_field("enforcement").get_default() == Enforcement.PRIVATE
    assert ReviewRules().approvals_needed >= 1
