"""Which models are on: an admin switches a catalogue entry off and on, for everybody or for one cohort.

A cohort's own switch goes before everybody's. What waits for a model that is off stays in the queue, in its place, and
may start once it is on again; what renders already goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Cohort, Participant, User
from audit.services import record
from common.db import compare_and_set, lock
from common.errors import Conflict, FieldError, Invalid, NotAllowed
from generation import catalogue, doorbell
from generation.catalogue import CatalogueEntry
from generation.models import ModelSwitch


def offered_to(participant: Participant) -> tuple[CatalogueEntry, ...]:
    """The entries that the participant may ask for, in the catalogue's order."""
    return offered_to_cohort(participant.cohort_id)


def offered_to_cohort(cohort: object) -> tuple[CatalogueEntry, ...]:
    """The same for whoever is in the cohort of this id."""
    rows = ModelSwitch.objects.filter(Q(cohort__isnull=True) | Q(cohort=cohort)).values_list(
        "model_key", "cohort", "is_on"
    )
    # Everybody's switches first: the cohort's own then overwrite them.
    is_on = {key: on for key, of_cohort, on in sorted(rows, key=lambda row: row[1] is not None)}
    return tuple(entry for entry in catalogue.entries() if is_on.get(entry.key, True))


def what_is_on() -> Q | None:
    """The condition on generations that their model is on for their participant; None when no switch is off."""
    for_all: dict[str, bool] = {}
    of_cohorts: dict[str, dict[bool, list[object]]] = defaultdict(lambda: {True: [], False: []})
    rows: Iterable[tuple[str, object, bool]] = ModelSwitch.objects.values_list("model_key", "cohort", "is_on")
    for key, cohort, is_on in rows:
        if cohort is None:
            for_all[key] = is_on
        else:
            of_cohorts[key][is_on].append(cohort)
    off = Q()
    for key in sorted(for_all.keys() | of_cohorts.keys()):
        if not for_all.get(key, True):
            on = of_cohorts[key][True]
            off |= Q(model_key=key) & ~Q(participant__cohort__in=on) if on else Q(model_key=key)
        elif of_cohorts[key][False]:
            off |= Q(model_key=key, participant__cohort__in=of_cohorts[key][False])
    return ~off if off else None


@transaction.atomic
def set_switch(*, actor: User, model_key: str, cohort: Cohort | None, is_on: bool | None) -> ModelSwitch | None:
    """Switch a model on or off, for everybody (no cohort) or for one cohort; None takes the switch away.

    Doing it again changes nothing. Raises NotAllowed for whoever is no admin, Invalid for a model that the catalogue
    does not hold, and Conflict when somebody else has just done it.
    """
    if not actor.is_admin:
        raise NotAllowed(_("Only an admin switches models."))
    if is_on is not None and catalogue.get(model_key) is None:
        raise Invalid([FieldError("model_key", "unknown_model", _("The catalogue has no such model."))])
    # The first switch of a model has no row to lock: whoever is second fails at the table's constraint.
    switch = lock(ModelSwitch.objects.filter(model_key=model_key, cohort=cohort)).first()
    old = _word(switch.is_on) if switch else ""
    if is_on is None:
        if switch is None:
            return None
        # A deleted row has lost its id, which the audit event names.
        ModelSwitch.objects.filter(pk=switch.pk).delete()
    elif switch is None:
        switch = ModelSwitch.objects.create(model_key=model_key, cohort=cohort, is_on=is_on)
    elif switch.is_on == is_on:
        return switch
    else:
        itself = ModelSwitch.objects.filter(pk=switch.pk)
        if not compare_and_set(itself, expected={"is_on": switch.is_on}, changes={"is_on": is_on}):
            raise Conflict(_("Somebody else has just switched it."))
        switch.is_on = is_on
    transaction.on_commit(doorbell.ring)
    record(
        actor=actor,
        action="generation.model_switched",
        target=switch,
        from_state=old,
        to_state="" if is_on is None else _word(is_on),
        data={"model": model_key, "cohort": str(cohort.pk) if cohort else ""},
    )
    return None if is_on is None else switch


def _word(is_on: bool) -> str:
    return "on" if is_on else "off"
