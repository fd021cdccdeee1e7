"""What a video starts from: words alone, a picture, or an earlier generation. Is that possible with this model?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from generation.catalogue import CatalogueEntry
from generation.models import Generation, InputImage
from generation.states import GenerationState, Mode, Relation

Add = Callable[[str, str, str], None]  # field, reason, what is allowed


class Unknown:
    """Stands for a picture or a generation that was named, and that this person does not have."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a request names, found among what belongs to the person who asks."""

    image: InputImage | Unknown | None = None
    parent: Generation | Unknown | None = None
    relation: object = ""
    mode: object = None


@dataclass(frozen=True, slots=True)
class Start:
    """What the generation keeps of it."""

    mode: Mode
    relation: Relation
    image: InputImage | None
    parent: Generation | None


NOTHING = Start(Mode.TEXT, Relation.NONE, None, None)


def check_start(named: Named, entry: CatalogueEntry | None, add: Add) -> Start:
    """Reports what does not go together; the answer then means nothing. `entry` is None for an unknown model."""
    relation = _relation(named, add)
    if relation is None:
        return NOTHING
    image, parent = _image(named, relation, add), _parent(named, relation, add)
    mode = _mode(named, relation, add)
    if entry is not None and mode not in entry.modes:
        reason = (
            _("The model does not start from a picture.") if mode == Mode.IMAGE else _("The model needs a picture.")
        )
        add("mode", reason, ", ".join(entry.modes))
    return Start(mode, relation, image, parent)


def _relation(named: Named, add: Add) -> Relation | None:
    value = named.relation if named.relation is not None else ""
    allowed = _("“remix” or “extend” together with a parent, or neither")
    if not isinstance(value, str) or value not in Relation.values:
        add("relation", _("There is no such relation."), allowed)
        return None
    if value and named.parent is None:
        add("relation", _("This relation needs a parent."), allowed)
    if named.parent is not None and not value:
        add("relation", _("It is not said what this is to its parent."), allowed)
    return Relation(value)


def _image(named: Named, relation: Relation, add: Add) -> InputImage | None:
    allowed = _("the id of a picture that you uploaded")
    if isinstance(named.image, Unknown):
        add("image", _("You have no such picture."), allowed)
        return None
    if named.image is not None and relation == Relation.EXTEND:
        add("image", _("An extension starts from its parent's last frame."), _("none"))
    return named.image


def _parent(named: Named, relation: Relation, add: Add) -> Generation | None:
    allowed = _("the id of a generation of yours")
    if isinstance(named.parent, Unknown):
        add("parent", _("You have no such generation."), allowed)
        return None
    if named.parent is not None and relation == Relation.EXTEND and named.parent.state != GenerationState.COMPLETED:
        add("parent", _("Only a completed generation can be extended."), _("a completed generation of yours"))
    return named.parent


def _mode(named: Named, relation: Relation, add: Add) -> Mode:
    """What it says, or what follows from what it names."""
    from_picture = named.image is not None or relation == Relation.EXTEND
    found = Mode.IMAGE if from_picture else Mode.TEXT
    if named.mode is None or named.mode == found:
        return found
    if not isinstance(named.mode, str) or named.mode not in Mode.values:
        add("mode", _("There is no such mode."), ", ".join(Mode.values))
    elif named.mode == Mode.IMAGE:
        add("image", _("There is no picture to start from."), _("the id of a picture that you uploaded"))
        return Mode.IMAGE
    else:
        add("mode", _("With a picture to start from, or to go on from, the mode is “image”."), Mode.IMAGE.value)
    return found
