"""The review's queue on PostgreSQL: its page and "next case" with a million cases, against ten thousand; and how many
claims a second 50 reviewers make at once.

Two databases that differ in nothing but the number of waiting cases, each of a video of its own. A page is the whole
answer of the server to a signed-in reviewer, through Django's test client; "next case" is the service's call, undone by
putting the case back, which no clock measures. The sides take turns. For the claims, 50 reviewers ask for the next case
at the same moment, each until they hold as many as a reviewer may: in threads of a few processes, as a web server has
them. Every case must have one holder.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.benchmarks.figures import Figure
from tests.benchmarks.pairs import Pairs

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/test")
MANY, FEW = 1_000_000, 10_000
PAGES, NEXTS, PAIRS = 3, 5, 15  # requests of a turn, and turns
CLAIMERS, CLAIM_TURNS = 50, 7  # each claims as many as one may hold, at each turn
SERVERS = 8  # processes that serve them
QUEUES = 3
GOAL, CLAIMS_A_SECOND = 1.3, 100


def figures(_folder: Path) -> list[Figure]:
    """Nothing without PostgreSQL."""
    try:
        psycopg.connect(POSTGRES_URL.rpartition("/")[0] + "/postgres", connect_timeout=3).close()
    except psycopg.Error:
        sys.stderr.write(f"No PostgreSQL at {POSTGRES_URL}: the review's queue is not measured.\n")
        return []
    with side("many", MANY) as many, side("few", FEW) as few:
        pages = compared(many, few, "pages")
        nexts = compared(many, few, "nexts")
        claims = ask(many, "claims")
    return [
        _ratio("review_queue_1m_over_10k", pages, PAGES, "page of the queue"),
        _ratio("next_case_1m_over_10k", nexts, NEXTS, "“next case”"),
        _rate(claims),
    ]


def compared(many: subprocess.Popen[str], few: subprocess.Popen[str], word: str) -> Pairs:
    """Each side's own seconds: what travels between the processes is no part of them."""
    taken: dict[int, list[float]] = {id(many): [], id(few): []}
    for number in range(PAIRS + 1):
        for host in (many, few) if number % 2 else (few, many):
            taken[id(host)].append(ask(host, word)["seconds"])
    # The first turn warmed up.
    return Pairs(ours=tuple(taken[id(many)][1:]), theirs=tuple(taken[id(few)][1:]))


def _ratio(name: str, pairs: Pairs, each: int, what: str) -> Figure:
    ms = [1000 * statistics.median(side) / each for side in (pairs.ours, pairs.theirs)]
    how = (f"a {what} in {ms[0]:.1f} ms with {MANY:,} waiting, {ms[1]:.1f} with {FEW:,}; {pairs.spread}",)
    return Figure(name, pairs.ratio, "×", GOAL, "lower", how)


def _rate(claims: dict[str, Any]) -> Figure:
    sound = not claims["errors"] and not claims["twice"]
    how = (
        f"{claims['claims']} claims of {CLAIMERS} reviewers at once, in {CLAIM_TURNS} turns, with {MANY:,} waiting",
        f"held by two: {claims['twice']}; errors: {claims['errors']} {claims['first_error']}".strip(),
    )
    return Figure("review_claims_per_s", claims["rate"] if sound else 0.0, "/s", CLAIMS_A_SECOND, "higher", how)


