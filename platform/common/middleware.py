"""Gives every request an id that the answer, the log and the audit events carry."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from common.request_context import request_context

ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestContextMiddleware:
    """Sets `request_context` for the time of one request; an id from a proxy is kept when it is a plain one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex
        token = request_context.set({"request_id": request_id})
        try:
            response = self.get_response(request)
        finally:
            request_context.reset(token)
        response["X-Request-ID"] = request_id
        return response
