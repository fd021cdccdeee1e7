"""The review in the admin panel: rules are published here; everything else is to read."""

from review.admin import appeals, programme, replies, rulebook

__all__ = ("appeals", "programme", "replies", "rulebook")
