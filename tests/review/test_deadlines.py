"""The promised moment: when it is, what happens by itself when it passes, and what is published of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.states import StaffRole
from audit.models import AuditEvent
from audit.verification import verify
from notifications.models import Notification
from review import deadlines, selectors, services
from review.filters import Filter
from review.models import Answer, GoldenItem, ReviewCase, ReviewQueue, ReviewRules
from review.selectors.appeals import escalated_without_anybody
from review.selectors.figures import decision_times, wait_left
from review.services.decisions import told as told_of
from review.states import CaseKind, CaseState
from review.tasks import escalate_overdue
from tests.concurrency.threads import at_once
from tests.factories import AdminFactory, ReviewerFactory, VideoFactory
from tests.review.desk import decide, lapse

FRIDAY = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def overdue(case: ReviewCase, by: timedelta = SECOND, **changes: object) -> ReviewCase:
    ReviewCase.objects.filter(pk=case.pk).update(due_at=timezone.now() - by, **changes)
    case.refresh_from_db()
    return case


# --- When -----------------------------------------------------------------------------------------------------------


def test_weekends_do_not_count():
    assert deadlines.due(FRIDAY, 1) == datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    assert deadlines.due(FRIDAY, 3) == datetime(2026, 11, 25, 15, 30, tzinfo=UTC)


def test_days_on_which_the_programme_is_closed_do_not_count_either():
    """Thursday to Monday, the weekend and a holiday: the third working day after a Wednesday is the next Thursday."""
    wednesday = datetime(2026, 12, 23, 15, 30, tzinfo=UTC)
    closed = {date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 28)}
    assert deadlines.due(wednesday, 3, closed) == datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
    assert deadlines.due(wednesday, 3) == datetime(2026, 12, 28, 15, 30, tzinfo=UTC)


@given(
    opened=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    working_days=st.integers(1, 12),
    offsets=st.sets(st.integers(0, 20)),
    later=st.timedeltas(timedelta(0), timedelta(days=9)),
    zone=st.sampled_from(["UTC", "Pacific/Auckland", "America/Santiago"]),
)
def test_a_deadline_lies_exactly_so_many_working_days_away(opened, working_days, offsets, later, zone):
    with mock.patch("review.deadlines.programme_zone", return_value=ZoneInfo(zone)):
        first = opened.astimezone(ZoneInfo(zone)).date()
        closed = {first + timedelta(days=offset) for offset in offsets}

        def day_of(moment: datetime, days: int, closed: set[date]) -> date:
            return deadlines.due(moment, days, closed).astimezone(ZoneInfo(zone)).date()

        last = day_of(opened, working_days, closed)
        between = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
        worked = [day for day in between if day.weekday() < 5 and day not in closed]
        assert (len(worked), worked[-1]) == (working_days, last)
        # Neither another day, nor a later start, nor a day less to work on ever brings it nearer.
        assert day_of(opened, working_days + 1, closed) > last
        assert day_of(opened + later, working_days, closed) >= last >= day_of(opened, working_days, set())


def test_a_closed_day_moves_what_is_promised_from_then_on_and_nothing_else(case, video_maker):
    """Also where the next round begins; the answer keeps what had been promised before."""
    before, following = case.due_at, [case.opened_at.date() + timedelta(days=number) for number in range(1, 8)]
    ReviewRules.objects.create(closed_days=[day.isoformat() for day in following])
    case.refresh_from_db()
    assert case.due_at == before
    later = services.submit(actor=(video := video_maker()).owner, video=video)
    assert later.due_at.date() > following[-1]
    reviewer = ReviewerFactory()
    decide(reviewer, case, services.claim(actor=reviewer, case=case)[1], "request_changes")
    answer = services.answer(actor=case.video.owner, case=case, body="I cut it.")
    case.refresh_from_db()
    assert answer.promised_at == before < case.due_at
    assert case.due_at.date() > following[-1]
    assert selectors.deadline_figures().met == 1


def test_a_plain_submission_is_promised_an_answer_within_three_working_days(case):
    """Where nobody has set any rule; spelled out from the calendar, and not by the function under test."""
    assert not ReviewRules.objects.exists()
    days = [case.opened_at.date() + timedelta(days=number) for number in range(1, 8)]
    third = [day for day in days if day.weekday() < 5][2]
    assert case.due_at.date() == third
    assert abs(case.due_at - datetime.combine(third, case.opened_at.time(), UTC)) < timedelta(minutes=1)


def test_a_working_day_is_one_in_the_programmes_time_zone(settings):
    """Friday evening in London is Saturday morning in Auckland: there the first working day is Monday."""
    settings.TIME_ZONE = "Pacific/Auckland"
    assert deadlines.due(FRIDAY, 1) == datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    settings.TIME_ZONE = "Europe/London"
    assert deadlines.due(FRIDAY, 1) == datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


def test_the_clock_on_the_wall_stays_when_summer_time_ends(settings):
    settings.TIME_ZONE = "Europe/Lisbon"
    friday = datetime(2026, 10, 23, 11, tzinfo=UTC)  # noon in Lisbon; on Sunday the clocks go back
    assert deadlines.due(friday, 1) == datetime(2026, 10, 26, 12, tzinfo=UTC)


def test_the_window_to_appeal_ends_with_a_whole_day_of_the_programme(settings):
    settings.TIME_ZONE = "America/New_York"
    decided = datetime(2026, 11, 22, 3, tzinfo=UTC)  # the evening of the 21st in New York
    until = deadlines.appeal_until(decided, 30)
    assert until == datetime(2026, 12, 22, 4, 59, 59, tzinfo=UTC)
    assert deadlines.is_open(until, until + timedelta(microseconds=999_999))
    assert not deadlines.is_open(until, until + SECOND)


def test_a_case_is_due_by_the_programmes_setting(case, finished_video, artist):
    services.withdraw(actor=artist, case=case)
    ReviewRules.objects.create(deadline_working_days=7)
    again = services.submit(actor=artist, video=finished_video)
    assert abs(again.due_at - deadlines.due(again.opened_at, 7)) < timedelta(seconds=5)


# --- Passing --------------------------------------------------------------------------------------------------------


def test_what_passes_its_deadline_goes_to_the_leads_by_itself_and_the_artist_is_told(case):
    overdue(case, assigned_to=ReviewerFactory())
    version = case.version
    assert escalate_overdue() == 1
    case.refresh_from_db()
    assert (case.state, case.version, case.assigned_to) == (CaseState.ESCALATED, version + 1, None)
    assert case.overdue_at is not None
    assert case.escalated_at is not None
    told = Notification.objects.get(kind="review.overdue")
    assert told.recipient == case.video.owner
    assert "lead reviewers" in told.body
    assert str(case.video_id) in told.path


def test_it_is_counted_once_with_one_audit_event_by_the_system(case):
    overdue(case)
    assert [escalate_overdue(), escalate_overdue()] == [1, 0]
    event = AuditEvent.objects.get(action="review.deadline_passed")
    assert (event.actor_kind, event.actor_id) == ("system", "review-clock")
    assert (event.from_state, event.to_state) == ("queued", "escalated")
    assert Notification.objects.filter(kind="review.overdue").count() == 1
    assert verify(AuditEvent.objects.order_by("id")).first_break is None


def test_before_its_deadline_nothing_happens(case):
    ReviewCase.objects.filter(pk=case.pk).update(due_at=timezone.now() + timedelta(minutes=5))
    assert escalate_overdue() == 0
    case.refresh_from_db()
    assert (case.state, case.overdue_at) == (CaseState.QUEUED, None)


def test_whoever_watches_at_the_deadline_may_finish(case, reviewer, token):
    overdue(case)
    version = case.version
    assert escalate_overdue() == 1
    case.refresh_from_db()
    assert (case.state, case.version, case.escalated_at) == (CaseState.CLAIMED, version, None)
    assert case.overdue_at is not None
    assert "watching it at this moment" in Notification.objects.get(kind="review.overdue").body
    decide(reviewer, case, token)
    case.refresh_from_db()
    assert case.state == CaseState.DECIDED


def test_a_claim_that_lapses_after_the_deadline_leads_to_the_leads_without_a_second_count(case, held):
    overdue(case)
    escalate_overdue()
    lapse(case)
    services.return_lapsed_claims()
    escalate_overdue()
    case.refresh_from_db()
    assert case.state == CaseState.ESCALATED
    assert AuditEvent.objects.filter(action="review.deadline_passed").count() == 1
    assert AuditEvent.objects.filter(action="review.case_escalated", target_id=str(case.pk)).exists()
    assert Notification.objects.filter(kind="review.overdue").count() == 1


def test_a_case_that_leads_have_already_is_only_counted(case):
    overdue(case, state=CaseState.ESCALATED, escalated_at=timezone.now() - timedelta(days=1))
    before = (case.version, case.escalated_at)
    assert escalate_overdue() == 1
    case.refresh_from_db()
    assert (case.version, case.escalated_at) == before
    assert case.overdue_at is not None


def test_a_second_opinion_that_does_not_come_in_time_is_the_leads_too(case):
    overdue(case, state=CaseState.AWAITING_SECOND, approvals_needed=2)
    escalate_overdue()
    case.refresh_from_db()
    assert case.state == CaseState.ESCALATED


def test_a_hold_stops_no_deadline_and_is_not_lifted_by_it(case):
    colleague = ReviewerFactory()
    until = timezone.now() + timedelta(days=9)
    overdue(case, held_by=colleague, held_until=until)
    escalate_overdue()
    case.refresh_from_db()
    assert (case.state, case.held_by, case.held_until) == (CaseState.ESCALATED, colleague, until)


@pytest.mark.parametrize("state", [CaseState.DECIDED, CaseState.WITHDRAWN])
def test_what_is_closed_has_no_deadline(case, state):
    overdue(case, state=state, closed_at=timezone.now())
    assert escalate_overdue() == 0


def test_a_report_that_waits_too_long_is_no_letter_to_the_artist(case):
    overdue(case, kind=CaseKind.REPORT, queue=ReviewQueue.objects.create(slug="q", name="Q"))
    assert escalate_overdue() == 1
    assert not Notification.objects.filter(kind="review.overdue").exists()


def test_a_golden_case_that_was_put_back_grows_late_like_any_other_and_counts_nowhere(cases, reviewer):
    """To the eye of a reviewer the two rows are the same, before and after a lead has given an opinion of each."""
    AdminFactory()
    golden, real = cases
    item = GoldenItem.objects.create(video=golden.video, expected="approve", added_by=ReviewerFactory())
    overdue(golden, golden=item, approvals_needed=2)
    overdue(real, approvals_needed=2)
    assert escalate_overdue() == 2

    def rows() -> dict:
        names = ("state", "on_hold", "can_claim", "mine", "assigned_to_id", "queue_id")
        found = {row.pk: row for row in selectors.queue_rows(reviewer, Filter()).cases}
        return {case: [getattr(found[case.pk], name) for name in names] for case in cases}

    assert rows()[golden] == rows()[real]
    assert rows()[golden][0] == CaseState.ESCALATED
    # Nobody leads: the admins hear of the real one, its artist too, and the golden one is in no figure.
    assert list(escalated_without_anybody()) == [real]
    assert {note.recipient for note in Notification.objects.filter(kind="review.overdue")} == {real.video.owner}
    assert selectors.deadline_figures().total == 1
    assert AuditEvent.objects.get(action="review.deadline_passed").target_id == str(real.pk)
    lead = ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER)
    told = [told_of(decide(lead, case, services.claim(actor=lead, case=case)[1], "reject")) for case in cases]
    assert told == [CaseState.DECIDED, CaseState.DECIDED]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_count_it_once(transactional_db, case):
    overdue(case)
    assert sum(at_once(escalate_overdue, escalate_overdue, escalate_overdue)) == 1
    assert AuditEvent.objects.filter(action="review.deadline_passed").count() == 1
    assert Notification.objects.filter(kind="review.overdue").count() == 1


def test_a_decision_and_the_clock_leave_one_truth(case, reviewer, token):
    """What is decided in the moment of the deadline is not escalated afterwards."""
    overdue(case)
    decide(reviewer, case, token)
    assert escalate_overdue() == 0
    case.refresh_from_db()
    assert case.state == CaseState.DECIDED
    assert selectors.deadline_figures().missed == 1


# --- Published ------------------------------------------------------------------------------------------------------


def make_case(opened_days_ago: float, due_days_ago: float, closed_days_ago: float | None, **fields: object) -> None:
    moment = timezone.now()
    video = VideoFactory()
    state = fields.pop("state", CaseState.DECIDED if closed_days_ago is not None else CaseState.QUEUED)
    case = ReviewCase.objects.create(
        video=video,
        opened_by=video.owner,
        state=state,
        due_at=moment - timedelta(days=due_days_ago),
        closed_at=None if closed_days_ago is None else moment - timedelta(days=closed_days_ago),
        **fields,
    )
    ReviewCase.objects.filter(pk=case.pk).update(opened_at=moment - timedelta(days=opened_days_ago))


@pytest.mark.django_db
def test_the_share_of_deadlines_kept_counts_what_is_known(django_assert_num_queries):
    make_case(5, 2, 3)  # kept
    make_case(3, -1, 2)  # kept, before its day
    make_case(9, 6, 5)  # late
    make_case(9, 6, 5, state=CaseState.WITHDRAWN)  # the artist gave up after it had passed
    make_case(9, 5, 6, state=CaseState.WITHDRAWN)  # withdrawn in time: no outcome
    make_case(5, 1, None)  # still open, and late
    make_case(5, -1, None)  # still open, in time
    make_case(200, 197, 198)  # long ago
    make_case(5, 2, 1, kind=CaseKind.REPORT)  # the public's
    with django_assert_num_queries(5):
        figures = selectors.deadline_figures()
    assert (figures.met, figures.missed, figures.total, figures.days) == (2, 3, 5, 90)
    assert figures.met_percent == 40


@pytest.mark.django_db
def test_while_there_is_nothing_to_count_there_is_no_figure():
    assert selectors.deadline_figures().met_percent is None


@pytest.mark.parametrize("kept", [True, False])
def test_the_deadline_of_a_round_that_was_answered_still_counts(case, reviewer, token, artist, kept):
    """As the answer kept it; as the rules have it now where it did not."""
    late = {"due_at": timezone.now() - SECOND} if kept else {"opened_at": timezone.now() - timedelta(days=20)}
    ReviewCase.objects.filter(pk=case.pk).update(**late)
    decision = decide(reviewer, case, token, "request_changes")
    if kept:
        services.answer(actor=artist, case=case, body="I cut it.")
    else:
        words = {"author": artist, "video_before": case.video, "video_after": case.video}
        Answer.objects.create(case=case, decision=decision, **words)
        ReviewCase.objects.filter(pk=case.pk).update(state=CaseState.QUEUED, closed_at=None)
    figures = selectors.deadline_figures()
    assert (figures.met, figures.missed) == (0, 1)


@pytest.mark.django_db
def test_ninety_nine_and_a_half_per_cent_are_not_a_hundred():
    figures = selectors.DeadlineFigures(90, 199, 1)
    assert figures.met_percent == 99


def test_the_wait_left_is_a_range_of_what_others_had_left():
    times = [float(hour * 3600) for hour in range(1, 12)]
    wait = wait_left(times, waited=3600.0)
    assert wait is not None
    assert wait.measured == 10
    assert 3600 <= wait.low_seconds < wait.high_seconds <= 10 * 3600
    assert wait_left(times, waited=8.5 * 3600) is None  # only three took longer
    assert wait_left([], waited=0) is None


@pytest.mark.django_db
def test_only_first_answers_tell_how_long_a_decision_takes():
    make_case(5, 2, 3)
    make_case(9, 2, 1, round=2)  # holds the artist's own time
    make_case(9, 2, 1, kind=CaseKind.APPEAL)
    assert decision_times(CaseKind.SUBMISSION) == [pytest.approx(2 * 86400, abs=5)]
