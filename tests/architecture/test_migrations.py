"""The migrations say what the models say."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_no_migration_is_missing():
    out = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out)
    except SystemExit:
        pytest.fail(f"Models and migrations differ:\n{out.getvalue()}")


@pytest.mark.django_db
def test_djangos_own_checks_find_nothing():
    call_command("check", fail_level="WARNING")
