"""Problem details (RFC 9457): every error of the API in one shape.

{"type": "about:blank", "title", "status", "detail", "code", "request_id", "errors": [{"field", "reason", "allowed"}]}
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common.allowed import allowed_in
from common.errors import DailiesError, Invalid, NotFound, Unavailable
from common.request_context import request_context

CONTENT_TYPE = "application/problem+json"


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    extra: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of one problem. What it repeats of the request is made fit to be sent."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _sendable(detail),
        "code": code,
        "request_id": request_context.get().get("request_id", ""),
    }
    if errors:
        body["errors"] = [{name: _sendable(text) for name, text in error.items()} for error in errors]
    return body | (extra or {})


def _sendable(text: str) -> str:
    """Half of a surrogate pair, which JSON's \\ud800 makes, cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def problem_of(error: DailiesError) -> dict[str, Any]:
    """The body for an error that a service raised."""
    errors = None
    if isinstance(error, Invalid):
        errors = [{"field": e.field, "reason": e.reason, "allowed": e.allowed} for e in error.fields]
    return problem(error.status, error.code, error.message, errors=errors, extra=error.extra)


def problem_response(request: HttpRequest, status: int, code: str, detail: str) -> JsonResponse:
    """For middleware and error handlers, which answer before or after REST framework."""
    return JsonResponse(problem(status, code, detail), status=status, content_type=CONTENT_TYPE)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's hook: anything that a person caused becomes a problem; the rest stays a 500."""
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, BadRequest):
        error = exceptions.ParseError(str(error), code=getattr(error, "code", None))
    if isinstance(error, exceptions.UnsupportedMediaType):
        error.detail = exceptions.ErrorDetail(_taken_by(context["view"]), code=error.default_code)
    headers: dict[str, str] = {}
    if isinstance(error, DailiesError):
        body = problem_of(error)
        if error.status in {409, 429}:
            # Asking again changes nothing until the person does something else.
            headers["x-should-retry"] = "false"
        if isinstance(error, Unavailable):
            headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, exceptions.APIException):
        body = _of_rest_framework(error)
        headers = _headers_of(error)
    else:
        return None
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def _taken_by(view: Any) -> str:
    """In which form an address takes what is sent, for whoever sent another one."""
    forms = [str(parser.media_type) for parser in view.parser_classes]
    taken = _("Send this as %(forms)s.") % {"forms": _(" or ").join(forms)}
    return taken if "multipart/form-data" in forms else f"{taken} " + _("Files and forms are not taken here.")


def _of_rest_framework(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        rows = list(_field_errors(error.detail, getattr(error, "body", None)))
        return problem(400, "invalid", _("Some fields are not right."), errors=rows)
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "error"
    return problem(error.status_code, code, str(error.detail))


def _field_errors(detail: Any, body: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten REST framework's nested error details into rows of field, reason and what `body` allows."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _field_errors(inner, body, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _field_errors(inner, body, path)
    else:
        yield {"field": path, "reason": str(detail), "allowed": allowed_in(body, path)}


def _headers_of(error: exceptions.APIException) -> dict[str, str]:
    headers: dict[str, str] = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers
