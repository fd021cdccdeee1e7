"""What may be decided about each kind of case, and how that is said: one place for pages, the API and letters.

The words of an outcome depend on the kind: to "approve" an appeal is to overturn the decision that it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from review.states import CaseKind, CaseState, Opinion

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Choice:
    """One button of a case: what it says, asks before it acts, and says afterwards."""

    opinion: Opinion
    label: StrOrPromise
    question: StrOrPromise
    said: StrOrPromise
    done: StrOrPromise  # the outcome as a state, for chips and lists

    @property
    def key(self) -> str:
        """The letter on the keyboard: one for each opinion, whatever the kind."""
        return KEYS[self.opinion]

    @property
    def tone(self) -> str:
        return TONES[self.opinion]

    @property
    def icon(self) -> str:
        return ICONS[self.opinion]


KEYS = {Opinion.APPROVE: "A", Opinion.REQUEST_CHANGES: "C", Opinion.REJECT: "R", Opinion.ESCALATE: "E"}
TONES = {
    Opinion.APPROVE: "approved",
    Opinion.REQUEST_CHANGES: "changes",
    Opinion.REJECT: "refused",
    Opinion.ESCALATE: "review",
}
ICONS = {
    Opinion.APPROVE: "check-circle",
    Opinion.REQUEST_CHANGES: "pencil-square",
    Opinion.REJECT: "no-symbol",
    Opinion.ESCALATE: "arrow-up-circle",
}

ESCALATE = Choice(
    Opinion.ESCALATE,
    _("Escalate"),
    _("Hand this case on?"),
    _("Escalated. Whoever decides it reads your note; the artist is told nothing yet."),
    _("Escalated"),
)
SUBMISSION = (
    Choice(
        Opinion.APPROVE,
        _("Approve"),
        _("Approve this video for sharing?"),
        _("Approved. The artist has been told."),
        _("Approved"),
    ),
    Choice(
        Opinion.REQUEST_CHANGES,
        _("Changes"),
        _("Ask the artist for changes?"),
        _("Changes requested. The artist has your reason and message."),
        _("Changes requested"),
    ),
    Choice(
        Opinion.REJECT,
        _("Reject"),
        _("Reject this video?"),
        _("Rejected. The artist has your reason and message."),
        _("Rejected"),
    ),
    ESCALATE,
)
# Decided by a lead who took no part: there is nobody to hand it on to.
APPEAL = (
    Choice(
        Opinion.APPROVE,
        _("Overturn"),
        _("Overturn the decision?"),
        _("Overturned. The artist has been told, and what the decision took is restored."),
        _("Overturned"),
    ),
    Choice(
        Opinion.REJECT,
        _("Uphold"),
        _("Uphold the decision?"),
        _("Upheld. The artist has your reasons."),
        _("Upheld"),
    ),
)
REPORT = (
    Choice(
        Opinion.APPROVE,
        _("Leave it up"),
        _("Leave this work where it is?"),
        _("It stays. Whoever reported it is told."),
        _("Stays"),
    ),
    Choice(
        Opinion.REJECT,
        _("Take down"),
        _("Take this work down?"),
        _("Taken down. The artist has a statement of reasons."),
        _("Taken down"),
    ),
    ESCALATE,
)
RECHECK = (
    Choice(
        Opinion.APPROVE,
        _("Keep approved"),
        _("Leave this work approved?"),
        _("It stays approved."),
        _("Stays approved"),
    ),
    Choice(
        Opinion.REJECT,
        _("Take back"),
        _("Take the approval back?"),
        _("The approval is taken back. The artist has your reason and message."),
        _("Approval taken back"),
    ),
    ESCALATE,
)
# An admin's own step: it is taken or not, and whoever waits for it is nobody.
TAKEDOWN = (
    Choice(
        Opinion.REJECT,
        _("Take down"),
        _("Take this work down?"),
        _("Taken down. The artist has a statement of reasons and can appeal."),
        _("Taken down"),
    ),
)
OFFERED: dict[CaseKind, tuple[Choice, ...]] = {
    CaseKind.SUBMISSION: SUBMISSION,
    CaseKind.APPEAL: APPEAL,
    CaseKind.REPORT: REPORT,
    CaseKind.RECHECK: RECHECK,
    CaseKind.TAKEDOWN: TAKEDOWN,
}

KEPT = _("Your opinion is kept. Somebody else now looks at the case without knowing it.")
TO_LEADS = _("Your opinion is kept. A lead reviewer decides now.")


def choices(kind: str) -> tuple[Choice, ...]:
    """What may be decided about a case of this kind, in the order of the buttons."""
    return OFFERED[CaseKind(kind)]


def choice(kind: str, opinion: str) -> Choice:
    """One of them; a KeyError for what is not offered."""
    return {str(one.opinion): one for one in choices(kind)}[opinion]


def outcome_label(kind: str, outcome: str) -> str:
    """A decision as a state: "Rejected", or "Upheld" for an appeal."""
    return str(choice(kind, outcome).done)


def said(kind: str, opinion: str, told: CaseState) -> str:
    """What the reviewer hears of the opinion that they have just given."""
    if told == CaseState.AWAITING_SECOND:
        return str(KEPT)
    if told == CaseState.ESCALATED and opinion != Opinion.ESCALATE:
        return str(TO_LEADS)
    return str(choice(kind, opinion).said)


# What became of a case in a bulk decision, by the result that its item keeps.
RESULTS: dict[str, StrOrPromise] = {
    "applied": _("Decided"),
    "not_a_reviewer": _("Left: one of the two is no reviewer any more"),
    "not_waiting": _("Left: somebody has taken, decided or escalated it meanwhile"),
    "on_hold": _("Left: it is on hold"),
    "handed": _("Left: it was handed to a reviewer"),
    "changed": _("Left: somebody has looked at it meanwhile"),
    "needs_more": _("Left: it needs two opinions"),
    "recused": _("Left: one of the two has a part in it"),
    "policy_changed": _("Left: another version of the policy is in force"),
    "bytes_changed": _("Left: its files are not those of the proposal"),
}


def result_label(result: str) -> str:
    """In words, what a bulk item's result says."""
    return str(RESULTS.get(result, _("Left: the work could not be changed")))


def language_name(code: str) -> str:
    """The name of a language in the reader's own, with the code where it says more; the code that nobody has named."""
    known = code.lower()
    if known == "zh":
        # Named by Django in its two scripts alone.
        return str(_("Chinese"))
    if known in LANG_INFO:
        return str(get_language_info(known)["name_translated"])
    language = known.partition("-")[0]
    return f"{language_name(language)} ({code})" if language in {"zh", *LANG_INFO} else code
