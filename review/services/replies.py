"""Saved replies: words that reviewers need often, their own and everybody's."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.errors import Conflict, FieldError, Invalid, NotFound
from review import policies, selectors
from review.models import SavedReply
from review.services.text import MESSAGE_LENGTH, cleaned

TITLE_LENGTH = 80
MOST = 100


def save_reply(
    *,
    actor: User,
    title: str,
    body: str,
    reason_code: str = "",
    shared: bool = False,
    reply: SavedReply | None = None,
) -> SavedReply:
    """Keep words under a title, or change those of `reply`. Shared ones are everybody's: leads and admins word them."""
    shared = reply.owner_id is None if reply is not None else shared
    if not _may(actor, reply, shared=shared):
        raise NotFound
    owner = None if shared else actor
    with transaction.atomic():
        words = check_reply(owner=owner, title=title, body=body, reason_code=reason_code, reply=reply)
        if reply is None and SavedReply.objects.filter(owner=owner).count() >= MOST:
            raise Conflict(_("You keep %d replies already: delete one first.") % MOST, code="too_many_replies")
        saved = _write(owner, words, reply)
        record(
            actor=actor,
            action="review.reply_saved",
            target=saved,
            to_state="saved",
            data={"new": reply is None, "shared": shared, "reason": words["reason_code"]},
        )
    return saved


def delete_reply(*, actor: User, reply: SavedReply) -> None:
    """Forget a reply. What was sent with its words stays as it was sent."""
    with transaction.atomic():
        if not policies.can_edit_reply(actor, reply) or not SavedReply.objects.filter(pk=reply.pk).exists():
            raise NotFound
        SavedReply.objects.filter(pk=reply.pk).delete()
        shared = reply.owner_id is None
        record(
            actor=actor,
            action="review.reply_deleted",
            target=reply,
            from_state="saved",
            to_state="deleted",
            data={"shared": shared},
        )


def _may(actor: User, reply: SavedReply | None, *, shared: bool) -> bool:
    if reply is not None:
        return policies.can_edit_reply(actor, reply)
    return policies.can_share_replies(actor) if shared else policies.can_review(actor)


def check_reply(
    *, owner: User | None, title: str, body: str, reason_code: str = "", reply: SavedReply | None = None
) -> dict[str, str]:
    """The words as they are kept; raise with all that is wrong with them. The admin panel asks first."""
    errors = []
    title = " ".join(cleaned("title", title, limit=TITLE_LENGTH).split())
    body = cleaned("body", body, limit=MESSAGE_LENGTH)
    if not title:
        errors.append(FieldError("title", _("Give the reply a title."), _("1 to %d characters") % TITLE_LENGTH))
    if not body:
        errors.append(FieldError("body", _("A reply needs words."), _("1 to %d characters") % MESSAGE_LENGTH))
    reasons = selectors.reasons_of(selectors.policies_in_force())
    if reason_code and reason_code not in reasons:
        sentence = _("Choose a reason from the policies in force.")
        errors.append(FieldError("reason_code", sentence, ", ".join(["", *reasons])))
    others = SavedReply.objects.filter(owner=owner, title=title)
    if title and (others.exclude(pk=reply.pk) if reply else others).exists():
        errors += _same_title().fields
    if errors:
        raise Invalid(errors)
    return {"title": title, "body": body, "reason_code": reason_code}


def _write(owner: User | None, words: dict[str, str], reply: SavedReply | None) -> SavedReply:
    try:
        with transaction.atomic():
            if reply is None:
                return SavedReply.objects.create(owner=owner, **words)
            if not SavedReply.objects.filter(pk=reply.pk).update(**words):
                raise NotFound
    except IntegrityError:
        # Saved in another window between our look and now.
        raise _same_title() from None
    reply.refresh_from_db()
    return reply


def _same_title() -> Invalid:
    return Invalid([FieldError("title", _("There is a reply with this title already."), _("another title"))])
