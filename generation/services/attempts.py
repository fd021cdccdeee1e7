"""What workers write: keep the lease of what they claimed (claiming.py), and end it one way or another; and the
reaper, which ends what its worker can no longer end.

Every function locks the generation's row first, so the four who may want to move it (its worker, a stale worker, the
reaper, the artist who cancels) come one after another. The attempt's fencing token says who of the first two it is.
Lease times are the database's own: a worker whose clock is wrong neither loses nor keeps a lease by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.services import record
from common.actors import System
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict
from generation import doorbell, progress
from generation.models import Attempt, Generation
from generation.services import faults
from generation.states import GENERATION, AttemptState, CancelledBy, FailureCode, GenerationState
from generation.suggestions import after_failure
from notifications.services import notify
from quotas.services import release, settle
from videos.models import Video
from videos.services import create_from_files
from videos.storage import StoredFile

WORKER = System("worker")
REAPER = System("reaper")
# A worker that is not back after that long is not counted on any more.
COMES_BACK = timedelta(minutes=10)


class LeaseLost(Conflict):
    """The generation is no longer this attempt's: drop everything, silently."""

    code = "lease_lost"

    def __init__(self) -> None:
        super().__init__(_("This attempt is over."))


class CancelRequested(Conflict):
    """The artist cancelled: stop, and confirm it with `confirm_cancel`."""

    code = "cancel_requested"

    def __init__(self) -> None:
        super().__init__(_("The artist has cancelled this generation."))


@dataclass(frozen=True, slots=True)
class StoredVideo:
    """What a successful attempt hands over: files already stored under the attempt's id, still nobody's video."""

    width: int
    height: int
    fps: int
    frame_count: int
    files: Sequence[StoredFile]


# --- Lease -------------------------------------------------------------------------------------------------------


def renew_lease(*, attempt: Attempt) -> None:
    """Move the end of the lease into the future again; raises as `check` does."""
    renewed = _live(attempt).filter(lease_expires_at__gt=Now()).update(lease_expires_at=lease_end())
    if not renewed:
        raise LeaseLost
    check(attempt=attempt)


def check(*, attempt: Attempt) -> None:
    """One cheap read: LeaseLost when the attempt is over, CancelRequested when the artist wants no more of it."""
    rows = list(_live(attempt).values_list("generation__cancel_requested_at", flat=True))
    if not rows:
        raise LeaseLost
    if rows[0] is not None:
        raise CancelRequested


def note_decoded(*, attempt: Attempt, is_decoded: bool = True) -> None:
    """The device has done its part: if the process goes down now, another generation in it is why (faults.py)."""
    if not _live(attempt).update(is_decoded=is_decoded):
        raise LeaseLost


def lease_end() -> CombinedExpression:
    """When a lease that is taken or renewed now runs out, by the database's clock."""
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)


# --- The ways an attempt ends ------------------------------------------------------------------------------------


@transaction.atomic
def complete(*, attempt: Attempt, result: StoredVideo) -> Video:
    """Make the stored files a private video and settle the credits. Calling it again answers the same video."""
    generation = _lock_generation(attempt)
    if generation.video is not None and _is(attempt, AttemptState.COMPLETED):
        return generation.video
    _end(attempt, AttemptState.COMPLETED)
    if generation.cancel_requested_at is not None:
        raise CancelRequested
    # Credits before the video: the allowance's lock comes before the audit log's, which the video's event takes.
    settle(actor=WORKER, reservation=generation.pk)
    video = create_from_files(
        actor=WORKER,
        owner=generation.participant.user,
        width=result.width,
        height=result.height,
        fps=result.fps,
        frame_count=result.frame_count,
        files=result.files,
        title=_take_name(generation),
    )
    _move_or_fail(generation, GenerationState.COMPLETED, finished_at=now(), video=video)
    _tell_completed(generation, video)
    record_step(generation, "completed", attempt, video=str(video.pk), charged=generation.price, refund=0)
    return video


@transaction.atomic
def fail(*, attempt: Attempt, code: FailureCode, error: str) -> None:
    """End the generation with a reason; nothing is charged. `error` is for the engineer and holds no prompt."""
    generation = _lock_generation(attempt)
    _end(attempt, AttemptState.FAILED, code=code, error=error)
    _fail_generation(generation, attempt, FailureCode(code), actor=WORKER)


