"""What artists do with their own queue: hold, resume, move."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Participant
from audit.models import AuditEvent
from common.errors import Conflict, NotFound
from generation import services
from generation.fairness import eligible_in_order, heads_in_order
from generation.models import Generation
from generation.services import waiting
from generation.services.waiting import Direction
from generation.states import GenerationState
from tests.factories import AdminFactory, GenerationFactory, ParticipantFactory
from tests.worker.queue import ledger, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Participant:
    return ParticipantFactory()


@pytest.fixture
def three(owner) -> list[Generation]:
    return [GenerationFactory(participant=owner, take=take) for take in (1, 2, 3)]


def order() -> list[int]:
    return [row.take for row in eligible_in_order()]


def events() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


class TestHold:
    def test_what_is_held_does_not_start_and_keeps_its_credits(self, owner):
        generation = submitted(owner)
        waiting.hold(actor=owner.user, generation=generation)
        assert services.claim_next(worker=services.register_worker(name="w")) is None
        assert ledger(generation) == {"reserve": generation.price}

    def test_resumed_it_starts(self, owner, three):
        waiting.hold(actor=owner.user, generation=three[0])
        assert order() == [2, 3]
        waiting.resume(actor=owner.user, generation=three[0])
        assert order() == [1, 2, 3]
        assert events() == ["generation.held", "generation.resumed"]

    def test_twice_is_once(self, owner, three):
        first = waiting.hold(actor=owner.user, generation=three[0])
        again = waiting.hold(actor=owner.user, generation=three[0])
        assert again.held_at == first.held_at
        waiting.resume(actor=owner.user, generation=three[1])
        assert events() == ["generation.held"]

    def test_no_turns_are_saved_up_while_it_is_held(self, owner, three):
        long_ago = timezone.now() - timedelta(hours=5)
        Generation.objects.filter(pk=three[0].pk).update(held_at=long_ago, created_at=long_ago)
        waiting.resume(actor=owner.user, generation=three[0])
        other = GenerationFactory()
        turns = {head.head: head.turn for head in heads_in_order()}
        assert turns[three[0].pk] == pytest.approx(turns[other.pk], abs=0.05)

    def test_a_held_one_can_be_cancelled(self, owner):
        generation = submitted(owner)
        waiting.hold(actor=owner.user, generation=generation)
        services.cancel(actor=owner.user, generation=generation)
        generation.refresh_from_db()
        assert (generation.state, generation.held_at) == (GenerationState.CANCELLED, None)


class TestMove:
    @pytest.mark.parametrize(
        ("take", "to", "expected"),
        [
            (3, Direction.FRONT, [3, 1, 2]),
            (2, Direction.FRONT, [2, 1, 3]),
            (3, Direction.UP, [1, 3, 2]),
            (1, Direction.DOWN, [2, 1, 3]),
            (1, Direction.UP, [1, 2, 3]),
            (3, Direction.DOWN, [1, 2, 3]),
        ],
    )
    def test_it_takes_its_new_place(self, owner, three, take, to, expected):
        waiting.move(actor=owner.user, generation=three[take - 1], to=to)
        assert order() == expected
        assert events() == ([] if expected == [1, 2, 3] else ["generation.moved"])

    def test_equal_positions_give_way(self, owner, three):
        Generation.objects.update(position=0)
        waiting.move(actor=owner.user, generation=three[1], to=Direction.UP)
        assert order() == [2, 1, 3]

    def test_nobody_else_moves(self, owner, three):
        other = GenerationFactory(take=9)
        before = order().index(9)
        waiting.move(actor=owner.user, generation=three[2], to=Direction.FRONT)
        assert order().index(9) == before
        assert Generation.objects.get(pk=other.pk).position == 9


@pytest.mark.parametrize("act", ["hold", "resume", "move"])
class TestWho:
    def do(self, act, actor, generation):
        extra = {"to": Direction.FRONT} if act == "move" else {}
        return getattr(waiting, act)(actor=actor, generation=generation, **extra)

    def test_only_the_owner(self, act, three):
        for stranger in (ParticipantFactory().user, AdminFactory()):
            with pytest.raises(NotFound):
                self.do(act, stranger, three[0])

    @pytest.mark.parametrize("state", [GenerationState.RUNNING, GenerationState.CANCELLED])
    def test_only_what_waits(self, act, owner, three, state):
        ended = {"finished_at": timezone.now()} if state == GenerationState.CANCELLED else {}
        Generation.objects.filter(pk=three[0].pk).update(state=state, **ended)
        with pytest.raises(Conflict):
            self.do(act, owner.user, three[0])
        assert events() == []
