"""What must be true after each fault, whatever it was."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from audit.models import AuditEvent
from audit.verification import verify
from generation.models import Generation
from tests.worker.queue import is_balanced, ledger
from videos.models import Rendition, Video
from videos.storage import open_file, sweep_orphans


def assert_nothing_is_wrong() -> None:
    """All have ended, credits and audit log are in order, every video has its bytes, and no file is spare."""
    for generation in Generation.objects.all():
        assert generation.state in {"completed", "failed", "cancelled"}, generation.state
        assert is_balanced(generation), ledger(generation)
        charged, price = ledger(generation).get("settle", 0), generation.price
        # What was cancelled costs the share of its steps that ran.
        least, most = {"completed": (price, price), "failed": (0, 0), "cancelled": (0, price)}[generation.state]
        assert least <= charged <= most, (generation.state, charged, price)
        actions = Counter(AuditEvent.objects.filter(target_id=str(generation.pk)).values_list("action", flat=True))
        assert actions[f"generation.{generation.state}"] == 1
        assert actions["generation.started"] == generation.attempts.count()
    assert not verify(AuditEvent.objects.order_by("id")).first_break
    assert Video.objects.count() == Generation.objects.filter(state="completed").count()
    for rendition in Rendition.objects.all():
        with open_file(rendition.storage_key) as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == rendition.sha256
    sweep_orphans(timedelta(0))
    assert len(stored_files()) == Rendition.objects.count() == 3 * Video.objects.count()


def stored_files() -> list[Path]:
    root = Path(settings.STORAGES["private"]["OPTIONS"]["location"])
    return [path for path in root.rglob("*") if path.is_file()]
