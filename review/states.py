"""The states of a review case, and the words of a decision. No ORM."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.states import Transitions


class CaseKind(TextChoices):
    SUBMISSION = "submission", _("Submission")
    APPEAL = "appeal", _("Appeal")
    REPORT = "report", _("Report")
    RECHECK = "recheck", _("Recheck")


class CaseState(TextChoices):
    QUEUED = "queued", _("In the queue")
    CLAIMED = "claimed", _("Being reviewed")
    AWAITING_SECOND = "awaiting_second", _("Awaiting a second reviewer")
    ESCALATED = "escalated", _("Escalated")
    DECIDED = "decided", _("Decided")
    WITHDRAWN = "withdrawn", _("Withdrawn")


CASE = Transitions(
    {
        CaseState.QUEUED: frozenset({CaseState.CLAIMED, CaseState.WITHDRAWN}),
        CaseState.CLAIMED: frozenset(
            {
                CaseState.QUEUED,  # released, or the claim lapsed
                CaseState.AWAITING_SECOND,
                CaseState.ESCALATED,
                CaseState.DECIDED,
                CaseState.WITHDRAWN,
            }
        ),
        CaseState.AWAITING_SECOND: frozenset({CaseState.CLAIMED, CaseState.WITHDRAWN}),
        CaseState.ESCALATED: frozenset({CaseState.CLAIMED, CaseState.WITHDRAWN}),
        CaseState.DECIDED: frozenset(),
        CaseState.WITHDRAWN: frozenset(),
    }
)

OPEN_STATES = (CaseState.QUEUED, CaseState.CLAIMED, CaseState.AWAITING_SECOND, CaseState.ESCALATED)


class Outcome(TextChoices):
    APPROVE = "approve", _("Approve")
    REQUEST_CHANGES = "request_changes", _("Request changes")
    REJECT = "reject", _("Reject")


# Each of these owes the artist a reason code and a message.
ADVERSE = frozenset({Outcome.REQUEST_CHANGES, Outcome.REJECT})
