"""What a claim opens, to whom, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from common.errors import NotAllowed, NotFound
from review import services
from review.models import Claim
from tests.factories import AdminFactory, ReviewerFactory
from tests.review.desk import bearer, decide, lapse
from videos.policies import visible_to
from videos.states import SHOWN_KINDS
from videos.visibility import Viewer, visible_rendition, who_may_see

KINDS = ("share_copy", "poster", "storyboard")


def sees(viewer: Viewer, video, kind: str) -> bool:
    try:
        return visible_rendition(viewer, video.pk, kind).kind == kind
    except NotFound:
        return False


def test_a_live_claim_opens_what_is_shown_and_never_the_original(case, reviewer, held):
    assert all(sees(Viewer(reviewer), case.video, kind) for kind in KINDS)
    assert not sees(Viewer(reviewer), case.video, "original")
    assert "original" not in SHOWN_KINDS


def test_without_a_claim_a_reviewer_sees_nothing(case, reviewer, colleague, held):
    for stranger in (colleague, AdminFactory()):
        assert not any(sees(Viewer(stranger), case.video, kind) for kind in (*KINDS, "original"))
        assert not visible_to(stranger).exists()
    assert list(visible_to(reviewer)) == [case.video]


@pytest.mark.parametrize(
    "end",
    [
        lambda case, reviewer, token: lapse(case),
        lambda case, reviewer, token: services.release(actor=reviewer, case=case, token=token),
        lambda case, reviewer, token: services.withdraw(actor=case.video.owner, case=case),
        lambda case, reviewer, token: decide(reviewer, case, token),
        lambda case, reviewer, token: decide(reviewer, case, token, "reject"),
        lambda case, reviewer, token: type(reviewer).objects.filter(pk=reviewer.pk).update(staff_role="none"),
        lambda case, reviewer, token: type(reviewer).objects.filter(pk=reviewer.pk).update(staff_role="admin"),
    ],
    ids=["lapsed", "released", "withdrawn", "approved", "rejected", "no reviewer now", "admin now"],
)
def test_the_pictures_close_with_the_claim(case, reviewer, token, end):
    end(case, reviewer, token)
    reviewer = type(reviewer).objects.get(pk=reviewer.pk)
    assert not any(sees(Viewer(reviewer), case.video, kind) for kind in KINDS)
    assert not visible_to(reviewer).exists()


def test_a_claim_on_ones_own_work_would_open_nothing(video_maker):
    owner = ReviewerFactory()
    case = services.submit(actor=owner, video=video_maker(owner=owner), note="")
    Claim.objects.create(case=case, reviewer=owner, token_sha256="x", expires_at=timezone.now() + timedelta(minutes=5))
    type(case).objects.update(state="claimed")
    from review.visibility import OpenClaimRule

    assert not OpenClaimRule().allows(Viewer(owner), case.video)


def test_a_reviewers_token_needs_the_scope_review(case, reviewer, held, client):
    address = f"/api/v1/videos/{case.video_id}/renditions/share_copy"
    assert client.get(address, headers=bearer(reviewer, "videos:read")).status_code == 403
    answer = client.get(address, headers=bearer(reviewer, "review"))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    token = reviewer.api_tokens.get(scopes=["videos:read"])
    with pytest.raises(NotAllowed):
        visible_rendition(Viewer(reviewer, token), case.video_id, "poster")


def test_the_owner_reads_that_one_reviewer_may_see_it_and_not_who(case, held):
    assert any("One reviewer" in line for line in who_may_see(case.video))
    assert not any("Rosa" in line for line in who_may_see(case.video))
    lapse(case)
    assert not any("reviewer" in line for line in who_may_see(case.video))
