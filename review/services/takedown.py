"""An admin takes a work down without a report: at once, and yet with everything that a decision owes its artist.

It is a case of a kind of its own that is decided in the moment in which it is opened, so that it has a statement of
reasons and an appeal like any other. It waits in no queue, and no figure about reviewers counts it.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common.clock import now
from common.db import lock
from common.errors import Conflict, NotAllowed, NotFound
from review import policies
from review.models import Decision, ReviewCase
from review.services.assessments import checked
from review.services.cases import momentary_claim
from review.services.decisions import conclude
from review.services.effects import EFFECTS
from review.states import CaseKind, CaseState, Outcome
from videos import services as videos
from videos.models import Video
from videos.states import Enforcement


def take_down(*, actor: User, video: Video, reason_code: str, artist_message: str) -> Decision:
    """Take a work down, for a reason of the policies in force and with words to its artist.

    Whatever else is open about the work stays open: nothing can approve it while it is down.
    """
    _require_standing(actor, video)
    verdict = checked(
        kind=CaseKind.TAKEDOWN, outcome=Outcome.REJECT, reason_code=reason_code, artist_message=artist_message
    )
    with transaction.atomic():
        # Two admins at once: the second one waits here, and finds the work down.
        mine = lock(Video.objects.all()).filter(pk=video.pk).first()
        if mine is None:
            raise NotFound
        if mine.enforcement == Enforcement.TAKEN_DOWN:
            raise Conflict(_("The video has been taken down already."), code="already_taken_down")
        moment = now()
        case = ReviewCase.objects.create(
            kind=CaseKind.TAKEDOWN, video=mine, state=CaseState.DECIDED, due_at=moment, closed_at=moment
        )
        decision = conclude(
            actor=actor,
            case=case,
            claim=momentary_claim(case, actor, moment),
            verdict=verdict,
            # All that the work consists of: one that was never submitted has nothing else to be named by.
            renditions=list(mine.renditions.current().order_by("kind")),
            # An admin sees no signals.
            automated_detection=False,
            from_state="",
            data={"video": str(mine.pk)},
        )
        mine.refresh_from_db(fields=["enforcement"])
    return decision


def _require_standing(actor: User, video: Video) -> None:
    if policies.can_take_down(actor, video):
        return
    if actor.is_admin:
        raise NotAllowed(_("This is your own work: another admin decides about it."), code="own_work")
    raise NotAllowed(_("Only an admin takes a video down."))


def _decided(case: ReviewCase, decision: Decision, actor: User) -> None:
    videos.take_down(actor=actor, video=case.video, decision_id=decision.pk)


EFFECTS[CaseKind.TAKEDOWN] = _decided
