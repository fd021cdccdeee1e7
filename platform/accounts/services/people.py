"""People themselves: the first admin, another password, and leaving."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.fields import checked_email, checked_password
from accounts.models import ApiToken, User
from accounts.policies import can_deactivate, can_set_password
from accounts.services.tokens import end_token
from accounts.states import StaffRole
from audit.services import record
from common.actors import Actor, System
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, NotAllowed


def add_person(*, email: str, hashed_password: str, name: str, staff_role: str) -> User:
    """The rows of one person, for the services that have a right to make one. Writes no audit event itself."""
    user = User.objects.create(email=email, password=hashed_password, name=name, staff_role=staff_role)
    # The invitation's link, or the installer, vouched for the address.
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def create_first_admin(*, email: str, password: str) -> User:
    """The admin who invites everybody else; refused as soon as there is one."""
    email = checked_email(email)
    checked_password(password, User(email=email))
    hashed = make_password(password)
    with transaction.atomic():
        if User.objects.filter(staff_role=StaffRole.ADMIN).exists():
            raise Conflict(_("There is an admin already, who can invite others."), code="admin_exists")
        if User.objects.filter(email__iexact=email).exists():
            raise Conflict(_("Somebody with this address has an account already."), code="account_exists")
        user = add_person(email=email, hashed_password=hashed, name=_("Programme admin"), staff_role=StaffRole.ADMIN)
        record(actor=System("installation"), action="user.first_admin", target=user, to_state="active")
    return user


def deactivate_user(*, actor: Actor, user: User) -> User:
    """Shut one person out now: sign-in, every session and every token end in one transaction."""
    if not can_deactivate(actor, user):
        raise NotAllowed(_("Only programme admins deactivate people, and not themselves."))
    with transaction.atomic():
        if not compare_and_set(
            User.objects.filter(pk=user.pk), expected={"is_active": True}, changes={"is_active": False}
        ):
            raise Conflict(_("This person is deactivated already."), code="already_inactive")
        sessions = _end_sessions(user)
        # Every row is locked before the first event is written.
        tokens = list(lock(ApiToken.objects.filter(user=user, revoked_at=None)))
        ended = sum(end_token(token, actor=actor, reason=_("The account was deactivated.")) for token in tokens)
        record(
            actor=actor,
            action="user.deactivated",
            target=user,
            from_state="active",
            to_state="inactive",
            data={"sessions": sessions, "tokens": ended},
        )
    user.refresh_from_db()
    return user


def set_password(*, actor: Actor, user: User, password: str, forgotten: bool) -> None:
    """Give a person the password that they chose (checked already), and tell them: whoever did not must hear of it.

    `forgotten`: they proved who they are by a mailed link, and not by the old one. Every session ends by itself, since
    each is bound to the password that it began with.
    """
    if not can_set_password(actor, user):
        raise NotAllowed(_("Everybody chooses their own password."))
    # Hashing is slow on purpose, so it is done before any lock is held.
    hashed = make_password(password)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(password=hashed)
        _tell_of_password(user)
        record(actor=actor, action="user.password_reset" if forgotten else "user.password_changed", target=user)
    user.password = hashed


def _tell_of_password(user: User) -> None:
    # Notifications lie in a layer above this one, so the settings name who writes them.
    notify = import_string(settings.PERSON_NOTIFIER)
    notify(
        recipient=user,
        kind="account.password",
        subject=_("Your password was changed"),
        body=_(
            "Your account has a new password, and every browser was signed out. If you changed it, there is nothing to "
            "do.\n\nIf it was not you, choose a new password now, and tell the people who run the programme."
        ),
        path=reverse("account_reset_password"),
        action_label=_("Choose a new password"),
    )


def _end_sessions(user: User) -> int:
    # Inactive people are refused in any case; the rows go too, so that no old cookie revives if they come back.
    theirs = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=now()).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=theirs).delete()
    return len(theirs)
