"""Publishing the rules by which reviewers decide.

Criticism of the programme or of its operator is never a reason: a reason code for it is refused always, and a text
that forbids it unless a lead reviewer has justified exactly that wording. The lead writes the justification under
their own name (`justify`) and hands the admin a signed code, so that nobody can put words into a lead's mouth.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.actors import System
from common.clock import now
from common.db import lock
from common.errors import FieldError, Invalid, NotFound
from review import criticism, policies
from review.categories import DsaCategory
from review.models import Policy, PolicyVersion, ReasonCode
from review.services.text import cleaned

CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
JUSTIFICATION_LENGTH = 100
JUSTIFICATION_MOST = 4000
JUSTIFICATION_DAYS = 90
SALT = "review.justification"


class Reason(NamedTuple):
    """One reason that an adverse decision may give."""

    code: str
    label: str
    description: str
    category: str = DsaCategory.OTHER

    @property
    def words(self) -> tuple[str, str, str]:
        """What is written; the category says only where it belongs."""
        return self.code, self.label, self.description


@dataclass(frozen=True, slots=True)
class Wording:
    """What a version says, before it is one."""

    slug: str
    title: str
    body: str
    reasons: Sequence[Reason]

    @property
    def sha256(self) -> str:
        """What a justification is bound to: another word, and it is about something else."""
        words = [
            self.slug,
            _plain(self.title),
            _plain(self.body),
            [[_plain(part) for part in r.words] for r in self.reasons],
        ]
        return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()

    @property
    def forbids_criticism(self) -> list[str]:
        """What in the title and the text needs a justification, quoted."""
        return criticism.in_text(f"{self.title}\n{self.body}", settings.OPERATOR_NAMES)


class Justification(NamedTuple):
    """Why a lead reviewer lets a wording limit criticism."""

    lead: User
    text: str


def publish_policy(
    *,
    actor: User | System,
    slug: str,
    title: str,
    body: str,
    reasons: Sequence[Reason],
    effective_at: datetime | None = None,
    justification: str = "",
) -> PolicyVersion:
    """Add the next version of a policy. Earlier ones stay as they are: decisions refer to them for ever.

    `justification` is the code that `justify` gave a lead reviewer for exactly this wording.
    """
    if not isinstance(actor, System) and not actor.is_admin:
        raise NotFound
    moment = now()
    wording = Wording(slug, title.strip(), body.strip(), [Reason(*reason) for reason in reasons])
    with transaction.atomic():
        policy, _made = Policy.objects.get_or_create(slug=slug, defaults={"title": title})
        # All of them, in one order: a reason code belongs to one policy alone.
        list(lock(Policy.objects.order_by("pk")))
        why = check_policy(wording, effective_at=effective_at, justification=justification)
        Policy.objects.filter(pk=policy.pk).exclude(title=title).update(title=title)
        last = policy.versions.order_by("-number").values_list("number", flat=True).first() or 0
        version = PolicyVersion.objects.create(
            policy=policy,
            number=last + 1,
            body=wording.body,
            effective_at=effective_at or moment,
            justification=why.text if why else "",
            justified_by=why.lead if why else None,
        )
        ReasonCode.objects.bulk_create(
            ReasonCode(policy_version=version, position=position, **reason._asdict())
            for position, reason in enumerate(wording.reasons)
        )
        record(
            actor=actor,
            action="review.policy_published",
            target=version,
            to_state="published",
            data={
                "policy": slug,
                "number": version.number,
                "reasons": [reason.code for reason in wording.reasons],
                "justified_by": str(why.lead.pk) if why else "",
            },
        )
    return version


def justify(*, actor: User, wording: Wording, text: str) -> str:
    """A lead reviewer's reasons for a wording that limits criticism, as a code for the admin who publishes it.

    Published with the wording and shown to all; the lead's name stays with the programme.
    """
    if not policies.can_justify(actor):
        raise NotFound
    text = cleaned("justification", text, limit=JUSTIFICATION_MOST)
    errors = [*_wrong_reasons(wording), *_too_short(text)]
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        data = {"policy": wording.slug, "wording": wording.sha256}
        record(actor=actor, action="review.wording_justified", target=actor, data=data)
    signed = {"by": str(actor.pk), "wording": wording.sha256, "text": text}
    return signing.dumps(signed, salt=SALT, compress=True)


def check_policy(
    wording: Wording, *, effective_at: datetime | None = None, justification: str = ""
) -> Justification | None:
    """Raise with everything that keeps this from being a policy; the admin panel asks before it publishes."""
    errors = []
    if effective_at is not None and effective_at < now():
        errors.append(FieldError("effective_at", _("A policy cannot begin in the past."), _("now or later")))
    if not wording.title.strip():
        errors.append(FieldError("title", _("A policy needs a title."), _("1 to 120 characters")))
    if not wording.body.strip():
        errors.append(FieldError("body", _("A policy needs a text."), _("at least one sentence")))
    errors += _wrong_codes(wording)
    errors += _wrong_reasons(wording)
    found = wording.forbids_criticism
    why = _justification_of(wording, justification.strip()) if justification.strip() else None
    if justification.strip() and why is None:
        sentence = _("This is not a lead reviewer's justification of exactly this wording.")
        errors.append(FieldError("justification", sentence, _("the code that a lead reviewer was given for it")))
    elif found and why is None:
        sentence = _(
            "This text limits criticism of the programme or of its operator: “%s”. Take that out, or ask a lead "
            "reviewer for a written justification, which everybody can read."
        ) % _("”, “").join(found[:5])
        errors.append(FieldError("justification", sentence, _("the code that a lead reviewer was given for it")))
    if errors:
        raise Invalid(errors)
    return why if found else None


def _wrong_codes(wording: Wording) -> list[FieldError]:
    errors = []
    codes = [reason.code for reason in wording.reasons]
    if not codes:
        errors.append(FieldError("reasons", _("A policy needs at least one reason code."), _("one or more")))
    if len(set(codes)) < len(codes):
        errors.append(FieldError("reasons", _("Two reasons have the same code."), _("different codes")))
    for code in codes:
        if len(code) > 40 or not CODE.fullmatch(code):
            allowed = _("small letters, figures and hyphens, at most 40")
            errors.append(FieldError("reasons", _("“%s” cannot be a reason code.") % code[:60], allowed))
    for reason in wording.reasons:
        if reason.category not in DsaCategory.values:
            sentence = _("“%s” is no category of the Transparency Database.") % reason.category[:80]
            errors.append(FieldError("reasons", sentence, ", ".join(DsaCategory.values)))
    for code, title in _codes_of_others(wording.slug, codes):
        sentence = _("“%(code)s” is a reason of the policy “%(title)s” already.") % {"code": code, "title": title}
        errors.append(FieldError("reasons", sentence, _("a code that no other policy uses")))
    return errors


def _codes_of_others(slug: str, codes: Sequence[str]) -> list[tuple[str, str]]:
    """Codes of the latest versions of other policies, and of those that are still to come."""
    others = ReasonCode.objects.filter(code__in=codes).exclude(policy_version__policy__slug=slug)
    rows = others.values_list("code", "policy_version__policy__title", "policy_version").order_by("code")
    current = set()
    for policy in Policy.objects.exclude(slug=slug).prefetch_related("versions"):
        versions = sorted(policy.versions.all(), key=lambda version: (version.effective_at, version.number))
        begun = [version for version in versions if version.effective_at <= now()]
        current |= {version.pk for version in [*begun[-1:], *versions[len(begun) :]]}
    return list(dict.fromkeys((code, title) for code, title, version in rows if version in current))


def _wrong_reasons(wording: Wording) -> list[FieldError]:
    """No reason for an adverse decision is criticism of the programme; no justification makes it one."""
    return [
        FieldError(
            "reasons",
            _("“%(code)s” makes criticism a reason: “%(quote)s”. That is refused always.")
            % {"code": reason.code, "quote": found[0]},
            _("reasons that are not about criticism"),
        )
        for reason in wording.reasons
        if (found := criticism.in_reason(*reason.words, names=settings.OPERATOR_NAMES))
    ]


def _too_short(text: str) -> list[FieldError]:
    length = len(_plain(text))
    if length >= JUSTIFICATION_LENGTH:
        return []
    sentence = _("A justification has at least %(least)d characters; this one has %(length)d.")
    numbers = {"least": JUSTIFICATION_LENGTH, "length": length}
    return [FieldError("justification", sentence % numbers, _("%d characters or more") % JUSTIFICATION_LENGTH)]


def _justification_of(wording: Wording, code: str) -> Justification | None:
    """What a lead signed, if they did, about this wording, and are one still."""
    try:
        signed = signing.loads(code, salt=SALT, max_age=timedelta(days=JUSTIFICATION_DAYS))
    except signing.BadSignature:
        return None
    lead = User.objects.filter(pk=signed["by"]).first()
    if lead is None or not policies.can_justify(lead) or signed["wording"] != wording.sha256:
        return None
    return Justification(lead, signed["text"])


def _plain(text: str) -> str:
    """Without the spaces that a form, a paste or somebody in a hurry puts in."""
    return " ".join(text.split())
