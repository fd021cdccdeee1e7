"""What nobody may settle does not wait unseen: the admins hear of it, who can make somebody a lead reviewer."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import StaffRole
from notifications.models import Notification
from notifications.services import notify
from review.models import Appeal, ReviewCase
from review.selectors.appeals import escalated_without_anybody, free_leads

KIND = "case.nobody_free"


def tell_if_appeal_waits(appeal: Appeal) -> bool:
    """In the transaction that opened it; says whether every lead took part in what it is about, or there is none."""
    if free_leads(appeal).exists():
        return False
    _tell(
        _admins(),
        kind="appeal.nobody_free",
        subject=_("An appeal waits, and no lead reviewer may decide it"),
        body=_(
            "An artist has appealed a decision. Every lead reviewer took part in it, or keeps away from this artist's "
            "work, or there is none. Make somebody else a lead reviewer: until then the appeal waits."
        ),
        action_label=_("See the appeals"),
    )
    return True


def tell_if_nobody_free(case: ReviewCase) -> None:
    """In the transaction that escalated it. Whoever has not read the last such letter yet gets no second one."""
    if not escalated_without_anybody().filter(pk=case.pk).exists():
        return
    unread = Notification.objects.filter(kind=KIND, read_at=None).values("recipient")
    _tell(
        _admins().exclude(pk__in=unread),
        kind=KIND,
        subject=_("A case was escalated, and no lead reviewer may decide it"),
        body=_(
            "Every lead reviewer has given an opinion of it, or keeps away from this artist's work, or there is none. "
            "Make somebody else a lead reviewer: until then the case waits."
        ),
        action_label=_("See what waits"),
    )


def _admins() -> QuerySet[User]:
    return User.objects.filter(staff_role=StaffRole.ADMIN, is_active=True)


def _tell(admins: QuerySet[User], *, kind: str, subject: str, body: str, action_label: str) -> None:
    path = reverse("admin:review_appeal_changelist")
    for admin in admins:
        notify(recipient=admin, kind=kind, subject=subject, body=body, path=path, action_label=action_label)
