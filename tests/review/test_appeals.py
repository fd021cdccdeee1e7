"""The artist objects, in time and once; a lead who took no part decides; what was taken is given back at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.core.checks import run_checks
from django.db import IntegrityError, transaction
from django.urls import reverse

from audit.models import AuditEvent
from audit.verification import verify
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.ids import uuid7
from notifications.models import Notification
from review import deadlines, services
from review.models import Appeal, Decision, Interest, ReviewCase, ReviewRules
from review.selectors.appeals import appeals_without_a_lead, free_leads
from review.selectors.statements import statement_of
from review.services.letters import moment
from review.services.opening import open_case
from review.states import AppealState, CaseKind, CaseState
from tests.concurrency.threads import at_once
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.media import share
from tests.review.appeals import WORDS, appealed, lead, settled
from tests.review.desk import decide
from videos import services as videos
from videos.models import Approval
from videos.selectors import live_grants
from videos.states import Enforcement

SECOND = timedelta(seconds=1)


@pytest.fixture
def refusal(case, reviewer, token) -> Decision:
    return decide(reviewer, case, token, "reject")


@pytest.fixture
def at(monkeypatch):
    """`at(moment)` is the present from then on."""

    def travel(moment: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    return travel


@pytest.fixture
def take_down(shared_video, policy, reviewer) -> Decision:
    """A shared work, reported, and taken down by a reviewer."""
    case = open_case(kind=CaseKind.REPORT, video=shared_video, opened_by=None)
    _claim, token = services.claim(actor=reviewer, case=case)
    return decide(reviewer, case, token, "reject")


# --- Opening --------------------------------------------------------------------------------------------------------


def test_an_appeal_opens_a_case_for_leads_with_a_deadline_of_its_own(refusal, artist):
    appeal = services.appeal(actor=artist, decision=refusal, body=f"  {WORDS}\r\n")
    assert (appeal.state, appeal.body, appeal.appellant) == (AppealState.PENDING, WORDS, artist)
    case = appeal.case
    assert (case.kind, case.state, case.video, case.opened_by) == (
        CaseKind.APPEAL,
        CaseState.QUEUED,
        refusal.case.video,
        artist,
    )
    assert case.due_at > case.opened_at
    event = AuditEvent.objects.get(action="review.appeal_opened")
    assert WORDS not in str(event.data)
    assert verify(AuditEvent.objects.order_by("id")).first_break is None


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 4001, "a\x00b"])
def test_an_appeal_needs_words_that_can_be_kept(refusal, artist, body):
    with pytest.raises(Invalid) as refused:
        services.appeal(actor=artist, decision=refusal, body=body)
    assert refused.value.fields[0].field == "body"
    assert not Appeal.objects.exists()


def test_a_decision_is_appealed_once(refusal):
    appealed(refusal)
    with pytest.raises(Conflict) as refused:
        appealed(refusal)
    assert refused.value.code == "already_appealed"
    services.withdraw_appeal(actor=refusal.case.video.owner, decision=refusal)
    with pytest.raises(Conflict) as refused:
        appealed(refusal)
    assert refused.value.code == "already_appealed"


def test_nobody_else_can_appeal_nor_learns_that_there_is_a_decision(refusal, reviewer):
    for person in (reviewer, ParticipantFactory().user, AdminFactory(), lead()):
        with pytest.raises(NotFound):
            services.appeal(actor=person, decision=refusal, body=WORDS)


def test_an_approval_cannot_be_appealed(case, reviewer, token, artist):
    approval = decide(reviewer, case, token)
    with pytest.raises(NotFound):
        services.appeal(actor=artist, decision=approval, body=WORDS)


def test_the_outcome_of_an_appeal_cannot_be_appealed(refusal, artist):
    upheld = settled(appealed(refusal), "reject")
    with pytest.raises(NotFound):
        services.appeal(actor=artist, decision=upheld, body=WORDS)


def test_a_request_for_changes_can_be_appealed_instead_of_answered(case, reviewer, token, artist):
    request = decide(reviewer, case, token, "request_changes")
    settled(appealed(request), "approve")
    case.video.refresh_from_db()
    assert case.video.enforcement == Enforcement.SHAREABLE
    with pytest.raises(Conflict):
        services.answer(actor=artist, case=case, body="I cut it.")


def test_a_decision_that_a_later_one_replaced_is_no_longer_appealed(case, reviewer, token, artist, colleague):
    first = decide(reviewer, case, token, "request_changes")
    services.answer(actor=artist, case=case, body="Look again.")
    _claim, token = services.claim(actor=colleague, case=case)
    second = decide(colleague, case, token, "reject")
    with pytest.raises(Conflict) as refused:
        appealed(first)
    assert refused.value.code == "superseded"
    assert appealed(second).state == AppealState.PENDING


def test_one_thing_at_a_time_is_asked_about_a_video(refusal, artist):
    video = refusal.case.video
    again = services.submit(actor=artist, video=video)
    with pytest.raises(Conflict) as refused:
        appealed(refusal)
    assert refused.value.code == "in_review"
    services.withdraw(actor=artist, case=again)
    appealed(refusal)
    with pytest.raises(Conflict) as refused:
        services.submit(actor=artist, video=video)
    assert refused.value.code == "appeal_pending"


# --- The window -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_the_last_second_of_the_window_still_counts(case, reviewer, token, settings, at, zone):
    settings.TIME_ZONE = zone
    refusal = decide(reviewer, case, token, "reject")
    until = statement_of(refusal).appeal_until
    local = until.astimezone(deadlines.programme_zone())
    assert (local.hour, local.minute, local.second) == (23, 59, 59)
    decided_on = refusal.decided_at.astimezone(deadlines.programme_zone()).date()
    assert (local.date() - decided_on).days == 30
    at(until + timedelta(microseconds=999_999))
    assert statement_of(refusal).can_appeal
    assert appealed(refusal).state == AppealState.PENDING


def test_a_second_later_it_is_too_late_and_the_sentence_says_until_when_it_was_not(refusal, at):
    at(statement_of(refusal).appeal_until + SECOND)
    assert not statement_of(refusal).can_appeal
    with pytest.raises(Conflict, match="23:59") as refused:
        appealed(refusal)
    assert refused.value.code == "too_late"


def test_the_window_is_the_programmes_setting_of_the_moment_of_the_decision(case, reviewer, token, at):
    ReviewRules.objects.create(appeal_days=7)
    refusal = decide(reviewer, case, token, "reject")
    assert refusal.appeal_until == deadlines.appeal_until(refusal.decided_at, 7)
    # A longer one for those that come does not reopen it.
    ReviewRules.objects.update(appeal_days=30)
    at(refusal.decided_at + timedelta(days=9))
    with pytest.raises(Conflict) as too_late:
        appealed(refusal)
    assert too_late.value.code == "too_late"


def test_a_window_that_was_promised_is_shortened_by_nobody(refusal, at, client):
    promised = statement_of(refusal).appeal_until
    letter = Notification.objects.get(recipient=refusal.case.video.owner)
    ReviewRules.objects.create(appeal_days=1)
    assert statement_of(refusal).appeal_until == promised
    client.force_login(refusal.case.video.owner)
    page = client.get(reverse("statement", args=[refusal.pk])).content.decode()
    assert moment(promised) in letter.body
    assert moment(promised) in page
    at(refusal.decided_at + timedelta(days=29))
    assert appealed(refusal)


def test_an_appeal_made_in_time_is_decided_after_the_window(refusal, at):
    appeal = appealed(refusal)
    at(refusal.decided_at + timedelta(days=90))
    services.escalate_overdue()
    appeal.case.refresh_from_db()
    assert appeal.case.state == CaseState.ESCALATED
    settled(appeal, "approve")
    assert appeal.state == AppealState.OVERTURNED


# --- Who decides ----------------------------------------------------------------------------------------------------


def test_only_a_lead_who_took_no_part_can_claim_it(case, artist):
    involved = lead(name="Ines Involved")
    _claim, token = services.claim(actor=involved, case=case)
    appeal = appealed(decide(involved, case, token, "reject"))
    for person in (involved, ReviewerFactory()):
        with pytest.raises((NotAllowed, NotFound, Conflict)):
            services.claim(actor=person, case=appeal.case)
        assert services.claim_next(actor=person) is None
    assert services.claim_next(actor=lead()) is not None


def test_the_database_refuses_whoever_took_part_in_any_way(case, policy):
    """Past every service: the trigger is the last of the guards."""
    involved = lead()
    claim, token = services.claim(actor=involved, case=case)
    appeal = appealed(decide(involved, case, token, "reject"))
    other = lead()
    claim, _token = services.claim(actor=other, case=appeal.case)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            case=appeal.case, claim=claim, reviewer=involved, outcome="approve", policy_version=policy
        )


def test_where_every_lead_took_part_it_waits_and_the_admins_hear_of_it(case, artist):
    admin = AdminFactory()
    only = lead()
    _claim, token = services.claim(actor=only, case=case)
    appeal = appealed(decide(only, case, token, "reject"))
    assert appeals_without_a_lead() == [appeal]
    told = Notification.objects.get(kind="appeal.nobody_free")
    assert told.recipient == admin
    assert [warning.id for warning in run_checks(databases=["default"]) if warning.id == "review.W001"]
    someone = lead()
    assert list(free_leads(appeal)) == [someone]
    assert appeals_without_a_lead() == []
    Interest.objects.create(reviewer=someone, artist=artist, kind="declared", declared_by=someone)
    assert appeals_without_a_lead() == [appeal]


def test_the_admin_panel_says_which_appeals_wait_for_nobody(client, case):
    only = lead()
    _claim, token = services.claim(actor=only, case=case)
    appeal = appealed(decide(only, case, token, "reject"))
    client.force_login(AdminFactory())
    page = client.get("/admin/review/appeal/").content.decode()
    assert "1 appeal waits for nobody" in page
    assert "none: it waits" in page
    assert WORDS not in client.get(f"/admin/review/appeal/{appeal.pk}/change/").content.decode()


# --- What it does ---------------------------------------------------------------------------------------------------


def test_upheld_the_decision_stands_and_the_artist_reads_why(refusal):
    appeal = appealed(refusal)
    settled(appeal, "reject")
    assert appeal.state == AppealState.UPHELD
    assert appeal.closed_at is not None
    refusal.case.video.refresh_from_db()
    assert refusal.case.video.enforcement == Enforcement.PRIVATE
    told = Notification.objects.get(kind="appeal.upheld")
    assert "I watched it twice." in told.body
    assert str(refusal.pk) in told.path


def test_overturned_the_video_is_approved_at_once_by_the_lead_and_for_the_bytes_shown(refusal):
    judge = lead()
    decision = settled(appealed(refusal), "approve", judge)
    video = refusal.case.video
    video.refresh_from_db()
    assert video.enforcement == Enforcement.SHAREABLE
    approval = Approval.objects.get(video=video, voided_at=None)
    assert (approval.approver, approval.decision_id) == (judge, decision.pk)
    assert {row.sha256 for row in approval.renditions.all()} == {row.sha256 for row in decision.renditions.all()}
    assert decision.supersedes == refusal
    assert not live_grants().filter(video=video).exists()
    assert videos.share(actor=video.owner, video=video).revoked_at is None
    assert "only when you share it" in Notification.objects.get(kind="appeal.overturned").body


def test_neither_outcome_goes_without_reasons(refusal):
    judge = lead()
    appeal = appealed(refusal)
    _claim, token = services.claim(actor=judge, case=appeal.case)
    with pytest.raises(Invalid) as refused:
        decide(judge, appeal.case, token, "approve", artist_message="")
    assert refused.value.fields[0].field == "artist_message"
    appeal.refresh_from_db()
    assert appeal.state == AppealState.PENDING
    decide(judge, appeal.case, token, "approve", artist_message="It is a stage fight.")


def test_a_take_down_by_decision_is_undone_but_only_the_artist_shares_again(take_down):
    video = take_down.case.video
    video.refresh_from_db()
    assert video.enforcement == Enforcement.TAKEN_DOWN
    old = video.share_grants.get()
    settled(appealed(take_down), "approve")
    video.refresh_from_db()
    assert video.enforcement == Enforcement.SHAREABLE
    assert not live_grants().filter(video=video).exists()
    new = videos.share(actor=video.owner, video=video)
    assert new.token != old.token
    assert verify(AuditEvent.objects.order_by("id")).first_break is None


def test_an_admins_own_take_down_is_no_part_of_the_appeal(refusal):
    video = refusal.case.video
    appeal = appealed(refusal)
    videos.take_down(actor=AdminFactory(), video=video, decision_id=uuid7())
    settled(appeal, "approve")
    assert appeal.state == AppealState.OVERTURNED
    video.refresh_from_db()
    assert video.enforcement == Enforcement.TAKEN_DOWN
    assert not Approval.objects.filter(video=video, voided_at=None).exists()
    assert "still cannot be shared" in Notification.objects.get(kind="appeal.overturned").body


def test_a_share_that_was_won_meanwhile_goes_on(refusal):
    """An approval from elsewhere: overturning must not end its share by replacing it."""
    video = refusal.case.video
    appeal = appealed(refusal)
    grant = share(video)
    settled(appeal, "approve")
    grant.refresh_from_db()
    assert grant.revoked_at is None


# --- Taking it back -------------------------------------------------------------------------------------------------


def test_the_artist_takes_it_back_also_from_somebody_who_watches(refusal, artist):
    appeal = appealed(refusal)
    claim, _token = services.claim(actor=lead(), case=appeal.case)
    assert services.withdraw_appeal(actor=artist, decision=refusal).state == AppealState.WITHDRAWN
    appeal.case.refresh_from_db()
    claim.refresh_from_db()
    assert appeal.case.state == CaseState.WITHDRAWN
    assert claim.ended_at is not None
    assert AuditEvent.objects.filter(action="review.appeal_withdrawn").count() == 1


def test_what_is_decided_cannot_be_taken_back(refusal, artist):
    settled(appealed(refusal), "reject")
    with pytest.raises(Conflict) as refused:
        services.withdraw_appeal(actor=artist, decision=refusal)
    assert refused.value.code == "appeal_closed"


def test_an_appeal_is_not_withdrawn_as_a_submission(refusal, artist):
    appeal = appealed(refusal)
    with pytest.raises(NotFound):
        services.withdraw(actor=artist, case=appeal.case)
    appeal.refresh_from_db()
    assert appeal.state == AppealState.PENDING


# --- At once --------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_appeals_at_once_are_one(transactional_db, case, reviewer, token, artist):
    decision = decide(reviewer, case, token, "reject")
    again = partial(services.appeal, actor=artist, decision=decision, body=WORDS)
    answers = at_once(again, again, again)
    assert sum(isinstance(answer, Appeal) for answer in answers) == 1, answers
    assert sum(isinstance(answer, Conflict) for answer in answers) == 2, answers
    assert ReviewCase.objects.filter(kind=CaseKind.APPEAL).count() == 1
    assert verify(AuditEvent.objects.order_by("id")).first_break is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_withdrawn_and_decided_at_once_it_is_one_of_the_two(transactional_db, case, reviewer, token, artist):
    appeal = appealed(decide(reviewer, case, token, "reject"))
    judge = lead()
    _claim, mine = services.claim(actor=judge, case=appeal.case)
    at_once(
        partial(services.withdraw_appeal, actor=artist, decision=appeal.decision),
        partial(decide, judge, appeal.case, mine, "approve", artist_message="Yes."),
    )
    appeal.refresh_from_db()
    appeal.case.refresh_from_db()
    assert (appeal.state, appeal.case.state) in {
        (AppealState.WITHDRAWN, CaseState.WITHDRAWN),
        (AppealState.OVERTURNED, CaseState.DECIDED),
    }
    shareable = Approval.objects.filter(video=appeal.case.video, voided_at=None).exists()
    assert shareable == (appeal.state == AppealState.OVERTURNED)