@transaction.atomic
def confirm_cancel(
    *, attempt: Attempt, steps_done: int = 0, steps_total: int = 0, by: CancelledBy = CancelledBy.STEP
) -> None:
    """End a running generation that its artist cancelled; the share of the steps that ran is charged.

    `by`: whether it stopped by itself at a step, or with the process that it hung in.
    """
    generation = _lock_generation(attempt)
    _end(attempt, AttemptState.CANCELLED, cancelled_by=by)
    _cancel_generation(generation, attempt, actor=WORKER, used=_share(generation.price, steps_done, steps_total))


@transaction.atomic
def give_back(*, attempt: Attempt) -> None:
    """The worker is shutting down: another one shall do it, from its old place in the queue."""
    generation = _lock_generation(attempt)
    _end(attempt, AttemptState.RETURNED)
    _requeue_or_cancel(generation, attempt, "returned", actor=WORKER)


@transaction.atomic
def abandon(*, attempt: Attempt) -> None:
    """The worker knows that it hangs, and ends itself: what the reaper would do when the lease has run out."""
    generation = _lock_generation(attempt)
    _end(attempt, AttemptState.LOST, code=FailureCode.WORKER_LOST, is_suspect=True)
    _after_loss(generation, attempt, actor=WORKER)


def reap() -> int:
    """Take back every lease that has run out; says how many. Safe to run in several places at once."""
    expired = Attempt.objects.filter(state=AttemptState.RUNNING, lease_expires_at__lte=Now()).order_by("id")
    reaped = sum(_reap(attempt) for attempt in expired)
    _end_what_waits_in_vain()
    return reaped


def _end_what_waits_in_vain() -> None:
    """Fail what was lost and what no worker that is left may be given: it would wait for ever.

    Some minutes after the last loss, so that a worker which restarts has the time to come back.
    """
    lost = Attempt.objects.filter(state=AttemptState.LOST, generation__state=GenerationState.QUEUED)
    for attempt in (
        lost.filter(ended_at__lte=now() - COMES_BACK).order_by("generation", "-id").select_related("generation")
    ):
        with transaction.atomic():
            generation = _lock_generation(attempt)
            is_latest = not generation.attempts.filter(pk__gt=attempt.pk).exists()
            if is_latest and generation.state == GenerationState.QUEUED and faults.is_hopeless(generation):
                _fail_generation(generation, attempt, FailureCode.WORKER_LOST, actor=REAPER)


@transaction.atomic
def _reap(attempt: Attempt) -> bool:
    generation = _lock_generation(attempt)
    still_expired = _live(attempt).filter(lease_expires_at__lte=Now())
    lost = {"state": AttemptState.LOST, "ended_at": now(), "failure_code": FailureCode.WORKER_LOST}
    if not still_expired.update(**lost, is_suspect=not faults.was_bystander(attempt)):
        return False
    _after_loss(generation, attempt, actor=REAPER)
    return True


def _after_loss(generation: Generation, attempt: Attempt, *, actor: System) -> None:
    """Another try, unless there were enough: a prompt that takes its workers down must end somewhere."""
    if faults.is_hopeless(generation):
        _fail_generation(generation, attempt, FailureCode.WORKER_LOST, actor=actor)
    else:
        _requeue_or_cancel(generation, attempt, "worker_lost", actor=actor)


def _requeue_or_cancel(generation: Generation, attempt: Attempt, action: str, *, actor: System) -> None:
    """Back to the queue, unless the artist has cancelled meanwhile: then it ends, and what was lost costs nothing."""
    if generation.cancel_requested_at is not None:
        _cancel_generation(generation, attempt, actor=actor, used=0)
        return
    _move_or_fail(generation, GenerationState.QUEUED)
    record_step(generation, action, attempt, actor=actor)
    transaction.on_commit(doorbell.ring)


def _fail_generation(generation: Generation, attempt: Attempt, code: FailureCode, *, actor: System) -> None:
    _move_or_fail(generation, GenerationState.FAILED, finished_at=now(), failure_code=code)
    release(actor=actor, reservation=generation.pk)
    _tell_failed(generation, code)
    record_step(generation, "failed", attempt, actor=actor, code=code.value, charged=0, refund=generation.price)


def _cancel_generation(generation: Generation, attempt: Attempt, *, actor: System, used: int) -> None:
    _move_or_fail(generation, GenerationState.CANCELLED, finished_at=now())
    if used:
        settle(actor=actor, reservation=generation.pk, credits=used)
    else:
        release(actor=actor, reservation=generation.pk)
    record_step(generation, "cancelled", attempt, actor=actor, charged=used, refund=generation.price - used)


