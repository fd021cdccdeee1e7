"""A rest and a day's limit hold for a case that a reviewer chooses as for the one that comes next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from common.errors import Conflict
from review import services
from review.models import CaseTopic, Rest, ReviewCase, ReviewRules


@pytest.fixture
def browser(reviewer) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


@pytest.fixture
def violent(cases) -> list[ReviewCase]:
    """Two cases of a kind of which one a day is enough; the reviewer has seen the first, and put it back."""
    ReviewRules.objects.create(exposure_budget={"violence": 1})
    CaseTopic.objects.bulk_create(CaseTopic(case=case, topic="violence") for case in cases)
    return cases


def rest(person) -> None:
    moment = timezone.now()
    Rest.objects.create(reviewer=person, begins_at=moment, ends_at=moment + timedelta(minutes=20))


@pytest.mark.parametrize("handed", [False, True])
def test_who_rests_claims_nothing_and_reads_why(browser, case, reviewer, colleague, handed):
    rest(reviewer)
    if handed:
        ReviewCase.objects.filter(pk=case.pk).update(assigned_to=reviewer)
    with pytest.raises(Conflict, match="take a rest until") as refusal:
        services.claim(actor=reviewer, case=case)
    assert refusal.value.code == "resting"
    page = browser.get("/desk/").content.decode()
    button = page.partition(f'id="claim-{case.pk}"')[2].partition(">")[0]
    assert 'type="button" aria-disabled="true" aria-describedby="next-why"' in button
    answer = browser.post(f"/desk/cases/{case.pk}/claim/")
    assert answer.status_code == 409
    assert "Nothing is expected of you until then" in answer.content.decode()
    if not handed:
        assert services.claim(actor=colleague, case=case)


def test_what_one_holds_may_move_to_another_window_in_a_rest(case, reviewer, token):
    rest(reviewer)
    assert services.claim(actor=reviewer, case=case, take_over=True)


@pytest.mark.parametrize("handed", [False, True])
def test_enough_of_a_topic_is_enough_and_the_refusal_is_kind(browser, violent, reviewer, colleague, handed):
    first, second = violent
    token = services.claim(actor=reviewer, case=first)[1]
    services.release(actor=reviewer, case=first, token=token)
    if handed:
        ReviewCase.objects.filter(pk=second.pk).update(assigned_to=reviewer)
    with pytest.raises(Conflict) as refusal:
        services.claim(actor=reviewer, case=second)
    assert (refusal.value.code, refusal.value.extra["topics"]) == ("seen_enough", ["violence"])
    answer = browser.post(f"/desk/cases/{second.pk}/claim/")
    assert answer.status_code == 409
    assert "nothing is expected of you" in answer.content.decode()
    assert services.claim(actor=reviewer, case=first)  # counted already
    if not handed:
        assert services.claim(actor=colleague, case=second)


def test_the_limit_of_one_topic_says_nothing_of_others(violent, reviewer):
    first, second = violent
    services.claim(actor=reviewer, case=first)
    CaseTopic.objects.filter(case=second).update(topic="text")
    assert services.claim(actor=reviewer, case=second)
