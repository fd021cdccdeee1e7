"""The errors that services raise. Pages and the API turn each into an answer; nothing else raises to a user.

Every error carries a stable `code`, a sentence for a person, and the HTTP status that fits it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: what is wrong with it and what is allowed instead."""

    field: str
    reason: str
    allowed: str = ""


class DailiesError(Exception):
    """Base of all errors that are somebody's business outside the code."""

    status = 400
    code = "error"

    def __init__(self, message: str, *, code: str | None = None, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.extra: dict[str, Any] = dict(extra or {})


class Invalid(DailiesError):
    """The request itself is wrong; `fields` says where."""

    status = 400
    code = "invalid"

    def __init__(self, fields: Sequence[FieldError], *, code: str | None = None) -> None:
        super().__init__(" ".join(error.reason for error in fields), code=code)
        self.fields = list(fields)


class NotAllowed(DailiesError):
    """The person may see the thing but not do this to it."""

    status = 403
    code = "not_allowed"


class NotFound(DailiesError):
    """Missing, or hidden from this person: the two are told apart by nobody."""

    status = 404
    code = "not_found"

    def __init__(self) -> None:
        super().__init__(_("There is nothing here."))


class Conflict(DailiesError):
    """The world has moved on: somebody else was faster, or the state no longer permits it."""

    status = 409
    code = "conflict"


class Unavailable(DailiesError):
    """Something that we rely on is away. Nothing was written, and the same request works when it is back."""

    status = 503
    code = "unavailable"
    retry_after = 5  # seconds


class QuotaExceeded(DailiesError):
    """Too few credits are left; `extra` says how many and when they renew."""

    status = 429
    code = "quota_exceeded"
