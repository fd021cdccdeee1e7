"""The public reports a shared work; a reviewer decides; the reporter is told what came of it.

No account, and nothing kept of the reporter but what they wrote, an address for the outcome until it has been told, and
the SHA-256 of the outcome's own address. The artist never learns any of it.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from celery import signature
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.actors import System
from common.broker import send_task
from common.clock import now
from common.errors import FieldError, Invalid, NotFound
from notifications import mail
from review.models import CaseTopic, Decision, Report, ReviewCase
from review.selectors.reports import outcome_of
from review.services.cases import locked
from review.services.effects import EFFECTS
from review.services.opening import open_case
from review.services.routing import reroute
from review.services.text import cleaned
from review.states import OPEN_STATES, CaseKind, CaseState, Outcome, ReportCategory, Topic
from review.tokens import new_token, sha256_of
from videos.models import ShareGrant, Video
from videos.selectors import live_grants
from videos.services import take_down

log = logging.getLogger(__name__)

# Whoever reports is nobody we know.
PUBLIC = System("public")
LEAST_WORDS, MOST_WORDS = 10, 2000
TELL = "review.tasks.tell_reporters"
# A process that took a mail and died gives it back after this long.
SENDING_TIME = timedelta(minutes=5)
BATCH = 200
TOPICS = {
    ReportCategory.REAL_PERSON: Topic.REAL_PEOPLE,
    ReportCategory.MINOR: Topic.MINORS,
    ReportCategory.SEXUAL: Topic.NUDITY,
    ReportCategory.VIOLENCE: Topic.VIOLENCE,
    ReportCategory.HATE: Topic.HATE,
}


def report(
    *, actor: System, grant: ShareGrant, category: str, body: str, at_ms: int | None = None, email: str = ""
) -> tuple[Report, str]:
    """Report a shared work. The token of the outcome's address is told only here.

    It opens a case, or joins the one that is open about the work already.
    """
    body, email = _checked(grant.video, category, body, at_ms, email)
    token = new_token()
    with transaction.atomic():
        if not live_grants().filter(pk=grant.pk).exists():
            raise NotFound
        case, is_new = _case_about(grant.video)
        made = Report.objects.create(
            case=case,
            share_grant=grant,
            category=category,
            body=body,
            at_ms=at_ms,
            email=email,
            token_sha256=sha256_of(token),
        )
        if topic := TOPICS.get(ReportCategory(category)):
            CaseTopic.objects.get_or_create(case=case, topic=topic)
        record(
            actor=actor,
            action="review.case_reported" if is_new else "review.case_reported_again",
            target=case,
            from_state="" if is_new else case.state,
            to_state=case.state,
            data={"report": str(made.pk), "video": str(grant.video_id), "category": category},
        )
        # What it is about may belong to a queue of its own.
        reroute(case=case)
    return made, token


def _checked(video: Video, category: str, body: str, at_ms: int | None, email: str) -> tuple[str, str]:
    """Words and address as they are kept, or everything that is wrong at once."""
    errors = []
    if category not in ReportCategory.values:
        errors.append(FieldError("category", _("Choose what it is about."), ", ".join(ReportCategory.values)))
    try:
        body = cleaned("body", body, limit=MOST_WORDS)
        if len(body) < LEAST_WORDS:
            allowed = _("%(least)d to %(most)d characters") % {"least": LEAST_WORDS, "most": MOST_WORDS}
            errors.append(FieldError("body", _("Say what is wrong, in a sentence or two."), allowed))
    except Invalid as error:
        errors += error.fields
    length = -(-video.frame_count * 1000 // video.fps)
    if at_ms is not None and not 0 <= at_ms <= length:
        errors.append(FieldError("at", _("The film is not that long."), _("0 to %s seconds") % f"{video.seconds:g}"))
    email = email.strip()
    try:
        if email:
            validate_email(email)
    except ValidationError:
        errors.append(FieldError("email", _("This is not an e-mail address."), _("name@example.org, or nothing")))
    if errors:
        raise Invalid(errors)
    return body, email


def _case_about(video: Video) -> tuple[ReviewCase, bool]:
    """The open case of reports about the video, locked; and whether it has just been opened."""
    about = ReviewCase.objects.filter(video=video, kind=CaseKind.REPORT, golden=None, state__in=OPEN_STATES)
    # Before any lock on the video: a decision locks the case first as well.
    if found := about.first():
        case = locked(found.pk)
        if case.state in OPEN_STATES:
            return case, False
    try:
        with transaction.atomic():
            return open_case(kind=CaseKind.REPORT, video=video, opened_by=None), True
    except IntegrityError:
        # Somebody else reported it in the very same moment.
        return locked(about.values_list("pk", flat=True).get()), False


def _decided(case: ReviewCase, decision: Decision, actor: User) -> None:
    """What a decision about a report does (`review.services.effects`): the work is taken down, or stays."""
    if decision.outcome == Outcome.REJECT:
        take_down(actor=actor, video=case.video, decision_id=decision.pk)
    transaction.on_commit(partial(send_task, signature(TELL)))


def tell_reporters(*, actor: System) -> int:
    """Mail those who left an address what came of their report, and forget the address; says how many.

    `actor` is the timer or the doorbell. Telling is no change of state: it belongs to the decision's event.
    """
    waiting = _untold().order_by("id").values_list("pk", flat=True)[:BATCH]
    return sum(_tell(Report.objects.select_related("case").get(pk=pk)) for pk in list(waiting))


def _untold() -> QuerySet[Report]:
    taken = Q(told_at__lt=now() - SENDING_TIME)
    return Report.objects.filter(Q(told_at=None) | taken, case__state=CaseState.DECIDED).exclude(email="")


def _tell(one: Report) -> bool:
    """By one process at a time: `told_at` is set while it sends, and the address is gone when it has."""
    if not _untold().filter(pk=one.pk).update(told_at=now()):
        return False
    outcome = outcome_of(one)
    words = [
        _("On %(date)s you reported a work: “%(category)s”. A person has watched it since.")
        % {"date": outcome.received_on, "category": outcome.category},
        outcome.sentence,
    ]
    if outcome.rule:
        words.append(_("The rule: %s") % outcome.rule)
    words.append(_("Your address is deleted with this mail. Whoever made the work never learns who reported it."))
    try:
        mail.deliver(mail.compose(address=one.email, subject=_("What came of your report"), body="\n\n".join(words)))
    except (mail.MailNotSent, Invalid):
        # It stays taken for SENDING_TIME, which is the pause before the next try.
        log.warning("The outcome of report %s is not mailed yet.", one.pk)
        return False
    Report.objects.filter(pk=one.pk).update(email="", told_at=now())
    return True


EFFECTS[CaseKind.REPORT] = _decided
