"""The browser of this folder's tests."""

from tests.browsing import browser, person  # noqa: F401
