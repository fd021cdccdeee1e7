"""`make demo ONCE=1`: the whole story, with every check, in a fresh house."""

from __future__ import annotations

import json
from pathlib import Path

import av

from tests.demo.running import Demo, wait_until_gone, whole_demo

pytestmark = whole_demo


def test_the_story_holds_from_invitation_to_audit(tmp_path):
    untouched = tmp_path / "data"
    demo = Demo(untouched, "--once")
    assert demo.process.wait(timeout=300) == 0, demo.said
    result = json.loads(demo.said.splitlines()[-1])
    assert result["ok"] is True
    assert len(result["checks"]) > 80
    assert all(set(check) == {"name", "expected", "got", "ok"} for check in result["checks"])
    assert result["generation"]["state"] == "completed"
    with av.open(result["video_file"]) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (1920, 1080)
    assert not untouched.exists(), "the data of `make demo` stays as it is"
    assert wait_until_gone(Path("/tmp/dailies-once-"), seconds=0) == {}
