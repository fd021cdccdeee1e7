"""Views of the queue that a reviewer keeps under a name."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.errors import Conflict, FieldError, Invalid, NotFound
from review import filters, policies
from review.models import SavedFilter

MOST_FILTERS = 20
NAME_LENGTH = 60


def save_filter(*, actor: User, name: str, query: Mapping[str, list[str]]) -> SavedFilter:
    """Keep what is asked of the queue; under a name that is there already, the new question takes its place."""
    if not policies.can_review(actor):
        raise NotFound
    asked = filters.read(query)
    name = " ".join(name.split())
    errors = []
    if not 1 <= len(name) <= NAME_LENGTH:
        allowed = _("1 to %d characters") % NAME_LENGTH
        errors.append(FieldError("name", _("Give the filter a name."), allowed))
    if not asked:
        errors.append(FieldError("query", _("Choose what to filter by first."), _("at least one filter")))
    if errors:
        raise Invalid(errors)
    mine = SavedFilter.objects.filter(owner=actor)
    try:
        with transaction.atomic():
            if mine.exclude(name=name).count() >= MOST_FILTERS:
                raise Conflict(
                    _("You keep %d filters already: delete one first.") % MOST_FILTERS, code="too_many_filters"
                )
            saved, is_new = mine.update_or_create(owner=actor, name=name, defaults={"query": asked.query})
            record(actor=actor, action="review.filter_saved", target=saved, to_state="saved", data={"new": is_new})
    except IntegrityError:
        raise Conflict(_("This filter has just been saved in another window."), code="filter_saved") from None
    return saved


def delete_filter(*, actor: User, saved: SavedFilter) -> None:
    """Forget a filter. Others' do not exist."""
    with transaction.atomic():
        if saved.owner_id != actor.pk or not SavedFilter.objects.filter(pk=saved.pk).exists():
            raise NotFound
        SavedFilter.objects.filter(pk=saved.pk).delete()
        record(actor=actor, action="review.filter_deleted", target=saved, from_state="saved", to_state="deleted")
