"""The admin panel: who gets in, and that every write is a service's."""

from __future__ import annotations

import pytest
from django.contrib import admin as panel
from django.urls import reverse

from accounts.models import ApiToken, Cohort, Invitation, TermsVersion, User
from accounts.states import Scope
from audit.models import AuditEvent
from tests.factories import CohortFactory, ParticipantFactory, ReviewerFactory

pytestmark = pytest.mark.django_db
MODELS = ("user", "cohort", "participant", "invitation", "termsversion", "apitoken")
READ_ONLY = ("user", "participant", "apitoken")


def list_of(model: str) -> str:
    return reverse(f"admin:accounts_{model}_changelist")


def act(client, model: str, action: str, *rows, confirmed: bool = True):
    fields = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(list_of(model), fields | ({"confirmed": "yes"} if confirmed else {}))


@pytest.fixture
def panel_of(client, admin):
    client.force_login(admin)
    return client


def events(action: str) -> list[tuple[str, str]]:
    return list(AuditEvent.objects.filter(action=action).values_list("actor_id", "target_id"))


def test_the_panel_has_no_door_of_its_own(client):
    away = client.get("/admin/")
    assert away["Location"] == "/admin/login/?next=/admin/"
    assert client.get(away["Location"])["Location"] == "/accounts/login/?next=%2Fadmin%2F"
    posted = client.post("/admin/login/", {"username": "a@example.org", "password": "x"})
    assert posted["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("maker", [lambda: ParticipantFactory().user, ReviewerFactory])
def test_to_everybody_but_admins_it_does_not_exist(client, maker):
    client.force_login(maker())
    assert client.get("/admin/", follow=True).status_code == 404
    assert client.get(list_of("user"), follow=True).status_code == 404


def test_admins_are_led_on_and_never_off_this_site(panel_of):
    assert panel_of.get("/admin/login/?next=/admin/accounts/user/")["Location"] == "/admin/accounts/user/"
    assert panel_of.get("/admin/login/?next=https://evil.example/")["Location"] == "/admin/"


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_and_searches(panel_of, artist, invited, token_of, model):
    invited()
    token_of(artist)
    assert panel_of.get(list_of(model)).status_code == 200
    if model != "termsversion":
        assert panel_of.get(list_of(model), {"q": "a"}).status_code == 200


def test_every_row_opens(panel_of, artist, invited, token_of):
    invitation, _secret = invited()
    token, _plaintext = token_of(artist)
    for row in (artist, artist.participant, invitation, token, TermsVersion.objects.get(), artist.participant.cohort):
        address = reverse(f"admin:accounts_{row._meta.model_name}_change", args=[row.pk])
        assert panel_of.get(address).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_services_own_cannot_be_added_changed_or_deleted(panel_of, artist, token_of, model):
    token, _plaintext = token_of(artist)
    row = {"user": artist, "participant": artist.participant, "apitoken": token}[model]
    before = type(row).objects.values().get(pk=row.pk)
    assert panel_of.post(reverse(f"admin:accounts_{model}_add"), {"email": "x@example.org"}).status_code == 403
    for page in ("change", "delete"):
        answer = panel_of.post(reverse(f"admin:accounts_{model}_{page}", args=[row.pk]), {"name": "x", "post": "yes"})
        assert answer.status_code == 403
    assert type(row).objects.values().get(pk=row.pk) == before


def test_nothing_goes_round_the_services():
    names = {model._meta.label for model in panel.site._registry}
    assert not names & {"auth.Group", "account.EmailAddress", "sessions.Session"}


def test_inviting_from_the_panel(panel_of, admin):
    CohortFactory()
    add = reverse("admin:accounts_invitation_add")
    assert panel_of.get(add).status_code == 200
    fields = {"email": "nina@example.org", "staff_role": "none", "participant_role": "artist", "cohort": ""}
    assert panel_of.post(add, fields)["Location"] == list_of("invitation")
    invitation = Invitation.objects.get()
    assert invitation.invited_by == admin
    assert events("invitation.made") == [(str(admin.pk), str(invitation.pk))]


def test_a_refused_invitation_says_why_and_keeps_what_was_typed(panel_of, artist):
    fields = {"email": artist.email, "staff_role": "none", "participant_role": "artist", "cohort": ""}
    answer = panel_of.post(reverse("admin:accounts_invitation_add"), fields)
    assert answer.status_code == 400
    assert "has an account already" in answer.content.decode()
    assert f'value="{artist.email}"' in answer.content.decode()


def test_publishing_terms_from_the_panel(panel_of, admin):
    add = reverse("admin:accounts_termsversion_add")
    assert panel_of.get(add).status_code == 200
    panel_of.post(add, {"title": "Terms", "body": "Be kind.", "summary_of_changes": ""})
    version = TermsVersion.objects.get()
    assert events("terms.published") == [(str(admin.pk), str(version.pk))]
    change = panel_of.post(reverse("admin:accounts_termsversion_change", args=[version.pk]), {"body": "Other."})
    assert change.status_code == 403


def test_cohorts_are_changed_by_their_service(panel_of, admin):
    fields = {"name": "Spring", "weight": 2, "monthly_credits": 500, "max_queued": 10}
    panel_of.post(reverse("admin:accounts_cohort_add"), fields)
    cohort = Cohort.objects.get()
    assert events("cohort.made") == [(str(admin.pk), str(cohort.pk))]
    change = reverse("admin:accounts_cohort_change", args=[cohort.pk])
    panel_of.post(change, fields | {"weight": 3})
    assert AuditEvent.objects.get(action="cohort.changed").data["after"]["weight"] == 3
    panel_of.post(change, fields | {"weight": 3})
    assert len(events("cohort.changed")) == 1
    for wrong in ({"weight": 0}, {"weight": 101}, {"max_queued": 0}, {"name": "a\u202eb"}, {"monthly_credits": -1}):
        assert panel_of.post(change, fields | wrong).status_code == 200
    assert len(events("cohort.changed")) == 1
    assert panel_of.post(reverse("admin:accounts_cohort_delete", args=[cohort.pk])).status_code == 403


def test_actions_ask_first(panel_of, artist, invited, token_of):
    invitation, _secret = invited()
    token, _plaintext = token_of(artist)
    for model, action, row in (
        ("user", "deactivate", artist),
        ("invitation", "revoke", invitation),
        ("apitoken", "revoke", token),
        ("apitoken", "grant_private_media", token),
    ):
        answer = act(panel_of, model, action, row, confirmed=False)
        assert answer.status_code == 200
        assert 'name="confirmed"' in answer.content.decode()
    artist.refresh_from_db()
    assert artist.is_active
    assert Invitation.objects.get().revoked_at is None
    assert ApiToken.objects.get().is_live


def test_actions_are_carried_out_as_the_admin(panel_of, admin, artist, invited, token_of):
    invitation, _secret = invited()
    token, _plaintext = token_of(artist)
    act(panel_of, "apitoken", "grant_private_media", token)
    assert Scope.MEDIA_PRIVATE in ApiToken.objects.get().scopes
    act(panel_of, "apitoken", "revoke", token)
    act(panel_of, "invitation", "revoke", invitation)
    act(panel_of, "user", "deactivate", artist)
    assert not User.objects.get(pk=artist.pk).is_active
    for action, row in (
        ("token.private_media_granted", token),
        ("token.revoked", token),
        ("invitation.revoked", invitation),
        ("user.deactivated", artist),
    ):
        assert events(action) == [(str(admin.pk), str(row.pk))]


def test_an_action_that_a_service_refuses_says_so(panel_of, admin):
    answer = act(panel_of, "user", "deactivate", admin)
    text = panel_of.get(answer["Location"]).content.decode()
    assert "not themselves" in text
    assert User.objects.get(pk=admin.pk).is_active


def test_the_panels_looser_policy_is_the_panels_alone(panel_of):
    for address in ("/admin/", list_of("user"), reverse("admin:accounts_invitation_add")):
        policy = panel_of.get(address)["Content-Security-Policy"]
        assert "'unsafe-eval'" in policy
        assert "script-src 'self' 'unsafe-inline'" not in policy
    for address in ("/settings/tokens/", "/terms/", "/api/v1/me/"):
        assert "unsafe" not in panel_of.get(address)["Content-Security-Policy"]
