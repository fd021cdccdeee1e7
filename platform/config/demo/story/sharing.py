"""Chapter 6: the artist shares; the public sees exactly the approved bytes; ending the share ends it at once."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from config.demo.cast import ADMIN
from config.demo.story.joining import NAME
from config.demo.story.privacy import RANGE
from config.demo.story.stage import Stage

TITLE = "Tin roof"
REASON = "technical-quality"


def share(stage: Stage) -> None:
    """Share, look as the public does, end it; share again, and see it taken down."""
    stage.report.step("The artist shares the video")
    first = _share(stage)
    _look_as_the_public(stage, first)
    stage.report.step("The artist ends the share")
    ended = stage.program.call("POST", f"/api/v1/videos/{stage.video}/shares/revoke/")
    stage.report.check("the share is ended", expected=200, got=ended.status)
    _find_nothing(stage, first)
    stage.report.step("Shared again, it is taken down by an admin")
    second = _share(stage)
    stage.report.check("the new address is another one", expected=True, got=first != second)
    path = f"/api/v1/videos/{stage.video}/take-down/"
    down = stage.signed_in(ADMIN).call("POST", path, {"reason": REASON, "artist_message": "A drill."})
    got = (down.status, down.data.get("enforcement"))
    stage.report.check("it is taken down", expected=(200, "taken_down"), got=got)
    _find_nothing(stage, second)
    told = stage.program.call("GET", "/api/v1/statements/").data["results"][0]
    why = (told["kind"], told["reason"], told["can_appeal"])
    stage.report.check("its artist is told why, and can appeal", expected=("takedown", REASON, True), got=why)
    refused = stage.program.call("POST", f"/api/v1/videos/{stage.video}/shares/")
    stage.report.check("it cannot be shared any more", expected=409, got=refused.status)


def _share(stage: Stage) -> str:
    """The path of the new public page."""
    answer = stage.program.call("POST", f"/api/v1/videos/{stage.video}/shares/", {"title": TITLE})
    stage.report.check("it has a public address", expected=201, got=answer.status)
    return urlsplit(answer.data["url"]).path


def _look_as_the_public(stage: Stage, page_path: str) -> None:
    check, public = stage.report.check, stage.visitor()
    page = public.get(page_path)
    shown = [word for word in (TITLE, NAME, 'property="og:title"', 'property="og:image"') if word not in page.text]
    check("everybody sees player, title and credit", expected=(200, []), got=(page.status, shown))
    whole = public.get(f"{page_path}media/share_copy")
    digest = hashlib.sha256(whole.body).hexdigest()
    check("the bytes are the approved ones", expected=(200, stage.approved["share_copy"]), got=(whole.status, digest))
    part = public.get(f"{page_path}media/share_copy", Range=RANGE)
    check("the player can jump", expected=(206, 100), got=(part.status, len(part.body)))
    check("the poster comes", expected=200, got=public.get(f"{page_path}media/poster").status)
    check("the original does not", expected=404, got=public.get(f"{page_path}media/original").status)
    check("the artist's own page stays missing", expected=404, got=public.get(f"/videos/{stage.video}/").status)


def _find_nothing(stage: Stage, page_path: str) -> None:
    public = stage.visitor()
    share_copy = f"{page_path}media/share_copy"
    answers = [public.get(page_path), public.get(share_copy), public.get(share_copy, Range=RANGE)]
    answers.append(public.get(f"{page_path}media/poster"))
    got = [answer.status for answer in answers]
    stage.report.check("page, bytes and parts are gone at once", expected=[404] * 4, got=got)
