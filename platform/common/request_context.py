"""What is known of the request in hand, for the audit log: set by middleware, read by `audit.services`."""

from contextvars import ContextVar

# Keys in use: "request_id", "token_id".
request_context: ContextVar[dict[str, str]] = ContextVar("request_context", default={})  # noqa: B039  never mutated
