"""`make demo ONCE=1`: a house of its own, the whole story in it, and one JSON object at the end."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from config.demo.house import House
from config.demo.screen import say
from config.demo.signals import StopRequested, StopSignals
from config.demo.story.books import close_the_books
from config.demo.story.joining import join
from config.demo.story.making import make
from config.demo.story.privacy import keep_private
from config.demo.story.refusing import refuse
from config.demo.story.report import Report
from config.demo.story.reviewing import review
from config.demo.story.sharing import share
from config.demo.story.stage import Stage, StoryBroken
from config.demo.story.visitor import Visitor
from config.demo.surroundings import ROOT, CannotStart, free_port

CHAPTERS = (join, make, keep_private, refuse, review, share, close_the_books)
RESULTS = ROOT / ".data" / "demo-once"


def play_once(signals: StopSignals) -> int:
    """0 when every check held. Works in a temporary folder, so the data of `make demo` stays as it is."""
    RESULTS.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix="dailies-once-"))
    report, result = Report(), {}
    try:
        result = _play(folder, report, signals)
    except StopRequested:
        report.check("the story was played to its end", expected=True, got="interrupted")
    except CannotStart as sentence:
        report.check("the house starts", expected=True, got=str(sentence))
    finally:
        _keep_logs(folder)
        shutil.rmtree(folder, ignore_errors=True)
    # No check: how long it takes says as much of what else the machine does.
    report.step(f"The end, after {report.seconds:.1f} seconds")
    failed = [check["name"] for check in report.checks if not check["ok"]]
    say(f"\n{len(report.checks) - len(failed)} checks held, {len(failed)} failed.")
    if failed:
        say(f"The logs are in {RESULTS / 'logs'}.")
    say(json.dumps(result | {"checks": report.checks, "seconds": report.seconds, "ok": report.ok}, default=str))
    return 0 if report.ok else 1


def _play(folder: Path, report: Report, signals: StopSignals) -> dict[str, object]:
    video_file = RESULTS / "video.mp4"
    video_file.unlink(missing_ok=True)
    report.step("The house starts: Redis, database, web, worker, clock")
    with House(folder=folder, port=free_port(), signals=signals) as house:
        nobody = Visitor(house.address)
        stage = Stage(house, report, artist=nobody, program=nobody, video_file=video_file)
        stage.artist = stage.visitor()
        report.check("it answers", expected=200, got=nobody.get("/healthz").status)
        for chapter in CHAPTERS:
            try:
                chapter(stage)
            except StopRequested:
                raise
            except Exception as error:  # noqa: BLE001  whatever it is, it belongs in the report and not on the floor
                report.check(f"{chapter.__name__}: the story goes on", expected=True, got=_described(error))
                break
    report.check("nothing is left running", expected=[], got=house.survivors())
    return {"generation": stage.generation, "video_file": str(video_file) if video_file.exists() else None}


def _described(error: Exception) -> str:
    return str(error) if isinstance(error, StoryBroken) else f"{type(error).__name__}: {error}"


def _keep_logs(folder: Path) -> None:
    logs = RESULTS / "logs"
    shutil.rmtree(logs, ignore_errors=True)
    if (folder / "logs").exists():
        shutil.copytree(folder / "logs", logs)
