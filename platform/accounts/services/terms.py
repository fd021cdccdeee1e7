"""Terms: published as numbered versions, accepted one by one."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.fields import checked_line
from accounts.models import TermsAcceptance, TermsVersion, User
from accounts.policies import can_publish_terms
from accounts.selectors import current_terms
from audit.services import record
from common.actors import Actor
from common.clock import now
from common.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound


def publish_terms(*, actor: Actor, title: str, body: str, summary_of_changes: str = "") -> TermsVersion:
    """Put a new wording in force; every participant is asked again before anything else."""
    if not can_publish_terms(actor):
        raise NotAllowed(_("Only programme admins publish terms."))
    title = checked_line("title", title, limit=120)
    if not body.strip():
        raise Invalid([FieldError("body", _("The terms need a text."))])
    try:
        with transaction.atomic():
            last = TermsVersion.objects.aggregate(last=Max("number"))["last"] or 0
            version = TermsVersion.objects.create(
                number=last + 1,
                title=title,
                body=body.strip(),
                summary_of_changes=summary_of_changes.strip(),
                published_at=now(),
            )
            record(
                actor=actor,
                action="terms.published",
                target=version,
                from_state=str(last) if last else "",
                to_state=str(version.number),
            )
    except IntegrityError as error:
        raise Conflict(_("Somebody else published a version just now."), code="terms_published_meanwhile") from error
    return version


def accept_terms(*, actor: User, number: int) -> TermsAcceptance:
    """Agree to version `number`, which must be the one in force; agreeing twice changes nothing."""
    version = current_terms()
    if version is None:
        raise NotFound
    if version.number != number:
        raise Conflict(
            _("A newer version of the terms is in force. Please read that one."),
            code="terms_outdated",
            extra={"current": version.number},
        )
    with transaction.atomic():
        acceptance, new = TermsAcceptance.objects.get_or_create(user=actor, version=version)
        if new:
            record(actor=actor, action="terms.accepted", target=version, to_state=str(number))
    return acceptance
