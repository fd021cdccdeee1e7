"""What the artist is told: plain, kind, with the reason and the next step. Never who decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notifications.services import notify
from review import deadlines
from review.models import Appeal, Decision, ReviewCase
from review.states import ADVERSE, AppealState, CaseKind, Outcome
from videos.models import Video


class Words(NamedTuple):
    """A letter's own words; the reason and the message stand between its opening and its next step."""

    subject: str
    opening: str
    next_step: str
    button: str


class Restored(Enum):
    """How far an overturned decision brings a work back; the audit log keeps the word."""

    SHAREABLE = "shareable"
    PRIVATE = "private"  # as it was, where nobody had approved it before it was taken down
    NOTHING = "nothing"


def tell_artist(case: ReviewCase, decision: Decision) -> None:
    """Write to the video's owner, in the transaction of the decision. An appeal's outcome has a letter of its own.

    A report or a second look that changed nothing is no news.
    """
    title = _title(case.video)
    kind, outcome = CaseKind(case.kind), Outcome(decision.outcome)
    if kind == CaseKind.APPEAL or (kind in AGAINST and outcome == Outcome.APPROVE):
        return
    words = AGAINST[kind](title) if kind in AGAINST else _decided(outcome, title)
    parts = [words.opening, *_reasons(decision), words.next_step]
    path = reverse("video", args=[case.video_id])
    if outcome in ADVERSE:
        statement = reverse("statement", args=[decision.pk])
        parts.append(_how_to_appeal(decision, statement))
        path = path if outcome == Outcome.REQUEST_CHANGES else statement
    _send(case.video, f"review.{decision.outcome}", words, parts, path)


def tell_appeal_decided(appeal: Appeal, decision: Decision, *, restored: Restored) -> None:
    """Write to the artist what became of their appeal, in the transaction of its decision."""
    video = decision.case.video
    title = _title(video)
    if appeal.state == AppealState.OVERTURNED:
        words = _overturned(title, restored=restored)
    else:
        words = Words(
            _("Appeal decided: %(title)s") % {"title": title},
            _(
                "A lead reviewer who took no part in the decision about “%(title)s” watched the work and read your "
                "appeal. The decision stands."
            )
            % {"title": title},
            _("The programme does not look at this decision again. The video stays yours, to watch and to download."),
            _("Read the reasons"),
        )
    # What can be done next is on the video's page; what cannot be undone is explained in the statement.
    is_back = restored != Restored.NOTHING
    path = reverse("video", args=[video.pk]) if is_back else reverse("statement", args=[appeal.decision_id])
    _send(video, f"appeal.{appeal.state}", words, [words.opening, *_reasons(decision), words.next_step], path)


def tell_overdue(case: ReviewCase, *, watched: bool) -> None:
    """Write to the artist that the promised moment has passed, and what that did."""
    if case.kind not in deadlines.PROMISED_KINDS:
        return
    named = {"title": _title(case.video), "due": moment(case.due_at)}
    where = (
        _("A reviewer is watching it at this moment. If they do not decide, it goes to the lead reviewers by itself.")
        if watched
        else _("It has gone to the lead reviewers by itself.")
    )
    words = Words(
        _("Later than promised: %(title)s") % named,
        _("We promised you an answer about “%(title)s” by %(due)s, and that moment has passed. We are sorry.") % named,
        _(
            "It counts among the missed deadlines that the programme publishes. You need not do anything; you will be "
            "told what is decided, and why."
        ),
        _("See where it stands"),
    )
    path = reverse("video", args=[case.video_id])
    _send(case.video, "review.overdue", words, [words.opening, where, words.next_step], path)


def moment(at: datetime) -> str:
    """A moment in a letter: by the programme's clock, which it names."""
    return date_format(timezone.localtime(at, deadlines.programme_zone()), "j F Y, H:i e")


def _send(video: Video, kind: str, words: Words, parts: list[str], path: str) -> None:
    notify(
        recipient=video.owner,
        kind=kind,
        subject=words.subject,
        body="\n\n".join(parts),
        path=path,
        action_label=words.button,
    )


