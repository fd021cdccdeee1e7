"""Chapter 7: the books. Every credit is accounted for, every change of state has its event, and none can be altered."""

from __future__ import annotations

import sqlite3

from config.demo.story.making import PRICE
from config.demo.story.reviewing import refused_by_database
from config.demo.story.stage import Stage

LEDGER = """
    SELECT kind, count(*), sum(credits) FROM quotas_ledgerentry
    WHERE allowance_id IN (SELECT allowance_id FROM quotas_ledgerentry WHERE reservation = ?)
    GROUP BY kind ORDER BY kind
"""


def close_the_books(stage: Stage) -> None:
    """The ledger balances, the audit log verifies."""
    check = stage.report.check
    stage.report.step("The books are closed")
    reservation = stage.generation["id"].replace("-", "")
    with sqlite3.connect(stage.house.folder / "dailies.sqlite3") as database:
        rows = {kind: (count, credits) for kind, count, credits in database.execute(LEDGER, (reservation,))}
        verbs = {row[0] for row in database.execute("SELECT DISTINCT action FROM audit_auditevent")}
    reserved, settled, released = (rows.get(kind, (0, 0)) for kind in ("reserve", "settle", "release"))
    check("what was reserved was settled or given back", expected=reserved[1], got=settled[1] + released[1])
    check("one settled, for its price", expected=(1, PRICE), got=settled)
    check("sharing and taking down are on record", expected=set(), got=_missing(verbs))
    for what, sql in (
        ("changed", "UPDATE audit_auditevent SET action = 'nothing' WHERE id = 1"),
        ("deleted", "DELETE FROM audit_auditevent WHERE id = 1"),
        ("replaced", "REPLACE INTO audit_auditevent SELECT * FROM audit_auditevent WHERE id = 1"),
    ):
        check(f"an audit event cannot be {what} by SQL", expected=True, got=refused_by_database(stage, sql))
    verdict = stage.house.manage("audit_verify")
    check("the audit chain verifies", expected=0, got=verdict.returncode)


def _missing(verbs: set[str]) -> set[str]:
    """The parts of this story that left no event."""
    parts = {"invitation.", "terms.", "token.", "generation.", "review.", "share", "take"}
    return {part for part in parts if not any(part in verb for verb in verbs)}
