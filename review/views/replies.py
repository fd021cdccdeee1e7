"""A reviewer's saved replies: a list, a form, and a question before one is deleted."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import reviewer_required
from common.errors import DailiesError, Invalid
from review import policies, selectors
from review.models import SavedReply
from review.replies_form import ReplyForm
from review.services import replies as services
from review.views.shared import private, reviewer_of


@private
@reviewer_required
@require_http_methods(["GET", "POST"])
def replies(request: HttpRequest) -> HttpResponse:
    """One's own and everybody's; and room for another."""
    can_share = policies.can_share_replies(reviewer_of(request))
    form = ReplyForm(request.POST if request.method == "POST" else None, can_share=can_share)
    if request.method == "POST" and _save(request, form, None):
        return redirect("desk-replies")
    return _list(request, form)


@private
@reviewer_required
@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, reply_id: UUID) -> HttpResponse:
    """The words of one reply."""
    mine = _editable_or_404(request, reply_id)
    initial = {"title": mine.title, "body": mine.body, "reason_code": mine.reason_code}
    form = ReplyForm(request.POST if request.method == "POST" else None, can_share=False, initial=initial)
    if request.method == "POST" and _save(request, form, mine):
        return redirect("desk-replies")
    return render(
        request, "review/replies_edit.html", {"form": form, "reply": mine}, status=400 if form.errors else 200
    )


@private
@reviewer_required
@require_POST
def delete(request: HttpRequest, reply_id: UUID) -> HttpResponse:
    """Two steps: a question, and then it is gone."""
    mine = _editable_or_404(request, reply_id)
    if "confirmed" not in request.POST:
        return render(request, "review/replies_delete.html", {"reply": mine})
    try:
        services.delete_reply(actor=reviewer_of(request), reply=mine)
    except DailiesError as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("Deleted."))
    return redirect("desk-replies")


def _save(request: HttpRequest, form: ReplyForm, mine: SavedReply | None) -> bool:
    if not form.is_valid():
        return False
    try:
        services.save_reply(actor=reviewer_of(request), reply=mine, **form.cleaned_data)
    except Invalid as invalid:
        form.blame(invalid)
        return False
    except DailiesError as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, _("Saved."))
    return True


def _list(request: HttpRequest, form: ReplyForm) -> HttpResponse:
    reviewer = reviewer_of(request)
    rows = [(one, policies.can_edit_reply(reviewer, one)) for one in selectors.replies_for(reviewer)]
    return render(request, "review/replies.html", {"rows": rows, "form": form}, status=400 if form.errors else 200)


def _editable_or_404(request: HttpRequest, reply_id: UUID) -> SavedReply:
    reviewer = reviewer_of(request)
    mine = policies.replies_visible_to(reviewer).filter(pk=reply_id).first()
    if mine is None or not policies.can_edit_reply(reviewer, mine):
        raise Http404
    return mine
