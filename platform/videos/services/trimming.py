"""A cut at both ends of one's own video: asked for, taken up, given back, and what comes of it.

The cut itself (`videos.trims`) runs outside of the web process, as generations do: the row is the truth, a message only
the doorbell, and whoever cuts holds a lease with a fencing token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from celery import signature
from django.db import transaction
from django.utils.translation import gettext as _

from common.actors import Actor, System
from common.broker import send_task
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, FieldError, Invalid, NotAllowed
from videos import policies
from videos.models import Rendition, Trim, Video
from videos.services.changes import Change, locked, record_all
from videos.services.files import create_from_files
from videos.services.titles import TITLE_LENGTH
from videos.states import OPEN_TRIMS, TRIM, Enforcement, RenditionKind, TrimFailure, TrimState
from videos.storage import StoredFile

TRIMMER = System("trimmer")
# By name: whoever asks (a web process) must not import what a worker imports.
CUT = "videos.tasks.cut"
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 3
# One artist's that wait or are being cut.
MOST_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class CutCaptions:
    """Captions for the shorter film, stored already."""

    file: StoredFile
    language: str


@transaction.atomic
def trim(*, actor: Actor, video: Video, first_frame: int, last_frame: int) -> Trim:
    """Ask for another private video of these frames: counted from 0, both in. It costs no credits."""
    if not policies.can_trim(actor, video):
        raise NotAllowed(_("Only its owner trims a video."))
    video = locked(video)
    _require_trimmable(video)
    _require_part(video, first_frame, last_frame)
    if Trim.objects.filter(video__owner=video.owner_id, state__in=OPEN_TRIMS).count() >= MOST_AT_ONCE:
        sentence = _("%d of your videos are being trimmed already. Wait until one of them is done.") % MOST_AT_ONCE
        raise Conflict(sentence, code="too_many_trims", extra={"allowed": MOST_AT_ONCE})
    made = Trim.objects.create(video=video, first_frame=first_frame, last_frame=last_frame)
    data = {"video": str(video.pk), "first_frame": first_frame, "last_frame": last_frame}
    record_all(actor, [Change("trim.requested", made, "", TrimState.QUEUED, data)])
    transaction.on_commit(partial(ring_for_trim, trim=made))
    return made


def ring_for_trim(*, trim: Trim) -> bool:
    """Tell a worker; False when the broker is away, and the periodic task finds it."""
    return send_task(signature(CUT), str(trim.pk))


def _require_trimmable(video: Video) -> None:
    if video.enforcement not in {Enforcement.PRIVATE, Enforcement.SHAREABLE}:
        state = Enforcement(video.enforcement).label.lower()
        raise Conflict(_("The video is %s now.") % state, code="wrong_state")


def _require_part(video: Video, first_frame: int, last_frame: int) -> None:
    most = video.frame_count - 1
    allowed = _("frames from 0 to %d") % most
    errors = []
    if not 0 <= first_frame <= most:
        errors.append(FieldError("first_frame", _("The film has no such frame."), allowed))
    if not 0 <= last_frame <= most:
        errors.append(FieldError("last_frame", _("The film has no such frame."), allowed))
    if not errors and first_frame > last_frame:
        errors.append(FieldError("last_frame", _("It ends before it begins."), _("a frame from the first one on")))
    if not errors and (first_frame, last_frame) == (0, most):
        errors.append(
            FieldError("first_frame", _("This cuts nothing away."), _("a later first or an earlier last frame"))
        )
    if errors:
        raise Invalid(errors)


def begin_trim(*, actor: System, trim: Trim) -> Trim | None:
    """Take it up; None when somebody else has, or it is over. `attempts` of the answer is the fencing token."""
    with transaction.atomic():
        mine = lock(Trim.objects.select_related("video__owner")).get(pk=trim.pk)
        changes: dict[str, Any] = {"attempts": mine.attempts + 1, "frames_done": 0, "lease_until": now() + LEASE}
        return mine if _move(actor, mine, TrimState.RUNNING, "trim.started", **changes) else None


def renew_trim(*, actor: System, trim: Trim, frames_done: int) -> bool:
    """Keep the lease and say how far it is; False when it is somebody else's now. No state changes, so no event."""
    held = Trim.objects.filter(pk=trim.pk)
    return compare_and_set(
        held,
        expected={"state": TrimState.RUNNING, "attempts": trim.attempts},
        changes={"frames_done": frames_done, "lease_until": now() + LEASE},
    )


