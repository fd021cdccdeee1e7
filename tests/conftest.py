"""Fixtures for every test. The database is DATABASE_URL's: SQLite by default, PostgreSQL in the second run."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from unittest import TestCase

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase

from tests import gpu
from tests.media import (  # noqa: F401
    approved_video,
    finished_video,
    shared_video,
    storage_goes_away,
    video_maker,
)

# By any of these a test comes to a database; without them, or the mark, pytest-django refuses it.
WAYS_TO_A_DATABASE = frozenset({"db", "transactional_db", "live_server"})


def pytest_configure() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    """What was loaded stays to the end: looking through it again and again took a tenth of the tests' time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the other database, or needs a GPU or weights that are not here: nothing is skipped.

    What uses no database is marked `pure`: where two are there, `make test` runs it once.
    """
    for item in items:
        if not _may_use_a_database(item):
            item.add_marker("pure")
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    left_out = [item for item in items if item.get_closest_marker(other) or _needs_what_is_absent(item)]
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]
    config.hook.pytest_deselected(items=left_out)


def _may_use_a_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("django_db") or item.get_closest_marker("sqlite"):
        return True
    is_testcase = issubclass(getattr(item, "cls", None) or object, TestCase)
    return is_testcase or not WAYS_TO_A_DATABASE.isdisjoint(getattr(item, "fixturenames", ()))


def _needs_what_is_absent(item: pytest.Item) -> bool:
    if not item.get_closest_marker("gpu"):
        return False
    return not (gpu.has_cuda() and gpu.has_weights(item.callspec.params["entry"]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if sentence := gpu.left_out():
        terminalreporter.write_line(sentence)


@pytest.fixture(scope="session", autouse=True)
def redis_server() -> Iterator[str]:
    """The project's own Redis on a private socket, one for each test process."""
    from common.embedded_redis import EmbeddedRedis

    with EmbeddedRedis(settings.DATA_DIR) as server:
        yield server.url


@pytest.fixture(scope="session", autouse=True)
def _no_wait_for_the_disk() -> Iterator[None]:
    """Files are written through to the disk, as a power cut demands; no test cuts the power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(autouse=True)
def _fresh_surroundings(settings, tmp_path: Path, redis_server: str) -> None:
    """Every test has its own private files and an empty cache; nothing is sent by mail or by doorbell."""
    from django.core.cache import cache

    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "private", "base_url": None, "file_permissions_mode": 0o600},
        },
    }
    cache.clear()


@pytest.fixture
def plain_shell(db) -> Iterator[None]:
    """SQLite as anybody opens it: there REPLACE fires no DELETE trigger, so nothing but the insert's own rule is left.

    Our connections ask for recursive triggers, and in them either trigger alone would refuse with the same words.
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    connection.connection.execute("PRAGMA recursive_triggers=OFF")
    yield
    connection.connection.execute("PRAGMA recursive_triggers=ON")


@pytest.fixture
def broker_away() -> Iterator[None]:
    """Celery with a broker that is not there."""
    from kombu.pools import producers

    from config.celery import app

    with app.connection_for_write("redis+socket:///nowhere/redis.sock") as nowhere:
        reachable = app.amqp.producer_pool
        app.amqp._producer_pool = producers[nowhere]
        yield
        app.amqp._producer_pool = reachable


# What migrations put there, and no test changes.
KEPT_TABLES = frozenset({"django_migrations", "django_content_type", "auth_permission"})


@pytest.fixture(scope="session", autouse=True)
def _empty_past_the_triggers() -> Iterator[None]:
    """Transactional tests empty every table at their end, which our append-only triggers rightly refuse.

    The schema keeps no back door for that: PostgreSQL's superuser switches triggers off meanwhile, and on SQLite they
    are dropped and put back. Deleting also takes a tenth of the time of Django's own flush, which truncates and then
    makes all permissions anew.
    """
    teardown = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda self: _empty_all_tables()  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]


def _empty_all_tables() -> None:
    existing = connection.introspection.django_table_names(only_existing=True, include_views=False)
    deletions = [f'DELETE FROM "{table}"' for table in existing if table not in KEPT_TABLES]
    if connection.vendor == "postgresql":
        _empty_on_postgresql(deletions)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        statements = [f"DROP TRIGGER {name}" for name, _sql in triggers] + deletions + [sql for _name, sql in triggers]
        with connection.constraint_checks_disabled(), transaction.atomic():
            for statement in statements:
                cursor.execute(statement)


def _empty_on_postgresql(deletions: list[str], tries: int = 5) -> None:
    """A browser's last request may still be under way, and hold what we want while it wants what we hold."""
    for left in reversed(range(tries)):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute("; ".join(deletions))
            return
        except OperationalError:  # a deadlock: ours is the transaction that was given up
            if not left:
                raise
