"""The rules where people read them: public pages, the API, the lead's page, and the admin's look before publishing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from review import services
from review.models import PolicyVersion
from review.services.rulebook import Wording, justify
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory

BAN = "Works that criticise the programme are not shared."
WHY = "The festival's own rules forbid it to show works about its partners, and the programme has no other screen. " * 2
LINES = "likeness | Likeness | Somebody can be recognised."
REASONS = [services.Reason("likeness", "Likeness", "Somebody can be recognised.")]
ADD = "/admin/review/policyversion/add/"


@pytest.fixture
def lead(db: None) -> User:
    return ReviewerFactory(name="Lea Lead", staff_role="lead_reviewer")


@pytest.fixture
def admin(db: None) -> User:
    return AdminFactory()


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def justified(admin: User, lead: User) -> PolicyVersion:
    """A policy that limits criticism, with a lead's reasons."""
    words: dict[str, Any] = {"slug": "people", "title": "People", "body": BAN, "reasons": REASONS}
    code = justify(actor=lead, wording=Wording(**words), text=WHY)
    return services.publish_policy(actor=admin, justification=code, **words)


# --- For everybody -----------------------------------------------------------------------------------------------


def test_everybody_reads_the_policies_in_force_with_their_reasons_and_what_is_coming(policy, admin):
    soon = timezone.now() + timedelta(days=3)
    words: dict[str, Any] = {"slug": "sharing", "title": "Sharing", "reasons": REASONS}
    services.publish_policy(actor=admin, body="What may be seen by all.", effective_at=soon, **words)
    newcomer = signed_in(ParticipantFactory(terms=False).user)
    for client in (Client(), newcomer):
        answer = client.get("/rules/")
        assert answer.status_code == 200
        page = answer.content.decode()
        for words_shown in ("What may be shared.", "Violence", "violence", "Coming", "<ins>", "<del>", "likeness"):
            assert words_shown in page


def test_a_justification_is_read_by_all_and_its_author_by_nobody_outside(justified):
    page = Client().get("/rules/").content.decode()
    api = Client().get("/api/v1/policies/").content.decode()
    for shown in (page, api):
        assert "no other screen" in shown
        assert "Lea" not in shown


def test_every_version_of_a_policy_stays_readable(policy, admin):
    services.publish_policy(actor=admin, slug="sharing", title="Sharing", body="Other words.", reasons=REASONS)
    page = Client().get("/rules/policies/sharing/").content.decode()
    assert "Other words." in page
    assert "What may be shared." in page
    assert Client().get("/rules/policies/nothing/").status_code == 404


def test_without_any_policy_the_page_says_so(db):
    assert b"No rules yet" in Client().get("/rules/").content


def test_the_page_asks_a_constant_number_of_queries(policy, justified, django_assert_num_queries):
    # Policies in force and those to come: versions with their policies, reason codes. What comes has none here.
    with django_assert_num_queries(3):
        Client().get("/rules/")


def test_the_api_gives_the_same_without_an_account(policy, justified):
    answer = Client().get("/api/v1/policies/").json()
    assert [one["slug"] for one in answer["in_force"]] == ["sharing", "people"]
    assert answer["in_force"][1]["reasons"][0]["code"] == "likeness"
    assert answer["coming"] == []
    versions = Client().get("/api/v1/policies/people/").json()
    assert [(one["number"], one["justification"]) for one in versions] == [(1, WHY.strip())]
    missing = Client().get("/api/v1/policies/nothing/")
    assert (missing.status_code, missing.headers["Content-Type"]) == (404, "application/problem+json")


# --- A lead justifies --------------------------------------------------------------------------------------------


def test_a_lead_signs_a_wording_and_the_admin_publishes_it_with_the_code(lead, admin):
    words = {"slug": "people", "title": "People", "body": BAN, "reasons": LINES}
    answer = signed_in(lead).post("/desk/rules/justify/", words | {"justification": WHY})
    assert answer.status_code == 200
    assert "criticise the programme" in answer.content.decode()
    sent = words | {"effective_at_0": "", "effective_at_1": "", "justification": answer.context["code"]}
    panel = signed_in(admin)
    preview = panel.post(ADD, sent)
    assert "no other screen" in preview.content.decode()
    assert not PolicyVersion.objects.exists()
    assert panel.post(ADD, sent | {"_publish": "1"}).status_code == 302
    assert PolicyVersion.objects.get().justified_by == lead


@pytest.mark.parametrize(
    ("wrong", "field"), [({"justification": "Because."}, "justification"), ({"reasons": "x"}, "reasons")]
)
def test_a_wrong_justification_is_shown_again_with_its_words(lead, wrong, field):
    words = {"slug": "people", "title": "People", "body": BAN, "reasons": LINES, "justification": WHY}
    answer = signed_in(lead).post("/desk/rules/justify/", words | wrong)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"]["body"].value() == BAN


def test_the_page_is_a_leads_alone(reviewer, admin):
    for person in (reviewer, admin):
        assert signed_in(person).get("/desk/rules/justify/").status_code == 404


# --- An admin looks before publishing ----------------------------------------------------------------------------


@pytest.fixture
def sent() -> dict[str, str]:
    return {
        "slug": "sharing",
        "title": "Sharing",
        "body": "What may be seen.",
        "reasons": LINES,
        "effective_at_0": "",
        "effective_at_1": "",
        "justification": "",
    }


def test_what_is_sent_is_shown_first_with_what_changed(policy, admin, sent):
    preview = signed_in(admin).post(ADD, sent).content.decode()
    assert "<del>shared.</del>" in preview
    assert "<ins>seen.</ins>" in preview
    assert "Publish" in preview
    assert PolicyVersion.objects.get() == policy


def test_the_preview_holds_everything_that_publishing_needs(policy, admin, sent):
    panel = signed_in(admin)
    kept = dict(panel.post(ADD, sent | {"effective_at_0": "2999-01-01", "effective_at_1": "08:00"}).context["kept"])
    assert panel.post(ADD, kept | {"_publish": "1"}).status_code == 302
    version = PolicyVersion.objects.get(number=policy.number + 1)
    assert (version.body, version.effective_at.year) == ("What may be seen.", 2999)


def test_back_to_editing_publishes_nothing_and_keeps_the_words(admin, sent):
    answer = signed_in(admin).post(ADD, sent | {"_edit": "1"})
    assert b"Nothing has been published yet." in answer.content
    assert b"What may be seen." in answer.content
    assert not PolicyVersion.objects.exists()


def test_a_text_that_forbids_criticism_does_not_reach_the_preview(admin, sent):
    answer = signed_in(admin).post(ADD, sent | {"body": BAN})
    assert "limits criticism of the programme" in answer.content.decode()
    assert list(answer.context["adminform"].form.errors) == ["justification"]


def test_versions_are_listed_with_where_they_stand_and_what_they_changed(policy, admin, sent):
    panel = signed_in(admin)
    panel.post(ADD, sent | {"_publish": "1"})
    panel.post(ADD, sent | {"_publish": "1", "effective_at_0": "2999-01-01", "effective_at_1": "08:00"})
    listed = panel.get("/admin/review/policyversion/").content.decode()
    for standing in ("In force", "Coming", "Earlier"):
        assert standing in listed
    newest = PolicyVersion.objects.get(number=policy.number + 1)
    assert "<ins>seen.</ins>" in panel.get(f"/admin/review/policyversion/{newest.pk}/change/").content.decode()
