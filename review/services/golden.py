"""Works whose right answer is known: chosen by leads, and mixed into the queue blind.

Only works that `practice.usable` allows are mixed in, and only while it does.
"""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.clock import now
from common.db import compare_and_set
from common.errors import Conflict, NotFound
from review import policies, routing
from review.models import GoldenItem, ReviewCase, ReviewRules
from review.selectors.practice import usable
from review.selectors.wellness import Wishes
from review.services.opening import open_case
from review.services.practice import check_answer
from review.services.signals import known_topics
from review.services.text import cleaned
from review.states import CaseKind, CaseState
from videos.models import Video
from videos.services import ensure_share_copy

NOTE_LENGTH = 1000
# Of so many one is chosen.
MOST = 20


def add_golden(*, actor: User, video: Video, expected: str, expected_reason: str = "", note: str = "") -> GoldenItem:
    """Say what the right answer to a work is."""
    if not policies.can_lead(actor) or not usable().filter(pk=video.pk).exists():
        raise NotFound
    note = cleaned("note", note, limit=NOTE_LENGTH)
    check_answer(expected, expected_reason, fields=("expected", "expected_reason"))
    # Outside the transaction: writing a file takes long.
    ensure_share_copy(actor=video.owner, video=video)
    with transaction.atomic():
        try:
            with transaction.atomic():
                item = GoldenItem.objects.create(
                    video=video, expected=expected, expected_reason=expected_reason, note=note, added_by=actor
                )
        except IntegrityError:
            raise Conflict(_("This work is a golden item already."), code="already_golden") from None
        record(actor=actor, action="review.golden_added", target=item, to_state="live", data={"video": str(video.pk)})
    return item


def retire_golden(*, actor: User, item: GoldenItem) -> GoldenItem:
    """Take it out of the mix; what was assessed stays."""
    if not policies.can_lead(actor):
        raise NotFound
    with transaction.atomic():
        live = GoldenItem.objects.filter(pk=item.pk)
        if not compare_and_set(live, expected={"retired_at": None}, changes={"retired_at": now()}):
            raise Conflict(_("This golden item is retired already."), code="already_retired")
        record(actor=actor, action="review.golden_retired", target=item, from_state="live", to_state="retired")
    item.refresh_from_db()
    return item


def mixed_in(actor: User, rules: ReviewRules, wishes: Wishes, instead_of: ReviewCase) -> ReviewCase | None:
    """A golden case in place of the one that is next, at the programme's rate; in the caller's transaction.

    It looks like what it stands for: as old, due as soon, as many to agree. None when the dice, or the items that this
    reviewer has not met, say so. The caller claims it at once; should it be put back, it waits like any other.
    """
    if instead_of.kind != CaseKind.SUBMISSION or secrets.randbelow(100) >= rules.golden_percent:
        return None
    item = _one_for(actor, wishes)
    if item is None:
        return None
    case = open_case(kind=CaseKind.SUBMISSION, video=item.video, opened_by=item.added_by, golden=item)
    case.due_at, case.opened_at = instead_of.due_at, instead_of.opened_at
    case.approvals_needed = instead_of.approvals_needed
    case.save(update_fields=["due_at", "opened_at", "approvals_needed"])
    record(
        actor=actor,
        action="review.golden_opened",
        target=case,
        to_state=CaseState.QUEUED,
        data={"golden": str(item.pk)},
    )
    return case


def _one_for(actor: User, wishes: Wishes) -> GoldenItem | None:
    """One that the reviewer has not met, of what "next case" may bring them: practice spares nobody less than work."""
    met = ReviewCase.objects.filter(golden=OuterRef("pk"), claims__reviewer=actor)
    unmet = GoldenItem.objects.filter(~Exists(met), retired_at=None, video__in=usable())
    items = list(unmet.exclude(video__owner=actor).exclude(added_by=actor).select_related("video__owner")[:MOST])
    unwanted = {*wishes.declined, *wishes.spent}
    if unwanted and items:
        topics = known_topics([item.video for item in items])
        items = [item for item in items if not unwanted & topics[item.video_id]]
    if wishes.languages:
        readable = {"", *wishes.languages}
        items = [item for item in items if routing.facts_of(item.video)["language"] in readable]
    return secrets.choice(items) if items else None
