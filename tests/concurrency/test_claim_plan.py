"""The claim's query on PostgreSQL: as many rows as people wait, however long each one's queue is; and artists who move
their own while workers claim.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from common.errors import Conflict
from generation import services
from generation.fairness import heads_in_order
from generation.models import Attempt, Generation
from generation.services import waiting
from generation.services.waiting import Direction
from tests.concurrency.threads import so_many
from tests.factories import GenerationFactory, ParticipantFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

PEOPLE, EACH = 20, 300


def queue_up(each: int) -> None:
    for person in (ParticipantFactory() for _ in range(PEOPLE)):
        one = GenerationFactory.build(participant=person)
        fields = {name: getattr(one, name) for name in ("model_key", "prompt", "seed", "seconds", "price")}
        size = {name: getattr(one, name) for name in ("width", "height", "fps")}
        Generation.objects.bulk_create(
            Generation(participant=person, take=take, position=take, **fields, **size) for take in range(1, each + 1)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plan() -> dict[str, Any]:
    text = heads_in_order()[:32].explain(format="json", analyze=True)
    return json.loads(text)[0]["Plan"]


def nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(found for below in node.get("Plans", []) for found in nodes(below))]


def rows_of_generations(found: list[dict[str, Any]]) -> int:
    """How many rows of the table were looked at, those that a filter threw away included."""
    scans = [node for node in found if node.get("Relation Name") == "generation_generation"]
    return sum(
        round((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]) for node in scans
    )


def test_a_longer_queue_costs_the_claims_query_no_more_rows():
    queue_up(EACH)
    whole = Generation.objects.filter(state="queued").explain(format="json", analyze=True)
    assert rows_of_generations(nodes(json.loads(whole)[0]["Plan"])) == PEOPLE * EACH  # what counting over all costs
    found = nodes(plan())
    assert rows_of_generations(found) <= 3 * PEOPLE
    scans = {node["Index Name"] for node in found if node.get("Relation Name") == "generation_generation"}
    assert {"generation_queue", "generation_running", "generation_starts"} <= scans


def test_moving_and_holding_while_workers_claim_loses_nothing_and_blocks_nobody():
    person = ParticipantFactory()
    mine = [GenerationFactory(participant=person, take=take) for take in range(1, 13)]

    def act(number: int) -> list[Any]:
        if number < 3:
            worker = services.register_worker(name=f"claimer {number}")
            return [services.claim_next(worker=worker) for _claim in range(4)]
        done: list[Any] = []
        for one in reversed(mine):
            try:
                waiting.move(actor=person.user, generation=one, to=Direction.FRONT)
                done.append(waiting.hold(actor=person.user, generation=one))
                done.append(waiting.resume(actor=person.user, generation=one))
            except Conflict:
                continue  # it has just started
        return done

    results = so_many(4, act)
    assert not [result for result in results if isinstance(result, Exception)], results
    while services.claim_next(worker=services.register_worker(name="last")):
        pass
    claims = Counter(Attempt.objects.values_list("generation", flat=True))
    assert set(claims) == {one.pk for one in mine}
    assert set(claims.values()) == {1}
