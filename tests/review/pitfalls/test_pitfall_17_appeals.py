"""Pitfall 17: a take-down that silently closes an appeal, evidence gone before the appeal, the moderator named.

Seen in ozone, mastodon (#30142) and mastodon (#18525).
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import ProtectedError
from django.test import Client

from common.clock import now
from common.ids import uuid7
from notifications.models import Notification
from review import services
from review.models import Appeal, Comment, Decision, ReviewCase
from review.selectors.statements import statement_of
from review.services.opening import open_case
from review.states import AppealState, CaseKind, CaseState
from tests.factories import AdminFactory
from tests.review.appeals import appealed, lead, settled
from tests.review.desk import bearer, decide
from videos import services as videos
from videos import storage
from videos.models import Rendition

CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:01.000\nRain.\n"
OTHER_CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:01.000\nSnow.\n"
NAMES = ("Rosa Reviewer", "Cem Colleague", "Lena Lead")


@pytest.fixture
def captioned(finished_video, policy):
    """A submission of a video with captions: one more file that a decision rests on."""
    videos.set_captions(actor=finished_video.owner, video=finished_video, data=CAPTIONS, language="en")
    return services.submit(actor=finished_video.owner, video=finished_video)


@pytest.fixture
def refusal(captioned, reviewer) -> Decision:
    _claim, token = services.claim(actor=reviewer, case=captioned)
    Comment.objects.create(case=captioned, video=captioned.video, author=reviewer, at_ms=250, body="A knife.")
    return decide(reviewer, captioned, token, "reject", internal_note="Rosa Reviewer asks legal.")


def test_a_take_down_leaves_a_pending_appeal_pending(refusal):
    appeal = appealed(refusal)
    videos.take_down(actor=AdminFactory(), video=refusal.case.video, decision_id=uuid7())
    appeal.refresh_from_db()
    appeal.case.refresh_from_db()
    assert (appeal.state, appeal.case.state) == (AppealState.PENDING, CaseState.QUEUED)
    settled(appeal, "reject")
    assert appeal.state == AppealState.UPHELD


def test_neither_a_report_nor_time_nor_a_lapsed_claim_closes_it(refusal, colleague):
    appeal = appealed(refusal)
    video = refusal.case.video
    report = open_case(kind=CaseKind.REPORT, video=video, opened_by=None)
    _claim, token = services.claim(actor=colleague, case=report)
    decide(colleague, report, token, "reject")
    claim, _token = services.claim(actor=lead(), case=appeal.case)
    type(claim).objects.filter(pk=claim.pk).update(expires_at=now() - timedelta(seconds=1))
    services.return_lapsed_claims()
    ReviewCase.objects.filter(pk=appeal.case_id).update(due_at=now() - timedelta(days=400))
    services.escalate_overdue()
    appeal.refresh_from_db()
    appeal.case.refresh_from_db()
    assert (appeal.state, appeal.case.state) == (AppealState.PENDING, CaseState.ESCALATED)


def test_the_bytes_of_a_decision_outlive_their_replacement_and_the_sweeper(refusal, settings):
    """The artist may go on working: what was decided on stays, byte for byte."""
    owner, video = refusal.case.video.owner, refusal.case.video
    named = {row.sha256: row.rendition.storage_key for row in refusal.renditions.select_related("rendition")}
    assert len(named) == 4
    videos.set_captions(actor=owner, video=video, data=OTHER_CAPTIONS, language="en")
    videos.remove_captions(actor=owner, video=video)
    storage.sweep_orphans(timedelta(seconds=-60))
    for sha256, key in named.items():
        assert storages["private"].exists(key)
        assert storage.is_intact(Rendition.objects.get(storage_key=key)), sha256
    assert statement_of(refusal).can_appeal


def test_the_rows_of_a_decision_cannot_be_deleted(refusal):
    rendition = refusal.renditions.first().rendition
    for row in (rendition, refusal.case, refusal.case.video, refusal.policy_version):
        with pytest.raises(ProtectedError), transaction.atomic():
            row.delete()


def test_while_the_appeal_is_pending_nothing_that_the_lead_watches_changes(refusal):
    owner, video = refusal.case.video.owner, refusal.case.video
    appealed(refusal)
    with pytest.raises(Exception, match="Your appeal is about this video exactly as it is now"):
        videos.set_captions(actor=owner, video=video, data=OTHER_CAPTIONS, language="en")


def test_no_page_answer_or_letter_of_the_artists_names_who_reviewed(refusal):
    """Everything that the artist can open, after a refusal, an appeal, and its outcome."""
    owner = refusal.case.video.owner
    judge = lead(name="Lena Lead")
    seen = _everything(owner, refusal)
    appeal = appealed(refusal)
    seen += _everything(owner, refusal)
    settled(appeal, "reject", judge)
    seen += _everything(owner, refusal)
    people = [refusal.reviewer, judge]
    for name in (*NAMES, *(person.email for person in people), *(str(person.pk) for person in people)):
        assert not [address for address, text in seen if name in text], name
    assert Appeal.objects.get().state == AppealState.UPHELD


def _everything(owner, decision: Decision) -> list[tuple[str, str]]:
    video = decision.case.video_id
    client = Client()
    client.force_login(owner)
    pages = (f"/videos/{video}/", f"/statements/{decision.pk}/", "/studio/", "/notifications/")
    answers = (
        f"/api/v1/videos/{video}/",
        f"/api/v1/videos/{video}/submissions/",
        "/api/v1/statements/",
        f"/api/v1/statements/{decision.pk}/",
        "/api/v1/notifications/",
    )
    seen = []
    for address in pages:
        response = client.get(address)
        assert response.status_code == 200, address
        seen.append((address, response.content.decode()))
    headers = bearer(owner, "videos:read", "generations:read")
    for address in answers:
        response = Client().get(address, headers=headers)
        assert response.status_code == 200, address
        seen.append((address, response.content.decode()))
    letters = Notification.objects.filter(recipient=owner)
    return [*seen, *(("letter", f"{letter.subject} {letter.body}") for letter in letters)]
