"""What a field of a request body takes, in words: for whoever sent something else."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


def allowed_in(serializer: Any, path: str) -> str:
    """For the field at a dotted path below a serializer; empty where nothing is known of it."""
    field = serializer
    for name in path.split("."):
        if isinstance(field, serializers.ListField | serializers.DictField):
            field = field.child  # the name is a place in the list, or a key
        else:
            field = getattr(field, "fields", {}).get(name)
    return _words(field)


def _words(field: Any) -> str:
    match field:
        case serializers.ChoiceField():
            return ", ".join(str(choice) for choice in field.choices)
        case serializers.BooleanField():
            return _("true or false")
        case serializers.IntegerField():
            return _number(field, _("a whole number"))
        case serializers.FloatField() | serializers.DecimalField():
            return _number(field, _("a number"))
        case serializers.UUIDField():
            return _("the id of a thing, as a UUID")
        case serializers.DateTimeField():
            return _("a date and time, as ISO 8601")
        case serializers.DateField():
            return _("a date, as ISO 8601")
        case serializers.RegexField():
            pattern: Any = field.validators[-1]
            return _("text that fits %s") % pattern.regex.pattern
        case serializers.CharField():
            return _text(field)
        case serializers.ListField():
            return _list(field)
        case serializers.Serializer():
            return _("an object with the fields %s") % ", ".join(sorted(field.fields))
        case serializers.DictField():
            return _("an object")
    return ""


def _number(field: Any, kind: str) -> str:
    least, most = field.min_value, field.max_value
    if least is None and most is None:
        return kind
    if most is None:
        return _("%(kind)s, at least %(least)s") % {"kind": kind, "least": least}
    if least is None:
        return _("%(kind)s, at most %(most)s") % {"kind": kind, "most": most}
    return _("%(kind)s from %(least)s to %(most)s") % {"kind": kind, "least": least, "most": most}


def _text(field: Any) -> str:
    least = max(field.min_length or 0, 0 if field.allow_blank else 1)
    if field.max_length is None:
        return _("text") if not least else _("text of at least %(least)s characters") % {"least": least}
    return _("text of %(least)s to %(most)s characters") % {"least": least, "most": field.max_length}


def _list(field: Any) -> str:
    within = _words(field.child)
    if field.max_length is None:
        return _("a list, each: %(within)s") % {"within": within} if within else _("a list")
    words = {"least": field.min_length or 0, "most": field.max_length, "within": within}
    return _("a list of %(least)s to %(most)s, each: %(within)s") % words
