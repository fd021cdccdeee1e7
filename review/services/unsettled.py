"""A case that was escalated and that nobody may settle does not wait unseen: the admins hear of it."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import StaffRole
from notifications.models import Notification
from notifications.services import notify
from review.models import ReviewCase
from review.selectors.appeals import escalated_without_anybody

KIND = "case.nobody_free"


def tell_if_nobody_free(case: ReviewCase) -> None:
    """In the transaction that escalated it. Whoever has not read the last such letter yet gets no second one."""
    if not escalated_without_anybody().filter(pk=case.pk).exists():
        return
    unread = Notification.objects.filter(kind=KIND, read_at=None).values("recipient")
    for admin in User.objects.filter(staff_role=StaffRole.ADMIN, is_active=True).exclude(pk__in=unread):
        notify(
            recipient=admin,
            kind=KIND,
            subject=_("A case was escalated, and no lead reviewer may decide it"),
            body=_(
                "Every lead reviewer has given an opinion of it, or keeps away from this artist's work, or there is "
                "none. Make somebody else a lead reviewer: until then the case waits."
            ),
            path=reverse("admin:review_appeal_changelist"),
            action_label=_("See what waits"),
        )
