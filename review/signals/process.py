"""Looking in a process of its own: one that hangs, fills the memory or falls over its input ends alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from review.signals.hashing import FramePrint
from review.signals.looking import Result
from review.signals.reading import Fault, Material, Reading

ROOT = Path(__file__).resolve().parents[2]


def look(
    material: Material, *, video: Any, frame_count: int, kinds: Sequence[str], seconds: int, memory_mib: int
) -> list[Result]:
    """One result for each kind: what was said until the end, and a fault for the rest."""
    with tempfile.TemporaryFile() as copy:  # without a name, and seekable wherever the original lies
        shutil.copyfileobj(video, copy)
        copy.seek(0)
        question = {
            "kinds": list(kinds),
            "prompt": material.prompt,
            "topics": dict(material.topics),
            "video": copy.fileno(),
            "frame_count": frame_count,
            "seconds": seconds,
            "memory_mib": memory_mib,
        }
        output, fault = _ask(json.dumps(question).encode(), copy.fileno(), seconds)
    results = [_result(line) for line in output.decode().splitlines(keepends=True) if line.endswith("\n")]
    answered = {result.kind for result in results}
    return [*results, *(Result(kind, fault=fault) for kind in kinds if kind not in answered)]


def _ask(question: bytes, video: int, seconds: int) -> tuple[bytes, Fault]:
    """What the process said, and what is wrong with whatever it did not say."""
    process = subprocess.Popen(
        [sys.executable, "-m", "review.signals"],
        cwd=ROOT,
        env=_surroundings(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[video],
    )
    try:
        return process.communicate(question, timeout=seconds)[0], Fault.ENDED
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0], Fault.TOO_LONG
    finally:
        process.kill()
        process.wait()


def _surroundings() -> dict[str, str]:
    """No secrets, no network, one thread for each library."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept | threads | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}


def _result(line: str) -> Result:
    fields = json.loads(line)
    reading, fault = fields["reading"], fields["fault"]
    return Result(
        kind=fields["kind"],
        name=fields["name"],
        version=fields["version"],
        reading=Reading(**reading) if reading else None,
        fault=Fault(fault) if fault else None,
        prints=[FramePrint(*one) for one in fields["prints"]],
    )
