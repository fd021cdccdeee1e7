"""Near-duplicates of refused works: their stills open to whoever holds the pointing case, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from common.errors import NotAllowed
from review import selectors, services
from review.models import Decision, Signal
from tests.factories import AdminFactory, ReviewerFactory
from tests.review.desk import bearer, decide, lapse
from tests.review.test_visibility import sees
from videos.models import Rendition, Video
from videos.policies import visible_to
from videos.visibility import Viewer, visible_rendition, who_may_see

STILLS = ("poster", "storyboard")
NEVER = ("original", "share_copy", "captions", "av1")


@pytest.fixture
def refused(video_maker, policy) -> Video:
    """Somebody else's work that was refused."""
    video = video_maker(title="Refused before")
    first = ReviewerFactory()
    _claim, token = services.claim(actor=first, case=services.submit(actor=video.owner, video=video))
    decide(first, video.review_cases.get(), token, "reject")
    return video


def point(video: Video, *named: Any, fired: bool = True, kind: str = "near_duplicate") -> Signal:
    """A detector has looked at the share copy, and names these works."""
    hits = [{"at_ms": 500, "score": 0.93, "video": str(other)} for other in named]
    signal, _made = Signal.objects.update_or_create(
        rendition=video.renditions.get(kind="share_copy"),
        kind=kind,
        defaults={
            "video": video,
            "state": "done",
            "fired": fired,
            "hits": hits,
            "score": 0.93,
            "detector": "pdq",
            "finished_at": timezone.now(),
        },
    )
    return signal


def opens(reviewer, video: Video) -> set[str]:
    return {kind for kind in (*STILLS, *NEVER) if sees(Viewer(reviewer), video, kind)}


def test_the_holder_of_the_pointing_case_sees_the_stills_and_never_the_video(case, reviewer, held, refused):
    assert opens(reviewer, refused) == set()
    point(case.video, refused.pk)
    assert opens(reviewer, refused) == set(STILLS)
    browser = Client()
    browser.force_login(reviewer)
    for kind in STILLS:
        answer = browser.get(f"/videos/{refused.pk}/media/{kind}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
    for kind in ("original", "share_copy"):
        assert browser.get(f"/videos/{refused.pk}/media/{kind}").status_code == 404
    assert browser.get(f"/videos/{refused.pk}/").status_code == 404


def test_nobody_else_sees_them(case, reviewer, colleague, held, refused):
    point(case.video, refused.pk)
    for other in (colleague, AdminFactory(), case.video.owner):
        assert opens(other, refused) == set()
        assert refused not in visible_to(other)


def test_a_work_that_no_hit_names_stays_closed(case, reviewer, held, refused, video_maker):
    other, not_refused = video_maker(), video_maker()
    point(case.video, refused.pk, not_refused.pk, "nonsense", None)
    assert opens(reviewer, other) == set()
    # Named, but nobody refused it: a detector alone opens nothing.
    assert opens(reviewer, not_refused) == set()


@pytest.mark.parametrize(
    "undo",
    [
        lambda case, reviewer, token, refused: lapse(case),
        lambda case, reviewer, token, refused: services.release(actor=reviewer, case=case, token=token),
        lambda case, reviewer, token, refused: decide(reviewer, case, token),
        lambda case, reviewer, token, refused: services.withdraw(actor=case.video.owner, case=case),
        lambda case, reviewer, token, refused: point(case.video, refused.pk, fired=False),
        lambda case, reviewer, token, refused: point(case.video),
        lambda case, reviewer, token, refused: Rendition.objects.filter(video=case.video, kind="share_copy").update(
            replaced_at=timezone.now()
        ),
        lambda case, reviewer, token, refused: overturn(refused),
    ],
    ids=["lapsed", "released", "decided", "withdrawn", "not fired", "not named", "other bytes", "overturned"],
)
def test_the_stills_close_when_their_reason_ends(case, reviewer, token, refused, undo):
    point(case.video, refused.pk)
    assert opens(reviewer, refused) == set(STILLS)
    undo(case, reviewer, token, refused)
    assert opens(reviewer, refused) == set()


def overturn(video: Video) -> None:
    """The refusal is superseded, as an appeal that is won does."""
    former = Decision.objects.get(case__video=video)
    lead = ReviewerFactory()
    again = services.submit(actor=video.owner, video=video)
    claim, _token = services.claim(actor=lead, case=again)
    Decision.objects.create(
        case=again,
        claim=claim,
        reviewer=lead,
        outcome="approve",
        policy_version=former.policy_version,
        supersedes=former,
    )


@pytest.mark.parametrize("kind", ["same_prompt", "faces"])
def test_other_kinds_of_signals_open_nothing(case, reviewer, held, refused, kind):
    point(case.video, refused.pk, kind=kind)
    assert opens(reviewer, refused) == set()


def test_a_token_needs_the_scope_review(case, reviewer, held, refused, client):
    point(case.video, refused.pk)
    address = f"/api/v1/videos/{refused.pk}/renditions/poster"
    assert client.get(address, headers=bearer(reviewer, "videos:read")).status_code == 403
    assert client.get(address, headers=bearer(reviewer, "review")).status_code == 200
    assert client.get(f"/api/v1/videos/{refused.pk}/", headers=bearer(reviewer, "videos:read")).status_code == 404
    token = reviewer.api_tokens.filter(scopes=["videos:read"]).first()
    with pytest.raises(NotAllowed):
        visible_rendition(Viewer(reviewer, token), refused.pk, "poster")


def test_the_owner_of_the_refused_work_is_told_and_learns_of_nobody(case, reviewer, held, refused):
    assert not any("compare" in line for line in who_may_see(refused))
    point(case.video, refused.pk)
    line = next(line for line in who_may_see(refused) if "compare" in line)
    assert "poster and storyboard" in line
    assert "Rosa" not in line
    assert not any("compare" in line for line in who_may_see(case.video))
    lapse(case)
    assert not any("compare" in line for line in who_may_see(refused))


def test_the_page_lays_them_side_by_side_with_the_reason_and_without_their_artist(case, reviewer, held, refused):
    point(case.video, refused.pk)
    view = selectors.case_view(case, reviewer)
    (likeness,) = view.likenesses
    assert (likeness.video, likeness.refusal.reason.code) == (refused, "violence")
    assert (likeness.hit.at_ms, likeness.has_poster, likeness.has_storyboard) == (500, True, True)


def test_what_a_detector_writes_amiss_breaks_nothing(case, reviewer, held):
    signal = point(case.video)
    for hits in ({}, ["x"], [{"at_ms": "soon", "score": "high", "box": [1, 2], "video": 3}], [{"box": "all"}]):
        Signal.objects.filter(pk=signal.pk).update(hits=hits)
        assert selectors.case_view(case, reviewer).likenesses == []
        assert opens(reviewer, case.video) == {"share_copy", *STILLS}
