"""The statement of reasons: rule and version, facts with their moments, whether a program took part, how to appeal."""

from __future__ import annotations

import pytest

from notifications.models import Notification
from review import services
from review.models import Comment, Decision, Signal
from review.selectors.statements import adverse_decisions, latest_statement, statement_of, statements
from review.services.opening import open_case
from review.states import CaseKind
from tests.factories import AdminFactory, ParticipantFactory
from tests.review.appeals import appealed, settled
from tests.review.desk import bearer, decide

READ, SHARE = "videos:read", "videos:share"


@pytest.fixture
def refusal(case, reviewer, token) -> Decision:
    corner = {"left": 0.125, "top": 0.0625, "width": 0.25, "height": 0.25}
    for at_ms, body, part in ((1250, "A blow to the face.", corner), (500, "A knife.", {})):
        Comment.objects.create(case=case, video=case.video, author=reviewer, at_ms=at_ms, body=body, **part)
    Comment.objects.create(
        case=case, video=case.video, author=reviewer, at_ms=1, body="A slip.", removed_at=case.opened_at
    )
    return decide(reviewer, case, token, "reject", internal_note="Ask legal.")


def test_it_tells_rule_version_reason_and_the_moments_in_order(refusal):
    statement = statement_of(refusal)
    assert statement.decision.policy_version.number == refusal.policy_version.number
    assert statement.decision.reason.label == "Violence"
    # At 8 frames a second: 0.5 s is frame 4 of second 0.
    assert [(fact.timecode, fact.body) for fact in statement.facts] == [
        ("0:00.04", "A knife."),
        ("0:01.02", "A blow to the face."),
    ]
    assert [fact.rectangle for fact in statement.facts] == [None, services.Rectangle(0.125, 0.0625, 0.25, 0.25)]
    assert statement.can_appeal


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        ((0, 0, 0.2, 0.2), "upper left part of the frame"),
        ((0.8, 0.7, 0.2, 0.3), "lower right part of the frame"),
        ((0.3, 0.3, 0.4, 0.4), "middle of the frame"),
        ((0, 0.9, 1, 0.1), "lower part of the frame"),  # a strip over the whole width is on neither side
        ((0.9, 0, 0.1, 1), "right part of the frame"),
        ((0, 0, 0.9, 0.9), "nearly the whole frame"),
    ],
)
def test_a_part_of_the_frame_is_said_in_words(sides, words):
    assert services.Rectangle(*sides).words == words


def test_the_moments_of_a_round_belong_to_its_own_decision(case, reviewer, token, artist, colleague):
    Comment.objects.create(case=case, video=case.video, author=reviewer, at_ms=250, body="First look.")
    first = decide(reviewer, case, token, "request_changes")
    services.answer(actor=artist, case=case, body="Look again.")
    _claim, token = services.claim(actor=colleague, case=case)
    Comment.objects.create(case=case, round=2, video=case.video, author=colleague, at_ms=750, body="Second look.")
    second = decide(colleague, case, token, "reject")
    assert [fact.body for fact in statement_of(first).facts] == ["First look."]
    assert [fact.body for fact in statement_of(second).facts] == ["Second look."]
    assert statement_of(first).is_superseded
    assert latest_statement(case.video).decision == second


def test_it_is_about_the_take_that_was_shown_even_when_another_took_its_place(
    case, reviewer, token, artist, video_maker
):
    shown = case.video
    first = decide(reviewer, case, token, "request_changes")
    services.answer(actor=artist, case=case, video=video_maker(owner=artist))
    assert statement_of(first).video == shown


def test_an_approval_after_a_refusal_is_the_last_word(case, reviewer, token, artist, colleague):
    decide(reviewer, case, token, "request_changes")
    services.answer(actor=artist, case=case, body="Look again.")
    _claim, token = services.claim(actor=colleague, case=case)
    decide(colleague, case, token)
    assert latest_statement(case.video) is None


def test_it_says_when_a_program_had_pointed_at_something(case, reviewer, token):
    copy = case.video.renditions.get(kind="share_copy")
    # The desk's own signals may wait there already.
    Signal.objects.update_or_create(
        rendition=copy, kind="faces", defaults={"video": case.video, "state": "done", "fired": True}
    )
    assert statement_of(decide(reviewer, case, token, "reject")).decision.automated_detection


