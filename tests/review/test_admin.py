"""The review in the admin panel."""

from __future__ import annotations

import pytest
from django.test import Client

from audit.models import AuditEvent
from review.models import PolicyVersion
from tests.factories import AdminFactory
from tests.review.desk import decide


@pytest.fixture
def admin_person(db):
    return AdminFactory()


@pytest.fixture
def panel(admin_person) -> Client:
    client = Client()
    client.force_login(admin_person)
    return client


ADD = "/admin/review/policyversion/add/"
WORDS = {
    "slug": "sharing",
    "title": "Sharing",
    "body": "What may be shared.",
    "reasons": "real-person | Real person | Can be recognised.\n\nviolence | Violence | Shown for its own sake.",
    "effective_at_0": "",
    "effective_at_1": "",
}
PUBLISH = {"_publish": "1"}


def test_an_admin_publishes_the_next_version(panel, admin_person):
    assert panel.get(ADD).status_code == 200
    answer = panel.post(ADD, WORDS | PUBLISH)
    assert answer.status_code == 302, answer.context["errors"]
    version = PolicyVersion.objects.get()
    assert (version.number, version.reason_codes.count()) == (1, 2)
    event = AuditEvent.objects.get(action="review.policy_published")
    assert event.actor_id == str(admin_person.pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reasons": "only a code"},
        {"reasons": "Bad Code | A | B"},
        {"effective_at_0": "2020-01-01", "effective_at_1": "00:00"},
    ],
)
def test_a_wrong_policy_is_shown_again_with_what_is_wrong(panel, wrong):
    answer = panel.post(ADD, WORDS | PUBLISH | wrong)
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not PolicyVersion.objects.exists()


def test_a_published_version_cannot_be_changed_or_deleted(panel, policy):
    page = f"/admin/review/policyversion/{policy.pk}/change/"
    assert policy.body in panel.get(page).content.decode()
    assert panel.post(page, WORDS).status_code == 403
    assert panel.post(f"/admin/review/policyversion/{policy.pk}/delete/", {"post": "yes"}).status_code == 403


def test_admins_read_cases_with_internal_notes_but_not_the_artists_note(panel, case, reviewer, token):
    decision = decide(reviewer, case, token, "reject", internal_note="Between us.")
    words = panel.get(f"/admin/review/reviewcase/{case.pk}/change/").content.decode()
    assert "Between us." in words
    assert "festival" not in words
    assert token not in words
    for address in ("policy", "policyversion", "reasoncode", "reviewcase", "claim", "decision"):
        assert panel.get(f"/admin/review/{address}/").status_code == 200
    words = panel.get(f"/admin/review/decision/{decision.pk}/change/").content.decode()
    assert decision.renditions.first().sha256 in words


def test_nothing_else_is_written_in_the_panel(panel, case):
    for address in ("policy", "reasoncode", "reviewcase", "claim", "decision"):
        assert panel.get(f"/admin/review/{address}/add/").status_code == 403
    assert panel.post(f"/admin/review/reviewcase/{case.pk}/change/", {"state": "decided"}).status_code == 403


def test_reviewers_and_artists_do_not_enter(case, reviewer):
    for person in (reviewer, case.video.owner):
        client = Client()
        client.force_login(person)
        assert client.get("/admin/review/reviewcase/").status_code in {302, 404}
