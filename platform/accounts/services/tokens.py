"""API tokens: made, granted, used, revoked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import token_format
from accounts.fields import checked_line
from accounts.models import ApiToken, User
from accounts.policies import can_grant_private_media, can_revoke_token
from accounts.states import GRANTED_SCOPES, Scope
from audit.services import record
from common.actors import Actor
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound

MAX_DAYS = 365
DEFAULT_DAYS = 30
# Writing "last used" at each request would cost a write an API call and tell nobody more.
NOTE_USE_EVERY = timedelta(minutes=1)


def create_token(*, actor: User, name: str, scopes: Iterable[str], days: int = DEFAULT_DAYS) -> tuple[ApiToken, str]:
    """A token of one's own. The second value is the token itself, which is kept nowhere."""
    name = checked_line("name", name, limit=80)
    chosen = _checked_scopes(scopes)
    if not 1 <= days <= MAX_DAYS:
        allowed = _("1 to %(days)d days") % {"days": MAX_DAYS}
        raise Invalid([FieldError("days", _("A token cannot live that long, or that short."), allowed)])
    plaintext = token_format.generate()
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=actor,
            name=name,
            hint=token_format.hint(plaintext),
            sha256=token_format.digest(plaintext),
            scopes=chosen,
            expires_at=now() + timedelta(days=days),
        )
        record(
            actor=actor, action="token.created", target=token, to_state="live", data={"scopes": chosen, "days": days}
        )
    return token, plaintext


def grant_private_media(*, actor: Actor, token: ApiToken) -> ApiToken:
    """Let a token download its owner's private videos: an admin's decision, never the owner's own."""
    if not can_grant_private_media(actor, token):
        raise NotAllowed(_("Only programme admins grant this."))
    with transaction.atomic():
        token = lock(ApiToken.objects.filter(pk=token.pk)).get()
        if not token.is_live:
            raise Conflict(_("This token is no longer in use."), code="token_closed")
        if Scope.MEDIA_PRIVATE in token.scopes:
            return token
        token.scopes = [*token.scopes, Scope.MEDIA_PRIVATE.value]
        token.save(update_fields=["scopes"])
        record(actor=actor, action="token.private_media_granted", target=token, data={"scopes": token.scopes})
    return token


def revoke_token(*, actor: Actor, token: ApiToken, reason: str = "") -> ApiToken:
    """End a token for good, from the next request on; revoking it again changes nothing."""
    if not can_revoke_token(actor, token):
        # Another person's token does not exist for you.
        raise NotFound
    with transaction.atomic():
        end_token(token, actor=actor, reason=reason)
    token.refresh_from_db()
    return token


def end_token(token: ApiToken, *, actor: Actor, reason: str) -> bool:
    """The write inside `revoke_token`, for services that have decided already."""
    ended = compare_and_set(
        ApiToken.objects.filter(pk=token.pk),
        expected={"revoked_at": None},
        changes={"revoked_at": now(), "revoked_reason": reason.strip()[:200]},
    )
    if ended:
        record(actor=actor, action="token.revoked", target=token, from_state="live", to_state="revoked")
    return ended


def note_use(*, token: ApiToken, address: str | None) -> None:
    """Remember when and from where a token was last used, at most once a minute. No change of state: no event."""
    moment = now()
    if token.last_used_at is not None and moment - token.last_used_at < NOTE_USE_EVERY:
        return
    ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=moment - NOTE_USE_EVERY), pk=token.pk).update(
        last_used_at=moment, last_used_ip=address
    )


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    given = set(scopes)
    own = [scope.value for scope in Scope if scope not in GRANTED_SCOPES]
    if not given:
        raise Invalid([FieldError("scopes", _("Choose what the token may do."), ", ".join(own))])
    if given & GRANTED_SCOPES:
        reason = _("Downloading private videos is granted by a programme admin, after the token is made.")
        raise Invalid([FieldError("scopes", reason, ", ".join(own))])
    if unknown := given.difference(own):
        reason = _("There is no scope “%s”.") % sorted(map(str, unknown))[0][:80]
        raise Invalid([FieldError("scopes", reason, ", ".join(own))])
    return [scope for scope in own if scope in given]
