"""A real Chromium in front of a real server, one context (one person's browser) at a time."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.suite import find_browser

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


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for `tests/e2e/`, and no longer: while it runs, an event loop runs in this thread, and tests
    elsewhere that start one of their own would fail.
    """
    # Playwright's loop lives in this thread; Django takes that for an asynchronous caller, which it is not.
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        if node := _settled_node():
            surroundings.setenv("PLAYWRIGHT_NODEJS_PATH", node)
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
            yield chromium
            chromium.close()


def _settled_node() -> str | None:
    """The machine's own Node.js where it is a long-term release that Playwright runs on.

    The one that Playwright brings (26, libuv 1.52) was seen to spin for minutes in io_uring, and everything else on the
    machine waited; the older libuv uses epoll.
    """
    node = shutil.which("node")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout if node else ""
    return node if version.startswith(("v20.", "v22.", "v24.")) else None


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


# WCAG 2.2 AA and what axe calls good practice. Describing and sending what passes would take most of the time.
AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}


# The names of the addresses that axe has looked at in this test: tests/e2e/conftest.py holds them against `AXE`.
LOOKED_AT: set[str] = set()


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong with the page as it is now, in axe's own words."""
    with suppress(Resolver404):  # an address of nobody's, at which the site says so
        LOOKED_AT.add(resolve(urlsplit(page.url).path).view_name)
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(Axe().axe_script)
    found: list[dict[str, Any]] = page.evaluate(f"axe.run({json.dumps(AXE)}).then(results => results.violations)")
    return found
