"""The licence of a model's weights: accepted by somebody before they are fetched, once for the whole programme."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.services import record
from common.actors import Actor
from common.errors import Conflict
from generation.catalogue import CatalogueEntry
from generation.models import LicenceAcceptance


def accept_licence(*, actor: Actor, entry: CatalogueEntry) -> LicenceAcceptance:
    """Note that `actor` accepts the licence as the catalogue states it; Conflict when it was accepted already."""
    try:
        with transaction.atomic():
            acceptance = LicenceAcceptance.objects.create(
                model_key=entry.key, repository=entry.repository, licence=entry.licence, forbids=entry.forbids
            )
            record(
                actor=actor,
                action="model.licence_accepted",
                target=acceptance,
                to_state="accepted",
                data={"model": entry.key, "repository": entry.repository, "licence": entry.licence},
            )
    except IntegrityError as error:
        raise Conflict(_("This licence is accepted already."), code="already_accepted") from error
    return acceptance


def has_accepted_licence(*, entry: CatalogueEntry) -> bool:
    """Whether somebody accepted this entry's licence in its present words; another licence asks anew."""
    return LicenceAcceptance.objects.filter(
        model_key=entry.key, repository=entry.repository, licence=entry.licence
    ).exists()
