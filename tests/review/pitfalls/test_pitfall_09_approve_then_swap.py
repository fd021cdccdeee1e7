"""Pitfall 9: something is approved, and then another file takes its place.

The attack: the bytes change at each moment there is: before the decision, between two opinions, between a proposal and
its application, and after the approval.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import DatabaseError, transaction
from django.utils import timezone

from common.errors import Conflict
from review import services
from review.models import BulkDecision, DecisionRendition, ReviewCase
from review.services import bulk
from review.services.bulk_apply import apply_due
from tests.factories import ReviewerFactory
from tests.review.desk import decide, shown, watched
from videos.models import Approval, Rendition, Video
from videos.states import RenditionKind

pytestmark = pytest.mark.django_db


def swap_on_disk(video: Video) -> None:
    """Somebody with access to the storage writes over the share copy."""
    key = Rendition.objects.current().get(video=video, kind=RenditionKind.SHARE_COPY).storage_key
    with open(storages["private"].path(key), "r+b") as file:
        file.seek(100)
        file.write(b"swapped!")


def claimed(case: ReviewCase) -> tuple:
    reviewer = ReviewerFactory()
    return reviewer, services.claim(actor=reviewer, case=case)[1]


def test_before_the_decision(case):
    reviewer, token = claimed(case)
    swap_on_disk(case.video)
    with pytest.raises(Conflict) as refusal:
        decide(reviewer, case, token)
    assert refusal.value.code == "bytes_changed"
    assert not Approval.objects.exists()


def test_hashes_of_another_file_approve_nothing(case):
    reviewer, token = claimed(case)
    with pytest.raises(Conflict):
        decide(reviewer, case, token, shown=shown(case.video) | {"share_copy": "0" * 64})
    assert not Approval.objects.exists()


def test_between_two_opinions(case):
    ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=2)
    first, token = claimed(case)
    decide(first, case, token)
    second, token = claimed(case)
    swap_on_disk(case.video)
    with pytest.raises(Conflict):
        decide(second, case, token)
    assert not Approval.objects.exists()


def test_between_a_proposal_for_many_and_its_application(case):
    first, second = ReviewerFactory(), ReviewerFactory()
    watched(first, [case])
    watched(second, [case])
    mine = bulk.propose(actor=first, cases={case.pk: case.version}, outcome="approve")
    bulk.confirm(actor=second, bulk=mine)
    BulkDecision.objects.filter(pk=mine.pk).update(applies_at=timezone.now() - timedelta(seconds=1))
    swap_on_disk(case.video)
    assert apply_due() == 0
    assert not Approval.objects.exists()
    assert mine.items.get().result == "bytes_changed"


def test_after_the_approval_the_files_are_those_of_the_decision_or_none(case, client):
    reviewer, token = claimed(case)
    decision = decide(reviewer, case, token)
    approved = dict(decision.renditions.values_list("rendition__kind", "sha256"))
    assert approved == shown(case.video)
    with pytest.raises(DatabaseError), transaction.atomic():
        Rendition.objects.filter(video=case.video, kind="share_copy").update(sha256="0" * 64)
    with pytest.raises(DatabaseError), transaction.atomic():
        DecisionRendition.objects.filter(decision=decision).update(sha256="0" * 64)
