"""What the detectors are given, and what still waits for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from audit.models import AuditEvent
from review.models import FrameHash, ReviewCase, Signal
from review.selectors.rules import policies_in_force, reasons_of, review_rules
from review.signals import pdq
from review.signals.near_duplicate import Known
from review.states import OPEN_STATES, CaseKind, CaseState, Outcome, SignalKind, SignalState
from videos.models import Rendition, Video
from videos.states import Enforcement, RenditionKind

# The audit event of a case that was decided before its signals came.
TOO_LATE = "review.signals_late"


class Prompt(TypedDict):
    """What a video was asked for by, and the videos of other artists that were asked for by the same words."""

    prompt: str
    elsewhere: list[UUID]


def shown_copy(video: Video) -> Rendition | None:
    """The share copy as it is now: what a reviewer watches and detectors look at."""
    return Rendition.objects.current().filter(video=video, kind=RenditionKind.SHARE_COPY).first()


def first_waiting(without: Collection[UUID] = ()) -> Rendition | None:
    """The share copy that detectors look at next: the one whose open case is due first.

    Then those whose case was decided before anybody looked: what is like a refused work is found by these hashes, and
    the case should say what came too late.
    """
    return _first_waiting(OPEN_STATES, without) or _first_waiting((CaseState.DECIDED,), without)


def _first_waiting(states: Sequence[str], without: Collection[UUID]) -> Rendition | None:
    waiting = (
        Signal.objects.filter(
            state=SignalState.PENDING, rendition__replaced_at=None, video__review_cases__state__in=states
        )
        .exclude(rendition__in=without)
        .order_by("video__review_cases__due_at", "rendition_id")
        .select_related("rendition__video")
        .first()
    )
    return waiting.rendition if waiting else None


def decided_first(rendition: Rendition) -> ReviewCase | None:
    """The case that a look was made for, if it was decided about this very file without waiting for the look.

    Each new question about a video asks anew, so that what was still pending was the newest case's.
    """
    case = ReviewCase.objects.filter(video=rendition.video_id).order_by("-id").first()
    if case is None or case.golden_id is not None or case.state != CaseState.DECIDED:
        return None
    return case if case.decisions.filter(renditions__rendition=rendition).exists() else None


def asking_for_two(fired: Iterable[Signal]) -> set[str]:
    """The kinds among these signals for which the programme wants a second person."""
    return {one.kind for one in fired} & set(review_rules().two_person_signals)


def approvals_asked(kind: str, video: Video) -> int:
    """How many have to agree about this video: by the rules and, of a submission, by what was found in its file."""
    rules = review_rules()
    if rules.approvals_needed > 1 or not rules.two_person_signals or kind != CaseKind.SUBMISSION:
        return rules.approvals_needed
    fired = Signal.objects.filter(
        video=video, rendition__replaced_at=None, fired=True, kind__in=rules.two_person_signals
    )
    return 2 if fired.exists() else rules.approvals_needed


def noticed_late(cases: Iterable[ReviewCase]) -> dict[UUID, list[SignalKind]]:
    """For each of the cases that were decided before their signals came: the kinds that fired. One query."""
    ids = [str(case.pk) for case in cases]
    events = AuditEvent.objects.filter(target_type="reviewcase", target_id__in=ids, action=TOO_LATE).order_by("id")
    return {UUID(event.target_id): [kind for kind in SignalKind if kind in event.data["fired"]] for event in events}


def prompt_of(video: Video) -> Prompt:
    """From the app that knows (`REVIEW_PROMPTS`). For detectors only: it is shown to nobody, and never logged."""
    return _provider(settings.REVIEW_PROMPTS)(video)


@cache
def _provider(path: str) -> Callable[[Video], Prompt]:
    provider: Callable[[Video], Prompt] = import_string(path)
    return provider


def submitted_elsewhere(video: Video, prompt: Prompt) -> list[str]:
    """Those of the same prompt that were submitted too: the prompt of a private work stays private."""
    cases = ReviewCase.objects.filter(video__in=prompt["elsewhere"], golden=None).exclude(video__owner=video.owner_id)
    return [str(pk) for pk in cases.order_by("-video_id").values_list("video_id", flat=True).distinct()]


def policy_topics() -> dict[str, str]:
    """Reason code -> what it is about, from all policies in force."""
    return {code: reason.description for code, reason in reasons_of(policies_in_force()).items()}


def refused_prints(video: Video) -> Iterator[Known]:
    """The frames of the works that stand refused or taken down, but those of the video itself."""
    rejected = Q(
        review_cases__decisions__outcome=Outcome.REJECT,
        review_cases__decisions__superseded_by=None,
        review_cases__golden=None,
    )
    works = Video.objects.filter(rejected | Q(enforcement=Enforcement.TAKEN_DOWN)).exclude(
        enforcement=Enforcement.SHAREABLE  # rejected once, and approved since
    )
    rows = (
        FrameHash.objects.filter(rendition__video__in=works.values("pk"), quality__gte=pdq.LEAST_QUALITY)
        .exclude(rendition__video=video)
        .order_by()
        .values_list("rendition__video_id", "at_ms", "pdq")
    )
    return (Known(str(work), at_ms, digest) for work, at_ms, digest in rows.iterator(chunk_size=5000))
