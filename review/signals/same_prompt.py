"""The same prompt in works of other artists that were submitted too. What was never submitted stays unknown."""

from __future__ import annotations

from collections.abc import Sequence

from review.signals.reading import MOST_HITS, Hit, Reading

KIND = "same_prompt"
NAME = "equality"
VERSION = "1"


def compare(elsewhere: Sequence[str]) -> Reading:
    hits = [Hit(video=video, score=1.0) for video in elsewhere[:MOST_HITS]]
    return Reading(1.0 if hits else 0.0, fired=bool(hits), hits=hits)
