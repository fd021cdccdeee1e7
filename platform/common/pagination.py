"""Cursor pagination: constant cost at any depth, and no row twice while new ones arrive."""

from __future__ import annotations

from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class ById(CursorPagination):
    """Rows by version 7 UUID, which is by age. A cursor of somebody's own making is refused before it is compared."""

    page_size = 20
    page_size_query_param = "limit"
    max_page_size = 100

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor: Cursor | None = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            try:
                UUID(str(cursor.position))
            except ValueError:
                raise NotFound(self.invalid_cursor_message) from None
        return cursor


class NewestFirst(ById):
    """The youngest on top."""

    ordering = "-id"
