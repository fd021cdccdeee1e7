"""What detectors notice is written down for the reviewer. It orders and points; nothing in here can decide.

A signal may do three things to an open case, and no more: add a topic, ask for a second person where the programme's
rules say so, and send it to the queue that its topics belong to. Whatever fails leaves the case as it was. A case that
was decided before its signals came stays decided; that they came too late is noted.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Lock
from typing import Any
from uuid import UUID

from celery import signature
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from audit.services import record
from common.actors import System
from common.broker import send_task
from common.clock import now
from common.db import compare_and_set, lock
from review.models import CaseTopic, Claim, FrameHash, ReviewCase, Signal
from review.selectors import signals as selectors
from review.services import wellness
from review.services.routing import reroute
from review.services.second_person import need_second_person
from review.signals import near_duplicate, process, same_prompt
from review.signals.hashing import FramePrint
from review.signals.looking import DETECTORS, PRINTS, Result
from review.signals.reading import Fault, Material
from review.states import OPEN_STATES, CaseKind, SignalKind, SignalState, Topic
from videos import storage
from videos.models import Rendition, Video

log = logging.getLogger(__name__)

LOOK = "review.tasks.look_at_signals"
# These look at the world as well, which may have changed since the work was last submitted.
OF_THE_WORLD = (SignalKind.PROMPT_TOPICS, SignalKind.NEAR_DUPLICATE, SignalKind.SAME_PROMPT)
TOPICS = {
    SignalKind.NUDITY: Topic.NUDITY,
    SignalKind.TEXT: Topic.TEXT,
    SignalKind.FACES: Topic.REAL_PEOPLE,
    SignalKind.PROFANITY: Topic.PROFANITY,
    SignalKind.NEAR_DUPLICATE: Topic.REPEAT,
}
# What a reason code is about, for those that the founding policy names; others point without a topic.
TOPICS_OF_REASONS = {
    "minors-safety": Topic.MINORS,
    "real-person": Topic.REAL_PEOPLE,
    "sexual-content": Topic.NUDITY,
    "violence-graphic": Topic.VIOLENCE,
    "violence": Topic.VIOLENCE,
    "hateful": Topic.HATE,
}
# One look at a time in this process: it takes a core.
_looking = Lock()


def expect(case: ReviewCase) -> None:
    """Note what detectors are to look at, and ring for them on commit; in the caller's transaction and audit.

    A work that was looked at before is looked at again only where the answer may have changed. What is known of it
    already is a topic of this case from its first moment, so that it waits where it belongs, and comes to nobody who
    declined to see such a thing.
    """
    rendition = selectors.shown_copy(case.video)
    if rendition is None:
        return
    Signal.objects.bulk_create(
        [Signal(video_id=rendition.video_id, rendition=rendition, kind=kind) for kind in SignalKind],
        ignore_conflicts=True,
    )
    known = _locked_signals(rendition)
    # Whether it is like a refused work is of the world alone: it is asked again, and nobody needs sparing from it.
    topics = {topic for one in known.filter(fired=True) for topic in _topics(one)} - {Topic.REPEAT}
    CaseTopic.objects.bulk_create(
        [CaseTopic(case=case, topic=topic) for topic in sorted(topics)], ignore_conflicts=True
    )
    again = known.filter(state=SignalState.FAILED) | known.filter(state=SignalState.DONE, kind__in=OF_THE_WORLD)
    again.update(state=SignalState.PENDING, fired=False, score=None, hits=[], fault="", finished_at=None)
    transaction.on_commit(ring)


def known_topics(videos: Collection[Video]) -> dict[UUID, set[str]]:
    """What these works are known to be about: by what was found in their files as they are, and by earlier cases.

    Two queries.
    """
    found: dict[UUID, set[str]] = {video.pk: set() for video in videos}
    for signal in Signal.objects.filter(video__in=found, rendition__replaced_at=None, fired=True):
        found[signal.video_id] |= _topics(signal)
    for video, topic in CaseTopic.objects.filter(case__video__in=found).values_list("case__video", "topic"):
        found[video].add(topic)
    return found


def ring() -> bool:
    """Tell some worker that something waits; a lost message is made up for by `ring_for_signals`."""
    return send_task(signature(LOOK))


def ring_for_signals() -> int:
    """Ring if something waits that nobody looked at: a message or a worker was lost."""
    return int(selectors.first_waiting() is not None and ring())


def look_at_waiting(*, actor: System) -> int:
    """Look at one work after another until none waits; the number of works. A second caller leaves it to the first."""
    tried: set[UUID] = set()
    looked = 0
    while (rendition := selectors.first_waiting(without=tried)) is not None:
        if not _looking.acquire(blocking=False):
            break
        try:
            tried.add(rendition.pk)
            with _alone(rendition) as alone:
                looked += alone and look_at(actor=actor, rendition=rendition)
        finally:
            _looking.release()
    return looked


def look_at(*, actor: System, rendition: Rendition) -> bool:
    """Let the detectors look at what is pending of one share copy; False when there was nothing left to write down.

    Twice is as good as once. Nothing is locked meanwhile: a look takes seconds.
    """
    pending = Signal.objects.filter(rendition=rendition, state=SignalState.PENDING)
    kinds = [SignalKind(kind) for kind in pending.values_list("kind", flat=True)]
    results = _results(rendition, kinds) if kinds else []
    for result in results:
        if result.fault:
            log.warning("Signal %s of rendition %s is missing: %s.", result.kind, rendition.pk, result.fault)
    return bool(results) and _write_down(actor, rendition, results)


@contextmanager
def _alone(rendition: Rendition) -> Iterator[bool]:
    """Whether no other process looks at it just now. A courtesy that saves work: without a cache both look."""
    key = f"signals-look:{rendition.pk}"
    try:
        mine = bool(cache.add(key, 1, timeout=settings.SIGNALS_SECONDS + 60))
    except RedisError:
        yield True
        return
    try:
        yield mine
    finally:
        if mine:
            with suppress(RedisError):
                cache.delete(key)


# --- Looking -------------------------------------------------------------------------------------------------------


def _results(rendition: Rendition, kinds: Sequence[SignalKind]) -> list[Result]:
    """One result for each kind. Detectors look in a process of their own; what needs the database is compared here."""
    video = rendition.video
    try:
        prompt = selectors.prompt_of(video)
    except Exception:  # noqa: BLE001  another app's fault must not cost what needs no prompt
        log.warning("The prompt of video %s could not be read.", video.pk)
        prompt = selectors.Prompt(prompt="", elsewhere=[])
    material = Material(prompt=prompt["prompt"], topics=selectors.policy_topics())
    asked = [str(kind) for kind in kinds if kind in DETECTORS or kind == PRINTS]
    with _opened(rendition) as file:
        found = process.look(
            material,
            video=file,
            frame_count=video.frame_count,
            kinds=asked,
            seconds=settings.SIGNALS_SECONDS,
            memory_mib=settings.SIGNALS_MEMORY_MIB,
        )
    results = [_compared(result, video) if result.prints else result for result in found]
    if SignalKind.SAME_PROMPT in kinds:
        results.append(_same_prompt(video, prompt))
    return results


@contextmanager
def _opened(rendition: Rendition) -> Iterator[Any]:
    """The share copy, or an empty file where the storage has none: a detector of pictures then says so."""
    try:
        file: Any = storage.open_file(rendition.storage_key)
    except OSError:
        log.warning("The share copy %s could not be read.", rendition.pk)
        file = io.BytesIO()
    with file:
        yield file


def _compared(result: Result, video: Video) -> Result:
    try:
        reading = near_duplicate.compare(result.prints, selectors.refused_prints(video))
    except Exception:  # noqa: BLE001  whatever it is, the signal is missing and the case goes on
        return replace(result, fault=Fault.BROKE)
    return replace(result, name=near_duplicate.NAME, version=near_duplicate.VERSION, reading=reading)


def _same_prompt(video: Video, prompt: selectors.Prompt) -> Result:
    kind = SignalKind.SAME_PROMPT.value
    if not prompt["prompt"].strip():
        return Result(kind, fault=Fault.NO_PROMPT)
    try:
        reading = same_prompt.compare(selectors.submitted_elsewhere(video, prompt))
    except Exception:  # noqa: BLE001  as above
        return Result(kind, fault=Fault.BROKE)
    return Result(kind, same_prompt.NAME, same_prompt.VERSION, reading)


# --- Writing down --------------------------------------------------------------------------------------------------


def _write_down(actor: System, rendition: Rendition, results: Sequence[Result]) -> bool:
    """The readings, and what they change for the open cases of the video. A second look at the same writes nothing."""
    with transaction.atomic():
        _locked_signals(rendition)
        if not [result for result in results if _settle(rendition, result)]:
            return False
        prints = [one for result in results for one in result.prints]
        FrameHash.objects.bulk_create([_frame_hash(rendition, one) for one in prints], ignore_conflicts=True)
        fired = list(Signal.objects.filter(rendition=rendition, fired=True))
        cases = list(lock(ReviewCase.objects.order_by("pk")).filter(video=rendition.video_id, state__in=OPEN_STATES))
        for case in cases:
            _point(actor, case, fired)
        data = {
            "rendition": str(rendition.pk),
            "fired": sorted(signal.kind for signal in fired),
            "missing": sorted(result.kind for result in results if result.reading is None),
        }
        for case in cases:
            record(actor=actor, action="review.signals_done", target=case, data=data)
        # Asked after the locks: whoever decided at the same moment has done so by now, or finds two needed.
        if not cases and (decided := selectors.decided_first(rendition)):
            asked = sorted(selectors.asking_for_two(fired)) if _takes_two(decided) else []
            record(actor=actor, action=selectors.TOO_LATE, target=decided, data=data | {"asked_for_two": asked})
    return True


def _locked_signals(rendition: Rendition) -> QuerySet[Signal]:
    """What is looked for in a share copy, one writer at a time: who asks anew must see what a look has just found."""
    known = Signal.objects.filter(rendition=rendition)
    list(lock(known.order_by("pk")).values_list("pk"))
    return known


def _settle(rendition: Rendition, result: Result) -> bool:
    reading = result.reading
    changes: dict[str, Any] = {
        "state": SignalState.DONE if reading else SignalState.FAILED,
        "score": reading.score if reading else None,
        "fired": bool(reading and reading.fired),
        "hits": list(reading.hits) if reading else [],
        "detector": result.name[:60],
        "detector_version": result.version[:40],
        "fault": "" if reading else _sentence(result.fault),
        "finished_at": now(),
    }
    mine = Signal.objects.filter(rendition=rendition, kind=result.kind)
    return compare_and_set(mine, expected={"state": SignalState.PENDING}, changes=changes)


def _sentence(fault: Fault | None) -> str:
    sentences = {
        Fault.NOT_INSTALLED: _("The detector is not installed here."),
        Fault.NO_PICTURES: _("The file could not be read."),
        Fault.NO_PROMPT: _("This work has no prompt."),
        Fault.NO_TOPICS: _("No policy is in force."),
        Fault.TOO_LONG: _("The detector took too long and was stopped."),
        Fault.ENDED: _("The detector was stopped before it was done, perhaps for want of memory."),
    }
    return sentences.get(fault or Fault.BROKE, _("The detector failed on this work."))


def _frame_hash(rendition: Rendition, one: FramePrint) -> FrameHash:
    return FrameHash(rendition=rendition, at_ms=one.at_ms, pdq=one.pdq, pdq_mirrored=one.mirrored, quality=one.quality)


def _point(actor: System, case: ReviewCase, fired: Sequence[Signal]) -> None:
    """All that signals change: the topics of a case, how many look at it, where it waits.

    Two are needed from now on even where somebody watches the case already. Its version stays, so that their opinion
    is not refused for it: what they think of the work is as true of a first opinion as of a decision, and they hear
    with the answer that it waits for somebody else's.
    """
    topics = [CaseTopic(case=case, topic=topic) for topic in sorted({topic for one in fired for topic in _topics(one)})]
    CaseTopic.objects.bulk_create(topics, ignore_conflicts=True)
    if topics and (claim := Claim.objects.filter(case=case, ended_at=None).first()):
        wellness.opened(claim)  # whoever watches it now sees what was noticed
    if _takes_two(case) and (asking := selectors.asking_for_two(fired)):
        need_second_person(actor=actor, case=case, why=", ".join(sorted(asking)))
    reroute(case=case)


def _takes_two(case: ReviewCase) -> bool:
    """Signals ask about what an artist submits; an appeal or a report is a question of its own, a golden item none."""
    return case.kind == CaseKind.SUBMISSION and case.golden_id is None


def _topics(signal: Signal) -> set[Topic]:
    found = {TOPICS[SignalKind(signal.kind)]} if signal.kind in TOPICS else set()
    if signal.kind == SignalKind.PROMPT_TOPICS:
        codes = {hit.get("label", "") for hit in signal.hits}
        found |= {topic for code, topic in TOPICS_OF_REASONS.items() if code in codes}
    return found
