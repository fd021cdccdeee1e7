"""What was measured so far, so that an interrupted evaluation goes on where it was left.

Each part (one model, one kind of prompts) is kept with a fingerprint of whatever its figures depend on: weights, code,
catalogue entry and prompts. A part with another fingerprint is measured anew, and so is everything after an evaluation
that was finished: figures are never those of an earlier day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generation.catalogue import CatalogueEntry
from generation.demo_model.evaluation.asking import Asked
from generation.demo_model.evaluation.verdict import Tally
from generation.demo_model.placing import WEIGHTS
from generation.engines.checkpoint import digest

GENERATION = Path(__file__).resolve().parents[2]
CODE = ("demo_model/*.py", "demo_model/evaluation/*.py", "engines/*.py", "media/*.py")  # from the words to the verdict


def fingerprint(entry: CatalogueEntry, asked: Sequence[Asked], seconds: int) -> str:
    """Of whatever the figures of one part depend on."""
    total = hashlib.sha256(digest(WEIGHTS).encode())
    for pattern in CODE:
        for path in sorted(GENERATION.glob(pattern)):
            total.update(hashlib.sha256(path.read_bytes()).digest())
    total.update(repr((entry, tuple(asked), seconds)).encode())
    return total.hexdigest()


class Notebook:
    """The tallies of all parts in one file, written anew after each film."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: dict[str, Any] = {"finished": False, "parts": {}}
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if isinstance(kept, dict) and kept.get("finished") is False:
            self._kept = kept

    def tally(self, part: str, wanted: str) -> Tally:
        """What is kept of this part if it has this fingerprint, else an empty one."""
        kept = self._kept["parts"].get(part)
        return Tally(kept["tally"]) if kept and kept["fingerprint"] == wanted else Tally()

    def keep(self, part: str, tally: Tally, mark: str) -> None:
        self._kept["parts"][part] = {"fingerprint": mark, "tally": tally.kept()}
        self._write()

    def finish(self, **more: Any) -> None:
        """Notes that all was measured; the file stays, for its figures without a goal."""
        self._kept |= {"finished": True, **more}
        self._write()

    def _write(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self._kept, indent=2) + "\n", encoding="utf-8")
        fresh.replace(self._file)
