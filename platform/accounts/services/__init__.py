"""Every write to people, invitations, terms and tokens."""

from accounts.services.cohorts import save_cohort
from accounts.services.invitations import accept_invitation, invite, revoke_invitation
from accounts.services.people import create_first_admin, deactivate_user, set_password
from accounts.services.terms import accept_terms, publish_terms
from accounts.services.tokens import create_token, grant_private_media, note_use, revoke_token

__all__ = [
    "accept_invitation",
    "accept_terms",
    "create_first_admin",
    "create_token",
    "deactivate_user",
    "grant_private_media",
    "invite",
    "note_use",
    "publish_terms",
    "revoke_invitation",
    "revoke_token",
    "save_cohort",
    "set_password",
]
