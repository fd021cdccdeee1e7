"""The decision: who, on what, with which words. Pitfalls 9, 10, 13, 14 and 17 of the review's reference."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.core.files.storage import storages

from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.ids import uuid7
from notifications.models import Notification
from review import services
from review.models import Decision, InternalNote, ReviewCase
from review.states import CaseState
from tests.factories import AdminFactory, ReviewerFactory
from tests.review.desk import decide, lapse, shown
from videos.models import Approval, Rendition
from videos.services import take_down
from videos.states import Enforcement


def unchanged(case: ReviewCase) -> bool:
    """Nothing of a refused decision is left."""
    case.refresh_from_db()
    nothing = not Decision.objects.exists() and not Approval.objects.exists() and not Notification.objects.exists()
    return nothing and case.state == CaseState.CLAIMED and case.claims.filter(ended_at=None).exists()


def test_an_approval_makes_the_video_shareable_and_tells_the_artist(case, reviewer, token):
    decision = decide(reviewer, case, token, artist_message="Lovely light.")
    case.refresh_from_db()
    case.video.refresh_from_db()
    assert (case.state, case.video.enforcement) == (CaseState.DECIDED, Enforcement.SHAREABLE)
    assert Approval.objects.get(voided_at=None).decision_id == decision.pk
    told = Notification.objects.get(kind="review.approve")
    assert told.recipient == case.video.owner
    assert "Lovely light." in told.body
    assert str(case.video_id) in told.path


def test_a_decision_names_the_hash_of_every_rendition_shown(case, reviewer, token):
    decision = decide(reviewer, case, token)
    named = {row.rendition.kind: row.sha256 for row in decision.renditions.select_related("rendition")}
    assert set(named) == {"share_copy", "poster", "storyboard"}
    for row in decision.renditions.select_related("rendition"):
        with storages["private"].open(row.rendition.storage_key) as file:
            assert hashlib.sha256(file.read()).hexdigest() == row.sha256


def test_a_decision_has_one_event_of_the_case_without_its_words(case, reviewer, token):
    decide(reviewer, case, token, "reject", internal_note="Ask legal.", artist_message="It shows a minister.")
    event = AuditEvent.objects.get(action="review.case_decided")
    assert (event.from_state, event.to_state, event.data["reason"]) == ("claimed", "decided", "violence")
    assert event.data["shown"] == shown(case.video)
    assert "legal" not in str(event.data)
    assert "minister" not in str(event.data)


@pytest.mark.parametrize("outcome", ["request_changes", "reject"])
def test_an_adverse_decision_gives_reason_message_and_next_step(case, reviewer, token, outcome):
    decision = decide(reviewer, case, token, outcome, internal_note="Second one this week.")
    assert decision.reason.code == "violence"
    told = Notification.objects.get(kind=f"review.{outcome}")
    for words in ("Violence", "Explained.", "At 0:03.", "submit"):
        assert words in told.body
    for words in ("Rosa", "Second one"):
        assert words not in told.body + told.subject
    assert InternalNote.objects.get().body == "Second one this week."
    case.video.refresh_from_db()
    assert case.video.enforcement == Enforcement.PRIVATE
    assert not Approval.objects.exists()


@pytest.mark.parametrize("outcome", ["request_changes", "reject"])
@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"reason_code": ""}, "reason"),
        ({"reason_code": "invented"}, "reason"),
        ({"artist_message": ""}, "artist_message"),
        ({"artist_message": " \n "}, "artist_message"),
        ({"artist_message": "x" * 4001}, "artist_message"),
        ({"internal_note": "x" * 4001}, "internal_note"),
        ({"internal_note": "\x00"}, "internal_note"),
    ],
)
def test_an_adverse_decision_without_its_words_is_refused(case, reviewer, token, outcome, words, field):
    with pytest.raises(Invalid) as refusal:
        decide(reviewer, case, token, outcome, **words)
    assert [error.field for error in refusal.value.fields] == [field]
    assert unchanged(case)


def test_a_reason_of_an_earlier_policy_no_longer_counts(case, reviewer, token):
    services.publish_policy(
        actor=AdminFactory(),
        slug="sharing",
        title="Sharing",
        body="New rules.",
        reasons=[services.Reason("likeness", "Likeness of a real person", "Somebody can be recognised.")],
    )
    with pytest.raises(Invalid) as refusal:
        decide(reviewer, case, token, "reject")
    assert refusal.value.fields[0].allowed == "likeness"
    decision = decide(reviewer, case, token, "reject", reason_code="likeness")
    assert decision.policy_version.body == "New rules."


def test_an_approval_with_a_reason_code_and_an_unknown_outcome_are_refused(case, reviewer, token):
    with pytest.raises(Invalid, match="An approval gives no reason"):
        decide(reviewer, case, token, "approve", reason_code="violence")
    with pytest.raises(Invalid, match="not an outcome"):
        decide(reviewer, case, token, "maybe")
    assert unchanged(case)


def test_an_expired_claim_decides_nothing_even_before_anybody_sweeps(case, reviewer, token):
    lapse(case)
    with pytest.raises(Conflict, match=r"Your claim expired at \d\d:\d\d UTC. The case is back in the queue."):
        decide(reviewer, case, token)
    assert not Decision.objects.exists()


def test_the_compare_and_set_itself_refuses_a_claim_that_expires_between_check_and_write(
    case, reviewer, token, monkeypatch
):
    """The first look finds a live claim; while the files are read its time runs out."""
    from review.services import decisions

    monkeypatch.setattr(decisions, "_require_true_bytes", lapse)
    with pytest.raises(Conflict, match="Your claim expired"):
        decide(reviewer, case, token)
    assert not Decision.objects.exists()


def test_an_earlier_claims_token_decides_nothing(case, reviewer, token):
    services.release(actor=reviewer, case=case, token=token)
    services.claim(actor=reviewer, case=case)
    with pytest.raises(Conflict, match="in another window"):
        decide(reviewer, case, token)
    assert unchanged(case)


def test_a_token_works_only_for_the_person_who_claimed(case, token, colleague):
    with pytest.raises(Conflict, match="not the token of a claim of yours"):
        decide(colleague, case, token)
    assert unchanged(case)


def test_another_version_of_the_case_is_refused(case, reviewer, token):
    with pytest.raises(Conflict, match="at version 2, yours was 1"):
        decide(reviewer, case, token, case_version=1)
    assert unchanged(case)


def test_a_withdrawn_submission_is_not_decided(case, artist, reviewer, token):
    services.withdraw(actor=artist, case=case)
    with pytest.raises(Conflict, match="The artist withdrew the submission"):
        decide(reviewer, case, token)
    assert not Decision.objects.exists()


def test_a_case_is_decided_once(case, reviewer, token):
    decide(reviewer, case, token)
    with pytest.raises(Conflict, match="You decided it at"):
        decide(reviewer, case, token)
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    "tamper",
    [
        lambda real: {},
        lambda real: {kind: sha for kind, sha in real.items() if kind != "poster"},
        lambda real: real | {"share_copy": "0" * 64},
        lambda real: real | {"original": "0" * 64},
    ],
    ids=["nothing shown", "one missing", "other bytes", "one too many"],
)
@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_hashes_other_than_exactly_those_shown_are_refused(case, reviewer, token, tamper, outcome):
    with pytest.raises(Conflict) as refusal:
        decide(reviewer, case, token, outcome, shown=tamper(shown(case.video)))
    assert refusal.value.code == "bytes_changed"
    assert unchanged(case)


def test_while_the_storage_is_away_nothing_is_approved_and_nobody_is_called_a_forger(
    client, case, reviewer, token, storage_goes_away
):
    body = {
        "claim_token": token,
        "case_version": case.version,
        "outcome": "approve",
        "shown": shown(case.video),
        "artist_message": "A fine one.",
    }
    storage_goes_away()
    client.force_login(reviewer)
    address = f"/api/v1/review/cases/{case.pk}/decisions/"
    answer = client.post(address, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "storage_away", "5")
    page = client.post(f"/desk/cases/{case.pk}/decide/", body | {"shown": json.dumps(body["shown"]), "confirmed": "1"})
    assert page.status_code == 503
    assert "The files cannot be reached right now." in page.content.decode()
    assert "A fine one.</textarea>" in page.content.decode()
    assert unchanged(case)


def test_bytes_that_were_swapped_in_the_storage_are_not_approved(case, reviewer, token):
    key = Rendition.objects.get(video=case.video, kind="share_copy").storage_key
    path = storages["private"].path(key)
    with open(path, "r+b") as file:
        file.seek(100)
        file.write(b"swapped!")
    with pytest.raises(Conflict) as refusal:
        decide(reviewer, case, token)
    assert refusal.value.code == "bytes_changed"
    assert unchanged(case)


def test_nobody_decides_on_their_own_work(video_maker, policy):
    owner = ReviewerFactory()
    video = video_maker(owner=owner)
    case = services.submit(actor=owner, video=video, note="")
    with pytest.raises(NotAllowed, match="your own work"):
        decide(owner, case, "any")


def test_to_strangers_there_is_no_case_to_decide(case, token):
    for stranger in (case.video.owner, AdminFactory()):
        with pytest.raises(NotFound):
            decide(stranger, case, token)


def test_without_a_policy_nothing_is_decided(finished_video, reviewer):
    case = services.submit(actor=finished_video.owner, video=finished_video, note="")
    _claim, token = services.claim(actor=reviewer, case=case)
    with pytest.raises(Conflict, match="No policy is in force"):
        decide(reviewer, case, token)


def test_a_take_down_closes_no_case_and_is_not_undone_by_an_approval(case, reviewer, token):
    take_down(actor=AdminFactory(), video=case.video, decision_id=uuid7())
    Notification.objects.all().delete()
    with pytest.raises(Conflict, match="taken down"):
        decide(reviewer, case, token)
    assert unchanged(case)
    assert decide(reviewer, case, token, "reject").outcome == "reject"
