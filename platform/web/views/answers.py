"""The artist answers a request for changes."""

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
from review.selectors import standing_of
from review.selectors.dialogue import open_question
from web.answering import AnswerForm
from web.answers import page, person, put_into, say
from web.views.videos import own_video, show


@require_POST
@hidden_from_strangers
@page
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """With words, with another video in this one's place, or with both."""
    video = own_video(request, pk)
    form = AnswerForm(request.POST, question=open_question(video))
    if not form.is_valid():
        return show(request, video, answer_form=form, status=400)
    case = standing_of(video).case
    try:
        if case is None:
            raise Conflict(_("Nobody has asked for changes of this video."))
        said = review.services.answer(
            actor=person(request), case=case, body=form.cleaned_data["body"], video=form.chosen
        )
    except (Invalid, Unavailable) as error:
        return show(request, video, answer_form=form, status=put_into(form, error))
    except Conflict as error:
        say(request, error)  # where it stands now, there may be no form to put it into
        return show(request, video, answer_form=form, status=error.status)
    messages.success(request, _("Your answer is with the reviewers. You will be told what they decide, and why."))
    return HttpResponseRedirect(resolve_url("video", said.video_after_id), status=303)
