"""The statement of reasons: what was decided against a work, why, and what its artist can do. Made to be printed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.decorators import hidden_from_strangers
from review.models import Decision
from review.selectors.statements import adverse_decisions, statement_of
from web.answers import page, person
from web.appealing import AppealForm
from web.slate import name_of


@require_safe
@hidden_from_strangers
@page
def statement(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page."""
    return show(request, own_decision(request, pk))


def own_decision(request: HttpRequest, pk: UUID) -> Decision:
    """A decision against a work of the visitor's; to everybody else there is no such page."""
    decision = adverse_decisions(person(request)).filter(pk=pk).first()
    if decision is None:
        raise Http404
    return decision


def show(
    request: HttpRequest, decision: Decision, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    """The page as it is now, with the form as it was filled in."""
    statement = statement_of(decision)
    context: dict[str, Any] = {
        "statement": statement,
        "decision": statement.decision,
        "video": statement.video,
        "name": name_of(statement.video),
        "appeal_form": form or AppealForm(),
    }
    return render(request, "web/statement.html", context, status=status)
