"""Opening a case: what is true of every kind of it."""

from __future__ import annotations

from accounts.models import User
from common.clock import now
from review import deadlines, routing, selectors
from review.models import GoldenItem, ReviewCase
from review.selectors.signals import approvals_asked
from review.services import signals
from review.states import CaseKind
from videos.models import Video


def open_case(
    *, kind: CaseKind, video: Video, opened_by: User | None, note: str = "", golden: GoldenItem | None = None
) -> ReviewCase:
    """A queued case with its deadline, its queue and how many have to agree; in the caller's transaction and audit.

    An IntegrityError means that the video has an open case of this kind already.
    """
    rules = selectors.review_rules()
    participant = getattr(video.owner, "participant", None)
    case = ReviewCase(
        kind=kind,
        video=video,
        opened_by=opened_by,
        note=note,
        golden=golden,
        due_at=deadlines.due(now(), rules.deadline_working_days, rules.closed),
        # What was found in this very file before need not be found again first.
        approvals_needed=approvals_asked(kind, video),
        cohort=participant.cohort if participant else None,
        **routing.facts_of(video),
    )
    case.save(force_insert=True)
    # First what is known of the work: the rules of the queues ask for it.
    signals.expect(case)
    if queue := routing.queue_for(case):
        case.queue = queue
        case.save(update_fields=["queue"])
    return case
