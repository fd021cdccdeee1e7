"""`python -m config.demo.prepare`: database, static files, founding texts and people, in one short-lived process."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

# The storage of production without its compressing: nobody far away loads these files, and it would take most of a
# first start's time.
UNCOMPRESSED = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"


def main() -> None:
    django.setup()
    from config.demo.people import make_people  # models can be imported only now

    call_command("migrate", interactive=False, verbosity=0)
    collect_static_files()
    call_command("bootstrap", stdout=sys.stdout)
    make_people(Path(settings.DATA_DIR))


def collect_static_files() -> None:
    root = Path(settings.STATIC_ROOT)
    for compressed in (*root.rglob("*.gz"), *root.rglob("*.br")):
        compressed.unlink()  # of an earlier version: it would be sent in the place of today's file
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": {"BACKEND": UNCOMPRESSED}}):
        call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    main()
