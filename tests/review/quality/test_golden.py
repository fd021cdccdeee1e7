"""Golden items: mixed in blind, without effect, and never somebody's private work."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from common.errors import Conflict, Invalid, NotFound
from review import selectors, services
from review.filters import Filter
from review.models import Assessment, Decision, GoldenItem, ReviewCase, ReviewerPreferences, ReviewRules, Signal
from review.selectors.signals import shown_copy
from review.services import golden, meanwhile
from review.services.decisions import told
from review.states import CaseState
from tests.factories import AdminFactory, PolicyVersionFactory
from tests.media import make_finished_video, share
from tests.review.desk import decide, lapse
from videos.models import Approval, Video
from videos.services import revoke_share
from videos.visibility import who_may_see

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy():
    return PolicyVersionFactory()


@pytest.fixture
def item(lead, own_work) -> GoldenItem:
    return golden.add_golden(
        actor=lead, video=own_work, expected="reject", expected_reason="violence", note="A clear case."
    )


@pytest.fixture
def waiting() -> ReviewCase:
    video = make_finished_video()
    return services.submit(actor=video.owner, video=video, note="")


def next_case(reviewer) -> tuple[ReviewCase, str]:
    claim, token = services.claim_next(actor=reviewer)
    return ReviewCase.objects.get(pk=claim.case_id), token


def test_the_dice_bring_it_in_place_of_the_next_case_and_it_looks_the_same(
    item, waiting, reviewer, always_golden, falling
):
    case, _token = next_case(reviewer)
    assert case.golden == item
    assert (case.kind, case.due_at, case.opened_at) == (waiting.kind, waiting.due_at, waiting.opened_at)
    waiting.refresh_from_db()
    assert waiting.state == CaseState.QUEUED


def test_at_the_set_rate(item, waiting, reviewer, always_golden, falling):
    falling.append(50)
    assert next_case(reviewer)[0] == waiting


def test_not_at_all_where_nobody_set_a_rate(item, waiting, reviewer, falling):
    assert next_case(reviewer)[0] == waiting


def test_only_where_something_waits(item, reviewer, always_golden, falling):
    assert services.claim_next(actor=reviewer) is None


def test_nobody_meets_the_same_one_twice(item, waiting, reviewer, colleague, always_golden, falling):
    case, token = next_case(reviewer)
    decide(reviewer, case, token, outcome="reject")
    assert next_case(reviewer)[0] == waiting
    services.release(actor=reviewer, case=waiting, token=_token_of(waiting, reviewer))
    assert next_case(colleague)[0].golden == item


def _token_of(case, reviewer) -> str:
    _claim, token = services.claim(actor=reviewer, case=case, take_over=True)
    return token


@pytest.mark.parametrize("outcome", ["approve", "request_changes", "reject"])
def test_its_decision_has_no_effect_and_its_owner_hears_nothing(
    item, waiting, reviewer, always_golden, falling, outcome, mailoutbox
):
    case, token = next_case(reviewer)
    decide(reviewer, case, token, outcome=outcome)
    case.refresh_from_db()
    item.video.refresh_from_db()
    assert case.state == CaseState.DECIDED
    assert Assessment.objects.get(case=case).opinion == outcome
    assert not Decision.objects.filter(case=case).exists()
    assert not Approval.objects.filter(video=item.video).exists()
    assert item.video.enforcement == "private"
    assert not mailoutbox
    assert not item.video.owner.notifications.exists()


def test_the_page_tells_it_from_no_other_case(item, waiting, reviewer, colleague, always_golden, falling):
    services.claim(actor=colleague, case=waiting)
    other = make_finished_video()
    services.submit(actor=other.owner, video=other, note="")
    client = Client()
    client.force_login(reviewer)
    page = client.post("/desk/next/", follow=True).content.decode()
    assert "golden" not in page.lower()
    assert ReviewCase.objects.filter(golden=item, claims__reviewer=reviewer).exists()


def test_an_artist_whose_public_work_is_mixed_in_sees_no_case(lead, waiting, reviewer, always_golden, falling):
    work = make_finished_video()
    share(work)
    golden.add_golden(actor=lead, video=work, expected="approve")
    case, _token = next_case(reviewer)
    assert case.video == work
    assert selectors.standing_of(work).case is None
    assert not any("reviewer" in line.lower() for line in who_may_see(work))


def test_a_private_work_of_an_artist_is_never_practised_on(lead, own_work):
    with pytest.raises(NotFound):
        golden.add_golden(actor=lead, video=make_finished_video(), expected="approve")


def test_what_is_no_longer_public_is_no_longer_mixed_in(lead, waiting, reviewer, always_golden, falling):
    work = make_finished_video()
    grant = share(work)
    golden.add_golden(actor=lead, video=work, expected="approve")
    revoke_share(actor=work.owner, grant=grant)
    assert next_case(reviewer)[0] == waiting


def test_a_retired_one_is_not_mixed_in(item, waiting, reviewer, lead, always_golden, falling):
    golden.retire_golden(actor=lead, item=item)
    assert next_case(reviewer)[0] == waiting
    with pytest.raises(Conflict):
        golden.retire_golden(actor=lead, item=item)


def test_only_leads_choose_them(own_work, reviewer):
    for actor in (reviewer, own_work.owner, AdminFactory()):
        with pytest.raises(NotFound):
            golden.add_golden(actor=actor, video=own_work, expected="approve")


@pytest.mark.parametrize(
    ("expected", "reason", "field"),
    [
        ("reject", "", "expected_reason"),
        ("reject", "criticism", "expected_reason"),
        ("approve", "violence", "expected_reason"),
        ("escalate", "", "expected"),
    ],
)
def test_its_answer_must_be_one_that_could_be_given(lead, own_work, expected, reason, field):
    with pytest.raises(Invalid) as refusal:
        golden.add_golden(actor=lead, video=own_work, expected=expected, expected_reason=reason)
    assert [error.field for error in refusal.value.fields] == [field]


def test_twice_is_once(item, lead, own_work):
    with pytest.raises(Conflict):
        golden.add_golden(actor=lead, video=own_work, expected="approve")


def found_in(video: Video, kind: str, **hit: Any) -> None:
    Signal.objects.create(
        video=video, rendition=shown_copy(video), kind=kind, state="done", fired=True, score=0.9, hits=[hit]
    )


def in_german(video: Video) -> dict[str, str]:
    return {"language": "de"}


@pytest.mark.parametrize(("outcome", "approvals"), [("escalate", 1), ("approve", 2), ("approve", 1)])
def test_whoever_looks_again_later_reads_what_they_would_of_any_other(
    item, waiting, reviewer, always_golden, falling, outcome, approvals
):
    """Its own end is no longer in the sentence than in the answer at the time."""
    words = {"reason_code": "", "artist_message": "", "internal_note": "See for yourselves."}
    heard = []
    practice, first = next_case(reviewer)
    services.release(actor=reviewer, case=practice, token=first)
    for case in (practice, waiting):
        ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=approvals)
        token = services.claim(actor=reviewer, case=case)[1]
        answer = told(decide(reviewer, case, token, outcome, **(words if outcome == "escalate" else {})))
        case.refresh_from_db()
        lost = meanwhile.why_lost(case, reviewer, token)
        sentences = meanwhile.where_it_is(case, reviewer), lost.message
        heard.append((answer, [re.sub(r"\d", "0", one) for one in sentences], lost.extra["case_state"]))
    assert heard[0] == heard[1]


@pytest.mark.parametrize("how", ["declined", "spent", "language"])
def test_practice_spares_a_reviewer_what_work_does(item, waiting, reviewer, always_golden, falling, settings, how):
    found_in(item.video, "nudity")
    if how == "spent":
        ReviewRules.objects.update(exposure_budget={"nudity": 0})
    else:
        wish = {"declined_topics": ["nudity"]} if how == "declined" else {"languages": ["fr"]}
        ReviewerPreferences.objects.create(reviewer=reviewer, **wish)
        settings.REVIEW_ROUTING_FACTS = [f"{__name__}.in_german"]
    assert next_case(reviewer)[0] == waiting


def test_what_is_being_looked_for_again_is_known_from_its_earlier_case(
    item, waiting, reviewer, colleague, always_golden, falling
):
    found_in(item.video, "prompt_topics", label="violence")
    assert next_case(colleague)[0].golden == item
    assert Signal.objects.get(kind="prompt_topics", video=item.video).state == "pending"
    ReviewerPreferences.objects.create(reviewer=reviewer, declined_topics=["violence"])
    assert next_case(reviewer)[0] == waiting


@pytest.mark.parametrize("how", ["lapsed", "put back"])
def test_back_in_the_queue_it_is_a_row_like_any_other(item, waiting, reviewer, colleague, always_golden, falling, how):
    case, token = next_case(reviewer)
    if how == "lapsed":
        lapse(case)
        services.return_lapsed_claims()
    else:
        services.release(actor=reviewer, case=case, token=token)
    for person in (reviewer, colleague):
        rows = {row.pk: row for row in selectors.queue_rows(person, Filter()).cases}
        back, other = rows[case.pk], rows[waiting.pk]
        assert (back.assigned_to, back.can_claim) == (other.assigned_to, other.can_claim) == (None, True)
        client = Client()
        client.force_login(person)
        assert "For Rosa" not in client.get("/desk/").content.decode()
    assert services.claim(actor=colleague, case=case)


def test_whoever_has_met_it_is_not_brought_what_another_put_back(
    item, waiting, reviewer, colleague, always_golden, falling
):
    mine, token = next_case(colleague)
    decide(colleague, mine, token, outcome="reject")
    back, token = next_case(reviewer)
    assert back.golden == item
    services.release(actor=reviewer, case=back, token=token)
    ReviewCase.objects.filter(pk=waiting.pk).update(due_at=timezone.now() + timedelta(days=30))
    assert next_case(colleague)[0] == waiting
