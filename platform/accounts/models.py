"""People and access."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.states import InvitationState, ParticipantRole, Scope, StaffRole, TokenState
from common.clock import now
from common.ids import uuid7


class UserManager(BaseUserManager["User"]):
    """Finds people by their address in whatever case. It makes nobody: see `accounts.services.people`."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username or "")


class User(AbstractBaseUser):
    """A person who can sign in, by e-mail address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    staff_role = models.CharField(_("staff role"), max_length=20, choices=StaffRole, default=StaffRole.NONE)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.CheckConstraint(name="user_staff_role", condition=Q(staff_role__in=StaffRole.values)),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Django's word for "may enter the admin panel"."""
        return self.is_admin

    @property
    def is_admin(self) -> bool:
        return self.is_active and self.staff_role == StaffRole.ADMIN

    @property
    def is_reviewer(self) -> bool:
        return self.is_active and self.staff_role in {StaffRole.REVIEWER, StaffRole.LEAD_REVIEWER}

    @property
    def is_lead_reviewer(self) -> bool:
        return self.is_active and self.staff_role == StaffRole.LEAD_REVIEWER

    # Django's admin asks these; the panels themselves narrow them per model.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_admin

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_admin


class Cohort(models.Model):
    """A group of participants who joined together and share limits."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    weight = models.PositiveSmallIntegerField(
        _("queue weight"), default=1, help_text=_("A cohort of weight 2 gets two turns for one of weight 1.")
    )
    monthly_credits = models.PositiveIntegerField(_("credits a month"), default=300)
    max_queued = models.PositiveSmallIntegerField(_("generations queued at once, a participant"), default=20)
    max_running = models.PositiveSmallIntegerField(
        _("generations rendering at once, a participant"),
        default=2,
        help_text=_("What is above waits in the queue, and a leaked token does no more than this."),
    )
    max_running_together = models.PositiveSmallIntegerField(
        _("generations rendering at once, the whole cohort"), null=True, blank=True, help_text=_("Empty: no limit.")
    )

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        constraints = (
            models.CheckConstraint(name="cohort_weight_positive", condition=Q(weight__gte=1)),
            models.CheckConstraint(name="cohort_max_running_positive", condition=Q(max_running__gte=1)),
        )

    def __str__(self) -> str:
        return self.name


class Participant(models.Model):
    """A person's place in the programme as somebody who makes videos."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="participant")
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="participants")
    role = models.CharField(_("role"), max_length=20, choices=ParticipantRole, default=ParticipantRole.ARTIST)
    public_name = models.CharField(_("public name"), max_length=80, help_text=_("The credit on what you share."))
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = (models.CheckConstraint(name="participant_role", condition=Q(role__in=ParticipantRole.values)),)

    def __str__(self) -> str:
        return self.public_name


class Invitation(models.Model):
    """A one-time, expiring link bound to one e-mail address: the only way to an account.

    Only the SHA-256 of the link's secret is kept. `staff_role` other than none invites a reviewer or an admin,
    who then has no cohort.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254)
    staff_role = models.CharField(_("staff role"), max_length=20, choices=StaffRole, default=StaffRole.NONE)
    participant_role = models.CharField(
        _("role"), max_length=20, choices=ParticipantRole, default=ParticipantRole.ARTIST
    )
    cohort = models.ForeignKey(Cohort, models.PROTECT, null=True, blank=True, related_name="invitations")
    secret_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="invitation"
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = (
            models.CheckConstraint(name="invitation_staff_role", condition=Q(staff_role__in=StaffRole.values)),
            models.CheckConstraint(
                name="invitation_participant_role", condition=Q(participant_role__in=ParticipantRole.values)
            ),
            models.CheckConstraint(
                name="invitation_artists_have_a_cohort",
                condition=Q(cohort__isnull=False) | ~Q(staff_role=StaffRole.NONE),
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_accepted_or_revoked",
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="invitation_one_open_an_address",
                fields=("email",),
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def state(self) -> InvitationState:
        """Where it stands now."""
        if self.accepted_at is not None:
            return InvitationState.ACCEPTED
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        return InvitationState.EXPIRED if self.expires_at <= now() else InvitationState.OPEN


class TermsVersion(models.Model):
    """One published wording of the programme's terms. Never edited: a change is a new version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(_("version"), unique=True)
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"))
    summary_of_changes = models.TextField(_("what changed"), blank=True)
    published_at = models.DateTimeField(_("published"))

    class Meta:
        ordering = ("-number",)
        verbose_name = _("terms version")
        verbose_name_plural = _("terms versions")

    def __str__(self) -> str:
        return f"{self.title} {self.number}"


class TermsAcceptance(models.Model):
    """That a person agreed to one version, and when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="terms_acceptances")
    version = models.ForeignKey(TermsVersion, models.PROTECT, related_name="acceptances")
    accepted_at = models.DateTimeField(_("accepted"), auto_now_add=True)

    class Meta:
        verbose_name = _("terms acceptance")
        verbose_name_plural = _("terms acceptances")
        constraints = (models.UniqueConstraint(name="terms_accepted_once", fields=("user", "version")),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.version_id}"


class ApiToken(models.Model):
    """A scoped, expiring, revocable key to the API. Only its SHA-256 is kept; the token itself is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(_("begins with"), max_length=12)  # "dly_ab12cd34": enough to recognise, not to use
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(_("last address"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_reason = models.CharField(_("why revoked"), max_length=200, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def state(self) -> TokenState:
        """Where it stands now; asked anew at every request."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        return TokenState.EXPIRED if self.expires_at <= now() else TokenState.LIVE

    @property
    def is_live(self) -> bool:
        return self.state == TokenState.LIVE

    @property
    def scope_labels(self) -> list[str]:
        """Its scopes in plain words."""
        return [str(Scope(scope).label) for scope in self.scopes if scope in Scope.values]
