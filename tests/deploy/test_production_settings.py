"""With settings as in production, Django's own deployment checks find nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.architecture.code import ROOT

PRODUCTION = {
    "SITE_URL": "https://dailies.example.org",
    "ALLOWED_HOSTS": "dailies.example.org",
    "TRUSTED_PROXY_COUNT": "1",
    "DATABASE_URL": "postgres://dailies:secret@postgres:5432/dailies",
    "REDIS_URL": "redis://redis:6379/0",
    "EMAIL_URL": "smtp+tls://user:secret@mail.example.org:587",
    "MEDIA_DELIVERY": "nginx",
}

SHOW = """
import django; django.setup()
from django.conf import settings as s
print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_NAME, s.SECURE_HSTS_SECONDS)
print(s.DEBUG, s.SECRET_KEY)
"""


@pytest.fixture
def surroundings(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("a-quite-long-and-random-looking-secret-0123456789-abcdef\n")
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"SECRET_KEY_FILE": str(secret), "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    return inherited | PRODUCTION | own | {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}


def run(surroundings, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False
    )


def test_the_deployment_checks_find_nothing(surroundings):
    done = run(surroundings, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_cookies_are_bound_to_https_and_the_secret_comes_from_its_file(surroundings):
    done = run(surroundings, "-c", SHOW)
    secret = "a-quite-long-and-random-looking-secret-0123456789-abcdef"
    assert done.stdout.split() == ["True", "True", "__Host-session", "31536000", "False", secret], done.stderr
