"""The reasons that the queue's filter offers: of every policy that is in force, or was."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from review import filters, selectors
from review.models import Policy, PolicyVersion, ReasonCode
from review.views.filters import FilterForm


def offered(**query: list[str]) -> dict[str, str]:
    form = FilterForm(filters.read(query))
    return {str(code): str(label) for code, label in form.fields["earlier_reason"].choices if code}


def version(slug: str, code: str, label: str, *, days: int, number: int) -> None:
    policy = Policy.objects.get_or_create(slug=slug, defaults={"title": slug.title()})[0]
    begins = timezone.now() + timedelta(days=days)
    wording = PolicyVersion.objects.create(policy=policy, effective_at=begins, number=number, body="Rules.")
    ReasonCode.objects.create(policy_version=wording, code=code, label=label, description="Explained.")


def test_codes_of_other_policies_and_of_former_wordings_are_offered_and_coming_ones_are_not(policy):
    version("safety", "weapons", "Weapons", days=-3, number=901)
    version("sharing", "puppets", "Puppets", days=-90, number=902)
    version("sharing", "balloons", "Balloons", days=9, number=903)
    found = offered()
    assert set(found) == {"real-person", "violence", "third-party-rights", "weapons", "puppets"}


def test_a_code_is_called_as_in_its_newest_wording_and_once(policy, django_assert_num_queries):
    version("sharing", "violence", "Gore", days=-90, number=902)
    with django_assert_num_queries(1):
        found = selectors.reasons_ever()
    assert found["violence"] == "Violence"
    assert list(found).count("violence") == 1


def test_a_code_that_an_address_asks_for_stays_in_the_form(policy, reviewer, client):
    assert offered(earlier_reason=["unheard-of"])["unheard-of"] == "unheard-of"
    version("safety", "weapons", "Weapons", days=-3, number=901)
    client.force_login(reviewer)
    page = client.get(reverse("desk"), {"earlier_reason": "weapons"}).content.decode()
    assert '<option value="weapons" selected>Weapons</option>' in page


def test_without_any_policy_there_is_nothing_to_offer(db):
    assert offered() == {}
