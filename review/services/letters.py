"""What the artist is told: plain, kind, with the reason and the next step. Never who decided."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from notifications.services import notify
from review.models import Decision, ReviewCase
from review.states import Outcome


def tell_artist(case: ReviewCase, decision: Decision) -> None:
    """Write to the video's owner, in the transaction of the decision."""
    title = case.video.title or _("your video")
    subject, opening, next_step, button = _words(Outcome(decision.outcome), title)
    parts = [opening]
    if decision.reason is not None:
        parts.append(
            _("Reason: %(label)s. %(description)s")
            % {
                "label": decision.reason.label,
                "description": decision.reason.description,
            }
        )
    if decision.artist_message:
        parts.append(_("The reviewer writes:\n%s") % decision.artist_message)
    parts.append(next_step)
    notify(
        recipient=case.video.owner,
        kind=f"review.{decision.outcome}",
        subject=subject,
        body="\n\n".join(parts),
        path=reverse("video", args=[case.video_id]),
        action_label=button,
    )


def _words(outcome: Outcome, title: str) -> tuple[str, str, str, str]:
    """Subject, opening, next step, button."""
    named = {"title": title}
    if outcome == Outcome.APPROVE:
        return (
            _("Approved: %(title)s") % named,
            _("A reviewer watched “%(title)s” and approved it for sharing.") % named,
            _("It stays private until you share it; you decide whether and when."),
            _("Open the video"),
        )
    if outcome == Outcome.REQUEST_CHANGES:
        return (
            _("Changes requested: %(title)s") % named,
            _("A reviewer watched “%(title)s” and asks for changes before it can be shared.") % named,
            _(
                "Nothing is lost: the video stays private and yours. Make a new take, or submit this one again "
                "with a note that answers the reviewer."
            ),
            _("See what to change"),
        )
    return (
        _("Not approved: %(title)s") % named,
        _("A reviewer watched “%(title)s” and did not approve it for sharing.") % named,
        _(
            "The video stays private and yours. If you think that something was overlooked, submit it again with a "
            "note that says what."
        ),
        _("Read the reason"),
    )
