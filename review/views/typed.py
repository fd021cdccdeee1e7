"""What somebody has typed on the case page and not sent: it comes back, whichever button they press."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.errors import DailiesError
from review.comment_form import CommentForm
from review.forms import DecisionForm
from review.models import Comment, ReviewCase
from review.views.shared import back_to_desk, forget_claim, reviewer_of
from review.views.verdict import decision_form

# What took somebody time to write. A reason or a moment alone is picked again in a second.
WORDS = ("artist_message", "internal_note", "comment_body")
# What the page sends by itself proves the claim, and is nothing that anybody typed.
PROOF = ("claim_token", "case_version", "shown")


def has_words(request: HttpRequest) -> bool:
    """Whether a text came with the request."""
    return any(request.POST.get(name, "").strip() for name in WORDS)


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """Every field of the case page that has something in it, for the forms of a page that brings it back.

    Empty when nothing was typed or chosen: what proves the claim alone needs no bringing back.
    """
    names = [name for name in (*DecisionForm.base_fields, *CommentForm.base_fields) if name != "outcome"]
    found = [(name, request.POST[name]) for name in names if request.POST.get(name)]
    return found if any(name not in PROOF for name, _value in found) else []


def typed_decision(request: HttpRequest, case: ReviewCase) -> DecisionForm:
    """The decision's fields as they were sent. Not bound: nobody has asked yet whether the decision can go."""
    typed: dict[str, Any] = {name: request.POST[name] for name in DecisionForm.base_fields if name in request.POST}
    return decision_form(case, None, **typed)


def typed_comment(request: HttpRequest, case: ReviewCase, *, gone: str = "") -> CommentForm:
    """The comment's fields as they were sent; no longer a change of the comment `gone`."""
    typed = request.POST.dict()
    if gone and typed.get("comment_id") == gone:
        del typed["comment_id"]
    return CommentForm(initial=typed, video=case.video)


def unadded_comment(request: HttpRequest, case: ReviewCase) -> CommentForm | None:
    """The comment whose words stand nowhere but in the form, with a sentence that says so; None when there is none."""
    form = CommentForm(request.POST, video=case.video)
    if not request.POST.get("comment_body", "").strip() or _stands(form, case):
        return None
    form.add_error("comment_body", _("This comment is not added yet: add it or empty it first."))
    # Without scripts the page comes anew from its top.
    form.fields["comment_body"].widget.attrs["autofocus"] = True
    return form


def _stands(form: CommentForm, case: ReviewCase) -> bool:
    """A comment that was opened to be changed, and was not changed."""
    if not form.is_valid() or not isinstance(key := form.cleaned_data["comment_id"], UUID):
        return False
    comment = Comment.objects.select_related("video").filter(case=case, pk=key).first()
    return comment is not None and form.words == CommentForm.words_of(comment)


def lost_page(request: HttpRequest, case: ReviewCase, refusal: DailiesError) -> HttpResponse:
    """The claim is gone: what was typed, to copy, and nothing of the case."""
    return render(request, "review/lost.html", _kept(request, case) | {"refusal": refusal}, status=refusal.status)


def gone(request: HttpRequest, case: ReviewCase, refusal: DailiesError) -> HttpResponse:
    """To the desk with a sentence; by way of the words, where any came along."""
    if has_words(request) and case.claims.filter(reviewer=reviewer_of(request)).exists():
        return lost_page(request, case, refusal)
    messages.warning(request, refusal.message)
    return back_to_desk(case.pk)


def gone_on(request: HttpRequest, case: ReviewCase, said: str) -> HttpResponse:
    """The case went on to others, as was asked: to the desk; by way of what was typed, to copy, if anything was."""
    if not has_words(request):
        messages.success(request, said)
        return back_to_desk(case.pk)
    return forget_claim(render(request, "review/left.html", _kept(request, case) | {"said": said}), case.pk)


def _kept(request: HttpRequest, case: ReviewCase) -> dict[str, Any]:
    return {"case": case, "form": decision_form(case, request.POST), "comment": request.POST.get("comment_body", "")}
