"""One person's connection to the running site: a browser with cookies and forms, or a program with a token."""

from __future__ import annotations

import html
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from typing import IO, Any
from urllib.parse import urlencode

TIMEOUT = 20  # seconds
INPUT = re.compile(r"<(?:input|textarea)\b[^>]*>", re.IGNORECASE)
ATTRIBUTE = re.compile(r'([a-zA-Z-]+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site answered."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def data(self) -> Any:
        """The JSON it carries; an empty dict when it carries none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def code(self) -> str:
        """The stable code of a problem; empty for anything else."""
        return str(self.data.get("code", "")) if isinstance(self.data, dict) else ""

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: the story wants to see it."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class Visitor:
    """Makes requests as one person. Cookies are kept as a browser keeps them."""

    def __init__(self, address: str, *, token: str = "") -> None:
        self._address = address
        self._token = token
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies), _Stay())

    def get(self, path: str, **headers: str) -> Answer:
        """A GET; header names are written with underscores, for example `If_None_Match`."""
        return self._send("GET", path, headers=headers)

    def head(self, path: str) -> Answer:
        return self._send("HEAD", path)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """An API call with a JSON body; a browser's session adds its CSRF token."""
        headers = {"Content_Type": "application/json"}
        if not self._token and (csrf := self._cookie("dailies_csrf")):
            headers["X_CSRFToken"] = csrf
        return self._send(method, path, headers=headers, body=json.dumps(body or {}).encode())

    def fill_in(self, path: str, fields: Mapping[str, str], *, send_to: str = "") -> Answer:
        """Open a page, fill in its form (hidden fields stay as they are) and send it."""
        given = _hidden_fields(self.get(path).text) | dict(fields)
        headers = {"Content_Type": "application/x-www-form-urlencoded"}
        return self._send("POST", send_to or path, headers=headers, body=urlencode(given).encode())

    def sign_in(self, email: str, password: str) -> Answer:
        """By the page, as a person does."""
        return self.fill_in("/accounts/login/", {"login": email, "password": password})

    def _send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        request = urllib.request.Request(f"{self._address}{path}", data=body, method=method)  # noqa: S310  our own site
        for name, value in (headers or {}).items():
            request.add_header(name.replace("_", "-"), value)
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def _cookie(self, name: str) -> str:
        return next((cookie.value or "" for cookie in self._cookies if cookie.name == name), "")


def _hidden_fields(page: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for tag in INPUT.findall(page):
        attributes = {name.lower(): html.unescape(value) for name, value in ATTRIBUTE.findall(tag)}
        if attributes.get("type") == "hidden" and "name" in attributes:
            fields[attributes["name"]] = attributes.get("value", "")
    return fields
