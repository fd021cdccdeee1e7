"""Chapter 2: a prompt becomes a video; what it costs is known before, and nothing is charged for nothing."""

from __future__ import annotations

from typing import Any

from config.demo.story.joining import CREDITS
from config.demo.story.stage import Stage, StoryBroken

# What config.demo.story.picture then looks for in the delivered film.
PROMPT = "a red circle moving left on a blue background"
WANTED = {"prompt": PROMPT, "model": "demo", "size": "1920x1080", "seconds": 2, "fps": 8, "seed": 26112024}
PRICE = 18  # two seconds at 1080p, which is nine times the unit's pixels: see generation.catalogue.price
SECOND = WANTED | {"size": "640x360", "seconds": 2, "seed": 1}
TOO_MUCH = WANTED | {"seconds": 10}
PATIENCE = 180  # seconds; a quiet machine needs a few


def make(stage: Stage) -> None:
    """Price, refusal, queue, cancellation, progress, completion."""
    stage.report.step("The price is known before submitting")
    _ask_the_price(stage)
    stage.report.step("What is wrong, or too much, is refused and costs nothing")
    _be_refused(stage)
    stage.report.step("The artist submits two takes and calls off the second")
    generation = _submit(stage)
    stage.report.step("The first take renders, step by step")
    _watch(stage, generation)


def _ask_the_price(stage: Stage) -> None:
    query = f"model={WANTED['model']}&size={WANTED['size']}&seconds={WANTED['seconds']}"
    answer = stage.program.get(f"/api/v1/price/?{query}")
    stage.report.check("1080p for two seconds has its price", expected=PRICE, got=answer.data.get("price"))
    models = stage.program.get("/api/v1/models/")
    stage.report.check("the models are listed", expected=(200, True), got=(models.status, '"demo"' in models.text))
    asked = {name: WANTED[name] for name in ("model", "size", "seconds")} | {"prompt": f"{PROMPT} at sunset"}
    told = stage.program.call("POST", "/api/v1/price/", asked).data.get("ignored_words")
    stage.report.check("words that the model ignores are named", expected=["at", "sunset"], got=told)


def _be_refused(stage: Stage) -> None:
    check = stage.report.check
    over = stage.program.call("POST", "/api/v1/generations/", TOO_MUCH)
    got = (over.status, over.code, over.data.get("free"), "renews_at" in over.data)
    check("over quota: what is left and when it renews", expected=(429, "quota_exceeded", CREDITS, True), got=got)
    wrong = stage.program.call("POST", "/api/v1/generations/", WANTED | {"size": "1x1", "seconds": -1, "prompt": ""})
    fields = sorted(error["field"] for error in wrong.data.get("errors", []))
    check("each wrong field is named", expected=(400, ["prompt", "seconds", "size"]), got=(wrong.status, fields))
    unknown = stage.program.call("POST", "/api/v1/generations/", WANTED | {"colour": "blue"})
    check("an unknown field is refused", expected=(400, "unknown_field"), got=(unknown.status, unknown.code))
    check("nothing was written", expected=[], got=stage.program.get("/api/v1/generations/").data.get("results"))
    check("nothing was charged", expected=CREDITS, got=_free(stage))


def _submit(stage: Stage) -> dict[str, Any]:
    check, program = stage.report.check, stage.program
    first = program.call("POST", "/api/v1/generations/", WANTED)
    second = program.call("POST", "/api/v1/generations/", SECOND)
    check("both are accepted", expected=(201, 201), got=(first.status, second.status))
    if first.status != 201 or second.status != 201:
        raise StoryBroken("no generation was accepted")
    check("both are reserved", expected=CREDITS - PRICE - second.data["price"], got=_free(stage))
    address = f"/api/v1/generations/{second.data['id']}/"
    waiting = program.get(address).data
    got = (waiting["state"], bool(waiting["place"]))
    check("the second has a place in the queue", expected=("queued", True), got=got)
    cancelled = program.call("POST", f"{address}cancel/")
    check("the second is called off", expected=(200, "cancelled"), got=(cancelled.status, cancelled.data.get("state")))
    check("its credits are back", expected=CREDITS - PRICE, got=_free(stage))
    again = program.call("POST", f"{address}cancel/")
    check("calling it off again changes nothing", expected=(200, CREDITS - PRICE), got=(again.status, _free(stage)))
    return dict(first.data)


def _watch(stage: Stage, generation: dict[str, Any]) -> None:
    check = stage.report.check
    address = f"/api/v1/generations/{generation['id']}/"
    steps: set[int] = set()

    def look() -> dict[str, Any] | None:
        now = stage.program.get(address).data
        if progress := now.get("progress"):
            steps.add(progress["step"])
        return now if now["state"] in {"completed", "failed", "cancelled"} else None

    ended = stage.wait_for("The end of the generation", look, seconds=PATIENCE)
    check("it is completed", expected="completed", got=ended["state"])
    if ended["state"] != "completed":
        raise StoryBroken(f"the generation ended as {ended['state']}: {ended.get('failure')}")
    check("its progress was seen on the way", expected=True, got=bool(steps))
    stage.generation = ended
    stage.video = str(ended["video_id"])
    check("it was charged once", expected=(CREDITS, PRICE, 0, CREDITS - PRICE), got=_balance(stage))
    live = stage.artist.get("/studio/live/")
    check("the studio shows it", expected=(200, True), got=(live.status, stage.video in live.text))


def _free(stage: Stage) -> int | None:
    return stage.program.get("/api/v1/allowance/").data.get("free")


def _balance(stage: Stage) -> tuple[int, int, int, int]:
    now = stage.program.get("/api/v1/allowance/").data
    return now["allowance"], now["settled"], now["reserved"], now["free"]
