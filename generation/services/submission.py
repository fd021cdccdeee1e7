"""What an artist does: ask for a video, and call it off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import audit.services
import quotas.services
from accounts.models import Participant, User
from accounts.selectors import has_accepted_terms
from common.actors import Actor
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, NotAllowed, NotFound, QuotaExceeded
from common.ids import uuid7
from generation import doorbell, policies
from generation.models import Generation, InputImage
from generation.request_check import Wanted
from generation.services import idempotency
from generation.services.wishes import Wish
from generation.states import GENERATION, GenerationState


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a request made, in the order of its seeds; `replayed` when an earlier one with its key had made it."""

    generations: list[Generation]
    replayed: bool


def submit(
    *,
    actor: User,
    model_key: str,
    prompt: str,
    size: str,
    seconds: int,
    seed: int | None = None,
    fps: int | None = None,
    image: InputImage | str | None = None,
    parent: Generation | str | None = None,
    relation: str = "",
    mode: str | None = None,
) -> Generation:
    """Queue one generation and reserve its credits in one transaction, then ring for a worker.

    Raises Invalid with every bad field, NotAllowed for whoever takes no part or has not accepted the terms,
    and QuotaExceeded when the credits or the places in the queue do not suffice. A picture and a parent may be named
    by their ids; those of others do not exist.
    """
    wish = Wish(
        model_key, prompt, size, seconds, seed=seed, fps=fps, image=image, parent=parent, relation=relation, mode=mode
    )
    return _submit(actor, wish, "").generations[0]


def submit_batch(
    *,
    actor: User,
    model_key: str,
    prompt: str,
    size: str,
    seconds: int,
    seeds: Sequence[int | None],
    fps: int | None = None,
    image: InputImage | str | None = None,
    parent: Generation | str | None = None,
    relation: str = "",
    mode: str | None = None,
    idempotency_key: str = "",
) -> list[Generation]:
    """The same for 1 to 8 seeds: all of them, or none. More than one share a `batch`."""
    wish = Wish(
        model_key, prompt, size, seconds, seeds=seeds, fps=fps, image=image, parent=parent, relation=relation, mode=mode
    )
    return _submit(actor, wish, idempotency_key).generations


def submit_once(*, actor: User, wish: Wish, idempotency_key: str = "") -> Submitted:
    """The same for a wish; with a key that was there in the last 24 hours it answers what that made, and makes nothing.

    Raises Invalid for a key that is none, and KeyReused when it stands for other parameters.
    """
    return _submit(actor, wish, idempotency_key)


def _submit(actor: User, wish: Wish, key: str) -> Submitted:
    participant = policies.participation_of(actor)
    if participant is None:
        raise NotAllowed(_("Only participants of the programme generate videos."), code="not_a_participant")
    if not has_accepted_terms(actor):
        raise NotAllowed(_("Accept the programme's terms first."), code="terms_required")
    if key:
        idempotency.check_key(key)
    fingerprint = wish.fingerprint
    with transaction.atomic():
        # The participant's row is locked so that takes count without gaps, the cap holds for parallel requests, a key
        # counts once, and a picture is not deleted meanwhile (services.images locks it too).
        lock(Participant.objects.filter(pk=participant.pk)).get()
        if key:
            found = idempotency.earlier(participant=participant, key=key, fingerprint=fingerprint)
            if found is not None:
                return Submitted(found, replayed=True)
        generations = _queue(participant, wish.checked(actor, participant))
        if key:
            idempotency.remember(participant=participant, key=key, fingerprint=fingerprint, generations=generations)
        quotas.services.reserve_all(
            actor=actor, participant=participant, reservations={one.pk: one.price for one in generations}
        )
        for generation in generations:
            _record(actor, generation)
            transaction.on_commit(doorbell.ring)
    return Submitted(generations, replayed=False)


