"""Reads settings from the environment, loudly: a bad value stops the start with one sentence about it."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
# recursive_triggers: REPLACE then fires the DELETE triggers of the rows that it removes.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
)


def bucket_origin(storage: dict[str, Any]) -> str:
    """The origin of a bucket's presigned addresses (path style), for the content security policy."""
    options = storage["OPTIONS"]
    endpoint = options.get("endpoint_url") or f"https://s3.{options.get('region_name')}.amazonaws.com"
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


class Environment:
    """Typed access to the process environment; every name can also be given as NAME_FILE."""

    def __init__(self) -> None:
        self._env = environ.FileAwareEnv()

    def text(self, name: str, default: str) -> str:
        try:
            return str(self._env.str(name, default=default)).strip()
        except (OSError, UnicodeDecodeError) as error:
            path = os.environ.get(f"{name}_FILE", "")
            raise ImproperlyConfigured(f"{name}_FILE is {path!r}, which cannot be read as text.") from error

    def boolean(self, name: str, default: bool) -> bool:
        value = self.text(name, "1" if default else "0").lower()
        if value not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be 1 or 0.")
        return value in {"1", "true", "yes", "on"}

    def integer(self, name: str, default: int, minimum: int = 0) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or int(value) < minimum:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number of at least {minimum}.")
        return int(value)

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
        return value

    def time_zone(self, name: str, default: str) -> str:
        value = self.text(name, default)
        try:
            return ZoneInfo(value).key
        except (ValueError, OSError, KeyError):
            sentence = f"{name} is {value!r}; it must name a time zone, for example Europe/Lisbon."
            raise ImproperlyConfigured(sentence) from None

    def words(self, name: str, default: Sequence[str]) -> list[str]:
        return [word.strip() for word in self.text(name, ",".join(default)).split(",") if word.strip()]

    def folder(self, name: str, default: Path) -> Path:
        path = Path(self.text(name, str(default))).expanduser()
        if not path.is_absolute():
            raise ImproperlyConfigured(f"{name} is {str(path)!r}; it must be an absolute path.")
        if path.exists() and not path.is_dir():
            raise ImproperlyConfigured(f"{name} is {str(path)!r}, which is not a folder.")
        return path

    def file(self, name: str, default: Path) -> Path:
        path = Path(self.text(name, str(default))).expanduser()
        if name in os.environ and not path.is_file():
            raise ImproperlyConfigured(f"{name} is {str(path)!r}, which is not a file.")
        return path

    def address(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        parts = _of_the_web(value)
        # Of a name and a password beside the host nothing is told: a log is no place for them.
        if parts is None or "@" in value or value != f"{parts.scheme}://{parts.netloc}":
            raise ImproperlyConfigured(f"{name} must look like https://dailies.example.org, with a port at most.")
        return value

    def secret(self, name: str, keep_in: Path) -> str:
        """The secret from the environment, or one that is made once and kept in a file that only we can read."""
        value = self.text(name, "")
        if value:
            if len(value) < 32:
                raise ImproperlyConfigured(f"{name} is too short: it needs at least 32 characters.")
            return value
        if not keep_in.exists():
            self._make_secret(keep_in)
        return keep_in.read_text().strip()

    def _make_secret(self, keep_in: Path) -> None:
        keep_in.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = keep_in.with_name(f"{keep_in.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        # A link appears whole or not at all: when several processes start at once, all read the first one's secret.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, keep_in)
        fresh.unlink()

    def database(self, name: str, default: str) -> dict[str, Any]:
        value = self.text(name, default)
        if value.partition(":")[0] not in DATABASE_SCHEMES:
            raise ImproperlyConfigured(f"{name} must begin with sqlite:/// or postgres://.")
        try:
            config: dict[str, Any] = self._env.db_url_config(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must look like postgres://user:password@host:port/name.") from None
        if config["ENGINE"].endswith("sqlite3"):
            Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            config["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS}
        else:
            config.setdefault("CONN_MAX_AGE", 60)
            config["CONN_HEALTH_CHECKS"] = True
        return config

    def redis(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if value.partition(":")[0] not in {"redis", "rediss", "unix"}:
            raise ImproperlyConfigured(f"{name} must begin with redis://, rediss:// or unix://.")
        parts = _split(value)
        if parts is None or not (parts.path if parts.scheme == "unix" else re.fullmatch(r"/?|/[0-9]+", parts.path)):
            raise ImproperlyConfigured(f"{name} must look like redis://host:6379/0 or unix:///path.")
        return value

    def storage(self, name: str, default: str) -> dict[str, Any]:
        """`file:///folder`, or `s3://key:secret@bucket?endpoint=https://…&region=…` (key and secret optional)."""
        value = self.text(name, default)
        sentence = f"{name} must look like file:///folder or s3://bucket?region=…."
        parts = _split(value)
        if parts is None:
            raise ImproperlyConfigured(sentence)
        if parts.scheme == "file" and parts.path.startswith("/"):
            return {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": unquote(parts.path), "file_permissions_mode": 0o600, "base_url": None},
            }
        # A bucket has no port: what looks like one is the beginning of a secret whose slash was not written as %2F.
        if parts.scheme == "s3" and parts.hostname and parts.port is None:
            query = parse_qs(parts.query)
            endpoint = query.get("endpoint", [None])[0]
            if endpoint is not None and _of_the_web(endpoint) is None:
                raise ImproperlyConfigured(f"{name} has an endpoint that does not look like https://s3.example.org.")
            return {
                "BACKEND": "storages.backends.s3.S3Storage",
                "OPTIONS": {
                    "bucket_name": parts.hostname,
                    "access_key": unquote(parts.username) if parts.username else None,
                    "secret_key": unquote(parts.password) if parts.password else None,
                    "endpoint_url": endpoint,
                    "region_name": query.get("region", ["us-east-1"])[0],
                    "default_acl": None,
                    "querystring_auth": True,
                    "querystring_expire": 60,
                    "file_overwrite": False,
                    "signature_version": "s3v4",
                    "addressing_style": "path",
                    # A custom domain would make django-storages hand out unsigned addresses.
                    "custom_domain": None,
                },
            }
        raise ImproperlyConfigured(sentence)

    def mail(self, name: str, default: str) -> dict[str, Any]:
        """`file:///folder` keeps mails as files; `smtp://…`, `smtp+tls://…` and `smtp+ssl://…` send them."""
        value = self.text(name, default)
        scheme = value.partition(":")[0]
        if scheme not in {"file", "smtp", "smtp+tls", "smtp+ssl"}:
            raise ImproperlyConfigured(f"{name} must begin with file://, smtp://, smtp+tls:// or smtp+ssl://.")
        if scheme == "file":
            return self._mail_in_files(name, value)
        try:
            config = dict(self._env.email_url_config(value))
        except ValueError:
            config = {}
        if not config.get("EMAIL_HOST"):
            raise ImproperlyConfigured(f"{name} must look like smtp+tls://user:password@host:587.")
        return config

    def _mail_in_files(self, name: str, value: str) -> dict[str, Any]:
        parts = _split(value)
        if parts is None or not parts.path.startswith("/"):
            raise ImproperlyConfigured(f"{name} must look like file:///folder.")
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": unquote(parts.path),
        }


def _split(address: str) -> SplitResult | None:
    """Its parts; None when it has none, or a port that is no port. Python's own error would quote what is secret."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  raises
    except ValueError:
        return None
    return parts


def _of_the_web(address: str) -> SplitResult | None:
    """Its parts, if it leads to a host over HTTP."""
    parts = _split(address)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return None if re.search(r"\s|:$", parts.netloc) else parts
