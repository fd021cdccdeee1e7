"""Generations in the queue as artists put them there: submitted, with their credits reserved."""

from __future__ import annotations

from typing import Any

from accounts.models import Participant
from generation import services
from generation.models import Generation
from quotas.models import EntryKind, LedgerEntry
from tests.factories import ParticipantFactory
from videos import storage
from videos.states import RenditionKind


def submitted(participant: Participant | None = None, **asked: Any) -> Generation:
    """One generation of 2 seconds of the sketch model, or of what is asked."""
    wanted = {"model_key": "sketch", "prompt": "rain on a tin roof", "size": "320x192", "seconds": 2, "seed": 7}
    return services.submit(actor=(participant or ParticipantFactory()).user, **wanted | asked)


def ledger(generation: Generation) -> dict[str, int]:
    """What became of its credits, by the kind of entry."""
    return dict(LedgerEntry.objects.filter(reservation=generation.pk).values_list("kind", "credits"))


def is_balanced(generation: Generation) -> bool:
    """Whether exactly what was reserved has been charged or given back."""
    entries = ledger(generation)
    ended = entries.get(EntryKind.SETTLE, 0) + entries.get(EntryKind.RELEASE, 0)
    return len(entries) > 1 and ended == entries[EntryKind.RESERVE]


def stored_video(folder: Any, prefix: str = "attempts/test") -> services.StoredVideo:
    """The smallest files that can become a video."""
    path = folder / "original.mp4"
    path.write_bytes(b"not really a film")
    original = storage.store(path, prefix=prefix, kind=RenditionKind.ORIGINAL, content_type="video/mp4")
    return services.StoredVideo(width=320, height=192, fps=8, frame_count=16, files=[original])
