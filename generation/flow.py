"""How long until one of a long queue starts, from sums instead of a game with every piece (waits.py has that).

Work flows through the workers that run the asked model. What is told is between two ways in which it can go:

- high: they do all by themselves that stands before it and that they run, one after another, with no regard to caps;
- low: others who run the same models take their share, and nobody has more under way than the caps allow, so that the
  workers pass over those who are at theirs.

The second is how they work, so it is the likelier one. In both, what counts to the same cap as the asked one (its
participant, their cohort, the model) holds it up by itself.
Nothing here reads the database.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isinf

from generation.waits import Crew, Hand, Wait, spread

UNSURE = (0.7, 1.4)  # newcomers, and whatever else is left out of sums: so much less, or more


@dataclass(frozen=True, slots=True)
class Ahead:
    """What one participant has before it."""

    participant: Hashable
    cohort: Hashable
    most: int  # of theirs that may run at once
    count: int
    seconds: Mapping[str, float]  # of work, by model


@dataclass(frozen=True, slots=True)
class Asked:
    """The one that is asked for, with the caps that it counts to."""

    model_key: str
    participant: Hashable
    cohort: Hashable
    most: int
    together: int | None
    most_of_model: int  # 0: no cap


def wait_of(asked: Asked, ahead: Sequence[Ahead], crew: Crew) -> Wait | None:
    """None when nobody runs the model, or something before it was never measured."""
    hands = [hand for hand in crew.hands if hand.runs(asked.model_key)]
    if not hands:
        return None
    models = {key for line in ahead for key in line.seconds}
    theirs = {key for key in models if any(hand.runs(key) for hand in hands)}
    shares = {key: _share(key, hands, crew.hands) for key in theirs}
    alone = [sum(line.seconds[key] for key in line.seconds.keys() & theirs) for line in ahead]
    if any(isinf(seconds) for seconds in alone):
        return None
    shared = [sum(line.seconds[key] * shares[key] for key in line.seconds.keys() & theirs) for line in ahead]
    held = _held_up(asked, ahead, crew)
    busy = sum(hand.free_in for hand in hands)
    most = max((busy + sum(alone)) / len(hands), held)
    least = max(_passing([(work, line.most) for work, line in zip(shared, ahead, strict=True)], hands), held)
    low, high = sorted((least, most))
    return spread(low * UNSURE[0], least, high * UNSURE[1])


def _share(key: str, hands: Sequence[Hand], everybody: Sequence[Hand]) -> float:
    """How much of this model's work falls to these hands, if all who run it do as much."""
    return sum(hand.runs(key) for hand in hands) / sum(hand.runs(key) for hand in everybody)


def _passing(ahead: Iterable[tuple[float, int]], hands: Sequence[Hand]) -> float:
    """When a hand is free of all who may take it, as each has at most so many at once: (seconds, how many).

    Until then H hands have done H seconds each second, and each participant had min(work, cap × time) of it.
    """
    lines = sorted((work / cap, work, cap) for work, cap in ahead if work > 0 and cap > 0)
    active, done = sum(cap for _until, _work, cap in lines), 0.0
    free = sorted(hand.free_in for hand in hands)
    if active < len(hands):
        return free[active]
    start = sum(free) / len(free)
    for number, (until, work, cap) in enumerate(lines):
        active, done = active - cap, done + work
        if active < len(hands):
            found = max(until, done / (len(hands) - active))
            if number + 1 == len(lines) or found <= lines[number + 1][0]:
                return start + found
    return start


def _held_up(asked: Asked, ahead: Sequence[Ahead], crew: Crew) -> float:
    """By what counts to the same caps: it starts when fewer than the cap allows are under way or before it."""
    own = [line for line in ahead if line.participant == asked.participant]
    cohort = [line for line in ahead if line.cohort == asked.cohort]
    caps = [
        (asked.participant, asked.most, sum(line.count for line in own), _all(own)),
        (asked.cohort, asked.together or 0, sum(line.count for line in cohort), _all(cohort)),
    ]
    key = asked.model_key
    of_model = sum(line.seconds.get(key, 0.0) for line in ahead)
    caps.append((key, asked.most_of_model, asked.most_of_model if of_model else 0, of_model))
    longest = 0.0
    for name, most, count, seconds in caps:
        under_way = [one.ends_in for one in crew.underway if name in one.counts_to and not isinf(one.ends_in)]
        if most and count + len(under_way) >= most:
            longest = max(longest, (seconds + sum(under_way)) / most)
    return longest


def _all(lines: Iterable[Ahead]) -> float:
    return sum(seconds for line in lines for seconds in line.seconds.values())
