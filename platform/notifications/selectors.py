"""Reads that pages and API share."""

from accounts.models import User
from notifications.policies import visible_to


def unread_count(user: User) -> int:
    """How many messages this person has not read yet."""
    return visible_to(user).filter(read_at__isnull=True).count()
