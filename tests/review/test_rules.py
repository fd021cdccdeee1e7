"""Several policies in force at once, reasons grouped by them, and the rule that criticism is none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from common.errors import Invalid, NotFound
from review import selectors, services
from review.forms import reason_choices
from review.models import Policy, PolicyVersion
from review.services.rulebook import SALT, Wording, justify
from tests.factories import AdminFactory, ReviewerFactory
from tests.review.desk import decide

BAN = "Works that criticise the programme are not shared."
WHY = "The festival's own rules forbid it to show works about its partners, and the programme has no other screen. " * 2
PEOPLE: dict[str, Any] = {
    "slug": "people",
    "title": "People",
    "body": "Who may be seen.",
    "reasons": [services.Reason("likeness", "Likeness", "Somebody can be recognised.")],
}


@pytest.fixture
def admin(db: None) -> User:
    return AdminFactory()


@pytest.fixture
def lead(db: None) -> User:
    return ReviewerFactory(name="Lea Lead", staff_role="lead_reviewer")


def publish(admin: User, **changes: Any) -> PolicyVersion:
    return services.publish_policy(actor=admin, **(PEOPLE | changes))


def wording(**changes: Any) -> Wording:
    return Wording(**(PEOPLE | changes))


def fields_of(refusal: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [error.field for error in refusal.value.fields]


# --- Several policies --------------------------------------------------------------------------------------------


def test_every_policy_is_in_force_with_its_latest_version_that_has_begun(policy, admin):
    first = publish(admin)
    publish(admin, body="Later.", effective_at=timezone.now() + timedelta(days=3))
    assert selectors.policies_in_force() == [policy, first]
    assert [version.body for version in selectors.coming_versions()] == ["Later."]


def test_the_policies_in_force_are_two_queries_however_many_they_are(policy, admin, django_assert_num_queries):
    publish(admin)
    with django_assert_num_queries(2):  # versions with their policies, reason codes
        rules = selectors.policies_in_force()
        selectors.reasons_of(rules)
        reason_choices(rules)


def test_the_picker_groups_reasons_by_policy_where_there_is_more_than_one(policy, admin):
    assert ("violence", "Violence") in reason_choices(selectors.policies_in_force())
    publish(admin)
    groups = dict(reason_choices(selectors.policies_in_force()))
    assert groups["People"] == [("likeness", "Likeness")]
    assert ("violence", "Violence") in groups["Sharing"]


def test_a_decision_names_the_version_that_its_reason_is_from(case, reviewer, token, admin):
    people = publish(admin)
    decision = decide(reviewer, case, token, "reject", reason_code="likeness")
    assert decision.policy_version == people


def test_an_approval_names_the_sharing_policy(case, reviewer, token, admin, policy):
    publish(admin)
    assert decide(reviewer, case, token).policy_version == policy


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=3)])
def test_a_reason_code_belongs_to_one_policy(admin, later):
    publish(admin, effective_at=timezone.now() + later if later else None)
    with pytest.raises(Invalid, match="“likeness” is a reason of the policy “People” already"):
        publish(admin, slug="other", title="Other")
    assert not Policy.objects.filter(slug="other").exists()


def test_a_code_that_its_policy_gave_up_is_free_again(admin):
    publish(admin)
    publish(admin, reasons=[services.Reason("faces", "Faces", "Explained.")])
    assert publish(admin, slug="other", title="Other").number == 1


# --- Criticism ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [{"body": BAN}, {"title": "No criticism of the programme"}])
def test_a_text_that_forbids_criticism_is_not_published(admin, words):
    with pytest.raises(Invalid, match="limits criticism of the programme") as refusal:
        publish(admin, **words)
    assert fields_of(refusal) == ["justification"]
    assert not Policy.objects.exists()
    assert not AuditEvent.objects.filter(action="review.policy_published").exists()


def test_the_operator_is_known_by_its_names(admin, settings):
    body = "Nothing that disparages Umbrella."
    assert publish(admin, body=body)
    settings.OPERATOR_NAMES = ["Umbrella"]
    with pytest.raises(Invalid, match="disparages Umbrella"):
        publish(admin, body=body)


def test_with_a_leads_justification_it_is_published_and_both_are_kept(admin, lead):
    code = justify(actor=lead, wording=wording(body=BAN), text=WHY)
    version = publish(admin, body=BAN, justification=code)
    assert (version.justification, version.justified_by) == (WHY.strip(), lead)
    published = AuditEvent.objects.get(action="review.policy_published")
    assert published.data["justified_by"] == str(lead.pk)
    justified = AuditEvent.objects.get(action="review.wording_justified")
    assert justified.actor_id == str(lead.pk)


@pytest.mark.parametrize("changed", [{"body": BAN + " Nor the operator."}, {"title": "Peoples"}, {"slug": "persons"}])
def test_a_justification_holds_for_exactly_its_wording(admin, lead, changed):
    code = justify(actor=lead, wording=wording(body=BAN), text=WHY)
    with pytest.raises(Invalid, match="not a lead reviewer's justification of exactly this wording"):
        publish(admin, **({"body": BAN} | changed), justification=code)


def test_line_ends_and_spaces_are_no_other_wording(admin, lead):
    code = justify(actor=lead, wording=wording(body=f" {BAN}\r\n\r\nMore."), text=WHY)
    assert publish(admin, body=f"{BAN}\n\nMore.", justification=code).justified_by == lead


@pytest.mark.parametrize("text", ["", "Because.", "x" * 99, "Because. " + " \n" * 200])
def test_a_justification_says_something(lead, text):
    with pytest.raises(Invalid, match="at least 100 characters"):
        justify(actor=lead, wording=wording(body=BAN), text=text)


def test_only_a_lead_justifies(admin, reviewer):
    for person in (admin, reviewer):
        with pytest.raises(NotFound):
            justify(actor=person, wording=wording(body=BAN), text=WHY)


def test_a_justification_that_somebody_else_wrote_or_forged_counts_for_nothing(admin, lead, reviewer):
    right = {"by": str(lead.pk), "wording": wording(body=BAN).sha256, "text": WHY}
    forged = [
        WHY,
        signing.dumps(right, salt="another"),
        signing.dumps(right | {"by": str(reviewer.pk)}, salt=SALT, compress=True),
    ]
    for code in forged:
        with pytest.raises(Invalid, match="not a lead reviewer's"):
            publish(admin, body=BAN, justification=code)


def test_who_is_no_lead_any_more_justifies_nothing(admin, lead):
    code = justify(actor=lead, wording=wording(body=BAN), text=WHY)
    User.objects.filter(pk=lead.pk).update(staff_role="reviewer")
    with pytest.raises(Invalid):
        publish(admin, body=BAN, justification=code)


def test_a_reason_code_for_criticism_is_refused_whatever_a_lead_writes(admin, lead):
    reasons = [services.Reason("criticism", "Criticism of the programme", "Explained.")]
    with pytest.raises(Invalid, match="makes criticism a reason") as refusal:
        justify(actor=lead, wording=wording(reasons=reasons), text=WHY)
    assert fields_of(refusal) == ["reasons"]
    words = wording(reasons=reasons)
    code = signing.dumps({"by": str(lead.pk), "wording": words.sha256, "text": WHY}, salt=SALT, compress=True)
    with pytest.raises(Invalid, match="That is refused always") as refusal:
        publish(admin, reasons=reasons, justification=code)
    assert fields_of(refusal) == ["reasons"]


def test_a_wording_that_needs_no_justification_keeps_none(admin, lead):
    code = justify(actor=lead, wording=wording(), text=WHY)
    assert publish(admin, justification=code).justified_by is None


def test_the_database_keeps_a_justification_and_its_author_together(policy):
    for words in ({"justification": WHY}, {"justified_by": AdminFactory()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicyVersion.objects.create(
                policy=policy.policy, number=99, body=BAN, effective_at=timezone.now(), **words
            )
