"""Publishing the rules by which reviewers decide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.actors import System
from common.clock import now
from common.db import lock
from common.errors import FieldError, Invalid, NotFound
from review.models import Policy, PolicyVersion, ReasonCode

CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Reason(NamedTuple):
    """One reason that an adverse decision may give."""

    code: str
    label: str
    description: str


def publish_policy(
    *,
    actor: User | System,
    slug: str,
    title: str,
    body: str,
    reasons: Sequence[Reason],
    effective_at: datetime | None = None,
) -> PolicyVersion:
    """Add the next version of a policy. Earlier ones stay as they are: decisions refer to them for ever."""
    if not isinstance(actor, System) and not actor.is_admin:
        raise NotFound
    moment = now()
    check_policy(title=title, body=body, reasons=reasons, effective_at=effective_at)
    with transaction.atomic():
        policy, _made = Policy.objects.get_or_create(slug=slug, defaults={"title": title})
        lock(Policy.objects.filter(pk=policy.pk)).get()
        Policy.objects.filter(pk=policy.pk).exclude(title=title).update(title=title)
        last = policy.versions.order_by("-number").values_list("number", flat=True).first() or 0
        version = PolicyVersion.objects.create(
            policy=policy, number=last + 1, body=body.strip(), effective_at=effective_at or moment
        )
        ReasonCode.objects.bulk_create(
            ReasonCode(policy_version=version, position=position, **Reason(*reason)._asdict())
            for position, reason in enumerate(reasons)
        )
        record(
            actor=actor,
            action="review.policy_published",
            target=version,
            to_state="published",
            data={"policy": slug, "number": version.number, "reasons": [reason[0] for reason in reasons]},
        )
    return version


def check_policy(*, title: str, body: str, reasons: Sequence[Reason], effective_at: datetime | None) -> None:
    """Raise with everything that keeps this from being a policy; the admin panel asks before it publishes."""
    errors = []
    if effective_at is not None and effective_at < now():
        errors.append(FieldError("effective_at", _("A policy cannot begin in the past."), _("now or later")))
    if not title.strip():
        errors.append(FieldError("title", _("A policy needs a title."), _("1 to 120 characters")))
    if not body.strip():
        errors.append(FieldError("body", _("A policy needs a text."), _("at least one sentence")))
    codes = [reason[0] for reason in reasons]
    if not codes:
        errors.append(FieldError("reasons", _("A policy needs at least one reason code."), _("one or more")))
    if len(set(codes)) < len(codes):
        errors.append(FieldError("reasons", _("Two reasons have the same code."), _("different codes")))
    for code in codes:
        if len(code) > 40 or not CODE.fullmatch(code):
            allowed = _("small letters, figures and hyphens, at most 40")
            errors.append(FieldError("reasons", _("“%s” cannot be a reason code.") % code[:60], allowed))
    if errors:
        raise Invalid(errors)
