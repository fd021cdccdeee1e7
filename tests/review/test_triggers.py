"""What the database itself refuses, whoever asks."""

from __future__ import annotations

import uuid
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from review import services
from review.models import Claim, Decision, DecisionRendition
from review.states import Outcome
from tests.factories import ReviewerFactory
from tests.review.desk import decide


@pytest.fixture
def decision(case, reviewer, token) -> Decision:
    return decide(reviewer, case, token, "reject")


def refusal(action) -> str:
    """The database's own words when `action` is refused; an assertion when it is not."""
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        action()
    return str(error.value)


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_decision_cannot_be_changed(decision):
    assert "immutable" in refusal(lambda: Decision.objects.update(outcome=Outcome.APPROVE, reason=None))
    assert "immutable" in refusal(lambda: Decision.objects.update(artist_message="x"))
    assert "immutable" in refusal(lambda: run("UPDATE review_decisionrendition SET sha256 = 'x'"))


def test_a_decision_cannot_be_deleted(decision):
    assert "immutable" in refusal(lambda: run("DELETE FROM review_decisionrendition"))
    assert "immutable" in refusal(lambda: run("DELETE FROM review_decision"))


@pytest.mark.sqlite  # REPLACE is its own
@pytest.mark.usefixtures("plain_shell")
def test_a_decision_cannot_be_replaced(decision):
    columns = [field.column for field in Decision._meta.concrete_fields if field.column != "id"]
    names = ", ".join(columns)
    for new_id in ("id", f"'{uuid.uuid4().hex}'"):  # the same row; another row that takes its claim
        copy = f"REPLACE INTO review_decision (id, {names}) SELECT {new_id}, {names} FROM review_decision"
        assert "immutable" in refusal(partial(run, copy))
    names = "sha256, decision_id, rendition_id"
    copy = f"REPLACE INTO review_decisionrendition ({names}) SELECT {names} FROM review_decisionrendition"
    assert "immutable" in refusal(partial(run, copy))


@pytest.mark.postgresql  # TRUNCATE is its own
def test_decisions_cannot_be_truncated(decision):
    run("SET CONSTRAINTS ALL IMMEDIATE")
    assert "immutable" in refusal(lambda: run("TRUNCATE review_decisionrendition"))
    assert "immutable" in refusal(lambda: run("TRUNCATE review_decision CASCADE"))


def test_a_decision_by_the_videos_owner_is_refused(video_maker, policy):
    owner = ReviewerFactory()
    case = services.submit(actor=owner, video=video_maker(owner=owner), note="")
    claim = Claim.objects.create(case=case, reviewer=owner, token_sha256="x", expires_at=timezone.now())
    words = {"case": case, "claim": claim, "outcome": Outcome.APPROVE, "policy_version": policy}
    assert "their own work" in refusal(lambda: Decision.objects.create(reviewer=owner, **words))
    assert Decision.objects.create(reviewer=ReviewerFactory(), **words)


def test_a_decision_names_only_true_hashes_of_its_own_video(decision, video_maker, reviewer):
    captionless = decision.renditions.first().rendition
    other = video_maker().renditions.first()
    add = DecisionRendition.objects.create
    assert "of its own video" in refusal(lambda: add(decision=decision, rendition=other, sha256=other.sha256))
    claim = Claim.objects.create(
        case=decision.case, reviewer=reviewer, token_sha256="y", expires_at=timezone.now(), ended_at=timezone.now()
    )
    second = Decision.objects.create(
        case=decision.case,
        claim=claim,
        reviewer=reviewer,
        outcome=Outcome.APPROVE,
        policy_version=decision.policy_version,
    )
    assert "SHA-256" in refusal(lambda: add(decision=second, rendition=captionless, sha256="0" * 64))