def _share(price: int, done: int, total: int) -> int:
    """The credits of the steps that ran, rounded down and never above the price."""
    return min(price, price * max(done, 0) // total) if total > 0 else 0


# --- Compare and set ---------------------------------------------------------------------------------------------


def _live(attempt: Attempt) -> QuerySet[Attempt]:
    return Attempt.objects.filter(pk=attempt.pk, fencing_token=attempt.fencing_token, state=AttemptState.RUNNING)


def _is(attempt: Attempt, state: AttemptState) -> bool:
    return Attempt.objects.filter(pk=attempt.pk, fencing_token=attempt.fencing_token, state=state).exists()


def _lock_generation(attempt: Attempt) -> Generation:
    """The attempt's generation as it is now, locked until the transaction ends."""
    # Not with its video: after a wait for the lock, PostgreSQL joins the new row with what the old one pointed to.
    generations = Generation.objects.select_related("participant__user")
    return lock(generations).get(pk=attempt.generation_id)


def _end(
    attempt: Attempt,
    state: AttemptState,
    *,
    code: str = "",
    error: str = "",
    cancelled_by: str = CancelledBy.NONE,
    is_suspect: bool = False,
) -> None:
    """End the attempt with what its worker has noted on it; LeaseLost when it is over already."""
    ended = _live(attempt).update(
        state=state,
        ended_at=now(),
        failure_code=code,
        error=error,
        settings=attempt.settings,
        timings=attempt.timings,
        peak_memory_mib=attempt.peak_memory_mib,
        cancelled_by=cancelled_by,
        is_suspect=is_suspect,
    )
    if not ended:
        raise LeaseLost


def move(generation: Generation, new: GenerationState, **changes: object) -> bool:
    """Step from the state that we have seen to `new`; False when it is no longer there, or no such step exists."""
    old = GenerationState(generation.state)
    if not GENERATION.allows(old, new):
        return False
    itself = Generation.objects.filter(pk=generation.pk)
    if not compare_and_set(itself, expected={"state": old}, changes={"state": new, **changes}):
        return False
    generation.state = new
    for name, value in changes.items():
        setattr(generation, name, value)
    if new != GenerationState.RUNNING:
        transaction.on_commit(partial(progress.forget, generation.pk))
    return True


def _move_or_fail(generation: Generation, new: GenerationState, **changes: object) -> None:
    # A live attempt belongs to a running generation, whose row is locked: anything else is not ours any more.
    if not move(generation, new, **changes):
        raise LeaseLost


# --- Saying so ---------------------------------------------------------------------------------------------------


def record_step(
    generation: Generation,
    action: str,
    attempt: Attempt,
    *,
    actor: System = WORKER,
    old: GenerationState = GenerationState.RUNNING,
    **data: str | int,
) -> None:
    """The audit event of one step of a generation that an attempt took it."""
    record(
        actor=actor,
        action=f"generation.{action}",
        target=generation,
        from_state=old,
        to_state=generation.state,
        data={"attempt": attempt.number, **data},
    )


def _take_name(generation: Generation) -> str:
    """What a work is called until its artist gives it a title."""
    return _("Take %(number)s") % {"number": generation.take}


def _tell_completed(generation: Generation, video: Video) -> None:
    notify(
        recipient=generation.participant.user,
        kind="generation.completed",
        subject=_("%(take)s is ready") % {"take": _take_name(generation)},
        body=_("Your video is finished. It is private: nobody else sees it until a reviewer approves it for sharing."),
        path=reverse("video", args=[video.pk]),
        action_label=_("Watch it"),
    )


def _tell_failed(generation: Generation, code: FailureCode) -> None:
    refund = ngettext(
        "Nothing was charged: the %(credits)s credit that it had reserved is free again.",
        "Nothing was charged: the %(credits)s credits that it had reserved are free again.",
        generation.price,
    ) % {"credits": generation.price}
    notify(
        recipient=generation.participant.user,
        kind="generation.failed",
        subject=_("%(take)s failed") % {"take": _take_name(generation)},
        body=" ".join(filter(None, (str(code.label), after_failure(generation), refund))),
        path=reverse("generation", args=[generation.pk]),
        action_label=_("See what happened"),
    )
