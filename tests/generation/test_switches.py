"""Models that an admin switches off and on: what is offered, what may start, and who may do it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from common.errors import Invalid, NotAllowed
from generation import catalogue, services
from generation.models import Generation, ModelSwitch
from generation.services.switches import offered_to, set_switch
from tests.factories import AdminFactory, CohortFactory, GenerationFactory, ParticipantFactory, ReviewerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return AdminFactory()


@pytest.fixture
def artist(monkeypatch):
    """Of a catalogue with two models."""
    sketch = catalogue.get("sketch")
    both = (sketch, replace(sketch, key="turbo"))
    monkeypatch.setattr(catalogue, "entries", lambda: both)
    return ParticipantFactory()


def offered(participant) -> list[str]:
    return [entry.key for entry in offered_to(participant)]


def started() -> Generation | None:
    attempt = services.claim_next(worker=services.register_worker(name="w"))
    return attempt.generation if attempt else None


def test_without_a_switch_everything_is_on(artist):
    assert offered(artist) == ["sketch", "turbo"]


def test_off_for_everybody_is_neither_offered_nor_started(artist, admin):
    turbo = GenerationFactory(participant=artist, model_key="turbo")
    sketch = GenerationFactory(participant=artist)
    set_switch(actor=admin, model_key="turbo", cohort=None, is_on=False)
    assert offered(artist) == ["sketch"]
    assert [started(), started()] == [sketch, None]
    set_switch(actor=admin, model_key="turbo", cohort=None, is_on=True)
    assert started() == turbo


def test_a_cohorts_own_switch_goes_before_everybodys(artist, admin):
    other = ParticipantFactory(cohort=CohortFactory())
    GenerationFactory(participant=other, model_key="turbo")
    mine = GenerationFactory(participant=artist, model_key="turbo")
    set_switch(actor=admin, model_key="turbo", cohort=None, is_on=False)
    set_switch(actor=admin, model_key="turbo", cohort=artist.cohort, is_on=True)
    assert (offered(artist), offered(other)) == (["sketch", "turbo"], ["sketch"])
    assert [started(), started()] == [mine, None]


def test_off_for_one_cohort_is_on_for_the_others(artist, admin):
    other = ParticipantFactory(cohort=CohortFactory())
    GenerationFactory(participant=artist, model_key="turbo")
    theirs = GenerationFactory(participant=other, model_key="turbo")
    set_switch(actor=admin, model_key="turbo", cohort=artist.cohort, is_on=False)
    assert (offered(artist), offered(other)) == (["sketch"], ["sketch", "turbo"])
    assert [started(), started()] == [theirs, None]


def test_each_change_is_one_event(artist, admin):
    for is_on in (False, False, True, None, None):
        set_switch(actor=admin, model_key="turbo", cohort=None, is_on=is_on)
    events = AuditEvent.objects.filter(action="generation.model_switched").order_by("id")
    assert list(events.values_list("from_state", "to_state")) == [("", "off"), ("off", "on"), ("on", "")]
    assert not ModelSwitch.objects.exists()


def test_only_an_admin_switches(artist):
    for person in (artist.user, ReviewerFactory()):
        with pytest.raises(NotAllowed):
            set_switch(actor=person, model_key="turbo", cohort=None, is_on=False)


def test_only_what_the_catalogue_holds_is_switched(artist, admin):
    with pytest.raises(Invalid):
        set_switch(actor=admin, model_key="gone", cohort=None, is_on=False)


def test_the_panel_switches_and_takes_the_switch_away(artist, admin, client):
    client.force_login(admin)
    listed = reverse("admin:generation_modelswitch_changelist")
    add = reverse("admin:generation_modelswitch_add")
    assert "Everybody" in client.get(add).content.decode()
    client.post(add, {"model_key": "turbo", "cohort": "", "is_on": "off"})
    switch = ModelSwitch.objects.get()
    assert (switch.model_key, switch.cohort, switch.is_on) == ("turbo", None, False)
    assert client.get(listed).status_code == 200
    client.post(listed, {"action": "take_away", "_selected_action": [str(switch.pk)], "confirmed": "1"})
    assert not ModelSwitch.objects.exists()
