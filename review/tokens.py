"""The secret of one claim. Only its SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits: whoever claims gets it once, and it is good for that claim alone."""
    return secrets.token_urlsafe(32)


def sha256_of(token: str) -> str:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