def _title(video: Video) -> str:
    return video.title or _("your video")


def _reasons(decision: Decision) -> list[str]:
    parts = []
    if decision.reason is not None:
        reason = {"label": decision.reason.label, "description": decision.reason.description}
        parts.append(_("Reason: %(label)s. %(description)s") % reason)
    if decision.artist_message:
        who = _("An admin writes:\n%s") if decision.case.kind == CaseKind.TAKEDOWN else _("The reviewer writes:\n%s")
        parts.append(who % decision.artist_message)
    return parts


def _how_to_appeal(decision: Decision, statement: str) -> str:
    assert decision.appeal_until is not None  # noqa: S101  the database's constraint on what is against somebody
    return _(
        "You can appeal until %(until)s: a lead reviewer who took no part in this decision then looks at it anew. The "
        "statement of reasons, with what was seen and where, and the form for the appeal: %(address)s"
    ) % {"until": moment(decision.appeal_until), "address": f"{settings.SITE_URL}{statement}"}


def _decided(outcome: Outcome, title: str) -> Words:
    named = {"title": title}
    if outcome == Outcome.APPROVE:
        return Words(
            _("Approved: %(title)s") % named,
            _("A reviewer watched “%(title)s” and approved it for sharing.") % named,
            _("It stays private until you share it; you decide whether and when."),
            _("Open the video"),
        )
    if outcome == Outcome.REQUEST_CHANGES:
        return Words(
            _("Changes requested: %(title)s") % named,
            _("A reviewer watched “%(title)s” and asks for changes before it can be shared.") % named,
            _(
                "Nothing is lost: the video stays private and yours. Make a new take, or submit this one again "
                "with a note that answers the reviewer."
            ),
            _("See what to change"),
        )
    return Words(
        _("Not approved: %(title)s") % named,
        _("A reviewer watched “%(title)s” and did not approve it for sharing.") % named,
        _(
            "The video stays private and yours. If you think that something was overlooked, submit it again with a "
            "note that says what."
        ),
        _("Read the reasons"),
    )


def _taken_down(title: str) -> Words:
    return Words(
        _("Taken down: %(title)s") % {"title": title},
        _("Somebody reported “%(title)s”. A reviewer watched it, and it is no longer public.") % {"title": title},
        _("The video stays yours: you can watch it and download it."),
        _("Read the reasons"),
    )


def _taken_back(title: str) -> Words:
    return Words(
        _("Approval taken back: %(title)s") % {"title": title},
        _("The programme looked at “%(title)s” again and took its approval back: it is private now.")
        % {"title": title},
        _("The video stays yours. You can submit it again, with a note that says what was overlooked."),
        _("Read the reasons"),
    )


def _taken_down_directly(title: str) -> Words:
    return Words(
        _("Taken down: %(title)s") % {"title": title},
        _("An admin of the programme took “%(title)s” down. It cannot be public any more.") % {"title": title},
        _("The video stays yours: you can watch it and download it."),
        _("Read the reasons"),
    )


# Cases that the artist did not open: their letters, should they end against the work.
AGAINST: dict[CaseKind, Callable[[str], Words]] = {
    CaseKind.REPORT: _taken_down,
    CaseKind.RECHECK: _taken_back,
    CaseKind.TAKEDOWN: _taken_down_directly,
}


def _overturned(title: str, *, restored: Restored) -> Words:
    named = {"title": title}
    what_now = {
        Restored.SHAREABLE: _(
            "It is approved from this moment on. It is public again only when you share it, at a new address."
        ),
        Restored.PRIVATE: _(
            "It is no longer taken down: from this moment on it is private, as it was before, and can be submitted."
        ),
        Restored.NOTHING: _("It still cannot be shared: another decision, or a step of an admin's, stands against it."),
    }
    return Words(
        _("Your appeal succeeded: %(title)s") % named,
        _(
            "A lead reviewer who took no part in the decision about “%(title)s” watched the work and read your appeal. "
            "The decision is overturned."
        )
        % named,
        what_now[restored],
        _("Read the reasons") if restored == Restored.NOTHING else _("Open the video"),
    )
