"""A real Chromium in front of a real server, one context (one person's browser) at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# Debian's build, as root in a container, speaking to nobody but us.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
# How long a step may take on a machine that is busy with other tests.
PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium a file of tests, and no longer: while it runs, an event loop runs in this thread, and the tests of
    other files that start one of their own would fail.
    """
    # Playwright's loop lives in this thread; Django takes that for an asynchronous caller, which it is not.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with _alone():
        playwright = sync_playwright().start()
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield chromium
    chromium.close()
    playwright.stop()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@contextmanager
def _alone() -> Iterator[None]:
    """One test process at a time: two drivers that began at the same moment were seen to hold each other up for minutes
    in the kernel.
    """
    with (Path(tempfile.gettempdir()) / f"dailies-browser-{os.getuid()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def person(browser: Browser, live_server, settings) -> Iterator[Callable[..., Page]]:
    """`person()` opens a browser of somebody's own and returns its page; any JavaScript error fails the test."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = live_server.url
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_one(**options: object) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not faults, faults
