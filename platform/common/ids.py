"""Identifiers."""

import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0  # the time of the last id of this process, in units of 1/4096 ms


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562, section 5.7): 48 bits of Unix milliseconds, 12 of their fraction, 62 random ones.

    Rows sort by age, so a cursor over the primary key is a cursor over time. Within a process each id is greater
    than the one before it (section 6.2, method 3).
    """
    global _last
    with _lock:
        _last = max(time.time_ns() * 4096 // 1_000_000, _last + 1)
        moment = _last
    milliseconds, fraction = moment >> 12, moment & 0xFFF
    bits = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=bits)


def read_uuid(text: object) -> uuid.UUID | None:
    """The identifier that somebody sent, or nothing where the text is none."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def unguessable() -> str:
    """A URL-safe string of 22 characters that carries 128 random bits."""
    return secrets.token_urlsafe(16)
