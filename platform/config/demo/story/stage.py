"""What the chapters of the story share: the people, and what they have made so far."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from config.demo.cast import Role, read_sign_ins
from config.demo.house import House
from config.demo.story.report import Report
from config.demo.story.visitor import Visitor

Found = TypeVar("Found")

MAIL_END = b"-" * 79
BETWEEN_LOOKS = 0.2  # seconds


class StoryBroken(Exception):
    """The story cannot go on from here."""


@dataclass
class Stage:
    """Everybody has their own connection; the fields below are filled in as the story goes."""

    house: House
    report: Report
    artist: Visitor
    program: Visitor
    video_file: Path
    generation: dict[str, Any] = field(default_factory=dict)
    video: str = ""
    approved: dict[str, str] = field(default_factory=dict)  # kind -> SHA-256
    _signed_in: dict[Role, Visitor] = field(default_factory=dict)

    def visitor(self) -> Visitor:
        """Somebody whom the site does not know."""
        return Visitor(self.house.address)

    def signed_in(self, role: Role) -> Visitor:
        """One of the demo's people, signed in by the page, once."""
        if role in self._signed_in:
            return self._signed_in[role]
        sign_in = next(person for person in read_sign_ins(self.house.folder) if person.email == role.email)
        visitor = self.visitor()
        answer = visitor.sign_in(sign_in.email, sign_in.password)
        self.report.check(f"{role.name} ({role.title.lower()}) signs in by the page", expected=302, got=answer.status)
        self._signed_in[role] = visitor
        return visitor

    def mails_to(self, address: str) -> list[str]:
        """The text parts of all mails to one address, oldest first."""
        files = sorted((self.house.folder / "mail").glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
        mails = [part for file in files for part in file.read_bytes().split(MAIL_END) if part.strip()]
        parsed = [email.message_from_bytes(mail.lstrip(), policy=email.policy.default) for mail in mails]
        bodies = [mail.get_body(("plain",)) for mail in parsed if mail["To"] == address]
        return [body.get_content() for body in bodies if body is not None]

    def wait_for(self, what: str, look: Callable[[], Found | None], *, seconds: float) -> Found:
        """Look again and again until there is something."""
        until = time.monotonic() + seconds
        while (found := look()) is None:
            if casualty := self.house.casualty():
                raise StoryBroken(f"{casualty.name} ended by itself: {casualty.last_words(3)}")
            if time.monotonic() > until:
                raise StoryBroken(f"{what} did not come within {seconds:.0f} s")
            time.sleep(BETWEEN_LOOKS)
        return found


def secret_in(mail: str) -> str:
    """The invitation's secret in a mail's text."""
    match = re.search(r"/invitations/([^/\s]+)/", mail)
    if match is None:
        raise StoryBroken("the mail holds no invitation link")
    return match[1]
