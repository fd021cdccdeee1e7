"""The states of a review case, and the words of a decision. No ORM."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.states import Transitions


class CaseKind(TextChoices):
    SUBMISSION = "submission", _("Submission")
    APPEAL = "appeal", _("Appeal")
    REPORT = "report", _("Report")
    RECHECK = "recheck", _("Recheck")
    # An admin's own step: decided in the moment in which it is opened, and never in a queue.
    TAKEDOWN = "takedown", _("Direct take-down")


# What somebody can wait for, claim, route or filter by.
QUEUED_KINDS = (CaseKind.SUBMISSION, CaseKind.APPEAL, CaseKind.REPORT, CaseKind.RECHECK)
# What ends with a work taken down, if it ends against it.
TAKE_DOWN_KINDS = (CaseKind.REPORT, CaseKind.TAKEDOWN)


class CaseState(TextChoices):
    QUEUED = "queued", _("In the queue")
    CLAIMED = "claimed", _("Being reviewed")
    AWAITING_SECOND = "awaiting_second", _("Awaiting a second reviewer")
    ESCALATED = "escalated", _("Escalated")
    DECIDED = "decided", _("Decided")
    WITHDRAWN = "withdrawn", _("Withdrawn")


CASE = Transitions(
    {
        CaseState.QUEUED: frozenset({CaseState.CLAIMED, CaseState.ESCALATED, CaseState.WITHDRAWN}),
        CaseState.CLAIMED: frozenset(
            {
                CaseState.QUEUED,  # released, or the claim lapsed
                CaseState.AWAITING_SECOND,
                CaseState.ESCALATED,
                CaseState.DECIDED,
                CaseState.WITHDRAWN,
            }
        ),
        # A deadline that passes escalates whatever waits.
        CaseState.AWAITING_SECOND: frozenset({CaseState.CLAIMED, CaseState.ESCALATED, CaseState.WITHDRAWN}),
        CaseState.ESCALATED: frozenset({CaseState.CLAIMED, CaseState.WITHDRAWN}),
        # Only a request for changes goes on: the artist's answer puts the same case back into the queue.
        CaseState.DECIDED: frozenset({CaseState.QUEUED}),
        CaseState.WITHDRAWN: frozenset(),
    }
)

OPEN_STATES = (CaseState.QUEUED, CaseState.CLAIMED, CaseState.AWAITING_SECOND, CaseState.ESCALATED)
# Where a case waits for somebody to claim it.
WAITING_STATES = (CaseState.QUEUED, CaseState.AWAITING_SECOND, CaseState.ESCALATED)
CLOSED_STATES = (CaseState.DECIDED, CaseState.WITHDRAWN)


class Outcome(TextChoices):
    APPROVE = "approve", _("Approve")
    REQUEST_CHANGES = "request_changes", _("Request changes")
    REJECT = "reject", _("Reject")


# Each of these owes the artist a reason code and a message.
ADVERSE = frozenset({Outcome.REQUEST_CHANGES, Outcome.REJECT})


class Opinion(TextChoices):
    """What one reviewer thinks of a case: a decision's outcomes, and "this is not for me alone"."""

    APPROVE = "approve", _("Approve")
    REQUEST_CHANGES = "request_changes", _("Request changes")
    REJECT = "reject", _("Reject")
    ESCALATE = "escalate", _("Escalate")


class AppealState(TextChoices):
    """*Upheld* means that the decision stands."""

    PENDING = "pending", _("Pending")
    UPHELD = "upheld", _("Upheld")
    OVERTURNED = "overturned", _("Overturned")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


APPEAL = Transitions(
    {
        AppealState.PENDING: frozenset(
            {AppealState.UPHELD, AppealState.OVERTURNED, AppealState.EXPIRED, AppealState.WITHDRAWN}
        ),
        AppealState.UPHELD: frozenset(),
        AppealState.OVERTURNED: frozenset(),
        AppealState.EXPIRED: frozenset(),
        AppealState.WITHDRAWN: frozenset(),
    }
)


class ReportCategory(TextChoices):
    """What the public may say is wrong with a shared work: a closed, public list."""

    REAL_PERSON = "real_person", _("A real person appears without consent")
    MINOR = "minor", _("A child is in danger, or is sexualised")
    SEXUAL = "sexual", _("Nudity or sex")
    VIOLENCE = "violence", _("Cruelty, or a call to violence")
    HATE = "hate", _("Hatred against people for what they are")
    DECEPTION = "deception", _("Made to deceive")
    RIGHTS = "rights", _("My work, name or image is used")
    OTHER = "other", _("Something else that is illegal")


class BulkState(TextChoices):
    PROPOSED = "proposed", _("Waits for a second person")
    CONFIRMED = "confirmed", _("Confirmed, can still be undone")
    APPLIED = "applied", _("Applied")
    UNDONE = "undone", _("Undone")
    WITHDRAWN = "withdrawn", _("Withdrawn")


BULK = Transitions(
    {
        BulkState.PROPOSED: frozenset({BulkState.CONFIRMED, BulkState.WITHDRAWN}),
        BulkState.CONFIRMED: frozenset({BulkState.APPLIED, BulkState.UNDONE}),
        BulkState.APPLIED: frozenset(),
        BulkState.UNDONE: frozenset(),
        BulkState.WITHDRAWN: frozenset(),
    }
)


class Topic(TextChoices):
    """What a case may be about, as signals and reports say it: for routing and for rest, never for a decision."""

    NUDITY = "nudity", _("Nudity")
    VIOLENCE = "violence", _("Violence")
    HATE = "hate", _("Hatred")
    MINORS = "minors", _("Children")
    REAL_PEOPLE = "real_people", _("Real people")
    TEXT = "text", _("Text in the picture")
    PROFANITY = "profanity", _("Rude words")
    REPEAT = "repeat", _("Like something refused before")


class SignalKind(TextChoices):
    NUDITY = "nudity", _("Nudity")
    TEXT = "text", _("Text in frames")
    FACES = "faces", _("Faces")
    PROMPT_TOPICS = "prompt_topics", _("Prompt against policy topics")
    PROFANITY = "profanity", _("Rude words in the prompt")
    NEAR_DUPLICATE = "near_duplicate", _("Like a refused work")
    SAME_PROMPT = "same_prompt", _("The same prompt elsewhere")


class SignalState(TextChoices):
    PENDING = "pending", _("Not looked at yet")
    DONE = "done", _("Looked at")
    FAILED = "failed", _("Missing")


class InterestKind(TextChoices):
    """Why a reviewer keeps away from an artist's work."""

    COLLABORATOR = "collaborator", _("Works together")
    DISPUTE = "dispute", _("Earlier dispute")
    DECLARED = "declared", _("Declared interest")
