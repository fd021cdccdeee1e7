"""The public reports a shared work, a reviewer decides, everybody concerned is told, and nobody learns who reported."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.states import StaffRole
from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotFound
from common.ids import uuid7
from notifications.models import Notification
from review import services, tasks
from review.models import Report, ReviewCase, ReviewQueue
from review.selectors.reports import outcome_of, report_behind, reports_of
from review.services import reports
from review.services.reports import PUBLIC
from review.states import CaseKind, CaseState
from review.throttles import ReportsPerAddress
from tests.factories import AdminFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import share
from tests.notifications.broken_mail import AWAY
from tests.review.desk import bearer, decide
from videos.services import revoke_share, take_down
from videos.services import share as share_again
from videos.states import Enforcement

WORDS = "At 0:01 the face of my sister is seen. She did not agree."


@pytest.fixture
def grant(finished_video, policy):
    return share(finished_video)


@pytest.fixture
def lead(db):
    return ReviewerFactory(name="Lea Lead", staff_role=StaffRole.LEAD_REVIEWER)


def reported(grant, **changes) -> tuple[Report, str]:
    words = {"category": "real_person", "body": WORDS} | changes
    return services.report(actor=PUBLIC, grant=grant, **words)


def decided(case: ReviewCase, outcome: str, **changes):
    """Any reviewer takes it up and decides."""
    reviewer = ReviewerFactory(name="Rosa Reviewer")
    _claim, token = services.claim(actor=reviewer, case=case)
    return decide(reviewer, case, token, outcome, **changes)


def test_a_report_opens_a_case_that_nobody_opened(grant):
    report, _token = reported(grant, at_ms=1000)
    case = report.case
    assert (case.kind, case.state, case.opened_by, case.video) == ("report", "queued", None, grant.video)
    assert case.due_at > timezone.now()
    assert [topic.topic for topic in case.topics.all()] == ["real_people"]
    assert reports_of(case) == [report]


def test_another_report_joins_the_open_case(grant):
    first, token = reported(grant)
    second, other_token = reported(grant, category="violence")
    assert first.case == second.case
    assert token != other_token
    assert {topic.topic for topic in first.case.topics.all()} == {"real_people", "violence"}
    decided(first.case, "approve")
    third, _token = reported(grant)
    assert third.case != first.case


def test_each_report_has_one_audit_event_without_words_or_address(grant):
    reported(grant, email="sister@example.org")
    reported(grant)
    events = list(AuditEvent.objects.filter(action__startswith="review.case_reported").order_by("id"))
    assert [event.action for event in events] == ["review.case_reported", "review.case_reported_again"]
    assert [event.actor_id for event in events] == ["public", "public"]
    assert "sister" not in str([event.data for event in events])


def test_what_it_is_about_sends_it_to_its_queue(grant):
    queue = ReviewQueue.objects.create(slug="faces", name="Faces", rules=[{"topic": ["real_people"]}])
    assert ReviewCase.objects.get(pk=reported(grant)[0].case_id).queue == queue


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("category", {"category": "criticism"}),
        ("body", {"body": " too few "}),
        ("body", {"body": "x" * 2001}),
        ("body", {"body": "a bell \x07 rings here"}),
        ("at", {"at_ms": 99_000}),
        ("at", {"at_ms": -1}),
        ("email", {"email": "nobody"}),
        ("email", {"email": "a@b.org\nBcc: c@d.org"}),
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_is_allowed(grant, field, changes):
    with pytest.raises(Invalid) as refusal:
        reported(grant, **changes)
    assert [error.field for error in refusal.value.fields] == [field]
    assert refusal.value.fields[0].allowed
    assert not ReviewCase.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(grant):
    with pytest.raises(Invalid) as refusal:
        reported(grant, category="", body="", at_ms=-1, email="@")
    assert [error.field for error in refusal.value.fields] == ["category", "body", "at", "email"]


def test_what_is_no_longer_shared_cannot_be_reported(grant):
    revoke_share(actor=grant.video.owner, grant=grant)
    with pytest.raises(NotFound):
        reported(grant)


def test_only_the_hash_of_the_outcomes_address_is_kept(grant):
    report, token = reported(grant)
    assert token not in str(Report.objects.values().get())
    assert report_behind(token) == report
    for wrong in ("", "A" * 43, report.token_sha256):
        with pytest.raises(NotFound):
            report_behind(wrong)


def test_a_rejected_work_is_taken_down_with_reasons_for_its_artist(grant):
    report, token = reported(grant)
    decision = decided(report.case, "reject", reason_code="real-person", artist_message="A face at 0:01.")
    video = grant.video
    video.refresh_from_db()
    assert video.enforcement == Enforcement.TAKEN_DOWN
    assert not video.approvals.filter(voided_at=None).exists()
    assert not video.share_grants.filter(revoked_at=None).exists()
    event = AuditEvent.objects.get(action="video.taken_down")
    assert event.data["decision"] == str(decision.pk)
    letter = Notification.objects.get(recipient=video.owner)
    assert "A face at 0:01." in letter.body
    assert str(decision.pk) in letter.path
    outcome = outcome_of(report_behind(token))
    assert outcome.state == "taken_down"
    assert outcome.rule.startswith("Real person")


def test_page_and_bytes_are_gone_at_the_next_request(grant, client):
    report, _token = reported(grant)
    page, media = f"/s/{grant.token}/", f"/s/{grant.token}/media/share_copy"
    part = {"Range": "bytes=0-99"}
    assert [client.get(page).status_code, client.get(media, headers=part).status_code] == [200, 206]
    decided(report.case, "reject")
    assert [client.get(page).status_code, client.get(media, headers=part).status_code] == [404, 404]


def test_a_work_that_keeps_to_the_rules_stays_and_its_artist_hears_nothing(grant, client):
    report, token = reported(grant)
    decided(report.case, "approve")
    assert client.get(f"/s/{grant.token}/").status_code == 200
    assert grant.video.approvals.get().voided_at is None
    assert not Notification.objects.exists()
    assert outcome_of(report_behind(token)).state == "stays"


def test_changes_cannot_be_requested(grant):
    report, _token = reported(grant)
    with pytest.raises(Invalid) as refusal:
        decided(report.case, "request_changes")
    assert refusal.value.fields[0].field == "outcome"


def test_an_admin_who_was_faster_leaves_the_decision_its_statement(grant):
    report, token = reported(grant)
    take_down(actor=AdminFactory(), video=grant.video, decision_id=uuid7())
    decision = decided(report.case, "reject")
    assert decision.outcome == "reject"
    assert outcome_of(report_behind(token)).state == "taken_down"


def test_the_artist_does_not_close_a_report_nor_sees_it(grant, client):
    report, _token = reported(grant)
    artist = grant.video.owner
    with pytest.raises(NotFound):
        services.withdraw(actor=artist, case=report.case)
    headers = bearer(artist, "videos:read", "videos:share")
    listed = client.get(f"/api/v1/videos/{grant.video_id}/submissions/", headers=headers)
    assert listed.json()["results"] == []
    withdrawn = client.post(f"/api/v1/submissions/{report.case_id}/withdraw/", headers=headers)
    assert withdrawn.status_code == 404


def test_the_artist_ends_the_share_at_any_time_and_the_report_is_decided_all_the_same(grant):
    report, _token = reported(grant)
    revoke_share(actor=grant.video.owner, grant=grant)
    decided(report.case, "reject")
    grant.video.refresh_from_db()
    assert grant.video.enforcement == Enforcement.TAKEN_DOWN
    with pytest.raises(Conflict):
        share_again(actor=grant.video.owner, video=grant.video)


def test_the_reporter_is_mailed_once_and_their_address_forgotten(grant):
    report, _token = reported(grant, email="sister@example.org")
    reported(grant)
    assert tasks.tell_reporters() == 0  # nothing is decided
    decided(report.case, "reject", reason_code="real-person", artist_message="Dear artist, a face.")
    assert (tasks.tell_reporters(), tasks.tell_reporters()) == (1, 0)
    (message,) = mail.outbox
    assert message.to == ["sister@example.org"]
    assert "taken down" in message.body
    assert "Real person" in message.body
    for secret in ("Rosa", grant.video.owner.name, grant.video.title, "Dear artist"):
        assert secret not in message.body
    assert set(Report.objects.values_list("email", flat=True)) == {""}
    report.refresh_from_db()
    assert report.told_at is not None


def test_a_decision_rings_for_the_mail(grant, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(reports, "send_task", lambda task, *args: rung.append(task.task))
    report, _token = reported(grant)
    with django_capture_on_commit_callbacks(execute=True):
        decided(report.case, "approve")
    assert rung == ["review.tasks.tell_reporters"]


def test_a_mail_server_that_is_away_is_asked_again(grant, settings, monkeypatch):
    monkeypatch.setattr("notifications.mail.PAUSES", ())
    report, _token = reported(grant, email="sister@example.org")
    decided(report.case, "approve")
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = AWAY
    assert tasks.tell_reporters() == 0
    settings.EMAIL_BACKEND = working
    assert tasks.tell_reporters() == 0  # another process may still be sending it
    Report.objects.update(told_at=timezone.now() - timedelta(minutes=6))
    assert tasks.tell_reporters() == 1
    assert len(mail.outbox) == 1


def test_the_outcome_follows_the_case_and_an_overturned_take_down(grant, lead):
    report, token = reported(grant)
    assert outcome_of(report_behind(token)).state == "received"
    reviewer = ReviewerFactory()
    _claim, claim_token = services.claim(actor=reviewer, case=report.case)
    assert outcome_of(report_behind(token)).state == "looked_at"
    decision = decide(reviewer, report.case, claim_token, "reject")
    appeal = services.appeal(actor=grant.video.owner, decision=decision, body="It is a puppet.")
    assert outcome_of(report_behind(token)).state == "taken_down"
    _claim, claim_token = services.claim(actor=lead, case=appeal.case)
    decide(lead, appeal.case, claim_token, "approve", artist_message="A puppet indeed.")
    outcome = outcome_of(report_behind(token))
    assert (outcome.state, bool(outcome.sentence)) == ("restored", True)


# --- The API --------------------------------------------------------------------------------------------------------


def post(client, grant, **changes):
    body = {"category": "real_person", "body": WORDS} | changes
    return client.post(f"/api/v1/shares/{grant.token}/reports/", body, content_type="application/json")


def test_the_api_takes_a_report_of_anybody_and_tells_the_outcome_there(grant, client, settings):
    response = post(client, grant, at_ms=500)
    assert response.status_code == 201, response.content
    address = response.json()["outcome_url"].removeprefix(settings.SITE_URL)
    found = client.get(address)
    assert found.json()["state"] == "received"
    assert "no-store" in found["Cache-Control"]
    decided(ReviewCase.objects.get(), "reject", reason_code="violence", artist_message="Dear artist, a blow.")
    said = client.get(address).json()
    assert said["state"] == "taken_down"
    for secret in ("Rosa", grant.video.owner.name, grant.video.title, "Dear artist", str(grant.video_id), WORDS):
        assert secret not in str(said)
    assert client.get("/api/v1/reports/" + "A" * 43 + "/").status_code == 404


def test_the_api_says_what_is_wrong_and_hides_what_is_not_shared(grant, client):
    wrong = post(client, grant, body="short")
    assert (wrong.status_code, wrong["Content-Type"]) == (400, "application/problem+json")
    assert wrong.json()["errors"][0]["field"] == "body"
    revoke_share(actor=grant.video.owner, grant=grant)
    ended = post(client, grant)
    unknown = client.post(f"/api/v1/shares/{'A' * 22}/reports/", {}, content_type="application/json")
    strip = {"request_id"}
    assert ended.status_code == unknown.status_code == 404
    assert {k: v for k, v in ended.json().items() if k not in strip} == {
        k: v for k, v in unknown.json().items() if k not in strip
    }


def test_one_address_reports_only_so_often(grant, client, monkeypatch):
    monkeypatch.setattr(ReportsPerAddress, "rate", "2/hour", raising=False)
    assert [post(client, grant).status_code for _ in range(3)] == [201, 201, 429]
    refused = post(client, grant)
    assert refused["Content-Type"] == "application/problem+json"
    assert int(refused["Retry-After"]) > 0
    assert post_from(client, grant, "203.0.113.9").status_code == 201


def post_from(client, grant, address: str):
    client.defaults["REMOTE_ADDR"] = address
    return post(client, grant)


# --- What an open report means to its artist ------------------------------------------------------------------------


def test_captions_are_held_while_a_report_is_open_and_say_nothing_of_withdrawing(grant):
    from videos.services import set_captions

    reported(grant)
    data = b"WEBVTT\n\n00:00.000 --> 00:01.000\nRain\n"
    with pytest.raises(Conflict) as refusal:
        set_captions(actor=grant.video.owner, video=grant.video, data=data, language="en", end_approval=True)
    assert refusal.value.code == "in_review"
    assert "withdraw" not in refusal.value.message


def test_a_policy_is_needed_to_decide_but_not_to_report(finished_video):
    grant = share(finished_video)
    report, _token = reported(grant)
    PolicyVersionFactory()
    decided(report.case, "approve")
    assert ReviewCase.objects.get(kind=CaseKind.REPORT).state == CaseState.DECIDED
