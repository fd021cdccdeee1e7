"""People and access in the admin panel. Every write goes through a service, as the admin who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import unquote

from allauth.account.models import EmailAddress
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Group
from django.core.exceptions import BadRequest
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from accounts import services
from accounts.admin_forms import CohortForm, InviteForm, PublishTermsForm
from accounts.forms import show_error
from accounts.models import ApiToken, Cohort, Invitation, Participant, TermsVersion, User
from common.admin import ReadOnly
from common.errors import DailiesError

# Roles are fields of a person, and addresses belong to invitations: neither is edited behind the services' backs.
admin.site.unregister(Group)
admin.site.unregister(EmailAddress)


def sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """The panel has no door of its own: its form would know nothing of allauth's rate limits."""
    wanted = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        wanted = resolve_url("admin:index")
    if not request.user.is_authenticated:
        return redirect(f"{resolve_url('account_login')}?{urlencode({'next': wanted})}")
    if not admin.site.has_permission(request):
        raise Http404
    return redirect(wanted)


def with_its_own_policy(admin_view: Callable[..., Any]) -> Callable[..., Any]:
    """The panel's scripts (Alpine) compile the attributes of its pages, and it styles inline; our own pages may not."""
    return wraps(admin_view)(
        lambda *args, **kwargs: csp_update({"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]})(
            admin_view(*args, **kwargs)
        )
    )


def of_readable_addresses(admin_view: Callable[..., Any]) -> Callable[..., Any]:
    """Django's filters hand the address's words to the database as they are, and PostgreSQL takes no NUL."""

    def guarded(view: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., Any]:
        inner = admin_view(view, *args, **kwargs)

        @wraps(inner)
        def answered(request: HttpRequest, *given: Any, **named: Any) -> Any:
            if "\0" in unquote(request.META.get("QUERY_STRING", "")):
                raise BadRequest
            return inner(request, *given, **named)

        return answered

    return guarded


admin.site.login = sign_in  # type: ignore[method-assign]
admin.site.admin_view = with_its_own_policy(of_readable_addresses(admin.site.admin_view))  # type: ignore[method-assign]


class ServiceOwned(ReadOnly, ModelAdmin):
    """Rows to look at; what can be done to them is an action that calls a service."""

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fields or [field.name for field in self.opts.fields]

    def confirmed(
        self, request: HttpRequest, rows: QuerySet[Any], *, question: str, act: Callable[[Any], object]
    ) -> HttpResponse | None:
        """Ask once, then do it to each row, and say which rows refused and why."""
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": question,
                "rows": rows,
                "action": request.POST["action"],
                "checkbox": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "accounts/admin_confirm.html", context)
        done = 0
        for row in rows:
            try:
                act(row)
            except DailiesError as error:
                messages.error(request, f"{row}: {error.message}")
            else:
                done += 1
        if done:
            messages.success(request, _("Done for %(count)d.") % {"count": done})
        return None


class MadeByService(ServiceOwned):
    """Also has an "add" page, whose form goes to a service."""

    form_class: type[forms.Form]
    add_title: Any = ""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_authenticated and request.user.is_admin)

    def make(self, actor: User, wanted: dict[str, Any]) -> str:
        """Call the service; return the sentence that says what was done."""
        raise NotImplementedError

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise Http404
        form = self.form_class(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                said = self.make(_actor(request), form.cleaned_data)
            except DailiesError as error:
                show_error(form, error)
            else:
                messages.success(request, said)
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.add_title,
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "accounts/admin_form.html", context, status=400 if form.errors else 200)


def _actor(request: HttpRequest) -> User:
    return cast(User, request.user)


@admin.register(User)
class PersonAdmin(ServiceOwned):
    """People; they come in by invitation, and go by deactivation."""

    list_display = ("email", "name", "staff_role", "is_active", "date_joined", "last_login")
    list_filter = ("staff_role", "is_active")
    search_fields = ("email", "name")
    ordering = ("-id",)
    fields = ("id", "email", "name", "staff_role", "is_active", "date_joined", "last_login", "time_zone")
    actions = ("deactivate",)

    @admin.action(description=gettext_lazy("Deactivate: ends sign-in, sessions and tokens"), permissions=["view"])
    def deactivate(self, request: HttpRequest, rows: QuerySet[User]) -> HttpResponse | None:
        return self.confirmed(
            request,
            rows,
            question=_("Deactivate these people? Every session and token of theirs ends now."),
            act=lambda user: services.deactivate_user(actor=_actor(request), user=user),
        )


