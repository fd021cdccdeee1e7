"""Many reviewers at one queue, on PostgreSQL: nobody waits for anybody, nothing is handed out twice, and the index of
the queue's order is what is read.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEvent
from audit.verification import verify
from common.errors import Conflict
from review import filters, policies, selectors, services
from review.models import Claim, Interest, Pass, ReviewCase, ReviewQueue
from tests.concurrency.threads import at_once, so_many
from tests.factories import ReviewerFactory, UserFactory
from videos.models import Video

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

MANY = 3000


def waiting(number: int, **fields: Any) -> list[ReviewCase]:
    """Cases without files, one due after the other."""
    owner = UserFactory()
    size = {"width": 160, "height": 96, "fps": 8, "frame_count": 16}
    videos = Video.objects.bulk_create(Video(owner=owner, title="t", **size) for _ in range(number))
    soon = timezone.now() + timedelta(days=1)
    return ReviewCase.objects.bulk_create(
        ReviewCase(video=video, opened_by=owner, due_at=soon + timedelta(seconds=place), **fields)
        for place, video in enumerate(videos)
    )


def test_reviewers_who_ask_at_once_get_the_first_cases_one_each():
    cases = waiting(12)
    reviewers = [ReviewerFactory() for _ in range(8)]
    found = at_once(*(partial(services.claim_next, actor=reviewer) for reviewer in reviewers))
    assert not [one for one in found if not isinstance(one, tuple)]
    assert sorted(claim.case_id for claim, _token in found) == [case.pk for case in cases[:8]]
    assert verify(AuditEvent.objects.order_by("id")).first_break is None


def test_claiming_and_putting_back_for_a_while_leaves_each_claim_alone_with_its_case():
    waiting(6)
    reviewers = [ReviewerFactory() for _ in range(6)]

    def work(number: int) -> int:
        for _turn in range(5):
            found = services.claim_next(actor=reviewers[number])
            if found:
                services.release(actor=reviewers[number], case=found[0].case, token=found[1])
        return number

    assert so_many(6, work) == list(range(6))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM review_claim a JOIN review_claim b ON a.case_id = b.case_id AND a.id < b.id "
            "WHERE tstzrange(a.claimed_at, a.ended_at) && tstzrange(b.claimed_at, b.ended_at)"
        )
        assert cursor.fetchone() == (0,)
    assert not Claim.objects.filter(ended_at=None).exists()


def test_a_case_that_is_claimed_and_handed_on_at_once_goes_one_way():
    for _round in range(5):
        (case,) = waiting(1)
        lead = ReviewerFactory(staff_role="lead_reviewer")
        one, other = ReviewerFactory(), ReviewerFactory()
        claimed, handed = at_once(
            partial(services.claim, actor=one, case=case),
            partial(services.hand, actor=lead, case=case, reviewer=other),
        )
        assert isinstance(claimed, Exception) != isinstance(handed, Exception)
        refusal = claimed if isinstance(claimed, Exception) else handed
        assert isinstance(refusal, Conflict)


def test_an_interest_and_a_claim_at_once_leave_no_claim_on_that_artists_work():
    for _round in range(5):
        (case,) = waiting(1)
        reviewer = ReviewerFactory()
        declare = partial(
            services.declare_interest,
            actor=reviewer,
            reviewer=reviewer,
            artist=case.opened_by,
            kind="collaborator",
        )
        at_once(partial(services.claim, actor=reviewer, case=case), declare)
        assert Interest.objects.filter(reviewer=reviewer).exists()
        held = Claim.objects.filter(reviewer=reviewer, ended_at=None).values_list("case", flat=True)
        assert not list(held)


def test_two_windows_pass_one_case_once():
    (case,) = waiting(1)
    reviewer = ReviewerFactory()
    at_once(*(partial(services.pass_by, actor=reviewer, case=case) for _window in range(4)))
    assert Pass.objects.count() == 1
    assert AuditEvent.objects.filter(action="review.case_passed").count() == 1


# --- The plans ----------------------------------------------------------------------------------------------------


def plan(statement: str, *, below_sorts: bool = True) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON, ANALYZE) {statement}")
        found = cursor.fetchone()[0]
    return nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"], below_sorts=below_sorts)


def nodes(node: dict[str, Any], *, below_sorts: bool) -> list[dict[str, Any]]:
    if node["Node Type"].endswith("Sort") and not below_sorts:
        return [node]
    return [node, *(found for below in node.get("Plans", []) for found in nodes(below, below_sorts=below_sorts))]


def reads_few_by(index: str, found: list[dict[str, Any]], most: int) -> None:
    """Cases are read by this index, and no more of them than that; nothing sorts the queue."""
    assert index in {node.get("Index Name") for node in found}, found
    scans = [node for node in found if node.get("Relation Name") == ReviewCase._meta.db_table]
    read = sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in scans)
    assert read <= most, scans


@pytest.fixture
def crowd() -> ReviewQueue:
    """A long queue, half of it in a queue of its own, with statistics."""
    queue = ReviewQueue.objects.create(slug="faces", name="Faces")
    waiting(MANY // 2)
    waiting(MANY // 2, queue=queue)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return queue


def test_next_case_reads_the_head_of_the_queue_by_its_index(crowd):
    reviewer = ReviewerFactory()
    statement = policies.next_for(reviewer, languages=["en"], declined=["nudity"]).order_by("due_at", "id")[:1]
    text = statement.query.sql_with_params()
    with connection.cursor() as cursor:
        reads_few_by("case_waiting", plan(cursor.mogrify(*text)), most=3)


def test_the_page_reads_a_page_by_the_index_at_any_depth(crowd):
    reviewer = ReviewerFactory()
    late = ReviewCase.objects.order_by("due_at", "id")[MANY - 20]
    for after, query, index in (
        ("", {}, "case_waiting"),
        (selectors.cursor_of(late), {}, "case_waiting"),
        ("", {"queue": ["faces"]}, "case_waiting_in_queue"),
    ):
        with CaptureQueriesContext(connection) as captured:
            selectors.queue_rows(reviewer, filters.read(query), after=after)
        (rows,) = [one["sql"] for one in captured if "share_copy_size" in one["sql"] and "'claimed'" not in one["sql"]]
        reads_few_by(index, plan(rows), most=120)


def test_counting_stops_at_a_thousand_and_the_oldest_is_the_first_of_an_index(crowd):
    reviewer = ReviewerFactory()
    # Whoever is due last has waited for longest.
    last, moment = ReviewCase.objects.order_by("due_at").last(), timezone.now() - timedelta(days=9)
    ReviewCase.objects.filter(pk=last.pk).update(opened_at=moment)
    with CaptureQueriesContext(connection) as captured:
        desk, glances = selectors.queue(reviewer), selectors.queues_at_a_glance(reviewer)
    assert (desk.waiting.words, desk.oldest_opened_at) == ("1,000+", moment)
    assert max(glance.oldest_opened_at for glance in glances) > moment == min(one.oldest_opened_at for one in glances)
    for query in (one["sql"] for one in captured if "some_rows" in one["sql"]):
        # Counting a few thousand may well read them all, by whichever index, and sort them; of each queue, whoever has
        # waited for longest is a first row.
        first = plan(query, below_sorts=False)
        for index in ("case_oldest", "case_oldest_in_queue"):
            reads_few_by(index, [node for node in first if node.get("Index Name") == index], most=2)


def test_claims_over_a_long_queue_take_the_same_statements_as_over_a_short_one(crowd):
    def statements() -> int:
        reviewer = ReviewerFactory()
        with CaptureQueriesContext(connection) as captured:
            assert services.claim_next(actor=reviewer)
        return len(captured)

    many = statements()
    keep = ReviewCase.objects.filter(state="queued").values("pk")[:2]
    ReviewCase.objects.filter(state="queued").exclude(pk__in=list(keep.values_list("pk", flat=True))).update(
        state="withdrawn", closed_at=timezone.now()
    )
    assert statements() == many
