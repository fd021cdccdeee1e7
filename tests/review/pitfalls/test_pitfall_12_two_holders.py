"""Pitfall 12: check, then insert: two reviewers hold one case.

The attack: both have looked, both saw a free case, both write. What remains when every check of ours is blind is the
table's own constraint. (With real threads, on PostgreSQL: tests/concurrency/test_decide.py, test_review_claims.py.)
"""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.errors import Conflict
from review import services
from review.models import Claim
from review.services import claims
from review.states import CaseState


def test_whoever_looked_a_moment_too_early_is_refused_with_the_holders_name(case, reviewer, colleague, monkeypatch):
    services.claim(actor=reviewer, case=case)
    # Cem's window still sees the case as free, and its compare-and-set is as blind.
    monkeypatch.setattr(claims, "locked", lambda pk: type(case).objects.get(pk=pk))
    monkeypatch.setattr(claims.policies, "claimable_by", lambda actor: type(case).objects.all())
    monkeypatch.setattr(claims, "move", lambda case, to: True)
    with pytest.raises(Conflict, match="Rosa Reviewer claimed this case"):
        services.claim(actor=colleague, case=case)
    assert list(Claim.objects.filter(ended_at=None).values_list("reviewer", flat=True)) == [reviewer.pk]


def test_the_table_takes_one_open_claim_a_case(case, held, colleague):
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.create(case=case, reviewer=colleague, token_sha256="x", expires_at=timezone.now())
    case.refresh_from_db()
    assert case.state == CaseState.CLAIMED
