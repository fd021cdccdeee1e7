"""What happened, as it happens, and as one JSON object at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from config.demo.screen import say

SHOWN = 90  # characters of a value on the screen


@dataclass
class Report:
    """Steps on the screen; checks on the screen and in the result."""

    checks: list[dict[str, Any]] = field(default_factory=list)
    _step: int = 0
    _began: float = field(default_factory=time.monotonic)

    def step(self, title: str) -> None:
        """Begin a step of the story."""
        self._step += 1
        say(f"{self.seconds:5.1f} s  {self._step}. {title}")

    def check(self, name: str, *, expected: Any, got: Any) -> bool:
        """Hold what we got against what we expected, and go on either way."""
        ok = bool(expected == got)
        self.checks.append({"name": name, "expected": expected, "got": got, "ok": ok})
        failed = "" if ok else f": expected {_short(expected)}, got {_short(got)}"
        say(f"           {'ok  ' if ok else 'FAIL'} {name}{failed}")
        return ok

    @property
    def seconds(self) -> float:
        """Since it began."""
        return round(time.monotonic() - self._began, 1)

    @property
    def ok(self) -> bool:
        return bool(self.checks) and all(check["ok"] for check in self.checks)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
