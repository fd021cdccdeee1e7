"""Chapter 5: the artist submits, one reviewer claims, watches and approves exactly what was shown."""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from typing import Any

from config.demo.cast import REVIEWERS
from config.demo.story.joining import ADDRESS
from config.demo.story.stage import Stage
from config.demo.story.visitor import Visitor

NOTE = "For the school's screening on Friday."
MESSAGE = "Lovely, quiet work."


def review(stage: Stage) -> None:
    """Submission, claim, decision, and the news of it."""
    stage.report.step("The database refuses a share that nobody approved")
    _force_a_share(stage)
    stage.report.step("The artist submits the video for sharing")
    case = _submit(stage)
    stage.report.step("Two reviewers reach for it; one gets it")
    reviewer, held = _claim(stage, case)
    stage.report.step("The reviewer watches what would be shared, and approves it")
    _watch(stage, reviewer, held)
    _decide(stage, reviewer, held)
    stage.report.step("The artist is told")
    _hear(stage)


def _force_a_share(stage: Stage) -> None:
    early = stage.program.call("POST", f"/api/v1/videos/{stage.video}/shares/")
    stage.report.check("sharing before approval is refused", expected=409, got=early.status)
    row = (uuid.uuid4().hex, uuid.UUID(stage.video).hex, uuid.uuid4().hex, "forced")
    sql = (
        "INSERT INTO videos_sharegrant (id, video_id, approval_id, token, created_at, revoked_reason)"
        " VALUES (?, ?, ?, ?, datetime('now'), '')"
    )
    stage.report.check("SQL cannot force it", expected=True, got=refused_by_database(stage, sql, row))
    count = "SELECT count(*) FROM videos_sharegrant"
    with sqlite3.connect(stage.house.folder / "dailies.sqlite3") as database:
        stage.report.check("there is no share", expected=0, got=database.execute(count).fetchone()[0])


def refused_by_database(stage: Stage, sql: str, values: tuple[str, ...] = ()) -> bool:
    """Whether a trigger refuses this statement; foreign keys are off, so that nothing else can."""
    database = sqlite3.connect(stage.house.folder / "dailies.sqlite3", timeout=10)
    try:
        database.execute(sql, values)
    except sqlite3.IntegrityError:
        return True
    finally:
        database.rollback()
        database.close()
    return False


def _submit(stage: Stage) -> str:
    check = stage.report.check
    path = f"/api/v1/videos/{stage.video}/submissions/"
    answer = stage.program.call("POST", path, {"note": NOTE})
    check("the submission waits in the queue", expected=(201, "queued"), got=(answer.status, answer.data.get("state")))
    again = stage.program.call("POST", path, {"note": NOTE})
    check("it cannot be submitted twice", expected=409, got=again.status)
    return str(answer.data["id"])


def _claim(stage: Stage, case: str) -> tuple[Visitor, dict[str, Any]]:
    check = stage.report.check
    robin, sasha = (stage.signed_in(role) for role in REVIEWERS)
    queue = robin.get("/api/v1/review/cases/")
    check("the case is in the queue", expected=True, got=case in queue.text)
    check("the queue tells nothing of its content", expected=False, got=NOTE in queue.text or stage.video in queue.text)
    unclaimed = robin.get(f"/videos/{stage.video}/media/share_copy")
    check("unclaimed, it cannot be watched", expected=404, got=unclaimed.status)
    held = robin.call("POST", f"/api/v1/review/cases/{case}/claim/")
    check("the first reviewer claims it", expected=201, got=held.status)
    late = sasha.call("POST", f"/api/v1/review/cases/{case}/claim/")
    check("the second is told that it is taken", expected=409, got=late.status)
    outside = sasha.get(f"/videos/{stage.video}/media/share_copy")
    check("and cannot watch it", expected=404, got=outside.status)
    return robin, dict(held.data)


def _watch(stage: Stage, reviewer: Visitor, held: dict[str, Any]) -> None:
    check = stage.report.check
    check("the reviewer reads the artist's note", expected=NOTE, got=held["note"])
    shown = {row["kind"]: row["sha256"] for row in held["renditions"]}
    watched = {}
    for kind in shown:
        watched[kind] = hashlib.sha256(reviewer.get(f"/videos/{stage.video}/media/{kind}").body).hexdigest()
    check("the files are those that the case names", expected=shown, got=watched)
    private = reviewer.get(f"/videos/{stage.video}/media/original")
    check("the original stays the artist's", expected=(False, 404), got=("original" in shown, private.status))
    stage.approved = shown


def _decide(stage: Stage, reviewer: Visitor, held: dict[str, Any]) -> None:
    check, path = stage.report.check, f"/api/v1/review/cases/{held['id']}/decisions/"
    verdict = {
        "claim_token": held["claim_token"],
        "case_version": held["version"],
        "outcome": "approve",
        "artist_message": MESSAGE,
        "shown": stage.approved,
    }
    unsaid = reviewer.call("POST", path, verdict | {"outcome": "reject", "artist_message": ""})
    check("a rejection without a reason is refused", expected=400, got=unsaid.status)
    other = dict.fromkeys(stage.approved, "0" * 64)
    swapped = reviewer.call("POST", path, verdict | {"shown": other})
    check("a decision about other bytes is refused", expected=409, got=swapped.status)
    forged = reviewer.call("POST", path, verdict | {"claim_token": "forged"})
    check("a decision with another claim's token is refused", expected=409, got=forged.status)
    decided = reviewer.call("POST", path, verdict)
    check("the approval is written", expected=(201, "approve"), got=(decided.status, decided.data.get("outcome")))
    check("it names every file that was shown", expected=stage.approved, got=decided.data.get("renditions"))
    after = reviewer.get(f"/videos/{stage.video}/media/share_copy")
    check("the reviewer's look ends with the case", expected=404, got=after.status)


def _hear(stage: Stage) -> None:
    listed = stage.program.get("/api/v1/notifications/").data.get("results", [])
    told = [row for row in listed if MESSAGE in row["body"] or MESSAGE in row["subject"]]
    stage.report.check("in the pages, with the reviewer's message", expected=1, got=len(told))
    mail = stage.wait_for(
        "The mail about the decision",
        lambda: next((mail for mail in stage.mails_to(ADDRESS) if MESSAGE in mail), None),
        seconds=15,
    )
    stage.report.check("by e-mail, with a link to the video", expected=True, got=stage.video in mail)