def complete_trim(
    *, actor: System, trim: Trim, files: Sequence[StoredFile], captions: CutCaptions | None
) -> Video | None:
    """The shorter video comes into being, all of it in one transaction; None when the lease went to somebody else."""
    with transaction.atomic():
        mine = lock(Trim.objects.select_related("video__owner")).get(pk=trim.pk)
        if (mine.state, mine.attempts) != (TrimState.RUNNING, trim.attempts):
            return None
        source = mine.video
        video = create_from_files(
            actor=actor,
            owner=source.owner,
            width=source.width,
            height=source.height,
            fps=source.fps,
            frame_count=mine.frame_count,
            files=files,
            title=_title(source),
        )
        if captions is not None:
            _give_captions(actor, video, captions)
        changes = {"result": video, "lease_until": None, "finished_at": now(), "frames_done": mine.frame_count}
        _move(actor, mine, TrimState.COMPLETED, "trim.completed", data={"result": str(video.pk)}, **changes)
        return video


def fail_trim(*, actor: System, trim: Trim, failure: TrimFailure, again: bool = False) -> None:
    """It did not come out. `again`: unless it was the last attempt, it waits for another one."""
    with transaction.atomic():
        mine = lock(Trim.objects.all()).get(pk=trim.pk)
        if (mine.state, mine.attempts) == (TrimState.RUNNING, trim.attempts):
            _end_attempt(actor, mine, failure, again=again)


def return_lapsed_trims(*, actor: System) -> int:
    """Put back what a lost process was cutting; what was lost too often fails. Says how many."""
    lapsed = Trim.objects.filter(state=TrimState.RUNNING, lease_until__lte=now()).values_list("pk", flat=True)
    returned = 0
    for pk in list(lapsed):
        with transaction.atomic():
            mine = lock(Trim.objects.all()).get(pk=pk)
            if mine.state == TrimState.RUNNING and mine.lease_until and mine.lease_until <= now():
                _end_attempt(actor, mine, TrimFailure.LOST, again=True)
                returned += 1
    return returned


def _end_attempt(actor: System, trim: Trim, failure: TrimFailure, *, again: bool) -> None:
    if again and trim.attempts < MOST_ATTEMPTS:
        _move(actor, trim, TrimState.QUEUED, "trim.returned", data={"why": str(failure)}, lease_until=None)
        return
    changes = {"failure": failure, "lease_until": None, "finished_at": now()}
    _move(actor, trim, TrimState.FAILED, "trim.failed", data={"why": str(failure)}, **changes)


def _move(
    actor: Actor, trim: Trim, to: TrimState, action: str, *, data: dict[str, Any] | None = None, **changes: Any
) -> bool:
    """Change the state of a locked trim, with its event; False when it may not go there."""
    old = TrimState(trim.state)
    moved = TRIM.allows(old, to) and compare_and_set(
        Trim.objects.filter(pk=trim.pk),
        expected={"state": old, "attempts": trim.attempts},
        changes={"state": to, **changes},
    )
    if moved:
        for name, value in {"state": to, **changes}.items():
            setattr(trim, name, value)
        details = {"video": str(trim.video_id), "attempt": trim.attempts}
        record_all(actor, [Change(action, trim, old, to, details | (data or {}))])
    return moved


def _title(source: Video) -> str:
    """The source's, so that the two are told apart; without one there is nothing to go by."""
    if not source.title:
        return ""
    ending = _(", trimmed")
    return source.title[: TITLE_LENGTH - len(ending)].rstrip() + ending


def _give_captions(actor: System, video: Video, captions: CutCaptions) -> None:
    file = captions.file
    made = Rendition.objects.create(
        video=video,
        kind=RenditionKind.CAPTIONS,
        storage_key=file.key,
        sha256=file.sha256,
        size=file.size,
        content_type=file.content_type,
        language=captions.language,
    )
    data = {"video": str(video.pk), "sha256": made.sha256, "replaces": ""}
    record_all(actor, [Change("captions.set", made, "", "current", data)])
