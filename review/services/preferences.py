"""How a reviewer wants to work: their own choice, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.db import lock
from common.errors import FieldError, Invalid, NotFound
from review import policies
from review.models import ReviewerPreferences
from review.states import Topic

LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")
MOST_LANGUAGES = 30


def set_preferences(
    *,
    actor: User,
    blurred: bool,
    greyscale: bool,
    muted: bool,
    small: bool,
    paused: bool,
    languages: Sequence[str],
    declined_topics: Sequence[str],
) -> ReviewerPreferences:
    """Keep what the reviewer chose for themselves. A choice that changes nothing writes nothing."""
    if not policies.can_review(actor):
        raise NotFound
    _check(languages, declined_topics)
    wanted = {
        "blurred": blurred,
        "greyscale": greyscale,
        "muted": muted,
        "small": small,
        "paused": paused,
        "languages": sorted(set(languages)),
        "declined_topics": sorted(set(declined_topics)),
    }
    with transaction.atomic():
        ReviewerPreferences.objects.get_or_create(reviewer=actor)
        mine = lock(ReviewerPreferences.objects.all()).get(reviewer=actor)
        changed = [name for name, value in wanted.items() if getattr(mine, name) != value]
        if changed:
            for name in changed:
                setattr(mine, name, wanted[name])
            mine.save(update_fields=changed)
            # That they changed, and not to what: which topics somebody cannot watch is nobody's business.
            record(actor=actor, action="review.preferences_set", target=mine, data={"changed": changed})
    return mine


def _check(languages: Sequence[str], declined_topics: Sequence[str]) -> None:
    errors = []
    if len(languages) > MOST_LANGUAGES or any(len(code) > 12 or not LANGUAGE.fullmatch(code) for code in languages):
        allowed = _("codes such as en or pt-br, at most %d") % MOST_LANGUAGES
        errors.append(FieldError("languages", _("These are not all languages."), allowed))
    if any(topic not in Topic.values for topic in declined_topics):
        errors.append(FieldError("declined_topics", _("These are not all topics."), ", ".join(Topic.values)))
    if errors:
        raise Invalid(errors)
