"""An admin takes a work down: at once, with a reason code, a statement of reasons and an appeal; counted nowhere."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from audit.models import AuditEvent
from audit.verification import verify
from common.errors import Conflict, Invalid, NotAllowed
from notifications.models import Notification
from review import conditions, selectors, services
from review.models import Claim, Decision, ReviewCase
from review.selectors.dashboard import dashboard
from review.selectors.quality import quality
from review.selectors.statements import latest_statement, statement_of
from review.services.opening import open_case
from review.services.reports import PUBLIC
from review.states import CaseKind, CaseState
from tests.concurrency.threads import at_once
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.review.appeals import appealed, lead, settled
from tests.review.desk import bearer, decide
from videos import services as videos
from videos.models import Approval, ShareGrant, Video
from videos.services import changes
from videos.states import Enforcement
from web.timeline import timeline_of

WORDS = {"reason_code": "third-party-rights", "artist_message": "A court order about the melody at 0:02."}
JSON = "application/json"


@pytest.fixture
def admin(db: None) -> User:
    return AdminFactory(name="Ada Admin")


@pytest.fixture
def taken(shared_video, policy, admin) -> Decision:
    return services.take_down(actor=admin, video=shared_video, **WORDS)


def enforcement(video: Video) -> str:
    return Video.objects.get(pk=video.pk).enforcement


# --- What it leaves behind -------------------------------------------------------------------------------------------


def test_it_ends_share_and_approval_and_the_decision_names_rule_words_and_files(taken, shared_video, policy):
    assert enforcement(shared_video) == Enforcement.TAKEN_DOWN
    assert not ShareGrant.objects.filter(revoked_at=None).exists()
    assert not Approval.objects.filter(voided_at=None).exists()
    assert (taken.outcome, taken.reason.code, taken.policy_version) == ("reject", "third-party-rights", policy)
    named = dict(taken.renditions.values_list("rendition__kind", "sha256"))
    assert named == dict(shared_video.renditions.current().values_list("kind", "sha256"))
    assert "original" in named


def test_every_change_of_state_is_one_event_and_the_chain_holds(taken, shared_video):
    last = list(AuditEvent.objects.order_by("-id").values_list("action", "from_state", "to_state")[:4])
    assert last[::-1] == [
        ("share.revoked", "live", "revoked"),
        ("approval.voided", "standing", "voided"),
        ("video.taken_down", "shareable", "taken_down"),
        ("review.case_decided", "", "decided"),
    ]
    assert AuditEvent.objects.get(action="video.taken_down").data == {"decision": str(taken.pk)}
    assert verify(AuditEvent.objects.order_by("id")).first_break is None


def test_the_letter_has_rule_words_and_the_statements_address_and_never_who(taken, shared_video):
    letter = Notification.objects.filter(recipient=shared_video.owner).latest("created_at")
    for words in ("taken down", "Third party rights", WORDS["artist_message"], reverse("statement", args=[taken.pk])):
        assert words.lower() in f"{letter.subject} {letter.body}".lower()
    assert "Ada" not in f"{letter.subject} {letter.body}"
    assert letter.path == reverse("statement", args=[taken.pk])


def test_page_and_bytes_are_gone_at_the_next_request(client, shared_video, policy, admin):
    page = reverse("share-page", args=[shared_video.share_grants.get().token])
    addresses = [page, f"{page}media/share_copy", f"{page}media/poster"]
    assert [client.get(address).status_code for address in addresses] == [200] * 3
    services.take_down(actor=admin, video=shared_video, **WORDS)
    assert [client.get(address).status_code for address in addresses] == [404] * 3
    assert client.get(addresses[1], headers={"range": "bytes=0-9"}).status_code == 404


def test_the_artist_reads_it_on_the_works_page_in_the_statement_and_by_the_api(client, taken, shared_video):
    owner = shared_video.owner
    client.force_login(owner)
    statement = reverse("statement", args=[taken.pk])
    page = client.get(reverse("video", args=[shared_video.pk])).content.decode()
    assert statement in page
    assert WORDS["artist_message"] in page
    text = client.get(statement).content.decode()
    assert "was taken down" in text
    assert "an admin of the programme" in text
    assert "decided it directly" in text
    assert "somebody reported it" not in text
    assert "Appeal the decision" in text
    told = client.get(reverse("api-statement", args=[taken.pk]), headers=bearer(owner, "videos:read")).json()
    expected = {
        "kind": "takedown",
        "outcome": "reject",
        "reason": "third-party-rights",
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "can_appeal": True,
    }
    assert {name: told[name] for name in expected} == expected
    assert not [secret for secret in ("Ada", str(taken.reviewer_id)) if secret in f"{page}{text}{told}"]


def test_it_stands_in_the_works_timeline_once(taken, shared_video):
    labels = [event.label for event in timeline_of(shared_video)]
    assert labels.count("Taken down") == 1


def test_a_private_work_that_nobody_ever_submitted_is_taken_down_and_appealed(finished_video, policy, admin):
    finished_video.renditions.exclude(kind="original").delete()
    decision = services.take_down(actor=admin, video=finished_video, **WORDS)
    assert list(decision.renditions.values_list("rendition__kind", flat=True)) == ["original"]
    assert latest_statement(finished_video).decision == decision
    settled(appealed(decision), "approve")
    # It is as it was: private. Nobody was asked to approve it.
    assert enforcement(finished_video) == Enforcement.PRIVATE
    assert not Approval.objects.filter(voided_at=None).exists()
    assert services.submit(actor=finished_video.owner, video=finished_video).state == CaseState.QUEUED


# --- Who, and with what ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("somebody", [ReviewerFactory, lead, lambda: ParticipantFactory().user])
def test_only_an_admin(shared_video, policy, somebody):
    with pytest.raises(NotAllowed):
        services.take_down(actor=somebody(), video=shared_video, **WORDS)


def test_nobody_their_own_work(video_maker, policy, admin):
    own = video_maker(owner=admin)
    with pytest.raises(NotAllowed) as refused:
        services.take_down(actor=admin, video=own, **WORDS)
    assert refused.value.code == "own_work"


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ({"reason_code": "dislike"}, ["reason"]),
        ({"reason_code": ""}, ["reason"]),
        ({"artist_message": "  \n"}, ["artist_message"]),
        ({"artist_message": "x" * 4001}, ["artist_message"]),
        ({"artist_message": "a\x00b"}, ["artist_message"]),
        ({"reason_code": "", "artist_message": ""}, ["reason", "artist_message"]),
    ],
)
def test_a_reason_in_force_and_words_are_owed(shared_video, policy, admin, words, fields):
    with pytest.raises(Invalid) as refused:
        services.take_down(actor=admin, video=shared_video, **(WORDS | words))
    assert [error.field for error in refused.value.fields] == fields
    assert enforcement(shared_video) == Enforcement.SHAREABLE
    assert not Decision.objects.exists()


def test_without_a_policy_nothing_can_be_decided(shared_video, admin):
    with pytest.raises(Conflict) as refused:
        services.take_down(actor=admin, video=shared_video, **WORDS)
    assert refused.value.code == "no_policy"


def test_a_second_time_is_refused_and_leaves_nothing(taken, shared_video):
    before = AuditEvent.objects.count()
    with pytest.raises(Conflict) as refused:
        services.take_down(actor=AdminFactory(), video=shared_video, **WORDS)
    assert refused.value.code == "already_taken_down"
    assert (Decision.objects.count(), AuditEvent.objects.count()) == (1, before)


def test_what_fails_on_the_way_leaves_nothing_behind(shared_video, policy, admin, monkeypatch):
    monkeypatch.setattr("review.services.decisions.record", lambda **event: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.take_down(actor=admin, video=shared_video, **WORDS)
    assert enforcement(shared_video) == Enforcement.SHAREABLE
    for left in (Decision, ReviewCase, Notification):
        assert not left.objects.exists()


# --- At the same moment ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_at_once_one_decides(shared_video, policy):
    one, other = AdminFactory(), AdminFactory()
    calls = [partial(services.take_down, actor=who, video=shared_video, **WORDS) for who in (one, other)]
    results, errors = _outcomes(calls)
    assert len(results) == 1
    assert [error.code for error in errors] == ["already_taken_down"]
    assert Decision.objects.count() == 1
    assert AuditEvent.objects.filter(action="video.taken_down").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_admin_and_a_reviewer_who_approves_at_once(case, reviewer, token, admin):
    """Whoever comes first: it ends taken down, with no approval that stands."""
    results, errors = _outcomes(
        [
            partial(services.take_down, actor=admin, video=case.video, **WORDS),
            partial(decide, reviewer, case, token, "approve"),
        ]
    )
    assert enforcement(case.video) == Enforcement.TAKEN_DOWN
    assert not Approval.objects.filter(voided_at=None).exists()
    assert {error.code for error in errors} <= {"wrong_state"}
    assert len(results) + len(errors) == 2


def _outcomes(calls: list[Any]) -> tuple[list[Any], list[Any]]:
    outcomes = at_once(*calls)
    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(error, Conflict) for error in errors), errors
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)], errors


# --- What else is open ------------------------------------------------------------------------------------------------


def test_an_open_submission_stays_open_and_nothing_approves_the_work_meanwhile(case, reviewer, token, artist, admin):
    taken = services.take_down(actor=admin, video=case.video, **WORDS)
    case.refresh_from_db()
    assert case.state == CaseState.CLAIMED
    with pytest.raises(Conflict) as refused:
        decide(reviewer, case, token, "approve")
    assert refused.value.code == "wrong_state"
    # The appeal says what stands in its way, and goes on when that is gone.
    with pytest.raises(Conflict) as in_review:
        appealed(taken)
    assert in_review.value.code == "in_review"
    services.withdraw(actor=artist, case=case)
    settled(appealed(taken), "approve")
    assert enforcement(case.video) == Enforcement.PRIVATE


def test_the_works_page_says_what_keeps_it_down_whatever_else_is_open_or_decided(
    client, case, reviewer, token, artist, admin
):
    taken = services.take_down(actor=admin, video=case.video, **WORDS)
    client.force_login(artist)
    page = partial(client.get, reverse("video", args=[case.video_id]))
    waiting = page().content.decode()
    assert reverse("statement", args=[taken.pk]) in waiting
    assert "Withdraw it first if you want to appeal." in waiting
    decide(reviewer, case, token, "reject")
    case.video.refresh_from_db()
    assert latest_statement(case.video).decision == taken
    assert f"{reverse('statement', args=[taken.pk])}#appeal" in page().content.decode()
    settled(appealed(taken), "approve")
    case.video.refresh_from_db()
    assert latest_statement(case.video).kind == CaseKind.SUBMISSION


def test_a_report_that_is_decided_later_keeps_the_work_down_until_both_are_overturned(shared_video, policy, reviewer):
    case = open_case(kind=CaseKind.REPORT, video=shared_video, opened_by=None)
    taken = services.take_down(actor=AdminFactory(), video=shared_video, **WORDS)
    _claim, token = services.claim(actor=reviewer, case=case)
    reported = decide(reviewer, case, token, "reject")
    settled(appealed(taken), "approve")
    assert enforcement(shared_video) == Enforcement.TAKEN_DOWN
    told = Notification.objects.filter(kind="appeal.overturned").latest("created_at")
    assert "still cannot be shared" in told.body
    settled(appealed(reported), "approve")
    assert enforcement(shared_video) == Enforcement.SHAREABLE


def test_a_take_down_that_was_upheld_keeps_the_work_down(shared_video, policy, reviewer):
    case = open_case(kind=CaseKind.REPORT, video=shared_video, opened_by=None)
    taken = services.take_down(actor=AdminFactory(), video=shared_video, **WORDS)
    _claim, token = services.claim(actor=reviewer, case=case)
    reported = decide(reviewer, case, token, "reject")
    settled(appealed(taken), "reject")
    settled(appealed(reported), "approve")
    assert enforcement(shared_video) == Enforcement.TAKEN_DOWN


# --- The appeal ------------------------------------------------------------------------------------------------------


def test_overturned_it_is_restored_at_once_and_only_the_artist_shares_again(taken, shared_video):
    settled(appealed(taken), "approve")
    assert enforcement(shared_video) == Enforcement.SHAREABLE
    assert not ShareGrant.objects.filter(revoked_at=None).exists()
    assert videos.share(actor=shared_video.owner, video=shared_video).revoked_at is None
    assert statement_of(taken).is_overturned


def test_upheld_it_stays_down_and_cannot_be_appealed_again(taken, shared_video):
    settled(appealed(taken), "reject")
    assert enforcement(shared_video) == Enforcement.TAKEN_DOWN
    with pytest.raises(Conflict) as refused:
        appealed(taken)
    assert refused.value.code == "already_appealed"


def test_a_second_take_down_has_an_appeal_of_its_own(taken, shared_video):
    settled(appealed(taken), "approve")
    again = services.take_down(actor=AdminFactory(), video=shared_video, **WORDS)
    assert enforcement(shared_video) == Enforcement.TAKEN_DOWN
    settled(appealed(again), "approve")
    assert enforcement(shared_video) == Enforcement.SHAREABLE


def test_a_refused_work_is_not_approved_by_way_of_a_take_down(case, reviewer, token, admin):
    decide(reviewer, case, token, "reject")
    taken = services.take_down(actor=admin, video=case.video, **WORDS)
    settled(appealed(taken), "approve")
    assert enforcement(case.video) == Enforcement.PRIVATE
    told = Notification.objects.filter(kind="appeal.overturned").latest("created_at")
    assert "private, as it was before" in told.body


def test_an_admin_who_became_a_lead_does_not_decide_about_their_own(taken, admin):
    case = appealed(taken).case
    admin.staff_role = "lead_reviewer"
    admin.save(update_fields=["staff_role"])
    with pytest.raises((NotAllowed, Conflict)) as refused:
        services.claim(actor=admin, case=case)
    assert refused.value.code == "took_part"


def test_what_was_taken_down_before_each_had_a_decision_is_no_part_of_an_appeal(shared_video, policy, reviewer, admin):
    """The event of an earlier version: an admin's own step, for a reason in free words."""
    case = open_case(kind=CaseKind.REPORT, video=shared_video, opened_by=None)
    with transaction.atomic():
        row = changes.locked(shared_video)
        steps = changes.revoke_live_share(row, "A court order") + changes.void_standing_approval(row, "A court order")
        words = {"reason": "A court order"}
        steps += changes.move(row, Enforcement.TAKEN_DOWN, action="video.taken_down", data=words)
        changes.record_all(admin, steps)
    _claim, token = services.claim(actor=reviewer, case=case)
    settled(appealed(decide(reviewer, case, token, "reject")), "approve")
    assert enforcement(shared_video) == Enforcement.TAKEN_DOWN


