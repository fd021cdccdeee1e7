"""Pitfall 14: an expired claim still decides.

The attack: a reviewer comes back after lunch and decides: before anybody swept, after the sweep, after somebody else
has claimed, and with a live claim but on a case that has moved since.
"""

from __future__ import annotations

import pytest

from common.errors import Conflict
from review import services
from review.models import Decision
from tests.review.desk import decide, lapse


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_a_claim_that_ran_out_decides_nothing(case, reviewer, token, swept, outcome):
    lapse(case)
    if swept:
        services.return_lapsed_claims()
    with pytest.raises(Conflict, match="Your claim expired at"):
        decide(reviewer, case, token, outcome)
    assert not Decision.objects.exists()
    assert not case.video.approvals.exists()


def test_nor_does_it_when_somebody_else_holds_the_case(case, reviewer, token, colleague):
    lapse(case)
    services.claim(actor=colleague, case=case)
    with pytest.raises(Conflict, match=r"Your claim expired at .* Cem Colleague has claimed it since\."):
        decide(reviewer, case, token)
    assert not Decision.objects.exists()


def test_a_live_claim_on_an_earlier_version_decides_nothing(case, reviewer, token):
    with pytest.raises(Conflict, match="at version 2, yours was 1"):
        decide(reviewer, case, token, case_version=1)
    assert not Decision.objects.exists()
    assert decide(reviewer, case, token)
