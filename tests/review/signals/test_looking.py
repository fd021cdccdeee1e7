"""All detectors together: none takes another with it, and what goes wrong ends in its own process."""

from __future__ import annotations

import io
import sys
from types import ModuleType

import pytest

from review.signals import looking, process
from review.signals.reading import Fault, Material, Reading
from tests.review.signals.clips import mp4, written

PROMPT = "the most secret lighthouse, damn it"
TOPICS = {"sexual-content": "Explicit sexual acts, or nudity meant to arouse."}
ALL = ["prompt_topics", "profanity", "nudity", "faces", "text", "near_duplicate"]


class Calm:
    kind, name, version = "faces", "calm", "1"

    def look(self, material: Material) -> Reading:
        return Reading(0.25, fired=False)


class Angry(Calm):
    def look(self, material: Material) -> Reading:
        raise RuntimeError(f"no way to look at {material.prompt}")


class Mad(Calm):
    def look(self, material: Material) -> Reading:
        return Reading(float("nan"), fired=True)


@pytest.fixture
def film() -> io.BytesIO:
    return io.BytesIO(mp4([written("STAY DRY")] * 6))


@pytest.fixture
def detectors(monkeypatch) -> ModuleType:
    module = ModuleType("detectors_of_a_test")
    module.Calm, module.Angry, module.Mad = Calm, Angry, Mad  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    table = {"nudity": "Angry", "faces": "Calm", "text": "Mad"}
    lines = {kind: f"{module.__name__}:{name}" for kind, name in table.items()}
    monkeypatch.setattr(looking, "DETECTORS", lines | {"profanity": "no_such_module:Profanity"})
    return module


def look_here(film, *kinds: str) -> dict[str, looking.Result]:
    return {one.kind: one for one in looking.look(Material(prompt=PROMPT), video=film, frame_count=6, kinds=kinds)}


def look(film, kinds: list[str], **limits: int) -> dict[str, looking.Result]:
    limits = {"seconds": 3000, "memory_mib": 3072} | limits
    found = process.look(Material(prompt=PROMPT, topics=TOPICS), video=film, frame_count=6, kinds=kinds, **limits)
    assert len({one.kind for one in found}) == len(found)
    return {one.kind: one for one in found}


def test_a_detector_that_fails_takes_no_other_with_it(film, detectors):
    found = look_here(film, "nudity", "faces", "text", "profanity", "near_duplicate")
    assert found["faces"].reading == Reading(0.25, fired=False)
    assert (found["faces"].name, found["faces"].version) == ("calm", "1")
    assert found["nudity"].fault == Fault.BROKE
    assert found["text"].fault == Fault.BROKE  # a score that is no number is no reading
    assert found["profanity"].fault == Fault.NOT_INSTALLED
    assert found["near_duplicate"].prints
    assert PROMPT not in repr(list(found.values()))


def test_without_pictures_only_the_detectors_of_pictures_are_missing(detectors, monkeypatch):
    found = look_here(io.BytesIO(b"no film"), "nudity", "faces", "near_duplicate", "profanity")
    faults = {kind: result.fault for kind, result in found.items()}
    no = Fault.NO_PICTURES
    assert faults == {"nudity": no, "faces": no, "near_duplicate": no, "profanity": Fault.NOT_INSTALLED}


def test_only_what_is_asked_for_is_looked_at(film, detectors):
    assert list(look_here(film, "faces")) == ["faces"]


def test_every_detector_looks_in_a_process_of_its_own(film):
    found = look(film, ALL)
    assert sorted(found) == sorted(ALL)
    assert {kind: result.fault for kind, result in found.items()} == dict.fromkeys(ALL)
    assert found["text"].reading.fired
    assert found["near_duplicate"].prints[0].at_ms == 0
    for kind in looking.DETECTORS:
        assert found[kind].name
        assert found[kind].version
        assert 0 <= found[kind].reading.score <= 1
    assert PROMPT not in repr(found)


def test_a_look_that_takes_too_long_is_ended_and_says_so(film):
    found = look(film, ALL, seconds=0)
    assert {result.fault for result in found.values()} <= {Fault.TOO_LONG, Fault.ENDED}
    assert sorted(found) == sorted(ALL)


def test_a_look_that_wants_too_much_memory_ends_alone(film):
    found = look(film, ALL, memory_mib=64)
    assert sorted(found) == sorted(ALL)
    assert all(result.fault for result in found.values())


def test_the_process_is_told_no_secret_and_the_prompt_stands_in_no_place_that_others_read(film, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hush")
    monkeypatch.setenv("DATABASE_URL", "postgres://user:hush@host/db")
    told: dict[str, object] = {}
    true_popen = process.subprocess.Popen

    def popen(command, **options):
        told.update(options, command=command)
        return true_popen(command, **options)

    monkeypatch.setattr(process.subprocess, "Popen", popen)
    look(film, ["profanity"])
    assert "hush" not in repr(told["env"])
    assert PROMPT not in repr(told)
