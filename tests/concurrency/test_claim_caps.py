"""Caps while many claim at once: of a participant, of a cohort together, of a model. Each is passed without its guard,
and kept with it.
"""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from generation import catalogue, services
from generation.models import Attempt, Generation
from generation.services import claiming
from generation.states import GenerationState
from tests.concurrency.threads import so_many
from tests.factories import CohortFactory, GenerationFactory, ParticipantFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

CLAIMERS = 6


@pytest.fixture
def models(monkeypatch):
    """A catalogue of as many models as there are claimers, each without a cap."""
    sketch = catalogue.entries()[0]
    models = {f"model-{number}": replace(sketch, key=f"model-{number}") for number in range(CLAIMERS)}
    monkeypatch.setattr(claiming.catalogue, "entries", lambda: tuple(models.values()))
    monkeypatch.setattr(claiming.catalogue, "get", models.get)
    return models


@pytest.fixture
def together(monkeypatch):
    """All claimers have read the queue before any of them takes what it read."""
    gate = threading.Barrier(CLAIMERS)
    met = threading.local()
    in_order = claiming.warm_first

    def meet(heads, loaded):
        if not getattr(met, "once", False):
            met.once = True
            gate.wait(20)
        return in_order(heads, loaded)

    monkeypatch.setattr(claiming, "warm_first", meet)


@pytest.fixture
def unguarded(monkeypatch):
    """Neither the participant's lock nor the look under it; the generations themselves are still taken once."""
    monkeypatch.setattr(claiming, "_skipping_locked", lambda rows: rows)
    monkeypatch.setattr(claiming, "_still_may", lambda *about: True)


def claim(number: int) -> Attempt | None:
    """By a worker that runs one model only, so that each of them sees another head of the same participant."""
    worker = services.register_worker(name=f"claimer {number}")
    worker.model_keys = [f"model-{number}"]
    worker.save()
    return services.claim_next(worker=worker)


def running() -> int:
    return Generation.objects.filter(state=GenerationState.RUNNING).count()


def claim_all() -> list[Attempt]:
    results = so_many(CLAIMERS, claim)
    assert not [result for result in results if isinstance(result, Exception)], results
    return [result for result in results if result is not None]


def one_participant_at_a_cap_of_two():
    participant = ParticipantFactory(cohort=CohortFactory(max_running=2))
    for number in range(CLAIMERS):
        GenerationFactory(participant=participant, model_key=f"model-{number}")


def a_cohort_at_a_cap_of_two():
    cohort = CohortFactory(max_running_together=2)
    for number in range(CLAIMERS):
        GenerationFactory(participant=ParticipantFactory(cohort=cohort), model_key=f"model-{number}")


def test_without_the_guards_a_participant_passes_their_cap(models, together, unguarded):
    one_participant_at_a_cap_of_two()
    claim_all()
    assert running() > 2


def test_a_participant_never_passes_their_cap(models, together):
    one_participant_at_a_cap_of_two()
    assert len(claim_all()) == running() == 2


def test_without_the_guards_a_cohort_passes_its_cap(models, together, unguarded):
    a_cohort_at_a_cap_of_two()
    claim_all()
    assert running() > 2


def test_a_cohort_never_passes_its_cap(models, together):
    a_cohort_at_a_cap_of_two()
    assert len(claim_all()) == running() == 2


def a_model_with_a_cap_of_two(models, monkeypatch):
    models["model-0"] = replace(models["model-0"], max_running=2)
    monkeypatch.setattr(claiming, "_left_out", _any_model(claiming._left_out))
    for _number in range(CLAIMERS):
        GenerationFactory(model_key="model-0")


def _any_model(left_out):
    """Every claimer runs every model."""

    def of_all(worker):
        worker.model_keys = []
        return left_out(worker)

    return of_all


def test_without_the_guards_a_model_passes_its_cap(models, together, unguarded, monkeypatch):
    a_model_with_a_cap_of_two(models, monkeypatch)
    claim_all()
    assert running() > 2


def test_a_model_never_passes_its_cap(models, together, monkeypatch):
    a_model_with_a_cap_of_two(models, monkeypatch)
    assert len(claim_all()) == running() == 2
