"""Migrations run forwards on a database that has decisions in it, whose triggers let nobody change one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from review import deadlines
from review.models import Decision, ReviewRules
from tests.review.appeals import appealed, settled
from tests.review.desk import decide

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = [("review", "0004_more_triggers")]


def migrate(to: list[tuple[str, str]]) -> None:
    executor = MigrationExecutor(connection)
    executor.loader.build_graph()
    executor.migrate(to)


@pytest.fixture
def latest() -> Iterator[list[tuple[str, str]]]:
    """Whatever a test does to the schema, the next one finds it whole."""
    leaves = [node for node in MigrationExecutor(connection).loader.graph.leaf_nodes() if node[0] == "review"]
    yield leaves
    migrate(leaves)


def triggers() -> set[str]:
    """The names of all; and on PostgreSQL, which can switch one off, whether it is on."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(query[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def test_each_appeal_window_is_kept_as_it_was_promised(case, reviewer, token, latest, settings):
    settings.TIME_ZONE = "Pacific/Auckland"  # far from UTC: a day by another clock would show
    refusal = decide(reviewer, case, token, "reject")
    outcome = settled(appealed(refusal), "reject")
    before = triggers()
    ReviewRules.objects.create(appeal_days=14)
    migrate(BEFORE)
    migrate(latest)
    refusal.refresh_from_db()
    outcome.refresh_from_db()
    # What the pages said until then: by the setting of that moment, and the programme's days.
    assert refusal.appeal_until == deadlines.appeal_until(refusal.decided_at, 14)
    assert outcome.appeal_until is None
    assert triggers() == before
    assert ReviewRules.objects.get().closed_days == []
    later = refusal.appeal_until + timedelta(days=1)
    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic():
        Decision.objects.filter(pk=refusal.pk).update(appeal_until=later)
