"""To pass a case, or to let it wait: for a time, for a colleague, for the people of a queue, for anybody else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import reviewer_required
from accounts.models import User
from accounts.states import StaffRole
from common.errors import DailiesError, Invalid
from common.text import LinesField
from review import policies, selectors, services
from review.models import ReviewCase, ReviewQueue
from review.services import meanwhile
from review.services.text import NOTE_LENGTH
from review.states import WAITING_STATES, InterestKind
from review.views.shared import CLAIM_COOKIE, case_or_404, private, reviewer_of
from review.views.typed import carried, gone, gone_on, has_words, lost_page


class NoteField(LinesField):
    """Words among reviewers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}), **options)


class HoldForm(forms.Form):
    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Then it comes back by itself. The artist’s deadline runs on, and ends the hold too."),
    )
    note = NoteField(label=gettext_lazy("What it waits for"), help_text=gettext_lazy("Reviewers read it."))


class HandForm(forms.Form):
    reviewer = forms.ModelChoiceField(label=gettext_lazy("To"), queryset=User.objects.none())
    note = NoteField(label=gettext_lazy("Note"), required=False)

    def __init__(self, *args: Any, actor: User, **options: Any) -> None:
        super().__init__(*args, **options)
        roles = (StaffRole.REVIEWER, StaffRole.LEAD_REVIEWER)
        colleagues = User.objects.filter(is_active=True, staff_role__in=roles).exclude(pk=actor.pk)
        self.fields["reviewer"].queryset = colleagues.order_by("name", "email")  # type: ignore[attr-defined]


class SendForm(forms.Form):
    queue = forms.ModelChoiceField(label=gettext_lazy("Queue"), queryset=ReviewQueue.objects.none())
    note = NoteField(label=gettext_lazy("Note"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["queue"].queryset = ReviewQueue.objects.filter(retired_at=None)  # type: ignore[attr-defined]


class RecuseForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Why"), choices=InterestKind.choices)


@private
@reviewer_required
@require_POST
def pass_by(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Leave a case to others; nobody asks why."""
    case = case_or_404(case_id)
    try:
        services.pass_by(actor=reviewer_of(request), case=case, token=request.COOKIES.get(CLAIM_COOKIE, ""))
    except DailiesError as refusal:
        return gone(request, case, refusal)
    return gone_on(request, case, _("Passed. It will not come to you as the next case; no reason is needed."))


@private
@reviewer_required
@require_http_methods(["GET", "POST"])
def handing(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """For whoever holds the case in this window, and for leads while it waits."""
    case = case_or_404(case_id)
    reviewer, token = reviewer_of(request), request.COOKIES.get(CLAIM_COOKIE, "")
    if not _sees_to_it(reviewer, case, token):
        if not has_words(request) or not case.claims.filter(reviewer=reviewer).exists():
            raise Http404
        return lost_page(request, case, meanwhile.why_lost(case, reviewer, token))
    act = request.POST.get("act", "")
    made = _forms(request, reviewer, act)
    if request.method == "GET" or act == "open":
        # From the case page a button brings along what is typed there; from the queue a link leads here.
        return _page(request, case, made)
    if act == "unhold":
        return _done(request, case, act, {}, made)
    if act not in made or not made[act].is_valid():
        return _page(request, case, made, status=400)
    return _done(request, case, act, dict(made[act].cleaned_data), made)


def _sees_to_it(reviewer: User, case: ReviewCase, token: str) -> bool:
    if selectors.live_claim(case=case, reviewer=reviewer, token=token):
        return True
    known = policies.visible_in_queue(reviewer).filter(pk=case.pk, state__in=WAITING_STATES)
    return (policies.can_lead(reviewer) or case.held_by_id == reviewer.pk) and known.exists()


def _forms(request: HttpRequest, reviewer: User, act: str) -> dict[str, forms.Form]:
    def data(name: str) -> Any:
        return request.POST if request.method == "POST" and act == name else None

    return {
        "hold": HoldForm(data("hold"), prefix=None, auto_id="hold_%s"),
        "hand": HandForm(data("hand"), actor=reviewer, auto_id="hand_%s"),
        "send": SendForm(data("send"), auto_id="send_%s"),
        "recuse": RecuseForm(data("recuse"), auto_id="recuse_%s"),
    }


def _done(
    request: HttpRequest, case: ReviewCase, act: str, values: dict[str, Any], made: dict[str, forms.Form]
) -> HttpResponse:
    """Do it, and go back to the desk; what the service refuses is said beside what was typed."""
    reviewer = reviewer_of(request)
    token = {"token": request.COOKIES.get(CLAIM_COOKIE, "")}
    steps: dict[str, tuple[Any, str]] = {
        "hold": (services.hold, _("On hold. It comes back by itself.")),
        "hand": (services.hand, _("Handed on. Nobody else gets it until they put it back.")),
        "send": (services.send_to_queue, _("Escalated. The people of that queue decide, or a lead.")),
        "recuse": (services.recuse, _("Noted. You get no more cases of this artist.")),
        "unhold": (services.unhold, _("Off hold: the case waits in the queue again.")),
    }
    step, said = steps[act]
    try:
        step(actor=reviewer, case=case, **values, **({} if act == "unhold" else token))
    except Invalid as invalid:
        for error in invalid.fields:
            made[act].add_error(error.field if error.field in made[act].fields else None, error.reason)
        return _page(request, case, made, status=invalid.status)
    except DailiesError as refusal:
        return _page(request, case, made, refusal=refusal, status=refusal.status)
    return gone_on(request, case, said)


def _page(
    request: HttpRequest,
    case: ReviewCase,
    made: dict[str, forms.Form],
    *,
    refusal: DailiesError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "case": case,
        "forms": made,
        "refusal": refusal,
        "is_held": case.state not in WAITING_STATES,
        "on_hold": case.held_until is not None and case.held_until > timezone.now(),
        "carried": carried(request),
        "queues": ReviewQueue.objects.filter(retired_at=None).exists(),
    }
    return render(request, "review/handing.html", context, status=status)
