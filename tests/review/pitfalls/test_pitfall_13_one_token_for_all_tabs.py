"""Pitfall 13: a claim that all of one user's tabs share, because its token is the user.

The attack: the same reviewer, signed in, in a window that never claimed: it may neither decide nor renew nor release,
and a window whose claim was moved elsewhere may not either.
"""

from __future__ import annotations

import pytest
from django.test import Client

from common.errors import Conflict
from review import services
from review.models import Claim, Decision
from tests.review.desk import decide


def test_the_reviewers_other_window_holds_nothing(case, reviewer, held):
    for token in ("", str(reviewer.pk), str(held[0].pk), held[0].token_sha256):
        for step in (services.renew, services.release):
            with pytest.raises(Conflict, match="in another window"):
                step(actor=reviewer, case=case, token=token)
        with pytest.raises(Conflict, match="in another window"):
            decide(reviewer, case, token)
    assert not Decision.objects.exists()


def test_a_second_browser_sees_no_content_and_gets_its_own_token(case, reviewer):
    first, second = Client(), Client()
    for browser in (first, second):
        browser.force_login(reviewer)
    page = f"/desk/cases/{case.pk}/"
    assert first.post(f"{page}claim/").status_code == 302
    assert "festival" not in second.get(page).content.decode()
    assert second.post(f"{page}claim/", {"take_over": "1"}).status_code == 302
    assert first.cookies["dailies_claim"].value != second.cookies["dailies_claim"].value
    assert "festival" in second.get(page).content.decode()
    assert "festival" not in first.get(page).content.decode()


def test_no_two_claims_ever_have_the_same_token(case, reviewer, colleague):
    tokens = set()
    for person in (reviewer, colleague, reviewer):
        _claim, token = services.claim(actor=person, case=case)
        services.release(actor=person, case=case, token=token)
        tokens.add(token)
    assert len(tokens) == Claim.objects.values("token_sha256").distinct().count() == 3
    assert all(len(token) >= 32 for token in tokens)