def _record(actor: User, generation: Generation) -> None:
    data: dict[str, object] = {
        "model": generation.model_key,
        "size": f"{generation.width}x{generation.height}",
        "seconds": generation.seconds,
        "credits": generation.price,
    }
    for name in ("batch", "image_id", "parent_id"):
        if value := getattr(generation, name):
            data[name.removesuffix("_id")] = str(value)
    if generation.relation:
        data["relation"] = str(generation.relation)
    audit.services.record(
        actor=actor, action="generation.submitted", target=generation, to_state=generation.state, data=data
    )


def cancel(*, actor: Actor, generation: Generation) -> Generation:
    """Call it off. Queued: cancelled at once, and the credits are back. Running: stops at its next step.

    Cancelling again changes nothing; a generation that has ended raises Conflict. Returns it as it is now.
    """
    if not policies.can_cancel(actor, generation):
        raise NotFound
    with transaction.atomic():
        current = lock(Generation.objects.filter(pk=generation.pk)).get()
        if current.state == GenerationState.QUEUED:
            _cancel_queued(actor, current)
        elif GENERATION.allows(GenerationState(current.state), GenerationState.CANCELLED):
            _ask_to_stop(actor, current)
        elif current.state != GenerationState.CANCELLED:
            raise Conflict(_("This generation has ended: there is nothing left to cancel."), code="already_finished")
    current.refresh_from_db()
    return current


def _queue(participant: Participant, wanted: Wanted) -> list[Generation]:
    """One for each seed. The participant's row is locked."""
    generations = Generation.objects.filter(participant=participant)
    queued = generations.filter(state=GenerationState.QUEUED).count()
    if queued + len(wanted.seeds) > participant.cohort.max_queued:
        raise _queue_full(queued, len(wanted.seeds), participant.cohort.max_queued)
    last = generations.aggregate(last=Max("take"))["last"] or 0
    batch = uuid7() if len(wanted.seeds) > 1 else None
    return [
        Generation.objects.create(
            participant=participant,
            take=take,
            position=take,
            batch=batch,
            model_key=wanted.format.entry.key,
            mode=wanted.start.mode,
            image=wanted.start.image,
            parent=wanted.start.parent,
            relation=wanted.start.relation,
            prompt=wanted.prompt,
            seed=seed,
            seconds=wanted.format.seconds,
            width=wanted.format.width,
            height=wanted.format.height,
            fps=wanted.fps,
            price=wanted.format.price,
        )
        for take, seed in enumerate(wanted.seeds, start=last + 1)
    ]


def _cancel_queued(actor: Actor, generation: Generation) -> None:
    moved = compare_and_set(
        Generation.objects.filter(pk=generation.pk),
        expected={"state": GenerationState.QUEUED},
        changes={"state": GenerationState.CANCELLED, "finished_at": now(), "held_at": None},
    )
    if not moved:
        raise Conflict(_("A worker has just taken it up. Try again to stop it."))
    quotas.services.release(actor=actor, reservation=generation.pk)
    audit.services.record(
        actor=actor,
        action="generation.cancelled",
        target=generation,
        from_state=GenerationState.QUEUED,
        to_state=GenerationState.CANCELLED,
        data={"refund": generation.price},
    )


def _ask_to_stop(actor: Actor, generation: Generation) -> None:
    asked = compare_and_set(
        Generation.objects.filter(pk=generation.pk),
        expected={"state": GenerationState.RUNNING, "cancel_requested_at__isnull": True},
        changes={"cancel_requested_at": now()},
    )
    if asked:
        # No states: it runs until its worker has stopped it.
        audit.services.record(actor=actor, action="generation.cancel_requested", target=generation)


def _queue_full(queued: int, asked: int, most: int) -> QuotaExceeded:
    words = {"queued": queued, "asked": asked, "most": most}
    if asked > 1:
        sentence = _(
            "You have %(queued)s in the queue and ask for %(asked)s more, and at most %(most)s may wait at once. "
            "Ask for fewer, or let some start first."
        )
    else:
        sentence = ngettext(
            "You have %(queued)s generation in the queue, which is as many as may wait at once. Let it start first.",
            "You have %(queued)s generations in the queue, which is as many as may wait at once. Let one start first.",
            queued,
        )
    return QuotaExceeded(sentence % words, code="queue_full", extra={"queued": queued, "allowed": most})
