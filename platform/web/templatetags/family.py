"""What a take came from, what came from it, and how to go on from it."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generation import catalogue
from generation.models import Generation
from generation.states import GenerationState, Mode, Relation
from web.takes import Take, take_of

register = template.Library()

CHILDREN = 24

OF_A_PARENT: dict[str, Promise] = {
    Relation.REMIX: _("A remix of"),
    Relation.EXTEND: _("Goes on from the end of"),
}
OF_A_CHILD: dict[str, Promise] = {
    Relation.REMIX: _("Remixed as"),
    Relation.EXTEND: _("Goes on in"),
}


@register.inclusion_tag("web/go_on.html")
def go_on(generation: Generation | None, small: bool = False) -> dict[str, Any]:
    """Buttons: remix it, and extend it where its model starts from pictures."""
    return {"generation": generation, "extends": generation is not None and can_extend(generation), "small": small}


@register.inclusion_tag("web/family.html")
def family(generation: Generation | None) -> dict[str, Any]:
    """Its parent and its children, each with its relation. Two queries at most."""
    if generation is None:
        return {"members": []}
    members: list[tuple[Promise, Take]] = []
    if generation.parent_id:
        parent = Generation.objects.select_related("video").get(pk=generation.parent_id)
        members.append((OF_A_PARENT[generation.relation], take_of(parent, video_states={})))
    children = generation.children.select_related("video").order_by("take")[:CHILDREN]
    return {"members": members + [(OF_A_CHILD[one.relation], take_of(one, video_states={})) for one in children]}


def can_extend(generation: Generation) -> bool:
    """It is completed, and its model starts from pictures."""
    entry = catalogue.get(generation.model_key)
    return generation.state == GenerationState.COMPLETED and entry is not None and Mode.IMAGE in entry.modes
