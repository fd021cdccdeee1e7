"""Clear-cut cases decided alike: one proposes, another confirms, and ten minutes later each is looked at again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from common.actors import System
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.ids import uuid7
from notifications.models import Notification
from review import policies, services
from review.models import (
    Assessment,
    BulkDecision,
    BulkItem,
    Decision,
    Interest,
    ReviewCase,
    ReviewQueue,
    Signal,
)
from review.selectors.bulk import groups_of
from review.services import bulk
from review.services.bulk_apply import apply_due
from review.services.second_person import need_second_person
from review.states import BulkState, CaseState
from tests.factories import AdminFactory, ReviewerFactory
from tests.review.appeals import appealed
from tests.review.desk import decide, watched
from videos.models import Approval, Rendition
from videos.services import take_down
from videos.states import RenditionKind

REFUSAL = {"outcome": "reject", "reason_code": "violence", "artist_message": "The same scene as before."}


def seen(cases: list[ReviewCase]) -> dict[uuid.UUID, int]:
    return dict(ReviewCase.objects.filter(pk__in=[case.pk for case in cases]).values_list("pk", "version"))


def proposed(actor: User, cases: list[ReviewCase], **words: Any) -> BulkDecision:
    """By somebody who has watched each."""
    watched(actor, cases)
    return bulk.propose(actor=actor, cases=seen(cases), **(REFUSAL | words))


def confirmed(actor: User, other: User, cases: list[ReviewCase], **words: Any) -> BulkDecision:
    mine = proposed(actor, cases, **words)
    watched(other, cases)
    return bulk.confirm(actor=other, bulk=mine)


def ripe(mine: BulkDecision) -> BulkDecision:
    """Ten minutes later."""
    BulkDecision.objects.filter(pk=mine.pk).update(applies_at=timezone.now() - timedelta(seconds=1))
    return mine


def results(mine: BulkDecision) -> list[str]:
    return list(mine.items.order_by("case").values_list("result", flat=True))


def untouched(cases: list[ReviewCase]) -> bool:
    states = set(ReviewCase.objects.filter(pk__in=[case.pk for case in cases]).values_list("state", flat=True))
    return states == {"queued"} and not Decision.objects.exists() and not Notification.objects.exists()


# --- The way it goes ---------------------------------------------------------------------------------------------


def test_proposed_by_one_confirmed_by_another_and_applied_ten_minutes_later(cases, reviewer, colleague):
    mine = proposed(reviewer, cases)
    assert untouched(cases)
    watched(colleague, cases)
    mine = bulk.confirm(actor=colleague, bulk=mine)
    assert timedelta(minutes=9) < mine.applies_at - timezone.now() <= timedelta(minutes=10)
    assert apply_due() == 0
    assert untouched(cases)
    ripe(mine)
    assert apply_due() == 2
    mine.refresh_from_db()
    assert (mine.state, results(mine)) == (BulkState.APPLIED, ["applied", "applied"])
    for case in cases:
        case.refresh_from_db()
        decision = case.decisions.get()
        assert (case.state, decision.reviewer, decision.artist_message) == (
            "decided",
            colleague,
            "The same scene as before.",
        )
        assert case.assessments.get().reviewer == reviewer
        assert decision.bulk_item.bulk == mine
    assert Notification.objects.filter(kind="review.reject").count() == 2
    appealed(decision)
    assert [policies.recusal_of(one, case) for one in (reviewer, colleague)] == ["dispute", "dispute"]


def test_every_step_is_on_record(cases, reviewer, colleague):
    mine = ripe(confirmed(reviewer, colleague, cases))
    apply_due()
    events = AuditEvent.objects.filter(target_type="bulkdecision").order_by("id")
    assert [(event.action, event.actor_id) for event in events] == [
        ("review.bulk_proposed", str(reviewer.pk)),
        ("review.bulk_confirmed", str(colleague.pk)),
        ("review.bulk_applied", "bulk-clock"),
    ]
    decided = AuditEvent.objects.filter(action="review.case_decided", target_id=str(cases[0].pk)).get()
    assert decided.actor_id == str(colleague.pk)
    assert (decided.data["bulk"], decided.data["proposed_by"]) == (str(mine.pk), str(reviewer.pk))


def test_applying_again_changes_nothing_and_finds_what_a_crash_left_over(cases, reviewer, colleague):
    mine = ripe(confirmed(reviewer, colleague, cases))
    assert apply_due() == 2
    assert apply_due() == 0
    left = services.submit(actor=(video := cases[0].video).owner, video=video)
    BulkItem.objects.create(bulk=mine, case=left, case_version=left.version, shown=mine.items.first().shown)
    assert apply_due() == 1


def test_a_group_that_was_watched_is_approved_with_true_bytes(cases, reviewer, colleague):
    ripe(confirmed(reviewer, colleague, cases, outcome="approve", reason_code="", artist_message=""))
    assert apply_due() == 2
    assert Approval.objects.filter(voided_at=None, approver=colleague).count() == 2


# --- Proposing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"reason_code": ""}, "reason"),
        ({"artist_message": ""}, "artist_message"),
        ({"outcome": "escalate", "reason_code": "", "artist_message": ""}, "internal_note"),
        ({"outcome": "maybe"}, "outcome"),
    ],
)
def test_a_proposal_has_the_words_of_a_decision(cases, reviewer, words, field):
    with pytest.raises(Invalid) as refusal:
        proposed(reviewer, cases, **words)
    assert [error.field for error in refusal.value.fields] == [field]


def test_one_to_fifty_cases(policy, reviewer):
    for number in (0, 51):
        with pytest.raises(Invalid, match="Choose 1 to 50 cases"):
            bulk.propose(actor=reviewer, cases={uuid.uuid4(): 1 for _ in range(number)}, **REFUSAL)


def claimed_by_another(case: ReviewCase) -> None:
    services.claim(actor=ReviewerFactory(), case=case)


def held(case: ReviewCase) -> None:
    until = timezone.now() + timedelta(hours=1)
    ReviewCase.objects.filter(pk=case.pk).update(held_by=ReviewerFactory(), held_until=until)


def handed(case: ReviewCase) -> None:
    ReviewCase.objects.filter(pk=case.pk).update(assigned_to=ReviewerFactory())


def made_two(case: ReviewCase) -> None:
    need_second_person(actor=System("signals"), case=case, why="nudity")


def overdue_on_hold(case: ReviewCase) -> None:
    held(case)
    ReviewCase.objects.filter(pk=case.pk).update(overdue_at=timezone.now())


def grown(case: ReviewCase) -> None:
    ReviewCase.objects.filter(pk=case.pk).update(version=case.version + 1)


CHANGES = [claimed_by_another, held, handed, made_two, overdue_on_hold, grown]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_there_to_be_decided_at_once_cannot_be_chosen(cases, reviewer, change):
    chosen = seen(cases)
    change(cases[0])
    with pytest.raises(Conflict) as refusal:
        bulk.propose(actor=reviewer, cases=chosen, **REFUSAL)
    assert refusal.value.extra["cases"] == [str(cases[0].pk)]
    assert not BulkDecision.objects.exists()


def test_a_hidden_case_and_a_missing_one_are_told_in_the_same_words(cases, reviewer):
    Interest.objects.create(reviewer=reviewer, artist=cases[0].video.owner, kind="declared", declared_by=reviewer)
    sentences = set()
    for key in (cases[0].pk, uuid.uuid4()):
        with pytest.raises(Conflict) as refusal:
            bulk.propose(actor=reviewer, cases={key: 1}, **REFUSAL)
        sentences.add(refusal.value.message)
    assert len(sentences) == 1


def test_a_case_is_in_one_proposal_at_a_time(cases, reviewer, colleague):
    first = proposed(reviewer, cases)
    with pytest.raises(Conflict):
        proposed(colleague, cases)
    bulk.undo(actor=reviewer, bulk=first)
    assert proposed(colleague, cases)


# --- The second person -------------------------------------------------------------------------------------------


def test_nobody_confirms_their_own_proposal(cases, reviewer):
    with pytest.raises(NotAllowed, match="Somebody else confirms"):
        bulk.confirm(actor=reviewer, bulk=proposed(reviewer, cases))
    assert untouched(cases)


def test_whoever_made_one_of_the_works_does_not_know_of_the_proposal(cases, reviewer):
    artist = cases[0].video.owner
    User.objects.filter(pk=artist.pk).update(staff_role="reviewer")
    artist.refresh_from_db()
    with pytest.raises(NotFound):
        bulk.confirm(actor=artist, bulk=proposed(reviewer, cases))


def test_whoever_declared_an_interest_does_not_know_of_it_either(cases, reviewer, colleague):
    Interest.objects.create(reviewer=colleague, artist=cases[1].video.owner, kind="declared", declared_by=colleague)
    with pytest.raises(NotFound):
        bulk.confirm(actor=colleague, bulk=proposed(reviewer, cases))


def test_who_is_no_member_of_a_cases_queue_does_not_confirm(cases, reviewer, colleague):
    queue = ReviewQueue.objects.create(slug="arabic", name="Arabic")
    queue.members.add(reviewer)
    ReviewCase.objects.filter(pk=cases[0].pk).update(queue=queue)
    with pytest.raises(NotAllowed, match="not yours to decide"):
        bulk.confirm(actor=colleague, bulk=proposed(reviewer, cases))


def test_only_reviewers_have_a_part_in_it(cases, reviewer):
    mine = proposed(reviewer, cases)
    for step in (bulk.confirm, bulk.undo):
        with pytest.raises(NotFound):
            step(actor=AdminFactory(), bulk=mine)


# --- Undo --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["proposer", "confirmer", "lead"])
def test_either_of_the_two_or_a_lead_undoes_it_until_it_is_applied(cases, reviewer, colleague, who):
    lead = ReviewerFactory(staff_role="lead_reviewer")
    mine = confirmed(reviewer, colleague, cases)
    actor = {"proposer": reviewer, "confirmer": colleague, "lead": lead}[who]
    assert bulk.undo(actor=actor, bulk=mine).state == BulkState.UNDONE
    ripe(mine)
    assert apply_due() == 0
    assert untouched(cases)


def test_a_third_reviewer_undoes_nothing(cases, reviewer, colleague):
    mine = confirmed(reviewer, colleague, cases)
    with pytest.raises(NotAllowed):
        bulk.undo(actor=ReviewerFactory(), bulk=mine)


def test_an_undo_that_comes_too_late_hears_what_became_of_it(cases, reviewer, colleague):
    mine = ripe(confirmed(reviewer, colleague, cases))
    apply_due()
    with pytest.raises(Conflict, match="It is now: Applied"):
        bulk.undo(actor=reviewer, bulk=mine)


def test_what_was_taken_back_is_not_confirmed(cases, reviewer, colleague):
    mine = proposed(reviewer, cases)
    assert bulk.undo(actor=reviewer, bulk=mine).state == BulkState.WITHDRAWN
    with pytest.raises(Conflict, match="It is now: Withdrawn"):
        bulk.confirm(actor=colleague, bulk=mine)


# --- Looked at again ---------------------------------------------------------------------------------------------


def decided_meanwhile(case: ReviewCase) -> None:
    reviewer = ReviewerFactory()
    decide(reviewer, case, services.claim(actor=reviewer, case=case)[1])


def withdrawn(case: ReviewCase) -> None:
    services.withdraw(actor=case.video.owner, case=case)


def looked_at(case: ReviewCase) -> None:
    watched(ReviewerFactory(), [case])


def made_known(case: ReviewCase) -> None:
    person = User.objects.get(name="Cem Colleague")
    Interest.objects.create(reviewer=person, artist=case.video.owner, kind="declared", declared_by=person)


def other_files(case: ReviewCase) -> None:
    item = BulkItem.objects.get(case=case)
    BulkItem.objects.filter(pk=item.pk).update(shown=item.shown | {"poster": "0" * 64})


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (claimed_by_another, "not_waiting"),
        (decided_meanwhile, "not_waiting"),
        (withdrawn, "not_waiting"),
        (looked_at, "changed"),
        (held, "on_hold"),
        (overdue_on_hold, "on_hold"),
        (handed, "handed"),
        (made_two, "needs_more"),
        (made_known, "recused"),
        (other_files, "bytes_changed"),
    ],
)
def test_a_case_that_has_changed_is_left_alone_and_the_others_are_decided(cases, reviewer, colleague, change, result):
    mine = ripe(confirmed(reviewer, colleague, cases))
    change(cases[0])
    before = cases[0].decisions.count()
    assert apply_due() == 1
    assert results(mine) == [result, "applied"]
    assert cases[0].decisions.count() == before
    event = AuditEvent.objects.get(action="review.bulk_case_left")
    assert event.data == {"case": str(cases[0].pk), "result": result}


def test_damaged_files_are_not_approved(cases, reviewer, colleague):
    mine = ripe(confirmed(reviewer, colleague, cases, outcome="approve", reason_code="", artist_message=""))
    key = Rendition.objects.get(video=cases[0].video, kind=RenditionKind.SHARE_COPY).storage_key
    with open(storages["private"].path(key), "r+b") as file:
        file.seek(100)
        file.write(b"swapped!")
    assert apply_due() == 1
    assert results(mine) == ["bytes_changed", "applied"]


def test_while_the_storage_is_away_all_wait_and_are_decided_when_it_is_back(
    cases, reviewer, colleague, settings, storage_goes_away
):
    mine = ripe(confirmed(reviewer, colleague, cases, outcome="approve", reason_code="", artist_message=""))
    working = settings.STORAGES
    storage_goes_away()
    assert (apply_due(), results(mine)) == (0, ["", ""])
    settings.STORAGES = working
    assert (apply_due(), results(mine)) == (2, ["applied", "applied"])


def test_a_work_that_was_taken_down_is_not_approved(cases, reviewer, colleague):
    mine = ripe(confirmed(reviewer, colleague, cases, outcome="approve", reason_code="", artist_message=""))
    take_down(actor=AdminFactory(), video=cases[0].video, decision_id=uuid7())
    assert apply_due() == 1
    assert results(mine) == ["wrong_state", "applied"]
    cases[0].refresh_from_db()
    assert cases[0].state == CaseState.QUEUED
    assert not Assessment.objects.filter(case=cases[0]).exists()


def test_another_version_of_the_policy_leaves_all_to_be_looked_at_again(cases, reviewer, colleague):
    mine = ripe(confirmed(reviewer, colleague, cases))
    reasons = [services.Reason("violence", "Violence", "Explained anew.")]
    services.publish_policy(actor=AdminFactory(), slug="sharing", title="Sharing", body="New.", reasons=reasons)
    assert apply_due() == 0
    assert results(mine) == ["policy_changed", "policy_changed"]


def test_who_is_no_reviewer_any_more_decides_nothing(cases, reviewer, colleague):
    mine = ripe(confirmed(reviewer, colleague, cases))
    User.objects.filter(pk=reviewer.pk).update(is_active=False)
    assert apply_due() == 0
    assert results(mine) == ["not_a_reviewer"] * 2


# --- Groups ------------------------------------------------------------------------------------------------------


def test_works_that_signals_found_alike_are_one_group(cases, video_maker, django_assert_num_queries):
    alone = services.submit(actor=(video := video_maker()).owner, video=video)
    copy = cases[0].video.renditions.current().get(kind=RenditionKind.SHARE_COPY)
    hits = [{"video": str(cases[1].video_id), "score": 1.0}]
    found = {"video": cases[0].video, "state": "done", "fired": True, "score": 1.0, "hits": hits}
    Signal.objects.update_or_create(rendition=copy, kind="same_prompt", defaults=found)
    with django_assert_num_queries(1):
        groups = groups_of([*cases, alone])
    assert groups == {cases[0].pk: 1, cases[1].pk: 1}


# --- The pages ---------------------------------------------------------------------------------------------------


def browser_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def sent(cases, reviewer) -> dict[str, Any]:
    watched(reviewer, cases)
    keys = [f"{pk}:{version}" for pk, version in seen(cases).items()]
    return {"cases": keys, "outcome": "reject", "reason": "violence", "artist_message": "Seen before."}


def test_two_people_do_it_without_javascript(cases, reviewer, colleague, sent):
    first, second = browser_of(reviewer), browser_of(colleague)
    page = first.get("/desk/bulk/").content.decode()
    assert all(str(case.pk) in page for case in cases)
    assert cases[0].video.title not in page
    asked = first.post("/desk/bulk/", sent)
    assert "Propose this for 2 cases?" in asked.content.decode()
    assert not BulkDecision.objects.exists()
    made = first.post("/desk/bulk/", sent | {"confirmed": "1"}, follow=True)
    assert b"Take it back" in made.content
    mine = BulkDecision.objects.get()
    address = f"/desk/bulk/{mine.pk}/"
    assert "You have not watched 2 of these works yet" in second.post(f"{address}confirm/").content.decode()
    assert str(cases[0].pk) in second.get(address).content.decode()  # to be opened from here
    watched(colleague, cases)
    assert b"Confirm" in second.get(address).content
    assert b"Undo" in second.post(f"{address}confirm/", follow=True).content
    assert b"Nothing has happened to any of the cases." in first.post(f"{address}undo/", follow=True).content
    mine.refresh_from_db()
    assert mine.state == BulkState.UNDONE


def test_the_preview_says_what_is_gone_and_back_keeps_the_rest(cases, reviewer, sent):
    claimed_by_another(cases[0])
    browser = browser_of(reviewer)
    preview = browser.post("/desk/bulk/", sent).content.decode()
    assert "1 case that you chose is no longer to be had." in preview
    late = browser.post("/desk/bulk/", sent | {"confirmed": "1"})
    assert late.status_code == 409
    assert "Seen before." in late.content.decode()
    back = browser.post("/desk/bulk/", sent | {"edit": "1"}).content.decode()
    assert "Seen before." in back
    assert f'id="choose-{cases[1].pk}" checked' in back


@pytest.mark.parametrize("outcome", ["approve", "reject", "request_changes"])
def test_what_was_not_watched_is_stopped_at_the_preview(cases, colleague, sent, outcome):
    preview = browser_of(colleague).post("/desk/bulk/", sent | {"outcome": outcome}).content.decode()
    assert "You have not watched 2 of these works." in preview
    assert 'name="confirmed"' not in preview


def test_the_page_asks_a_constant_number_of_queries(cases, reviewer, video_maker):
    browser = browser_of(reviewer)
    browser.get("/desk/bulk/")
    with CaptureQueriesContext(connection) as two:
        browser.get("/desk/bulk/")
    services.submit(actor=(video := video_maker()).owner, video=video)
    with CaptureQueriesContext(connection) as three:
        browser.get("/desk/bulk/")
    assert len(two) == len(three)


def test_a_proposal_is_hidden_from_who_keeps_away_and_from_others_than_reviewers(cases, reviewer, colleague):
    mine = proposed(reviewer, cases)
    Interest.objects.create(reviewer=colleague, artist=cases[1].video.owner, kind="declared", declared_by=colleague)
    for person in (colleague, AdminFactory(), cases[0].video.owner):
        assert browser_of(person).get(f"/desk/bulk/{mine.pk}/").status_code == 404
