"""The base of every request body, and its texts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers

from common.errors import FieldError, Invalid
from common.text import plain_line_ends


class LinesField(serializers.CharField):
    """A text of several lines: none is refused as too long for its line ends."""

    def to_internal_value(self, data: Any) -> str:
        return plain_line_ends(super().to_internal_value(data))


class RequestBody(serializers.Serializer[Any]):
    """Refuses unknown fields: a misspelled field that is silently ignored costs the caller credits."""

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        try:
            return super().is_valid(raise_exception=raise_exception)
        except exceptions.ValidationError as error:
            # REST framework says only what is wrong; the fields say what is allowed instead.
            error.body = self  # type: ignore[attr-defined]
            raise

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            allowed = ", ".join(sorted(self.fields))
            unknown = [
                FieldError(str(name), _("There is no field “%s”.") % str(name)[:80], allowed)
                for name in data
                if name not in self.fields
            ]
            if unknown:
                raise Invalid(unknown, code="unknown_field")
        return super().to_internal_value(data)
