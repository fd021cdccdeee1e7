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
from review.rules_text import lines_of, reasons_of_lines
from review.selectors import current_policy
from review.services import Reason, Wording
from tests.factories import AdminFactory
from web import founding

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


@pytest.mark.usefixtures("plain_shell")
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
        copy = (
            "REPLACE INTO review_reasoncode (id, code, label, description, position, policy_version_id) "
            "SELECT id, code, 'x', description, position, policy_version_id FROM"
        )
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


# --- Categories of the Transparency Database -------------------------------------------------------------------------

SELF_HARM = "STATEMENT_CATEGORY_SELF_HARM"
THE_REST = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"


def test_a_reason_keeps_its_category_and_one_without_belongs_to_the_rest(db):
    reasons = reasons_of_lines(f"self-harm | Self-harm | Shows how. | {SELF_HARM}\nfault | Fault | It is black.")
    version = services.publish_policy(actor=AdminFactory(), slug="s", title="S", body="Words.", reasons=reasons)
    kept = dict(version.reason_codes.values_list("code", "category"))
    assert kept == {"self-harm": SELF_HARM, "fault": THE_REST}
    assert reasons_of_lines(lines_of(reasons)) == reasons


def test_a_category_that_does_not_exist_is_refused_with_those_that_do(db):
    reasons = reasons_of_lines("a | A | Explained. | STATEMENT_CATEGORY_TASTE")
    with pytest.raises(Invalid) as refused_category:
        services.publish_policy(actor=AdminFactory(), slug="s", title="S", body="Words.", reasons=reasons)
    (error,) = refused_category.value.fields
    assert (error.field, SELF_HARM in error.allowed) == ("reasons", True)


def test_a_justification_is_about_the_words_and_not_the_category():
    words = ("a", "A", "Explained.")
    plain, sorted_in = (Wording("s", "S", "Words.", [reason]) for reason in (Reason(*words), Reason(*words, SELF_HARM)))
    assert plain.sha256 == sorted_in.sha256


def test_the_founding_policy_names_categories_that_the_database_knows(db):
    founding.found_policy()
    kept = dict(ReasonCode.objects.values_list("code", "category"))
    assert kept["self-harm"] == SELF_HARM
    assert kept["third-party-rights"] == "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    assert kept["sexual-content"] == kept["technical-quality"] == THE_REST
