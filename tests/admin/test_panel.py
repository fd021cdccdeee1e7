"""The admin panel: every page opens, only for admins, and none shows what is an artist's own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse

from audit.models import AuditEvent
from quotas.models import Allowance
from quotas.periods import month_of
from quotas.selectors import balance
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.story import Story

pytestmark = pytest.mark.django_db

PROMPT = "rain"
EXPECTED = {
    *("user", "participant", "cohort", "invitation", "termsversion", "apitoken", "allowance", "ledgerentry"),
    *("generation", "attempt", "worker", "modelswitch", "video", "rendition", "approval", "sharegrant", "notification"),
    *("policy", "reviewcase", "claim", "decision", "auditevent"),
}


@pytest.fixture
def story() -> Story:
    told = Story()
    for move in ("submit", "start", "complete", "submit_for_sharing", "claim", "approve", "share"):
        told.play(move)
        assert told.last_move_worked, move
    return told


@pytest.fixture
def panel(client):
    client.force_login(AdminFactory())
    return client


def test_the_panel_has_what_an_admin_looks_for():
    assert {model._meta.model_name for model in admin.site._registry} >= EXPECTED


def test_every_list_and_every_row_opens_and_tells_no_prompt_or_note(panel, story):
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = panel.get(reverse(f"{name}_changelist"), follow=True)  # what has one row goes on to it
        assert listed.status_code == 200, name
        pages = [listed]
        row = model._default_manager.first()
        if row is not None:
            shown = panel.get(reverse(f"{name}_change", args=[row.pk]))
            assert shown.status_code == 200, name
            pages.append(shown)
        for page in pages:
            text = page.content.decode()
            for private in (f">{PROMPT}<", f"prompt {PROMPT}", "please"):  # "please" is the note to the reviewer
                assert private not in text, name


def test_the_catalogue_is_listed(panel):
    page = panel.get(reverse("admin:generation_catalogue"))
    assert page.status_code == 200
    assert "1920x1080" in page.content.decode()


@pytest.mark.parametrize("asked", ["state__exact=%00", "q=a%00b", "%00=1"])
def test_an_address_that_no_database_can_be_asked_is_refused(panel, asked):
    answer = panel.get(f"{reverse('admin:generation_generation_changelist')}?{asked}")
    assert answer.status_code == 400
    assert "This request could not be read" in answer.content.decode()


def test_there_is_nothing_to_take_down_at_an_id_that_is_none(panel):
    assert panel.get(reverse("admin:videos_video_take_down", args=["nothing"])).status_code == 404


@pytest.mark.parametrize("part", ["anonymous", "artist", "reviewer"])
def test_nobody_else_comes_in(client, story, part):
    if part == "artist":
        client.force_login(story.artist)
    if part == "reviewer":
        client.force_login(ReviewerFactory())
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert client.get(reverse(name)).status_code in {302, 404}, name
    for page in ("generation_catalogue", "generation_stages"):
        assert client.get(reverse(f"admin:{page}")).status_code in {302, 404}


def test_rows_of_the_services_cannot_be_written_here(panel, story):
    for model in admin.site._registry:
        if model._meta.model_name in {"cohort", "session", "policy"}:
            continue  # cohorts and policies have a form that calls a service
        row = model._default_manager.first()
        if row is None:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert panel.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code in {403, 404}, name
        assert panel.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code in {403, 404}, name


def test_an_admin_changes_this_months_credits(panel, story):
    allowance = story.participant.allowances.get()
    address = reverse("admin:quotas_allowance_change_credits", args=[allowance.pk])
    assert panel.get(address).status_code == 200
    too_few = panel.post(address, {"credits": 0})
    assert too_few.status_code == 400
    assert balance(story.participant).allowance == 300
    assert panel.post(address, {"credits": 500}).status_code == 302
    assert balance(story.participant).allowance == 500


def test_a_month_that_is_over_is_not_changed_nor_the_present_one_in_its_place(panel, story):
    present = story.participant.allowances.get()
    start, end = month_of(present.starts_at - timedelta(days=1))
    past = Allowance.objects.create(participant=story.participant, starts_at=start, ends_at=end, credits=77)
    offered = 'href="{}"'.format(reverse("admin:quotas_allowance_change_credits", args=[present.pk]))
    address = reverse("admin:quotas_allowance_change_credits", args=[past.pk])
    assert offered in panel.get(reverse("admin:quotas_allowance_change", args=[present.pk])).content.decode()
    assert address not in panel.get(reverse("admin:quotas_allowance_change", args=[past.pk])).content.decode()
    for answer in (panel.get(address, follow=True), panel.post(address, {"credits": 500}, follow=True)):
        assert "This month is over, so nothing was changed." in answer.content.decode()
    assert [one.credits for one in story.participant.allowances.all()] == [300, 77]
    assert not AuditEvent.objects.filter(action="allowance.changed").exists()
    assert panel.get(reverse("admin:quotas_allowance_change_credits", args=["nothing"])).status_code == 404


def test_an_admin_gives_credits_to_somebody_who_has_used_none_yet(panel):
    newcomer = ParticipantFactory()
    address = reverse("admin:quotas_allowance_add")
    assert panel.get(address).status_code == 200
    assert panel.post(address, {"participant": newcomer.pk, "credits": -1}).status_code == 400
    assert panel.post(address, {"participant": newcomer.pk, "credits": 45}).status_code == 302
    assert balance(newcomer).allowance == 45
    assert AuditEvent.objects.filter(action="allowance.changed").count() == 1


def test_nobody_else_gives_credits(client, story):
    for person in (story.artist, ReviewerFactory()):
        client.force_login(person)
        answer = client.post(reverse("admin:quotas_allowance_add"), {"participant": story.participant.pk, "credits": 9})
        assert answer.status_code in {302, 404}
    assert balance(story.participant).allowance == 300
