"""`manage.py first_admin` opens a new installation to one person."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User

pytestmark = pytest.mark.django_db


def make(email: str) -> str:
    out = StringIO()
    call_command("first_admin", email, stdout=out)
    return out.getvalue().splitlines()[-1]


def test_the_shown_password_opens_the_admins_account():
    password = make("ada@example.org")
    user = User.objects.get()
    assert user.is_admin
    assert user.check_password(password)


def test_there_is_only_one_first_admin():
    make("ada@example.org")
    with pytest.raises(CommandError, match="admin already"):
        make("eve@example.org")
    assert User.objects.count() == 1


def test_an_address_that_is_none_is_refused_in_a_sentence():
    with pytest.raises(CommandError):
        make("not an address")
