"""Policies: published in versions, never edited."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.models import AuditEvent
from common.errors import Invalid, NotFound
from review import services
from review.models import Policy, PolicyVersion, ReasonCode
from review.selectors import current_policy
from tests.factories import AdminFactory

WORDS = {"slug": "sharing", "title": "Sharing", "body": "Text.", "reasons": [("a", "A", ".")]}


def test_publishing_numbers_the_versions_and_writes_one_event(db):
    admin = AdminFactory()
    first = services.publish_policy(actor=admin, **WORDS)
    second = services.publish_policy(actor=admin, **WORDS)
    assert (first.number, second.number) == (1, 2)
    assert AuditEvent.objects.filter(action="review.policy_published").count() == 2
    assert [reason.code for reason in second.reason_codes.all()] == ["a"]


def refused(sql: str, *values: object) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except DatabaseError as error:
        return "immutable" in str(error)
    return False


def test_the_database_refuses_to_rewrite_a_policy_in_force(policy):
    version, reason = policy.pk.hex, policy.reason_codes.first()
    if connection.vendor == "postgresql":
        version = str(policy.pk)
    assert refused("UPDATE review_policyversion SET body = 'x' WHERE id = %s", version)
    assert refused("UPDATE review_policyversion SET effective_at = '2999-01-01' WHERE id = %s", version)
    assert refused("DELETE FROM review_policyversion WHERE id = %s", version)
    assert refused("UPDATE review_reasoncode SET label = 'x' WHERE policy_version_id = %s", version)
    assert refused("DELETE FROM review_reasoncode WHERE policy_version_id = %s", version)
    if connection.vendor == "sqlite":
        copy = (
            "REPLACE INTO review_policyversion (id, number, body, effective_at, policy_id, justification) "
            "SELECT id, number, 'x', effective_at, policy_id, '' FROM"
        )
        assert refused(f"{copy} review_policyversion WHERE id = %s", version)
        copy = "REPLACE INTO review_reasoncode SELECT id, code, 'x', description, position, policy_version_id FROM"
        assert refused(f"{copy} review_reasoncode WHERE id = %s", reason.pk.hex)
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert refused("TRUNCATE review_reasoncode CASCADE")
        assert refused("TRUNCATE review_policyversion CASCADE")


def test_a_policy_that_has_not_begun_may_still_be_corrected(db):
    later = timezone.now() + timedelta(days=1)
    version = services.publish_policy(actor=AdminFactory(), effective_at=later, **WORDS)
    assert PolicyVersion.objects.filter(pk=version.pk).update(body="Better.") == 1
    assert ReasonCode.objects.filter(policy_version=version).update(label="Better") == 1


def test_the_policy_in_force_is_the_latest_that_has_begun(policy):
    reasons = [services.Reason("likeness", "Likeness", "Explained.")]
    admin = AdminFactory()
    words = {"slug": "sharing", "title": "Sharing", "body": "Later.", "reasons": reasons}
    services.publish_policy(actor=admin, effective_at=timezone.now() + timedelta(days=3), **words)
    assert current_policy() == policy
    now = services.publish_policy(actor=admin, **words)
    assert current_policy() == now
    assert now.number == policy.number + 2


@pytest.mark.parametrize(
    "words",
    [
        {"reasons": []},
        {"reasons": [("a", "A", "."), ("a", "B", ".")]},
        {"reasons": [("Not A Slug", "A", ".")]},
        {"body": " "},
        {"title": ""},
    ],
)
def test_a_policy_that_lacks_something_is_refused(db, words):
    right = {"slug": "sharing", "title": "Sharing", "body": "Text.", "reasons": [("a", "A", ".")]}
    with pytest.raises(Invalid):
        services.publish_policy(actor=AdminFactory(), **(right | words))
    assert not Policy.objects.exists()


def test_only_an_admin_publishes_and_never_into_the_past(db, reviewer):
    words = {"slug": "sharing", "title": "Sharing", "body": "Text.", "reasons": [("a", "A", ".")]}
    with pytest.raises(NotFound):
        services.publish_policy(actor=reviewer, **words)
    with pytest.raises(Invalid, match="past"):
        services.publish_policy(actor=AdminFactory(), effective_at=timezone.now() - timedelta(days=1), **words)
