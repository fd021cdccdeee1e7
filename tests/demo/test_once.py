"""`make demo ONCE=1`: the whole story, with every check, in a fresh house."""

from __future__ import annotations

import json
import re
import tempfile
import time
from pathlib import Path

import av

from tests.demo.running import PATIENCE, Demo, processes_of, wait_until_gone, whole_demo

pytestmark = whole_demo

# The title that Redis gives itself lies over its environment: it is known by its socket's folder.
REDIS_IN = Path(tempfile.gettempdir()) / "dailies-once-"


def test_the_story_holds_from_invitation_to_audit(tmp_path):
    untouched = tmp_path / "data"
    demo = Demo(untouched, "--once")
    lived, until = set(), time.monotonic() + PATIENCE
    while demo.process.poll() is None and time.monotonic() < until:
        lived |= {*processes_of(untouched).values(), *processes_of(REDIS_IN).values()}
        time.sleep(0.5)
    assert demo.process.wait(timeout=1) == 0, demo.said
    result = json.loads(demo.said.splitlines()[-1])
    assert result["ok"] is True
    assert len(result["checks"]) > 90
    assert result["seconds"] > 0
    assert re.search(r"^ *[\d.]+ s  \d+\. The end, after [\d.]+ seconds$", demo.said, re.MULTILINE)
    assert all(set(check) == {"name", "expected", "got", "ok"} for check in result["checks"])
    assert result["generation"]["state"] == "completed"
    with av.open(result["video_file"]) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (1920, 1080)
    assert not untouched.exists(), "the data of `make demo` stays as it is"
    for program in ("redis", "uvicorn", "celery -A config worker", "celery -A config beat"):
        assert any(program in command for command in lived), f"{program} would not be seen: {lived}"
    assert wait_until_gone(untouched, seconds=5) == {}
    assert wait_until_gone(REDIS_IN, seconds=0) == {}
