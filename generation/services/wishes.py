"""A request as it came, before anything of it is known to be possible."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from accounts.models import Participant, User
from generation import policies
from generation.models import Generation, InputImage
from generation.request_check import Seeds, Wanted, check_request
from generation.services.idempotency import fingerprint_of
from generation.services.switches import offered_to
from generation.start_check import Named, Unknown

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Wish:
    """The fields of a request, unchecked: a list of `seeds`, or one `seed` (or none) with a `count`."""

    model_key: object
    prompt: object = field(repr=False)  # never in a log or a traceback
    size: object
    seconds: object
    seed: object = None
    seeds: object = None
    count: object = None
    fps: object = None
    image: object = None  # an InputImage or its id
    parent: object = None  # a Generation or its id
    relation: object = ""
    mode: object = None

    @property
    def fingerprint(self) -> str:
        """The same for the same fields, whatever order they came in."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return fingerprint_of({name: str(getattr(value, "pk", value)) for name, value in given.items()})

    def checked(self, actor: User, participant: Participant) -> Wanted:
        """What is to be made; raises Invalid with every bad field."""
        return check_request(
            model_key=self.model_key,
            prompt=self.prompt,
            size=self.size,
            seconds=self.seconds,
            seeds=Seeds(self.seed, self.seeds, self.count),
            fps=self.fps,
            named=Named(
                image=_own(policies.images_of(actor), self.image),
                parent=_own(policies.visible_to(actor), self.parent),
                relation=self.relation,
                mode=self.mode,
            ),
            offered=offered_to(participant),
        )


def _own(rows: QuerySet[Row], named: object) -> Row | Unknown | None:
    """The one of `rows` that is meant; what is missing and what is somebody else's are told apart by nobody."""
    if named is None or named == "":
        return None
    try:
        pk = named.pk if isinstance(named, Generation | InputImage) else UUID(named)  # type: ignore[arg-type]
    except (TypeError, ValueError, AttributeError):
        return Unknown()
    return rows.filter(pk=pk).first() or Unknown()
