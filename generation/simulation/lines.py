"""The same order in heaps: a claim looks at the few who stand first, not at everybody who waits.

It works because waiting lowers every head's turn by the same amount in the same time. In

    turn = (served + 1) / weight - (now - since) / AGEING

the part `(served + 1) / weight + since / AGEING` orders the heads as the turn does, and stands still until one of that
participant's generations starts, ends, or is forgotten after RECENT. Only then a new entry goes into the heap; the old
one is recognised by its version when it comes up.

One heap a pool and cohort: a cohort at its cap is passed over whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

from generation.fairness import WARM_TURNS
from generation.simulation.rule import AGEING_SECONDS, RECENT_SECONDS, Limits

TRIED = 32  # as in generation/services/claiming.py: the warm model is looked for among so many heads


@dataclass(slots=True)
class Take:
    """A generation in the simulation. Times in seconds since the start of the day."""

    number: int  # counts up over all: who is older
    artist: Artist
    model: str
    pool: str
    created: float
    work: float  # seconds of GPU time
    started: float | None = None
    losses: int = 0


@dataclass(slots=True)
class Artist:
    """A participant: what waits, by pool, and what has been started for them."""

    number: int
    limits: Limits
    waiting: dict[str, deque[Take]] = field(default_factory=dict)
    running: int = 0
    served: int = 0
    starts: list[float] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)  # of the entry in each pool's heap

    @property
    def queued(self) -> int:
        return sum(len(line) for line in self.waiting.values())


class _Entry(NamedTuple):
    key: float  # the turn, less what the passing of time takes from everybody's
    created: float
    number: int
    version: int
    artist: Artist


class Lines:
    """All that waits, in the order of the rule."""

    def __init__(self, pools: Mapping[str, Collection[str]]) -> None:
        self._heaps: dict[str, dict[object, list[_Entry]]] = {pool: {} for pool in pools}
        self._together: dict[object, int] = {}  # running, a cohort
        self._forgotten: list[tuple[float, int, Artist]] = []  # when a start that has ended stops counting
        self._tickets = 0

    def submit(self, take: Take) -> None:
        line = take.artist.waiting.setdefault(take.pool, deque())
        line.append(take)
        if len(line) == 1:
            self._place(take.artist, take.pool)

    def claim(self, pool: str, loaded: Collection[str], moment: float) -> Take | None:
        """Take out the one that a worker of this pool starts now; None when nobody may start."""
        self._forget(moment)
        seen: list[_Entry] = []
        chosen: _Entry | None = None
        while len(seen) < TRIED and (entry := self._pop(pool)) is not None:
            if not seen or entry.key <= seen[0].key + WARM_TURNS:
                seen.append(entry)
                if not loaded or _head(entry.artist, pool).model in loaded:
                    chosen = entry
                    break
            else:
                self._push(pool, entry)
                break
        if not seen:
            return None
        chosen = chosen or seen[0]
        for entry in seen:
            if entry is not chosen:
                self._push(pool, entry)
        return self._start(chosen.artist, pool, moment)

    def end(self, take: Take, moment: float) -> None:
        """It completed, or failed: its start counts until RECENT after it."""
        artist, started = take.artist, take.started or 0.0
        self._stop(artist)
        if started + RECENT_SECONDS >= moment:
            self._tickets += 1
            heappush(self._forgotten, (started + RECENT_SECONDS, self._tickets, artist))
        else:
            artist.served -= 1
        self._place_everywhere(artist)

    def give_back(self, take: Take) -> None:
        """Its worker was lost: back to its old place, as if it had not begun."""
        artist = take.artist
        self._stop(artist)
        artist.served -= 1
        if take.started is not None:
            artist.starts.remove(take.started)
        take.started = None
        line = artist.waiting.setdefault(take.pool, deque())
        older = [one for one in line if one.number < take.number]
        line.insert(len(older), take)
        self._place_everywhere(artist)

    def _start(self, artist: Artist, pool: str, moment: float) -> Take:
        take = artist.waiting[pool].popleft()
        take.started = moment
        artist.running += 1
        artist.served += 1
        artist.starts.append(moment)
        cohort = artist.limits.cohort
        self._together[cohort] = self._together.get(cohort, 0) + 1
        self._place_everywhere(artist)
        return take

    def _stop(self, artist: Artist) -> None:
        artist.running -= 1
        self._together[artist.limits.cohort] -= 1

    def _forget(self, moment: float) -> None:
        # A start counts while `started >= now - RECENT`: at the very moment it still does.
        while self._forgotten and self._forgotten[0][0] < moment:
            artist = heappop(self._forgotten)[2]
            artist.served -= 1
            self._place_everywhere(artist)

    def _place_everywhere(self, artist: Artist) -> None:
        for pool, line in artist.waiting.items():
            if line:
                self._place(artist, pool)

    def _place(self, artist: Artist, pool: str) -> None:
        """Put the head's new entry in; the one before becomes worthless."""
        version = artist.versions[pool] = artist.versions.get(pool, 0) + 1
        if artist.running >= artist.limits.max_running:
            return  # at their cap: `end` puts them back
        head = _head(artist, pool)
        since = max(head.created, artist.starts[-1]) if artist.starts else head.created
        key = (artist.served + 1) / artist.limits.weight + since / AGEING_SECONDS
        self._push(pool, _Entry(key, head.created, head.number, version, artist))

    def _push(self, pool: str, entry: _Entry) -> None:
        heappush(self._heaps[pool].setdefault(entry.artist.limits.cohort, []), entry)

    def _pop(self, pool: str) -> _Entry | None:
        """The first entry of all cohorts that are not full."""
        best: list[_Entry] | None = None
        for cohort, heap in self._heaps[pool].items():
            while heap and heap[0].version != heap[0].artist.versions[pool]:
                heappop(heap)
            if not heap:
                continue
            most = heap[0].artist.limits.max_running_together
            if most is not None and self._together.get(cohort, 0) >= most:
                continue
            if best is None or heap[0] < best[0]:
                best = heap
        return heappop(best) if best else None


def _head(artist: Artist, pool: str) -> Take:
    return artist.waiting[pool][0]
