"""Who is served when one of 20 artists floods the queue: Jain's index of service, against first come first served.

The flood of 500 comes first, then 10 generations of each of the others. One worker claims as many as all would get if
each got 10, and each ends before the next is claimed. The index is 1 when all are served alike, 1/20 when one gets all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from tests.benchmarks.figures import Figure

ARTISTS, FLOOD, EACH = 20, 500, 10


def figures(_folder: Path) -> list[Figure]:
    from generation.models import Generation
    from generation.states import GenerationState

    people = submit_all()
    queue = Generation.objects.filter(participant__in=people, state=GenerationState.QUEUED)
    first_come = queue.order_by("created_at", "id").values_list("participant", flat=True)[: ARTISTS * EACH]
    theirs = jain(Counter(first_come), people)
    served = Counter(serve(ARTISTS * EACH))
    queue.delete()
    how = (
        f"{ARTISTS} artists, one with {FLOOD} queued before the others' {EACH} each, {ARTISTS * EACH} claims: "
        f"the flood gets {served[people[0]]}, the others {min(served[one] for one in people[1:])} or more",
        f"first come first served: {theirs:.2f}",
    )
    return [Figure("fair_jain", jain(served, people), "", 0.95, "higher", how)]


def jain(served: Counter[UUID], people: list[UUID]) -> float:
    counts = [served[one] for one in people]
    return sum(counts) ** 2 / (len(counts) * sum(count**2 for count in counts))


def submit_all() -> list[UUID]:
    """The artists' ids, the one with the flood first."""
    from accounts.models import Participant
    from generation.models import Generation
    from tests.factories import CohortFactory, ParticipantFactory

    cohort = CohortFactory(max_running=2)
    people: list[Participant] = ParticipantFactory.create_batch(ARTISTS, cohort=cohort)
    one = {"model_key": "sketch", "prompt": "rain", "seed": 7, "seconds": 2, "price": 4, "width": 320, "height": 192}
    for number, person in enumerate(people):
        takes = range(1, (EACH if number else FLOOD) + 1)
        Generation.objects.bulk_create(
            Generation(participant=person, take=take, position=take, fps=8, **one) for take in takes
        )
    return [person.pk for person in people]


def serve(times: int) -> Iterable[UUID]:
    """Claim and end, one after another; whose each was."""
    from common.clock import now
    from generation import services
    from generation.models import Attempt, Generation
    from generation.states import AttemptState, GenerationState

    worker = services.register_worker(name="fair")
    for _time in range(times):
        attempt = services.claim_next(worker=worker)
        assert attempt is not None
        Attempt.objects.filter(pk=attempt.pk).update(state=AttemptState.CANCELLED, ended_at=now())
        mine = Generation.objects.filter(pk=attempt.generation_id)
        mine.update(state=GenerationState.CANCELLED, finished_at=now())
        yield mine.get().participant_id
    services.retire_worker(worker=worker)
