"""How fast 16 workers claim when 100,000 generations wait, against when 1,000 wait, on PostgreSQL.

Two databases with the same 1,000 artists, who have 100 generations each in the one and 1 each in the other; what was
claimed is topped up before the next turn, so that the queues stay as long as they are. Each side has 16 processes that
claim at once; the sides take turns. Every generation must be claimed once.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path

import psycopg
from psycopg import sql

from tests.benchmarks.figures import Figure
from tests.benchmarks.pairs import measure

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/test")
ARTISTS, MANY, FEW = 1_000, 100, 1
CLAIMERS, CLAIMS, PAIRS = 16, 8, 9  # claims of each claimer at a turn


def figures(_folder: Path) -> list[Figure]:
    """Claims a second with the long queue, as a share of those with the short one; nothing without PostgreSQL."""
    try:
        psycopg.connect(POSTGRES_URL.rpartition("/")[0] + "/postgres", connect_timeout=3).close()
    except psycopg.Error:
        sys.stderr.write(f"No PostgreSQL at {POSTGRES_URL}: claims are not measured.\n")
        return []
    with side("many", ARTISTS, MANY) as many, side("few", ARTISTS, FEW) as few:
        # Seconds of as many claims: the shorter time is the higher rate, so the ratio is turned over.
        pairs = measure(
            lambda: ask(few, "claim"),
            lambda: ask(many, "claim"),
            pairs=PAIRS,
            before=lambda: [ask(host, "top up") for host in (few, many)],
        )
        claimed = {name: ask(host, "count") for name, host in (("many", many), ("few", few))}
    most = CLAIMERS * CLAIMS
    rates = [most / statistics.median(seconds) for seconds in (pairs.theirs, pairs.ours)]
    twice = sum(count["claims"] - count["generations"] for count in claimed.values())
    missing = sum((PAIRS + 1) * most - count["generations"] for count in claimed.values())
    how = (
        f"{rates[0]:.0f} claims a second with {ARTISTS * MANY:,} queued, {rates[1]:.0f} with {ARTISTS * FEW:,} "
        f"({ARTISTS:,} artists, {CLAIMERS} claimers); {pairs.spread}",
        f"claimed twice: {twice}; claims that found nothing: {missing}",
    )
    value = pairs.ratio if not twice and not missing else 0.0
    return [Figure("claims_100k_over_1k", value, "×", 0.9, "higher", how)]


@contextmanager
def side(name: str, artists: int, each: int) -> Iterator[subprocess.Popen[str]]:
    """A process with its own database and its own claimers, which answers `ask`."""
    server = POSTGRES_URL.rpartition("/")[0]
    database = f"bench_claims_{name}_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    command = [sys.executable, "-m", "tests.benchmarks.claims", str(artists), str(each)]
    surroundings = os.environ | {"DATABASE_URL": f"{server}/{database}", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    host = subprocess.Popen(command, env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ask(host, "ready")
        yield host
    finally:
        host.communicate()
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


def ask(host: subprocess.Popen[str], word: str) -> dict[str, int]:
    """One line there, one line back."""
    assert host.stdin is not None
    assert host.stdout is not None
    host.stdin.write(word + "\n")
    host.stdin.flush()
    return json.loads(host.stdout.readline())


# --- In the process of one side ----------------------------------------------------------------------------------


def answer(artists: int, each: int) -> None:
    """Fill the database, start the claimers, and do what the lines say."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    fill(artists, each)
    connection.close()  # before the fork: each process opens its own
    with get_context("fork").Pool(CLAIMERS) as pool:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(reply(line.strip(), pool, each)) + "\n")
            sys.stdout.flush()


def reply(word: str, pool: Pool, each: int) -> dict[str, int]:
    from generation.models import Attempt

    if word == "top up":
        top_up(each)
    if word == "claim":
        pool.map(claim_some, [CLAIMS] * CLAIMERS, chunksize=1)
    if word == "count":
        generations = Attempt.objects.values("generation").distinct().count()
        return {"claims": Attempt.objects.count(), "generations": generations}
    return {}


def claim_some(number: int) -> None:
    from generation import services

    worker = services.register_worker(name=f"claimer {os.getpid()}")
    for _claim in range(number):
        services.claim_next(worker=worker)


def fill(artists: int, each: int) -> None:
    """So many artists with so many generations each, submitted one after another."""
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from accounts.models import Cohort, Participant, User
    from generation.models import Generation

    cohort = Cohort.objects.create(name="Artists")
    password = make_password(None)
    users = User.objects.bulk_create(
        User(email=f"artist{number}@example.org", password=password) for number in range(artists)
    )
    people = Participant.objects.bulk_create(
        Participant(user=user, cohort=cohort, public_name=user.email) for user in users
    )
    one = {"model_key": "sketch", "prompt": "rain on a tin roof", "seed": 7, "seconds": 2, "price": 4}
    size = {"width": 320, "height": 192, "fps": 8}
    Generation.objects.bulk_create(
        Generation(participant=person, take=1, position=1, **one, **size) for person in people
    )
    top_up(each)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def top_up(each: int) -> None:
    """As many generations wait for each artist again: copies of one of theirs, which the database makes."""
    from django.db import connection

    from generation.models import Generation

    changed = {
        "id": "gen_random_uuid()",
        "take": "theirs.last + extra.number",
        "position": "theirs.last + extra.number",
        "state": "'queued'",
        "started_at": "NULL",
        "created_at": "now()",
    }
    names = [field.column for field in Generation._meta.concrete_fields]
    columns, values = ", ".join(names), ", ".join(changed.get(name, f"one.{name}") for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO generation_generation ({columns}) SELECT {values} FROM ("
            "  SELECT participant_id, max(take) AS last, count(*) FILTER (WHERE state = 'queued') AS waiting"
            "  FROM generation_generation GROUP BY participant_id) AS theirs "
            "JOIN generation_generation AS one"
            "  ON one.participant_id = theirs.participant_id AND one.take = theirs.last "
            "CROSS JOIN LATERAL generate_series(1, %s - theirs.waiting) AS extra(number) ORDER BY extra.number",
            [each],
        )
    connection.close()


if __name__ == "__main__":
    answer(*map(int, sys.argv[1:]))
