"""Remarks pinned to a moment of the video, while their author holds the case."""

from __future__ import annotations

import math

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, FieldError, Invalid, NotFound
from review import policies, selectors
from review.models import Comment, ReviewCase
from review.rectangle import Rectangle
from review.selectors.comments import comments_of_round
from review.services import meanwhile
from review.services.cases import locked, require_reviewer
from review.services.text import cleaned
from videos.models import Video

COMMENT_LENGTH = 1000
# More than anybody reads; a loop in a script stops here.
MOST_COMMENTS = 200
# Corners lie on a grid of binary fractions: sums of them are exact, in Python and in both databases.
GRID = 4096


def add_comment(
    *, actor: User, case: ReviewCase, claim_token: str, at_ms: int, body: str, rectangle: Rectangle | None = None
) -> Comment:
    """Pin a remark to a moment. The same words at the same moment, sent twice, are one comment."""
    with transaction.atomic():
        mine = _held(actor, case, claim_token)
        body, rectangle = _checked(mine.video, at_ms, body, rectangle)
        standing = Comment.objects.filter(case=mine, round=mine.round, author=actor, removed_at=None)
        if same := standing.filter(at_ms=at_ms, body=body, **_fields(rectangle)).first():
            return same
        if standing.count() >= MOST_COMMENTS:
            raise Conflict(_("This round has %d comments of yours already.") % MOST_COMMENTS, code="too_many_comments")
        comment = Comment.objects.create(
            case=mine, round=mine.round, video=mine.video, author=actor, at_ms=at_ms, body=body, **_fields(rectangle)
        )
        record(actor=actor, action="review.comment_added", target=comment, to_state="standing", data=_facts(comment))
    return comment


def edit_comment(
    *, actor: User, comment: Comment, claim_token: str, at_ms: int, body: str, rectangle: Rectangle | None = None
) -> Comment:
    """Change one's own remark, as long as nothing is decided."""
    with transaction.atomic():
        mine = _held(actor, comment.case, claim_token)
        theirs = _standing(actor, mine, comment)
        if theirs.author_id != actor.pk:
            raise Conflict(_("Somebody else wrote this comment: you can remove it, not change it."), code="not_yours")
        body, rectangle = _checked(mine.video, at_ms, body, rectangle)
        for name, value in ({"at_ms": at_ms, "body": body} | _fields(rectangle)).items():
            setattr(theirs, name, value)
        theirs.save(update_fields=["at_ms", "body", "left", "top", "width", "height"])
        record(
            actor=actor,
            action="review.comment_edited",
            target=theirs,
            from_state="standing",
            to_state="standing",
            data=_facts(theirs),
        )
    return theirs


def remove_comment(*, actor: User, comment: Comment, claim_token: str) -> Comment:
    """Take a remark back: one's own, or one that a reviewer left who put the case back. The artist never sees it."""
    with transaction.atomic():
        mine = _held(actor, comment.case, claim_token)
        theirs = _standing(actor, mine, comment)
        moment = now()
        won = compare_and_set(
            Comment.objects.filter(pk=theirs.pk), expected={"removed_at": None}, changes={"removed_at": moment}
        )
        if not won:
            raise _gone()
        theirs.removed_at = moment
        record(
            actor=actor,
            action="review.comment_removed",
            target=theirs,
            from_state="standing",
            to_state="removed",
            data=_facts(theirs),
        )
    return theirs


def _held(actor: User, case: ReviewCase, token: str) -> ReviewCase:
    """The case, locked, if this token is the actor's live claim on it."""
    if not policies.can_review(actor):
        raise NotFound
    mine = locked(case.pk)
    alive = selectors.live_claim(case=mine, reviewer=actor, token=token)
    if alive or not mine.claims.filter(reviewer=actor).exists():
        require_reviewer(actor, mine)
    if not alive:
        # Somebody who held it hears what happened to their claim, also when they may not hold it again.
        raise meanwhile.why_lost(mine, actor, token)
    return mine


def _standing(actor: User, case: ReviewCase, comment: Comment) -> Comment:
    """The comment as it is now; what a blind reviewer must not see is not there for them."""
    theirs = lock(comments_of_round(case, actor)).filter(pk=comment.pk).first()
    if theirs is not None:
        return theirs
    removed = Comment.objects.filter(pk=comment.pk, author=actor, round=case.round, removed_at__isnull=False)
    raise _gone() if removed.exists() else NotFound()


def _gone() -> Conflict:
    return Conflict(_("This comment was removed already."), code="comment_removed")


def _checked(video: Video, at_ms: int, body: str, rectangle: Rectangle | None) -> tuple[str, Rectangle | None]:
    """Words and place of a comment, made fit to keep."""
    errors = []
    length_ms = round(video.seconds * 1000)
    if not 0 <= at_ms < length_ms:
        allowed = _("0 to %d milliseconds") % (length_ms - 1)
        errors.append(FieldError("at_ms", _("The video has no such moment."), allowed))
    words = cleaned("body", body, limit=COMMENT_LENGTH)
    if not words:
        errors.append(FieldError("body", _("Write what you mean."), _("1 to %d characters") % COMMENT_LENGTH))
    on_grid = _on_grid(rectangle) if rectangle else None
    if rectangle and on_grid is None:
        allowed = _("left, top, width and height in fractions of the frame, from 0 to 1")
        errors.append(FieldError("rectangle", _("This rectangle does not lie in the frame."), allowed))
    if errors:
        raise Invalid(errors)
    return words, on_grid


def _on_grid(rectangle: Rectangle) -> Rectangle | None:
    """The rectangle with its edges on the grid; None when it leaves the frame, or is too small to be seen."""
    if not all(math.isfinite(value) and -0.001 <= value <= 1.001 for value in rectangle):
        return None
    left, top = (min(GRID, max(0, round(value * GRID))) for value in rectangle[:2])
    right, bottom = (round((rectangle[axis] + rectangle[axis + 2]) * GRID) for axis in (0, 1))
    if max(right, bottom) > GRID * 1.001 or right <= left or bottom <= top:
        return None
    sides = (min(GRID, right) - left, min(GRID, bottom) - top)
    if min(sides) <= 0:
        return None
    return Rectangle(left / GRID, top / GRID, sides[0] / GRID, sides[1] / GRID)


def _fields(rectangle: Rectangle | None) -> dict[str, float | None]:
    return dict(rectangle._asdict()) if rectangle else dict.fromkeys(Rectangle._fields)


def _facts(comment: Comment) -> dict[str, object]:
    # Not the words: they are between the review and the artist.
    return {"case": str(comment.case_id), "round": comment.round, "at_ms": comment.at_ms}