def test_an_approval_taken_back_has_its_own_words(approved_video, policy, reviewer):
    case = open_case(kind=CaseKind.RECHECK, video=approved_video, opened_by=None)
    _claim, token = services.claim(actor=reviewer, case=case)
    decision = decide(reviewer, case, token, "reject")
    assert statement_of(decision).can_appeal
    told = Notification.objects.get(kind="review.reject")
    assert "took its approval back" in told.body
    assert "You can appeal until" in told.body
    assert told.path == f"/statements/{decision.pk}/"


def test_a_second_look_that_changed_nothing_is_no_news(approved_video, policy, reviewer):
    case = open_case(kind=CaseKind.RECHECK, video=approved_video, opened_by=None)
    _claim, token = services.claim(actor=reviewer, case=case)
    decide(reviewer, case, token)
    assert not Notification.objects.filter(recipient=approved_video.owner).exists()


def test_nobodys_statements_but_ones_own(refusal, artist, reviewer):
    assert list(adverse_decisions(artist)) == [refusal]
    for person in (reviewer, ParticipantFactory().user):
        assert not adverse_decisions(person).exists()


def test_many_statements_ask_as_few_queries_as_one(refusal, artist, colleague, django_assert_num_queries):
    for _time in range(2):
        again = services.submit(actor=artist, video=refusal.case.video)
        _claim, token = services.claim(actor=colleague, case=again)
        decide(colleague, again, token, "reject")
    decisions = list(adverse_decisions(artist))
    assert len(decisions) == 3
    # Decisions; files; rounds; remarks. An appeal adds its outcome.
    with django_assert_num_queries(4):
        assert len(statements(decisions[:1])) == 1
    with django_assert_num_queries(4):
        found = statements(decisions)
    assert [statement.decision for statement in found] == decisions


# --- In the API -----------------------------------------------------------------------------------------------------


