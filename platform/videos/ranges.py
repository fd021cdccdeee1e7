"""Conditional and range requests (RFC 9110, sections 13 and 14), for a file that never changes under its ETag."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.http import parse_etags

# One range of bytes. More digits than any file has bytes would only be work for the parser.
ONE_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """`length` bytes from `start`, of a file of `size`."""

    start: int
    length: int
    size: int

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


class Unsatisfiable(Exception):
    """The range begins after the end of the file."""


def not_modified(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match names what we have (weakly compared, as the RFC wants)."""
    given = parse_etags(headers.get("If-None-Match", ""))
    return "*" in given or any(candidate.removeprefix("W/") == etag for candidate in given)


def precondition_failed(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-Match names something else than what we have."""
    given = parse_etags(headers.get("If-Match", ""))
    return bool(given) and "*" not in given and etag not in given


def wanted_span(headers: Mapping[str, str], etag: str, size: int) -> Span | None:
    """The part that a GET asks for; None means the whole file.

    The RFC lets a server ignore what it cannot make sense of, and more than one range: both get the whole file, as
    does an If-Range that isn't our ETag (we send no Last-Modified that a date could equal).
    """
    match = ONE_RANGE.fullmatch(headers.get("Range", ""))
    if match is None or headers.get("If-Range", etag).strip() != etag:
        return None
    first, last = match.groups()
    if first:
        return _from_start(int(first), int(last) if last else size - 1, size)
    if last:
        return _from_end(int(last), size)
    return None


def _from_start(first: int, last: int, size: int) -> Span | None:
    if first >= size:
        raise Unsatisfiable
    if last < first:
        return None
    return Span(first, min(last, size - 1) - first + 1, size)


def _from_end(length: int, size: int) -> Span:
    if length == 0:
        raise Unsatisfiable
    length = min(length, size)
    return Span(size - length, length, size)
