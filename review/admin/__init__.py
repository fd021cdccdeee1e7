"""The review in the admin panel: rules are published here; everything else is to read."""

from review.admin import rulebook

__all__ = ("rulebook",)