def test_the_api_speaks_with_the_names_of_the_transparency_database(client, refusal, artist):
    told = client.get(f"/api/v1/statements/{refusal.pk}/", headers=bearer(artist, READ)).json()
    assert told["puid"] == str(refusal.pk)
    assert told["decision_visibility"] == ["DECISION_VISIBILITY_OTHER"]
    assert told["decision_visibility_other"]
    assert told["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert told["incompatible_content_ground"].endswith(": Violence")
    assert "Explained." in told["incompatible_content_explanation"]
    assert told["incompatible_content_illegal"] == "No"
    assert told["category"] == "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    assert told["content_type"] == ["CONTENT_TYPE_VIDEO", "CONTENT_TYPE_SYNTHETIC_MEDIA"]
    assert told["content_date"] == f"{refusal.case.video.created_at:%Y-%m-%d}"
    assert told["application_date"] == f"{refusal.decided_at:%Y-%m-%d}"
    assert (
        told["decision_facts"]
        == "At 0:03.\n0:00.04 A knife.\n0:01.02 (upper left part of the frame) A blow to the face."
    )
    assert told["source_type"] == "SOURCE_VOLUNTARY"
    assert (told["automated_detection"], told["automated_decision"]) == ("No", "AUTOMATED_DECISION_NOT_AUTOMATED")
    assert told["end_date_visibility_restriction"] is None
    assert told["facts"][0]["url"].endswith(f"/videos/{refusal.case.video_id}/?t=0.500")
    assert told["facts"][1]["url"].endswith("/?t=1.250#xywh=percent:12.5,6.2,25,25")
    corner = {"left": 0.125, "top": 0.0625, "width": 0.25, "height": 0.25}
    assert [fact["rectangle"] for fact in told["facts"]] == [None, corner]
    assert told["can_appeal"] is True
    assert told["appeal"] is None
    text = str(told)
    for secret in ("Rosa", "reviewer", "Ask legal.", "A slip."):
        assert secret not in text


def test_the_category_is_the_reasons_own(client, case, reviewer, token, artist):
    ours = services.Reason("blows", "Blows", "Explained.", "STATEMENT_CATEGORY_VIOLENCE")
    services.publish_policy(actor=AdminFactory(), slug="sharing", title="Sharing", body="Words.", reasons=[ours])
    decision = decide(reviewer, case, token, "reject", reason_code="blows")
    told = client.get(f"/api/v1/statements/{decision.pk}/", headers=bearer(artist, READ)).json()
    assert told["category"] == "STATEMENT_CATEGORY_VIOLENCE"
    rules = client.get("/api/v1/policies/").json()
    assert rules["in_force"][0]["reasons"][0]["category"] == "STATEMENT_CATEGORY_VIOLENCE"


def test_a_take_down_names_the_notice_that_it_followed(client, shared_video, policy, reviewer):
    case = open_case(kind=CaseKind.REPORT, video=shared_video, opened_by=None)
    _claim, token = services.claim(actor=reviewer, case=case)
    decision = decide(reviewer, case, token, "reject")
    told = client.get(f"/api/v1/statements/{decision.pk}/", headers=bearer(shared_video.owner, READ)).json()
    assert told["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_DISABLED"]
    assert told["source_type"] == "SOURCE_ARTICLE_16"


def test_an_appeal_by_the_api_from_beginning_to_end(client, refusal, artist):
    address = f"/api/v1/statements/{refusal.pk}/appeal/"
    headers = bearer(artist, READ, SHARE)
    empty = client.post(address, {"body": " "}, content_type="application/json", headers=headers)
    assert (empty.status_code, "body" in str(empty.json())) == (400, True)
    made = client.post(address, {"body": "A stage fight."}, content_type="application/json", headers=headers)
    assert (made.status_code, made.json()["appeal"]["state"]) == (201, "pending")
    progress = made.json()["appeal"]["progress"]
    assert "lead reviewer who took no part" in progress["where"]
    assert progress["place"] == 1
    twice = client.post(address, {"body": "Again."}, content_type="application/json", headers=headers)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_appealed")
    settled(refusal.appeal, "reject")
    told = client.get("/api/v1/statements/", headers=headers).json()["results"][0]["appeal"]
    assert (told["state"], told["message"], told["reason"]) == ("upheld", "I watched it twice.", "violence")
    late = client.post(f"{address}withdraw/", {}, content_type="application/json", headers=headers)
    assert (late.status_code, late.json()["code"]) == (409, "appeal_closed")


def test_an_appeal_is_withdrawn_by_the_api(client, refusal, artist):
    appealed(refusal)
    told = client.post(
        f"/api/v1/statements/{refusal.pk}/appeal/withdraw/",
        {},
        content_type="application/json",
        headers=bearer(artist, SHARE),
    )
    assert (told.status_code, told.json()["appeal"]["state"]) == (200, "withdrawn")


def test_a_token_needs_the_scope(client, refusal, artist):
    headers = bearer(artist, "generations:read")
    assert client.get(f"/api/v1/statements/{refusal.pk}/", headers=headers).status_code == 403
    read_only = bearer(artist, READ)
    address = f"/api/v1/statements/{refusal.pk}/appeal/"
    assert client.post(address, {}, content_type="application/json", headers=read_only).status_code == 403


def test_the_submission_in_the_api_leads_to_its_statement_and_says_where_it_stands(
    client, refusal, artist, video_maker
):
    headers = bearer(artist, READ)
    rows = client.get(f"/api/v1/videos/{refusal.case.video_id}/submissions/", headers=headers).json()["results"]
    assert rows[0]["decision"]["statement"] == f"/api/v1/statements/{refusal.pk}/"
    assert rows[0]["progress"] is None
    other = video_maker(owner=artist)
    services.submit(actor=artist, video=other)
    progress = client.get(f"/api/v1/videos/{other.pk}/submissions/", headers=headers).json()["results"][0]["progress"]
    assert (progress["place"], progress["beyond"], progress["expected_wait"]) == (1, None, None)
    assert (progress["overdue"], progress["escalated"], progress["two_persons"]) == (False, False, False)
    assert "queue" in progress["where"]
    assert "lead reviewers" in progress["after_deadline"]


@pytest.mark.django_db
def test_everybody_reads_how_many_deadlines_were_kept(client):
    assert client.get("/api/v1/review/figures/").json() == {"days": 90, "met": 0, "missed": 0, "met_percent": None}
