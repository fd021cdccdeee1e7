"""Makes the people of the demo, through the services that make real ones, with random passwords."""

from __future__ import annotations

import secrets
from pathlib import Path

from accounts.models import User
from accounts.selectors import current_terms
from accounts.services import accept_invitation, accept_terms, create_first_admin, invite
from accounts.states import StaffRole
from config.demo.cast import ADMIN, ARTISTS, CAST, Role, SignIn, read_sign_ins, write_sign_ins


def make_people(folder: Path) -> None:
    """Make those who are missing."""
    known = {person.email: person for person in read_sign_ins(folder)}
    for role in CAST:
        if User.objects.filter(email=role.email).exists():
            continue
        known[role.email] = SignIn(role.title, role.email, secrets.token_urlsafe(12))
        # On disk before the account is made: whatever stops us, nobody is locked out.
        write_sign_ins(folder, list(known.values()))
        _make(role, known[role.email].password)


def _make(role: Role, password: str) -> None:
    if role == ADMIN:
        create_first_admin(email=role.email, password=password)
        return
    is_artist = role in ARTISTS
    _invitation, secret = invite(
        actor=User.objects.get(email=ADMIN.email),
        email=role.email,
        staff_role=StaffRole.NONE if is_artist else StaffRole.REVIEWER,
    )
    user = accept_invitation(secret=secret, password=password, name=role.name)
    terms = current_terms()
    if is_artist and terms is not None:
        accept_terms(actor=user, number=terms.number)
