"""The pages of accounts: the invitation, the terms, the tokens."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.decorators import signed_in
from accounts.forms import InvitationForm, TermsForm, TokenForm, show_error
from accounts.models import Invitation, User
from accounts.plain_text import blocks
from accounts.policies import tokens_visible_to
from accounts.selectors import acceptance_of, current_terms, open_invitation
from common.errors import DailiesError

# Forms whose token was made already: kept short, it only has to catch a reload.
USED_FORMS = "used_token_forms"
USED_FORMS_KEPT = 20


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
@sensitive_variables("secret")
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Where the mailed link leads: makes the account and signs in."""
    found = open_invitation(secret)
    if found is None:
        response = render(request, "accounts/invitation_closed.html", status=404)
    elif request.user.is_authenticated:
        response = render(request, "accounts/invitation_signed_in.html", {"invitation": found})
    else:
        response = _accept(request, found, secret)
    # The address is the secret, so no other site may learn it. ("no-referrer" would go too far: a browser then sends
    # its form with `Origin: null`, which the CSRF check must refuse.)
    response["Referrer-Policy"] = "same-origin"
    return response


@sensitive_variables("secret")
def _accept(request: HttpRequest, found: Invitation, secret: str) -> HttpResponse:
    form = InvitationForm(request.POST or None, makes_videos=found.cohort_id is not None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.accept_invitation(secret=secret, **form.cleaned_data)
        except DailiesError as error:
            show_error(form, error)
        else:
            login(request, user)
            return redirect(resolve_url(settings.LOGIN_REDIRECT_URL))
    context = {"invitation": found, "form": form}
    return render(request, "accounts/invitation.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def terms(request: HttpRequest) -> HttpResponseBase:
    """The terms in force, for everybody to read and for the signed-in to accept."""
    if request.method == "POST" and not isinstance(request.user, User):
        return redirect(f"{resolve_url('account_login')}?next={resolve_url('terms')}")
    version = current_terms()
    following = _safe_next(request)
    form = TermsForm(request.POST or None, initial={"number": version.number if version else None})
    if request.method == "POST" and form.is_valid():
        try:
            services.accept_terms(actor=cast(User, request.user), number=form.cleaned_data["number"])
        except DailiesError as error:
            # The version has changed under the reader: show the new one, unticked.
            form = TermsForm(initial={"number": version.number if version else None})
            messages.error(request, error.message)
        else:
            return redirect(following or resolve_url(settings.LOGIN_REDIRECT_URL))
    context = {
        "version": version,
        "blocks": list(blocks(version.body)) if version else [],
        "changes": list(blocks(version.summary_of_changes)) if version else [],
        "acceptance": acceptance_of(request.user, version) if version and isinstance(request.user, User) else None,
        "form": form,
        "next": following,
    }
    return render(request, "accounts/terms.html", context, status=400 if form.is_bound else 200)


def _safe_next(request: HttpRequest) -> str:
    address = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if safe else ""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
@sensitive_variables("plaintext")
def tokens(request: HttpRequest) -> HttpResponseBase:
    """One's API tokens, and the form that makes one. The new token is in the answer to that form and nowhere else."""
    user = cast(User, request.user)
    form = TokenForm(request.POST or None, user=user)
    made, plaintext = None, ""
    if request.method == "POST" and form.is_valid():
        wanted = dict(form.cleaned_data)
        key = wanted.pop("form_key")
        if key in request.session.get(USED_FORMS, []):
            messages.info(request, _("That token was made already, and is shown only once."))
            return redirect("tokens")
        try:
            made, plaintext = services.create_token(actor=user, **wanted)
        except DailiesError as error:
            show_error(form, error)
        else:
            request.session[USED_FORMS] = [*request.session.get(USED_FORMS, []), key][-USED_FORMS_KEPT:]
            form = TokenForm(user=user)
    context = {"form": form, "made": made, "plaintext": plaintext, "tokens": tokens_visible_to(user)}
    return render(request, "accounts/tokens.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def token_revoke(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """Asks once more, then ends the token."""
    user = cast(User, request.user)
    token = tokens_visible_to(user).filter(pk=token_id).first()
    if token is None:
        raise Http404
    if request.method != "POST":
        return render(request, "accounts/token_revoke.html", {"token": token})
    services.revoke_token(actor=user, token=token)
    messages.success(request, _("“%(name)s” is revoked and refused from now on.") % {"name": token.name})
    return redirect("tokens")


def not_offered(request: HttpRequest) -> HttpResponse:
    """Addresses of django-allauth that this site does not offer, such as changing one's e-mail address."""
    raise Http404
