"""Invitations: the only way to an account."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.fields import checked_email, checked_line, checked_password
from accounts.models import Cohort, Invitation, Participant, User
from accounts.policies import can_invite, can_revoke_invitation
from accounts.selectors import default_cohort, open_invitation, secret_digest
from accounts.services.people import add_person
from accounts.states import ParticipantRole, StaffRole
from audit.services import record
from common.actors import Actor
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from common.ids import unguessable

OPEN = {"accepted_at": None, "revoked_at": None}


def invite(
    *,
    actor: Actor,
    email: str,
    cohort: Cohort | None = None,
    participant_role: str = ParticipantRole.ARTIST,
    staff_role: str = StaffRole.NONE,
) -> tuple[Invitation, str]:
    """Invite one address and mail it the link; the secret is returned once and kept nowhere.

    An open invitation to the same address ends: only the newest link works.
    """
    if not can_invite(actor):
        raise NotAllowed(_("Only programme admins invite people."))
    email = checked_email(email)
    cohort = _checked_place(cohort, participant_role, staff_role)
    if User.objects.filter(email__iexact=email).exists():
        raise Invalid([FieldError("email", _("Somebody with this address has an account already."))])
    secret = unguessable()
    try:
        with transaction.atomic():
            older = [row for row in lock(Invitation.objects.filter(email=email, **OPEN)) if _close(row)]
            invitation = Invitation.objects.create(
                email=email,
                cohort=cohort,
                participant_role=participant_role,
                staff_role=staff_role,
                secret_sha256=secret_digest(secret),
                invited_by=actor if isinstance(actor, User) else None,
                expires_at=now() + timedelta(days=settings.INVITATION_DAYS),
            )
            _mail_link(invitation, secret)
            for closed in older:
                _record_closed(closed, actor=actor, because="invited again")
            record(
                actor=actor,
                action="invitation.made",
                target=invitation,
                to_state="open",
                data={"staff_role": str(staff_role), "participant_role": str(participant_role)},
            )
    except IntegrityError as error:
        # The database admits one open invitation an address: another admin was a moment faster.
        raise Conflict(_("Somebody else is inviting this address right now."), code="invited_meanwhile") from error
    return invitation, secret


def revoke_invitation(*, actor: Actor, invitation: Invitation) -> Invitation:
    """Make an open link useless; an accepted one is past that."""
    if not can_revoke_invitation(actor, invitation):
        raise NotAllowed(_("Only programme admins revoke invitations."))
    with transaction.atomic():
        if not _close(invitation):
            raise Conflict(_("This invitation was accepted or revoked already."), code="invitation_closed")
        _record_closed(invitation, actor=actor, because="revoked")
    invitation.refresh_from_db()
    return invitation


def accept_invitation(*, secret: str, password: str, name: str, public_name: str = "") -> User:
    """Make the one account that this invitation is for; whoever holds the mailed secret may."""
    invitation = open_invitation(secret)
    if invitation is None:
        raise NotFound
    name = checked_line("name", name, limit=80)
    public_name = checked_line("public_name", public_name or name, limit=80)
    checked_password(password, User(email=invitation.email, name=name))
    # Hashing is slow on purpose, so it is done before any lock is held.
    hashed = make_password(password)
    try:
        with transaction.atomic():
            return _accept(invitation, hashed=hashed, name=name, public_name=public_name)
    except IntegrityError as error:
        raise _account_exists() from error


def _accept(invitation: Invitation, *, hashed: str, name: str, public_name: str) -> User:
    invitation = lock(Invitation.objects.filter(pk=invitation.pk)).get()
    if invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= now():
        raise Conflict(_("This invitation was used a moment ago."), code="invitation_closed")
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise _account_exists()
    user = add_person(email=invitation.email, hashed_password=hashed, name=name, staff_role=invitation.staff_role)
    if invitation.cohort is not None:
        Participant.objects.create(
            user=user, cohort=invitation.cohort, role=invitation.participant_role, public_name=public_name
        )
    won = compare_and_set(
        Invitation.objects.filter(pk=invitation.pk), expected=OPEN, changes={"accepted_at": now(), "accepted_by": user}
    )
    if not won:
        raise Conflict(_("This invitation was used a moment ago."), code="invitation_closed")
    record(actor=user, action="invitation.accepted", target=invitation, from_state="open", to_state="accepted")
    return user


def _close(invitation: Invitation) -> bool:
    return compare_and_set(Invitation.objects.filter(pk=invitation.pk), expected=OPEN, changes={"revoked_at": now()})


def _record_closed(invitation: Invitation, *, actor: Actor, because: str) -> None:
    record(
        actor=actor,
        action="invitation.revoked",
        target=invitation,
        from_state="open",
        to_state="revoked",
        data={"because": because},
    )


def _checked_place(cohort: Cohort | None, participant_role: str, staff_role: str) -> Cohort | None:
    """The cohort the person joins: staff have none, everybody else has one."""
    if staff_role not in StaffRole.values:
        raise Invalid([FieldError("staff_role", _("There is no such role."), ", ".join(StaffRole.values))])
    if participant_role not in ParticipantRole.values:
        allowed = ", ".join(ParticipantRole.values)
        raise Invalid([FieldError("participant_role", _("There is no such role."), allowed)])
    if staff_role != StaffRole.NONE:
        if cohort is not None:
            raise Invalid([FieldError("cohort", _("Staff join no cohort."))])
        return None
    cohort = cohort or default_cohort()
    if cohort is None:
        raise Invalid([FieldError("cohort", _("There is no cohort yet to join."))])
    return cohort


def _mail_link(invitation: Invitation, secret: str) -> None:
    # Mail lies in a layer above this one, so the settings name who carries it.
    send = import_string(settings.ADDRESS_MAILER)
    send(
        address=invitation.email,
        subject=_("You are invited to Dailies"),
        body=_(
            "You are invited to the early-access programme. This link makes your account; "
            "it works once, for you, until %(date)s.\n\nIf you expected no invitation, delete this mail: "
            "without the link nothing happens."
        )
        % {"date": date_format(invitation.expires_at, "j F Y")},
        path=reverse("invitation", args=[secret]),
        action_label=_("Accept the invitation"),
    )


def _account_exists() -> Conflict:
    # Whoever reads this holds the link that was mailed to this very address, so it tells an outsider nothing.
    return Conflict(_("You have an account already: sign in, or ask for a new password."), code="account_exists")
