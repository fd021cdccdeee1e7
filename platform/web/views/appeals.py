"""An artist appeals a decision, and may take the appeal back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import review.services
from accounts.decorators import hidden_from_strangers
from common.errors import Conflict, Invalid, Unavailable
from web.answers import page, person, put_into, say
from web.appealing import AppealForm
from web.views.statements import own_decision, show


@require_POST
@hidden_from_strangers
@page
def appeal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask somebody else to decide anew."""
    decision = own_decision(request, pk)
    form = AppealForm(request.POST)
    if not form.is_valid():
        return show(request, decision, form=form, status=400)
    try:
        review.services.appeal(actor=person(request), decision=decision, body=form.cleaned_data["body"])
    except (Invalid, Unavailable) as error:
        return show(request, decision, form=form, status=put_into(form, error))
    except Conflict as error:
        say(request, error)
        return show(request, decision, form=form, status=error.status)
    messages.success(request, _("Your appeal is with the lead reviewers. You will be told what they decide, and why."))
    return HttpResponseRedirect(resolve_url("statement", decision.pk), status=303)


@require_POST
@hidden_from_strangers
@page
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take it back: the decision stands."""
    decision = own_decision(request, pk)
    try:
        review.services.withdraw_appeal(actor=person(request), decision=decision)
    except Conflict as error:
        say(request, error)
        return show(request, decision, status=error.status)
    messages.success(request, _("Your appeal is withdrawn. The decision stands."))
    return HttpResponseRedirect(resolve_url("statement", decision.pk), status=303)