# --- Nowhere in a queue, and in no figure ----------------------------------------------------------------------------


def test_it_is_in_no_queue_and_no_claim_is_left(taken):
    case = taken.case
    assert (case.state, case.opened_by, case.closed_at is not None) == (CaseState.DECIDED, None, True)
    assert not Claim.objects.filter(ended_at=None).exists()
    assert services.claim_next(actor=lead()) is None
    with pytest.raises(conditions.Unfit):
        conditions.FIELDS["kind"].read(["takedown"])


@pytest.mark.parametrize("state", [state for state in CaseState if state != CaseState.DECIDED])
def test_the_database_lets_none_wait(taken, state):
    closed = {"closed_at": taken.decided_at} if state == CaseState.WITHDRAWN else {"closed_at": None}
    escalated = {"escalated_at": taken.decided_at} if state == CaseState.ESCALATED else {}
    with pytest.raises(IntegrityError, match="case_never_queued"), transaction.atomic():
        ReviewCase.objects.filter(pk=taken.case_id).update(state=state, **closed, **escalated)


def test_no_figure_of_the_reviewers_counts_it(shared_video, policy, admin):
    def figures() -> tuple[Any, ...]:
        seen = quality()
        return dashboard(), seen.all, seen.by_reviewer, selectors.deadline_figures()

    before = figures()
    services.take_down(actor=admin, video=shared_video, **WORDS)
    assert figures() == before


