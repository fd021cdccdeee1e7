"""One at work in a process, and no doorbell lost. Real threads; events put them in the order that hurts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from generation.worker.slot import Slot


def test_a_doorbell_does_the_work_at_once():
    done = []
    assert Slot().answer(lambda: done.append(1)) is True
    assert done == [1]


def test_a_doorbell_that_finds_somebody_at_work_returns_at_once_and_they_look_again():
    slot, started, go_on = Slot(), threading.Event(), threading.Event()
    looked = []

    def work() -> None:
        looked.append(threading.current_thread().name)
        started.set()
        assert go_on.wait(10)

    first = threading.Thread(target=slot.answer, args=(work,), name="first")
    first.start()
    assert started.wait(10)
    for _ in range(5):
        assert slot.answer(work) is False
    go_on.set()
    first.join(10)
    # Five rings are one more look: the work empties the queue.
    assert looked == ["first", "first"]


def test_a_ring_after_the_last_look_and_before_leaving_is_not_lost():
    """The dangerous moment: the queue was seen empty, something is queued and rung for, then the slot is left."""
    slot, queue, done = Slot(), ["a"], []

    def work() -> None:
        while queue:
            done.append(queue.pop())
        if done == ["a"]:
            queue.append("b")
            assert slot.answer(work) is False

    slot.answer(work)
    assert done == ["a", "b"]


def test_never_two_at_work_and_nothing_left_behind():
    slot, lock = Slot(), threading.Lock()
    queue: list[int] = []
    done: list[int] = []
    at_work = []

    def work() -> None:
        at_work.append(1)
        assert len(at_work) == 1
        while True:
            with lock:
                if not queue:
                    break
                done.append(queue.pop())
        at_work.pop()

    def submit(number: int) -> None:
        with lock:
            queue.append(number)
        slot.answer(work)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(submit, range(2000)))
    assert sorted(done) == list(range(2000))


def test_work_that_fails_leaves_the_slot_free():
    slot = Slot()
    with pytest.raises(RuntimeError):
        slot.answer(lambda: (_ for _ in ()).throw(RuntimeError))
    done = []
    assert slot.answer(lambda: done.append(1)) is True
    assert done == [1]
