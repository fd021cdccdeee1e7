"""What every page of the site knows."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from accounts.models import Participant
from notifications.selectors import unread_count

THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")


class Shell:
    """The frame of a page. Asks the database only for what a template shows: error pages show nothing of it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def theme_choice(self) -> str:
        """What the visitor chose: auto, light or dark."""
        chosen = self._request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else "auto"

    @property
    def theme(self) -> str:
        """The theme to draw the page in, or nothing where the page itself decides."""
        return "" if self.theme_choice == "auto" else self.theme_choice

    @cached_property
    def participant(self) -> Participant | None:
        """The visitor's place in the programme, if they make videos."""
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return None
        return getattr(user, "participant", None)

    @cached_property
    def unread(self) -> int:
        """How many notifications the visitor has not read."""
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return 0
        return unread_count(user)


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"shell": Shell(request)}
