"""Cursor pagination: constant cost at any depth, and no row twice while new ones arrive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


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


class InPages(APIView):
    """For an address that lists rows beside what else it does; the schema, too, then says that they come in pages."""

    pagination_class = NewestFirst

    def in_pages(self, rows: QuerySet[Any], told: Callable[[list[Any]], Any]) -> Response:
        """The page that was asked for; `told` makes of its rows what is sent."""
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(rows, self.request, view=self) or []
        return paginator.get_paginated_response(told(page))