def test_the_artists_submissions_do_not_list_it(client, taken, shared_video):
    address = reverse("api-submissions", args=[shared_video.pk])
    listed = client.get(address, headers=bearer(shared_video.owner, "videos:read")).json()
    assert listed == [] or listed["results"] == []


def test_the_desk_shows_it_in_the_works_history(client, taken, shared_video):
    appeal = appealed(taken)
    client.force_login(lead())
    page = client.post(f"/desk/cases/{appeal.case_id}/claim/", follow=True).content.decode()
    assert WORDS["artist_message"] in page
    assert "Direct take-down" in page


def test_reports_that_wait_are_still_answered(shared_video, policy, reviewer, admin):
    grant = shared_video.share_grants.get()
    made, _secret = services.report(actor=PUBLIC, grant=grant, category="rights", body="That is my melody.")
    services.take_down(actor=admin, video=shared_video, **WORDS)
    _claim, token = services.claim(actor=reviewer, case=made.case)
    assert decide(reviewer, made.case, token, "reject").outcome == "reject"


# --- The API and the page --------------------------------------------------------------------------------------------


def test_by_the_api(client, shared_video, policy, admin):
    place = reverse("api-video-take-down", args=[shared_video.pk])
    body = {"reason": "violence", "artist_message": "At 0:03."}
    for person in (shared_video.owner, ReviewerFactory()):
        client.force_login(person)
        assert client.post(place, body, JSON).status_code == 404
    client.force_login(admin)
    wrong = client.post(place, {"reason": "dislike", "artist_message": " "}, JSON)
    assert (wrong.status_code, [one["field"] for one in wrong.json()["errors"]]) == (400, ["reason", "artist_message"])
    assert client.post(place, {"reason": "violence"}, JSON).status_code == 400
    done = client.post(place, body, JSON)
    decision = Decision.objects.get()
    assert (done.status_code, done.json()["id"], done.json()["enforcement"]) == (
        200,
        str(shared_video.pk),
        "taken_down",
    )
    assert done.json()["decision"] == str(decision.pk)
    again = client.post(place, body, JSON)
    assert (again.status_code, again.json()["code"]) == (409, "already_taken_down")
    assert client.get(reverse("api-video", args=[shared_video.pk])).status_code == 404
    assert client.post(place.replace(str(shared_video.pk), str(decision.pk)), body, JSON).status_code == 404


