"""What detectors say, as a test wants it: a look takes no time, and everything around it is real."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from common.actors import System
from review import services
from review.models import ReviewCase, Signal
from review.selectors.signals import Prompt, shown_copy
from review.services import signals
from review.signals.hashing import FramePrint
from review.signals.looking import DETECTORS, PRINTS, Result
from review.signals.reading import Fault, Reading
from tests.review.conftest import artist, case, colleague, held, policy, reviewer, token  # noqa: F401
from videos.models import Video

PROMPT = "a lighthouse nobody may read about"
Says = Callable[..., None]


@pytest.fixture(autouse=True)
def prompt(settings) -> None:
    settings.REVIEW_PROMPTS = "tests.review.signals.conftest.a_prompt"
    settings.SIGNALS_SECONDS = 3000  # however busy the machine is


def a_prompt(video: Video) -> Prompt:
    same = Video.objects.filter(title=video.title).exclude(owner=video.owner_id)
    return Prompt(prompt=PROMPT, elsewhere=list(same.values_list("pk", flat=True)))


@pytest.fixture
def detectors(monkeypatch) -> Iterator[dict[str, Result]]:
    """What each kind says at the next look; at first nothing fires."""
    says: dict[str, Result] = {kind: Result(kind, "drawn", "1", Reading(0.1, fired=False)) for kind in DETECTORS} | {
        PRINTS: Result(PRINTS, prints=[FramePrint(0, 0, "0f" * 32, "f0" * 32, quality=0)])
    }

    def look(material: Any, *, kinds: list[str], **_rest: Any) -> list[Result]:
        return [says[kind] for kind in kinds]

    monkeypatch.setattr(signals.process, "look", look)
    return says


def fires(detectors: dict[str, Result], kind: str, score: float = 0.9, **hit: Any) -> None:
    detectors[kind] = Result(kind, "drawn", "1", Reading(score, fired=True, hits=[{"score": score, **hit}]))


def fails(detectors: dict[str, Result], *kinds: str, fault: Fault = Fault.BROKE) -> None:
    detectors.update({kind: Result(kind, fault=fault) for kind in kinds})


def look(mine: ReviewCase) -> bool:
    rendition = shown_copy(mine.video)
    assert rendition is not None
    return services.look_at(actor=System("signals"), rendition=rendition)


def of(mine: ReviewCase) -> Mapping[str, Signal]:
    return {signal.kind: signal for signal in Signal.objects.filter(video=mine.video_id)}
