"""`python -m review.signals`: a question on the standard input, one line of JSON for each answer.

The question holds the prompt, so nothing of it is ever printed, and what libraries print is thrown away.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from dataclasses import asdict
from typing import Any

PR_SET_PDEATHSIG = 1
MIB = 1024 * 1024


def main() -> int:
    question: dict[str, Any] = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _bind_hands(seconds=question["seconds"], memory_mib=question["memory_mib"])
    # After the limits: models are large.
    from review.signals.looking import look
    from review.signals.reading import Material

    material = Material(prompt=question["prompt"], topics=question["topics"])
    with os.fdopen(question["video"], "rb") as video:
        for result in look(material, video=video, frame_count=question["frame_count"], kinds=question["kinds"]):
            answers.write(json.dumps(asdict(result), allow_nan=False) + "\n")
            answers.flush()
    return 0


def _bind_hands(*, seconds: int, memory_mib: int) -> None:
    """Behind whoever renders or answers a person, so much memory and time and no more, and gone with whoever asked."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(5)
    _limit(resource.RLIMIT_CORE, 0)  # a dump would hold the prompt
    _limit(resource.RLIMIT_CPU, seconds)
    if sys.platform == "linux":  # macOS knows the name and refuses the limit
        _limit(resource.RLIMIT_AS, memory_mib * MIB)


def _limit(what: int, most: int) -> None:
    """At most so much, or less where whoever started us is stricter."""
    _soft, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    sys.exit(main())
