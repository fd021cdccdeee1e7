"""Chapter 4: what is withdrawn, late or refused. None of it can be shared, and whoever comes too late is told why."""

from __future__ import annotations

import sqlite3
from typing import Any

from config.demo.cast import REVIEWERS
from config.demo.story.stage import Stage
from config.demo.story.visitor import Answer, Visitor

REASON = "technical-quality"
WHY = "The last second stands still."


def refuse(stage: Stage) -> None:
    """A withdrawal under a reviewer's eyes, a claim that ran out, and a rejection."""
    robin, sasha = (stage.signed_in(role) for role in REVIEWERS)
    stage.report.step("The artist withdraws a submission while a reviewer watches it")
    _withdraw(stage, robin)
    stage.report.step("A claim that ran out decides nothing, and the case is another's")
    case = _run_out(stage, robin, sasha)
    stage.report.step("A reviewer rejects the video, and says why")
    _reject(stage, sasha, case)


def _withdraw(stage: Stage, reviewer: Visitor) -> None:
    check, case = stage.report.check, _submit(stage)
    held = _claim(stage, reviewer, case)
    gone = stage.program.call("POST", f"/api/v1/submissions/{case}/withdraw/")
    check("it is withdrawn", expected=(200, "withdrawn"), got=(gone.status, gone.data.get("state")))
    late = _decide(reviewer, held, outcome="approve")
    check("the reviewer comes too late, in words", expected=(409, True), got=(late.status, "withdrew" in late.text))
    unseen = reviewer.get(f"/videos/{stage.video}/media/share_copy")
    check("and sees it no longer", expected=404, got=unseen.status)


def _run_out(stage: Stage, first: Visitor, second: Visitor) -> dict[str, Any]:
    """The case as the second reviewer holds it."""
    check, case = stage.report.check, _submit(stage)
    held = _claim(stage, first, case)
    # Instead of waiting for it.
    with sqlite3.connect(stage.house.folder / "dailies.sqlite3", timeout=10) as database:
        database.execute("UPDATE review_claim SET expires_at = datetime('now', '-1 second') WHERE ended_at IS NULL")
    late = _decide(first, held, outcome="approve")
    check("its holder comes too late, in words", expected=(409, True), got=(late.status, "expired" in late.text))
    return _claim(stage, second, case)


def _reject(stage: Stage, reviewer: Visitor, held: dict[str, Any]) -> None:
    check = stage.report.check
    decided = _decide(reviewer, held, outcome="reject", reason=REASON, artist_message=WHY)
    check("the rejection is written", expected=(201, "reject"), got=(decided.status, decided.data.get("outcome")))
    told = stage.program.get("/api/v1/statements/").data["results"][0]
    got = (told["outcome"], told["reason"], WHY in str(told), told["can_appeal"])
    check("its artist reads reason and words, and can appeal", expected=("reject", REASON, True, True), got=got)
    refused = stage.program.call("POST", f"/api/v1/videos/{stage.video}/shares/")
    check("it cannot be shared", expected=409, got=refused.status)


def _submit(stage: Stage) -> str:
    answer = stage.program.call("POST", f"/api/v1/videos/{stage.video}/submissions/", {"note": ""})
    stage.report.check("it is submitted", expected=201, got=answer.status)
    return str(answer.data["id"])


def _claim(stage: Stage, reviewer: Visitor, case: str) -> dict[str, Any]:
    answer = reviewer.call("POST", f"/api/v1/review/cases/{case}/claim/")
    stage.report.check("a reviewer claims it", expected=201, got=answer.status)
    return dict(answer.data)


def _decide(reviewer: Visitor, held: dict[str, Any], **words: str) -> Answer:
    shown = {row["kind"]: row["sha256"] for row in held["renditions"]}
    seen = {"claim_token": held["claim_token"], "case_version": held["version"], "shown": shown}
    return reviewer.call("POST", f"/api/v1/review/cases/{held['id']}/decisions/", seen | words)
