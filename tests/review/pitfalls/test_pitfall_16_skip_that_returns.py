"""Pitfall 16: a skipped case comes back to the same reviewer.

The attack: ask for the next case again and again, after passing from the table, after passing and after putting back
what was held, after others had it, and in the artist's next round.
"""

from __future__ import annotations

import pytest

from review import services
from review.models import ReviewCase
from tests.review.desk import lapse


@pytest.mark.parametrize("way", ["from the table", "held", "put back"])
def test_it_does_not_come_back_however_it_was_passed(case, reviewer, colleague, way):
    if way == "from the table":
        services.pass_by(actor=reviewer, case=case)
    else:
        step = services.pass_by if way == "held" else services.release
        _claim, token = services.claim_next(actor=reviewer)
        step(actor=reviewer, case=case, token=token)
    assert services.claim_next(actor=reviewer) is None
    # Somebody else had it meanwhile, and the artist answered: it is still the one that was passed.
    services.claim_next(actor=colleague)
    lapse(case)
    services.return_lapsed_claims()
    ReviewCase.objects.update(round=2)
    assert services.claim_next(actor=reviewer) is None
    assert services.claim_next(actor=colleague)[0].case_id == case.pk


def test_what_merely_lapsed_was_not_passed(case, reviewer, held):
    lapse(case)
    assert services.claim_next(actor=reviewer)[0].case_id == case.pk