@admin.register(Cohort)
class CohortAdmin(ModelAdmin):
    """Cohorts and their limits."""

    form = CohortForm
    list_display = ("name", "weight", "monthly_credits", "max_queued")
    search_fields = ("name",)
    fields = ("name", "weight", "monthly_credits", "max_queued")

    def save_model(self, request: HttpRequest, obj: Cohort, form: forms.ModelForm[Cohort], change: bool) -> None:
        wanted = {field: form.cleaned_data[field] for field in self.fields}
        saved = services.save_cohort(actor=_actor(request), cohort=obj if change else None, **wanted)
        obj.pk = saved.pk

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Participant)
class ParticipantAdmin(ServiceOwned):
    """Who makes videos, in which cohort."""

    list_display = ("public_name", "user", "role", "cohort", "joined_at")
    list_filter = ("role", "cohort")
    list_select_related = ("user", "cohort")
    search_fields = ("public_name", "user__email")
    ordering = ("-id",)
    fields = ("id", "user", "cohort", "role", "public_name", "joined_at")


@admin.register(Invitation)
class InvitationAdmin(MadeByService):
    """Invitations. The link itself is in the mail alone."""

    form_class = InviteForm
    add_title = gettext_lazy("Invite somebody")
    list_display = ("email", "stands", "staff_role", "participant_role", "cohort", "created_at", "expires_at")
    list_filter = ("staff_role", "participant_role", "cohort")
    list_select_related = ("cohort",)
    search_fields = ("email",)
    ordering = ("-id",)
    fields = (
        "id",
        "email",
        "stands",
        "staff_role",
        "participant_role",
        "cohort",
        "invited_by",
        "created_at",
        "expires_at",
        "accepted_at",
        "accepted_by",
        "revoked_at",
    )
    actions = ("revoke",)

    @admin.display(description=gettext_lazy("State"))
    def stands(self, invitation: Invitation) -> str:
        return str(invitation.state.label)

    def make(self, actor: User, wanted: dict[str, Any]) -> str:
        invitation, _secret = services.invite(actor=actor, **wanted)
        return _("The invitation is on its way to %(email)s.") % {"email": invitation.email}

    @admin.action(description=gettext_lazy("Revoke: the links stop working"), permissions=["view"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Invitation]) -> HttpResponse | None:
        return self.confirmed(
            request,
            rows,
            question=_("Revoke these invitations? Their links stop working now."),
            act=lambda row: services.revoke_invitation(actor=_actor(request), invitation=row),
        )


@admin.register(TermsVersion)
class TermsVersionAdmin(MadeByService):
    """The versions of the terms. Published words never change: adding one publishes it."""

    form_class = PublishTermsForm
    add_title = gettext_lazy("Publish a new version; every participant is asked to accept it")
    list_display = ("number", "title", "published_at")
    fields = ("number", "title", "body", "summary_of_changes", "published_at")

    def make(self, actor: User, wanted: dict[str, Any]) -> str:
        version = services.publish_terms(actor=actor, **wanted)
        return _("Version %(number)d is in force.") % {"number": version.number}


@admin.register(ApiToken)
class ApiTokenAdmin(ServiceOwned):
    """Everybody's tokens, for the day one leaks."""

    list_display = ("hint", "name", "user", "stands", "created_at", "expires_at", "last_used_at", "last_used_ip")
    list_select_related = ("user",)
    search_fields = ("hint", "name", "user__email")
    fields = (
        "id",
        "hint",
        "name",
        "user",
        "scopes",
        "stands",
        "created_at",
        "expires_at",
        "last_used_at",
        "last_used_ip",
        "revoked_at",
        "revoked_reason",
    )
    actions = ("revoke", "grant_private_media")

    @admin.display(description=gettext_lazy("State"))
    def stands(self, token: ApiToken) -> str:
        return str(token.state.label)

    @admin.action(description=gettext_lazy("Revoke: refused from the next request on"), permissions=["view"])
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiToken]) -> HttpResponse | None:
        reason = _("Revoked by a programme admin.")
        return self.confirmed(
            request,
            rows,
            question=_("Revoke these tokens? They are refused from the next request on, for good."),
            act=lambda token: services.revoke_token(actor=_actor(request), token=token, reason=reason),
        )

    @admin.action(description=gettext_lazy("Grant: download the owner's private videos"), permissions=["view"])
    def grant_private_media(self, request: HttpRequest, rows: QuerySet[ApiToken]) -> HttpResponse | None:
        return self.confirmed(
            request,
            rows,
            question=_("Let these tokens download their owners' private videos? Whoever finds such a token has them."),
            act=lambda token: services.grant_private_media(actor=_actor(request), token=token),
        )