@contextmanager
def side(name: str, cases: int) -> Iterator[subprocess.Popen[str]]:
    """A process with its own database, which answers `ask`."""
    server = POSTGRES_URL.rpartition("/")[0]
    database = f"bench_review_{name}_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    command = [sys.executable, "-m", "tests.benchmarks.review", str(cases)]
    surroundings = os.environ | {"DATABASE_URL": f"{server}/{database}", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    host = subprocess.Popen(command, env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ask(host, "ready")
        yield host
    finally:
        host.communicate()
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


def ask(host: subprocess.Popen[str], word: str) -> dict[str, Any]:
    """One line there, one line back."""
    assert host.stdin is not None
    assert host.stdout is not None
    host.stdin.write(word + "\n")
    host.stdin.flush()
    found: dict[str, Any] = json.loads(host.stdout.readline())
    return found


# --- In the process of one side ----------------------------------------------------------------------------------


def answer(cases: int) -> None:
    """Fill the database, and do what the lines say."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from common.embedded_redis import EmbeddedRedis

    with EmbeddedRedis(settings.DATA_DIR):
        call_command("migrate", verbosity=0)
        reviewers = fill(cases)
        browser = Client()
        browser.force_login(reviewers[0])
        for line in sys.stdin:
            sys.stdout.write(json.dumps(reply(line.strip(), browser, reviewers)) + "\n")
            sys.stdout.flush()


def reply(word: str, browser: Any, reviewers: list[Any]) -> dict[str, Any]:
    if word == "pages":
        return {"seconds": sum(a_page(browser) for _page in range(PAGES))}
    if word == "nexts":
        return {"seconds": sum(a_next_case(reviewers[number % len(reviewers)]) for number in range(NEXTS))}
    if word == "claims":
        return claims_at_once(reviewers)
    return {}


def a_page(browser: Any) -> float:
    started = time.perf_counter()
    page = browser.get("/desk/")
    seconds = time.perf_counter() - started
    assert page.status_code == 200
    assert b"queue-table" in page.content
    return seconds


def a_next_case(reviewer: Any) -> float:
    from review import services

    started = time.perf_counter()
    found = services.claim_next(actor=reviewer)
    seconds = time.perf_counter() - started
    assert found is not None
    services.release(actor=reviewer, case=found[0].case, token=found[1])
    return seconds


def claims_at_once(reviewers: list[Any]) -> dict[str, Any]:
    """Everybody in a thread of their own, let go at the same moment; between the turns all is put back."""
    from django.db import connection

    from review.services import CLAIMS_AT_ONCE

    connection.close()  # before the fork: each thread opens its own
    context = get_context("fork")
    gate, answers = context.Barrier(CLAIMERS + 1), context.Queue()
    keys = [one.pk for one in reviewers[:CLAIMERS]]
    servers = [context.Process(target=serve, args=(keys[one::SERVERS], gate, answers)) for one in range(SERVERS)]
    for one in servers:
        one.start()
    seconds, errors, twice, made = [], [], 0, 0
    for _turn in range(CLAIM_TURNS):
        gate.wait()
        started = time.perf_counter()
        told = [answers.get() for _one in keys]
        seconds.append(time.perf_counter() - started)
        cases = [case for taken, _faults in told for case in taken]
        errors += [fault for _taken, faults in told for fault in faults]
        twice += len(cases) - len(set(cases))
        made += len(cases)
        put_all_back()
    for one in servers:
        one.join()
    rate = CLAIMERS * CLAIMS_AT_ONCE / statistics.median(seconds)
    first = errors[0] if errors else ""
    return {"rate": rate, "claims": made, "twice": twice, "errors": len(errors), "first_error": first}


def serve(reviewers: list[Any], gate: Any, answers: Any) -> None:
    """One process, and a thread for each of its reviewers."""
    threads = [threading.Thread(target=claim_some, args=(reviewer, gate, answers)) for reviewer in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def claim_some(reviewer: Any, gate: Any, answers: Any) -> None:
    """Take as many cases as one reviewer may hold; what is raised is told."""
    from accounts.models import User
    from review import services

    actor = User.objects.get(pk=reviewer)
    for _turn in range(CLAIM_TURNS):
        taken, faults = [], []
        gate.wait()
        for _claim in range(services.CLAIMS_AT_ONCE):
            try:
                found = services.claim_next(actor=actor)
                assert found is not None
                taken.append(str(found[0].case_id))
            except Exception as error:  # noqa: BLE001  the figure counts them
                faults.append(repr(error)[:200])
        answers.put((taken, faults))


def put_all_back() -> None:
    """As if every claim had been released."""
    from django.utils import timezone

    from review.models import Claim, ReviewCase

    Claim.objects.filter(ended_at=None).update(ended_at=timezone.now())
    ReviewCase.objects.filter(state="claimed").update(state="queued")


def fill(cases: int) -> list[Any]:
    """So many waiting cases, each of a video of its own, in a few queues; and the people who review them."""
    from django.contrib.auth.hashers import make_password
    from django.db import connection, transaction

    from accounts.models import User
    from review.models import ReviewCase, ReviewQueue
    from review.services.opening import open_case
    from review.states import CaseKind
    from videos.models import Video

    password = make_password(None)
    artists = User.objects.bulk_create(
        User(email=f"artist{number}@example.org", password=password) for number in range(100)
    )
    reviewers = User.objects.bulk_create(
        User(email=f"reviewer{number}@example.org", password=password, staff_role="reviewer", name=f"Reviewer {number}")
        for number in range(CLAIMERS)
    )
    one = Video.objects.create(owner=artists[0], title="One", width=160, height=96, fps=8, frame_count=16)
    with transaction.atomic():
        case = open_case(kind=CaseKind.SUBMISSION, video=one, opened_by=artists[0])
    queues = ReviewQueue.objects.bulk_create(
        ReviewQueue(slug=f"queue-{number}", name=f"Queue {number}", position=number) for number in range(QUEUES)
    )
    # Keys that grow with time, as in life; the next video's and its case's are alike.
    key = "('01900000-0000-7000-8000-' || lpad(to_hex(extra.number), 12, '0'))::uuid"
    somebody = "(SELECT array_agg(id) FROM accounts_user WHERE staff_role = 'none')"
    copies(Video, one.pk, cases, {"id": key, "owner_id": f"({somebody})[1 + mod(extra.number, 100)]"})
    waits = ", ".join(["NULL", *(f"'{queue.pk}'::uuid" for queue in queues)])
    opened_at = f"now() - interval '3 days' * (1 - extra.number / {cases + 1}.0)"
    changed = {
        "id": key,
        "video_id": key,
        "queue_id": f"(ARRAY[{waits}])[1 + mod(extra.number, {QUEUES + 1})]",
        "opened_at": opened_at,
        "due_at": f"{opened_at} + interval '73 hours'",
    }
    copies(ReviewCase, case.pk, cases, changed)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return reviewers


def copies(model: Any, pk: Any, number: int, changed: dict[str, str]) -> None:
    """So many rows like the one, which the database makes."""
    from django.db import connection

    names = [field.column for field in model._meta.concrete_fields]
    columns, values = ", ".join(names), ", ".join(changed.get(name, f"one.{name}") for name in names)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        # Without the triggers that look every foreign key up: the keys are those of rows that are there.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} AS one, "
            "generate_series(1, %s) AS extra(number) WHERE one.id = %s ORDER BY extra.number",
            [number - 1, pk],
        )
        cursor.execute("SET session_replication_role = DEFAULT")


if __name__ == "__main__":
    answer(int(sys.argv[1]))
