"""Chapter 3: a video is private. To everybody but its owner, each of its addresses is as missing as none."""

from __future__ import annotations

import hashlib
import uuid

from config.demo.cast import ARTISTS, REVIEWERS
from config.demo.story import picture
from config.demo.story.stage import Stage
from config.demo.story.visitor import Answer, Visitor

KINDS = ("original", "poster", "storyboard", "share_copy")
RANGE = "bytes=0-99"
# Parts of all pixels, in every frame: what counts as the ground, and what is more than noise.
MOSTLY, SOMETHING = 0.6, 0.005


def keep_private(stage: Stage) -> None:
    """Nobody else sees it; its owner has every byte of it."""
    stage.report.step("Nobody else can see the video, or that there is one")
    for who, visitor in (
        ("a stranger", stage.visitor()),
        ("another artist", stage.signed_in(ARTISTS[1])),
        ("a reviewer without its case", stage.signed_in(REVIEWERS[0])),
    ):
        stage.report.check(f"to {who} it is missing", expected=[], got=_leaks(visitor, stage.video))
    stage.report.step("Its owner watches and downloads it")
    _download(stage)
    _check_picture(stage)


def _leaks(visitor: Visitor, video: str) -> list[str]:
    """The addresses that answer anything but what they answer for a video that does not exist."""
    nothing = str(uuid.uuid4())
    leaking = []
    for address in _addresses():
        for headers in ({}, {"Range": RANGE}, {"If_None_Match": "*"}):
            real = visitor.get(address.format(video), **headers)
            missing = visitor.get(address.format(nothing), **headers)
            if real.status != 404 or _seen(real, video) != _seen(missing, nothing):
                leaking.append(f"{address} {headers}: {real.status}")
    return leaking


def _addresses() -> list[str]:
    pages = ["/videos/{}/", "/api/v1/videos/{}/", "/api/v1/videos/{}/submissions/", "/api/v1/videos/{}/shares/"]
    files = [f"{start}/{kind}" for kind in KINDS for start in ("/videos/{}/media", "/api/v1/videos/{}/renditions")]
    return pages + files


def _seen(answer: Answer, video: str) -> tuple[int, str]:
    """What an outsider can compare: the status, and all of the text but the ids of the video and of the request."""
    if "json" in answer.header("Content-Type"):
        return answer.status, f"{answer.data.get('code')} {answer.data.get('detail')}"
    return answer.status, answer.text.replace(video, "…")


def _download(stage: Stage) -> None:
    check, artist, address = stage.report.check, stage.artist, f"/videos/{stage.video}/media/original"
    check("the video has a page", expected=200, got=artist.get(f"/videos/{stage.video}/").status)
    whole = artist.get(address)
    check("the whole file comes", expected=(200, "video/mp4"), got=(whole.status, whole.header("Content-Type")))
    check("no cache may keep it", expected="private, no-store", got=whole.header("Cache-Control"))
    rows = {row["kind"]: row for row in artist.get(f"/api/v1/videos/{stage.video}/").data["renditions"]}
    digest = hashlib.sha256(whole.body).hexdigest()
    check("its SHA-256 is the recorded one", expected=rows["original"]["sha256"], got=digest)
    _download_parts(stage, address, whole)
    by_token = stage.program.get(f"/api/v1/videos/{stage.video}/renditions/original")
    got = (by_token.status, by_token.code)
    check("a plain token does not get the bytes", expected=(403, "scope_missing"), got=got)
    stage.video_file.write_bytes(whole.body)


def _download_parts(stage: Stage, address: str, whole: Answer) -> None:
    check, artist, size = stage.report.check, stage.artist, len(whole.body)
    part = artist.get(address, Range=RANGE)
    got = (part.status, part.header("Content-Range"), part.body == whole.body[:100])
    check("a part of it comes", expected=(206, f"bytes 0-99/{size}", True), got=got)
    beyond = artist.get(address, Range=f"bytes={size}-")
    refused = (beyond.status, beyond.header("Content-Range"))
    check("a part beyond its end is refused", expected=(416, f"bytes */{size}"), got=refused)
    known = artist.get(address, If_None_Match=whole.header("ETag"))
    check("it is not sent twice to whoever has it", expected=304, got=known.status)
    head = artist.head(address)
    told = (head.status, head.header("Content-Length"), len(head.body))
    check("HEAD tells its size and sends nothing", expected=(200, str(size), 0), got=told)


def _check_picture(stage: Stage) -> None:
    size = {"width": 1920, "height": 1080, "fps": 8, "frames": 16}
    wanted = size | {"codec": "h264", "pixels": "yuv420p", "faststart": True}
    stage.report.check("the file is exactly what was asked for", expected=wanted, got=picture.facts(stage.video_file))
    stage.report.step("The film shows what the prompt says")
    shown = picture.what_it_shows(stage.video_file)
    check = stage.report.check
    check("the background is blue", expected=True, got=shown.blue >= MOSTLY)
    check("something on it is red", expected=True, got=shown.red >= SOMETHING)
    check("the red goes left, from frame to frame", expected=True, got=shown.goes_left)
