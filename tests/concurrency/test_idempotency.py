"""Many requests with one key at once: one creates, the others wait for it and answer the same."""

from __future__ import annotations

import time

import pytest
from django.db import IntegrityError

from generation.models import Generation, IdempotencyKey
from generation.services import Wish, idempotency, submission, submit_batch, submit_once
from generation.services.idempotency import KeyReused
from quotas.models import LedgerEntry
from tests.concurrency.threads import so_many
from tests.factories import ParticipantFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

THREADS = 8
GOOD = {"model_key": "sketch", "prompt": "rain", "size": "320x192", "seconds": 2}


@pytest.fixture
def artist():
    return ParticipantFactory(cohort__monthly_credits=1000, cohort__max_queued=100).user


@pytest.fixture(autouse=True)
def _slow_thinkers(monkeypatch) -> None:
    """A pause between looking for the key and writing it, in which everybody else looks too."""
    earlier = idempotency.earlier

    def looks_then_waits(**asked):
        seen = earlier(**asked)
        time.sleep(0.05)
        return seen

    monkeypatch.setattr(idempotency, "earlier", looks_then_waits)


def ask(artist):
    def action(_index: int) -> tuple[tuple[str, ...], bool]:
        made = submit_once(actor=artist, wish=Wish(**GOOD, seeds=[1, 2]), idempotency_key="k")
        return tuple(str(one.pk) for one in made.generations), made.replayed

    return action


def test_one_creates_and_the_others_answer_the_same(artist):
    results = so_many(THREADS, ask(artist))
    assert len({ids for ids, _replayed in results}) == 1
    assert sorted(replayed for _ids, replayed in results) == [False] + [True] * (THREADS - 1)
    assert Generation.objects.count() == LedgerEntry.objects.count() == 2
    assert IdempotencyKey.objects.count() == 1


def test_of_two_requests_with_one_key_and_other_parameters_one_is_refused(artist):
    def action(index: int) -> int:
        (made,) = submit_batch(actor=artist, **GOOD, seeds=[index], idempotency_key="k")
        return made.seed

    results = so_many(THREADS, action)
    assert sum(isinstance(result, int) for result in results) == 1
    assert sum(isinstance(result, KeyReused) for result in results) == THREADS - 1
    assert Generation.objects.count() == 1


def test_without_the_lock_the_table_itself_lets_only_one_through(artist, monkeypatch):
    monkeypatch.setattr(submission, "lock", lambda queryset: queryset)
    results = so_many(THREADS, ask(artist))
    assert any(isinstance(result, IntegrityError) for result in results)
    assert Generation.objects.count() == LedgerEntry.objects.count() == 2
