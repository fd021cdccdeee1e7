"""The review in the admin panel: rules are published here; everything else is to read."""

from review.admin import appeals, programme, queues, replies, rulebook

__all__ = ("appeals", "programme", "queues", "replies", "rulebook")