def test_a_token_needs_the_scope_of_admins(client, shared_video, policy, admin):
    place = reverse("api-video-take-down", args=[shared_video.pk])
    body = {"reason": "violence", "artist_message": "At 0:03."}
    refused = client.post(place, body, JSON, headers=bearer(admin, "videos:read", "videos:share"))
    assert (refused.status_code, enforcement(shared_video)) == (403, Enforcement.SHAREABLE)
    assert client.post(place, body, JSON, headers=bearer(admin, "programme:admin")).status_code == 200


def test_by_the_page_which_keeps_what_was_typed(client, shared_video, policy, admin):
    client.force_login(admin)
    address = reverse("admin:review_take_down", args=[shared_video.pk])
    asked = client.get(address).content.decode()
    assert "Third party rights" in asked
    assert "public at this moment" in asked
    assert shared_video.title not in asked
    kept = client.post(address, {"reason": "", "artist_message": "What I typed."}).content.decode()
    assert "What I typed." in kept
    assert "Choose a reason: the artist is owed one." in kept
    blank = client.post(address, {"reason": "violence", "artist_message": "a\x00b"}).content.decode()
    assert 'value="violence" selected' in blank
    assert enforcement(shared_video) == Enforcement.SHAREABLE
    done = client.post(address, {"reason": "violence", "artist_message": "At 0:03."})
    assert (done.status_code, done.url) == (302, reverse("admin:videos_video_change", args=[shared_video.pk]))
    assert enforcement(shared_video) == Enforcement.TAKEN_DOWN
    twice = client.post(address, {"reason": "violence", "artist_message": "Sent twice."}).content.decode()
    assert "already" in twice
    assert "Sent twice." in twice
    assert "already" in client.get(address).content.decode()
    assert Decision.objects.count() == 1


def test_the_page_is_an_admins_alone(client, shared_video, policy):
    address = reverse("admin:review_take_down", args=[shared_video.pk])
    for person in (ReviewerFactory(), shared_video.owner):
        client.force_login(person)
        assert client.get(address).status_code != 200
        client.post(address, {"reason": "violence", "artist_message": "Mine."})
    assert enforcement(shared_video) == Enforcement.SHAREABLE
    client.force_login(AdminFactory())
    assert client.get(reverse("admin:review_take_down", args=[policy.pk])).status_code == 404
