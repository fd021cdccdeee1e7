"""Roles and scopes of people. No ORM."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class StaffRole(TextChoices):
    """What a person does for the programme; an artist has none."""

    NONE = "none", _("None")
    REVIEWER = "reviewer", _("Reviewer")
    LEAD_REVIEWER = "lead_reviewer", _("Lead reviewer")
    ADMIN = "admin", _("Programme admin")


class ParticipantRole(TextChoices):
    ARTIST = "artist", _("Artist")
    RED_TEAMER = "red_teamer", _("Red-teamer")
    CREATIVE_PARTNER = "creative_partner", _("Creative partner")


class InvitationState(TextChoices):
    """Derived from an invitation's dates, never stored."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    REVOKED = "revoked", _("Revoked")
    EXPIRED = "expired", _("Expired")


class TokenState(TextChoices):
    """Derived from a token's dates, never stored."""

    LIVE = "live", _("In use")
    REVOKED = "revoked", _("Revoked")
    EXPIRED = "expired", _("Expired")


class Scope(TextChoices):
    """What an API token may do. A token never does more than its owner may."""

    GENERATIONS_READ = "generations:read", _("See your generations and credits")
    GENERATIONS_WRITE = "generations:write", _("Generate and cancel")
    VIDEOS_READ = "videos:read", _("See your videos' states, not their pictures")
    VIDEOS_SHARE = "videos:share", _("Submit for sharing, share, withdraw")
    REVIEW = "review", _("Claim and decide review cases")
    PROGRAMME_ADMIN = "programme:admin", _("Invite people, take down videos, set the rules of the review")
    MEDIA_PRIVATE = "media:private", _("Download your own private videos")


# A leaked token must be worth little: these are given by an admin, never taken by oneself.
GRANTED_SCOPES = frozenset({Scope.MEDIA_PRIVATE})
