"""What was found in a file before is true of its next case from the first moment, before anybody looks anew."""

from __future__ import annotations

import pytest

from review import services
from review.models import ReviewCase, ReviewerPreferences, ReviewQueue, Signal
from review.selectors.signals import shown_copy

pytestmark = pytest.mark.django_db


@pytest.fixture
def again(case) -> ReviewCase:
    """The work was found to be violent and nude, was withdrawn, and is submitted again; nobody has looked since."""
    found = Signal.objects.filter(rendition=shown_copy(case.video))
    found.filter(kind="nudity").update(state="done", fired=True, score=0.9)
    hits = [{"label": "violence", "score": 0.9}]
    found.filter(kind="prompt_topics").update(state="done", fired=True, score=0.9, hits=hits)
    found.filter(kind="near_duplicate").update(state="done", fired=True, score=0.9)
    ReviewQueue.objects.create(slug="nude", name="Nude", rules=[{"topic": ["nudity"]}])
    services.withdraw(actor=case.video.owner, case=case)
    return services.submit(actor=case.video.owner, video=case.video)


def test_a_work_that_is_submitted_again_has_its_topics_and_its_queue(again):
    assert set(again.topics.values_list("topic", flat=True)) == {"nudity", "violence"}
    again.refresh_from_db()
    assert again.queue is not None
    assert again.queue.slug == "nude"


@pytest.mark.parametrize("topic", ["nudity", "violence"])
def test_it_comes_to_nobody_who_declined_what_it_is_known_for(again, reviewer, colleague, topic):
    ReviewerPreferences.objects.create(reviewer=reviewer, declined_topics=[topic])
    assert services.claim_next(actor=reviewer) is None
    assert services.claim_next(actor=colleague) is not None
