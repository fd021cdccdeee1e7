"""The page on which an admin takes a work down. It shows nothing of the work: titles, prompts and bytes are private."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.models import User
from common.admin import ReadOnly
from common.errors import DailiesError
from common.text import LinesField
from review import selectors, services
from review.forms import reason_choices
from review.models import ReviewCase
from review.refusable_form import RefusableForm
from review.services.text import MESSAGE_LENGTH
from review.states import OPEN_STATES
from videos.models import Video
from videos.selectors import live_grants
from videos.states import Enforcement


class TakeDownForm(RefusableForm):
    """What the artist is owed: a rule, and words."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("From the policies in force. The artist reads it with its description."),
        error_messages={"required": gettext_lazy("Choose a reason: the artist is owed one.")},
    )
    artist_message = LinesField(
        label=gettext_lazy("Message to the artist"),
        max_length=MESSAGE_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "What exactly it is about, and where in the work: for example “0:03, the face of a living person”. The "
            "artist reads it as you write it."
        ),
        error_messages={"required": gettext_lazy("Tell the artist why.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["reason"])
        field.choices = [("", _("Choose a reason")), *reason_choices(selectors.policies_in_force())]


class TakesDown(ReadOnly, ModelAdmin):
    """The address of the page, beside those of the cases: what it makes is one."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.take_down)
        return [path("take-down/<uuid:video_id>/", view, name="review_take_down"), *super().get_urls()]

    def take_down(self, request: HttpRequest, video_id: UUID) -> HttpResponse:
        """Asks for reason and message, then calls the service; what was typed stays when it refuses."""
        video = get_object_or_404(Video, pk=video_id)
        form = TakeDownForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            try:
                services.take_down(
                    actor=cast(User, request.user),
                    video=video,
                    reason_code=values["reason"],
                    artist_message=values["artist_message"],
                )
            except DailiesError as refusal:
                form.blame(refusal)
            else:
                messages.success(
                    request, _("The video was taken down. Its artist has a statement of reasons and can appeal.")
                )
                return redirect("admin:videos_video_change", video.pk)
        open_cases = ReviewCase.objects.filter(video=video, golden=None, state__in=OPEN_STATES)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take down %s") % video.pk,
            "opts": self.opts,
            "form": form,
            "video": video,
            "is_down": video.enforcement == Enforcement.TAKEN_DOWN,
            "is_shared": live_grants().filter(video=video).exists(),
            "open_cases": open_cases.count(),
        }
        return TemplateResponse(request, "review/admin_take_down.html", context)
