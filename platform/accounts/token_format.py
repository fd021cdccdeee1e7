"""The form of an API token: `dly_`, 30 random base62 characters (about 178 bits), 6 of checksum.

The checksum lets a scanner, and our own front door, tell a token from noise without asking the database.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from urllib.parse import unquote

PREFIX = "dly_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH = 30
CHECKSUM_LENGTH = 6
HINT_LENGTH = 12

_TOKEN = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{RANDOM_LENGTH}}})([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})")
# A token that was cut or mistyped still gives most of its secret away.
_LIKENESS = re.compile(rf"{PREFIX}[0-9A-Za-z]{{20,}}", re.IGNORECASE)
# Proxies and clients encode more than once; nobody encodes more often than this by accident.
_DECODING_ROUNDS = 3


def generate() -> str:
    """A new token. Nothing keeps it but the person it is shown to."""
    secret = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return f"{PREFIX}{secret}{checksum(secret)}"


def checksum(secret: str) -> str:
    """CRC32 of the random part, as base62."""
    number = zlib.crc32(secret.encode())
    digits = []
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def is_well_formed(text: str) -> bool:
    """Whether `text` can be a token at all; false for all noise but one in 57 billion."""
    match = _TOKEN.fullmatch(text)
    return match is not None and secrets.compare_digest(checksum(match[1]), match[2])


def digest(token: str) -> str:
    """What is stored instead of the token. At 178 bits of entropy a slow hash would protect nothing more."""
    return hashlib.sha256(token.encode()).hexdigest()


def hint(token: str) -> str:
    """Enough of it to recognise it by, too little to use it."""
    return token[:HINT_LENGTH]


def contains_token(text: str) -> bool:
    """Whether something that looks like a token stands anywhere in `text`, percent-encoded or not."""
    for _ in range(_DECODING_ROUNDS + 1):
        if _LIKENESS.search(text):
            return True
        decoded = unquote(text)
        if decoded == text:
            return False
        text = decoded
    return False
