"""What the person at the terminal reads."""

from __future__ import annotations

import sys
from pathlib import Path

from config.demo.cast import FILE, read_sign_ins


def say(line: str = "") -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def welcome(address: str, folder: Path) -> None:
    """The address and the sign-ins."""
    people = read_sign_ins(folder)
    width = max(len(person.email) for person in people)
    say()
    say(f"  Dailies is running at  {address}/")
    say()
    for person in people:
        say(f"    {person.title:<16} {person.email:<{width}}  {person.password}")
    say()
    say(f"  Data, mail and logs are in {folder}; the sign-ins are kept in {FILE} there.")
    say("  Ctrl-C ends everything; the next start keeps the data.")
    say()
