"""Queues and interests in the admin panel: through the services, with what is wrong said beside the field."""

from __future__ import annotations

import pytest
from django.test import Client

from audit.models import AuditEvent
from review.models import Interest, ReviewQueue
from tests.factories import AdminFactory, ParticipantFactory

ADD = "/admin/review/reviewqueue/add/"
WORDS = {"name": "Faces", "slug": "faces", "position": "1", "rules": '[{"signal": ["faces"]}]'}


@pytest.fixture
def panel(db) -> Client:
    client = Client()
    client.force_login(AdminFactory())
    return client


def test_a_queue_is_opened_changed_and_closed(panel, reviewer):
    assert panel.get(ADD).status_code == 200
    answer = panel.post(ADD, WORDS | {"members": [str(reviewer.pk)]})
    assert answer.status_code == 302, answer.context["errors"]
    queue = ReviewQueue.objects.get()
    assert (queue.rules, list(queue.members.all())) == ([{"signal": ["faces"]}], [reviewer])
    page = f"/admin/review/reviewqueue/{queue.pk}/change/"
    assert panel.get(page).status_code == 200
    answer = panel.post(page, WORDS | {"rules": "[]", "leads_only": "on"})
    assert answer.status_code == 302, answer.context["errors"]
    queue.refresh_from_db()
    assert (queue.rules, queue.leads_only, queue.members.count()) == ([], True, 0)
    panel.post("/admin/review/reviewqueue/", {"action": "retire", "_selected_action": [str(queue.pk)]})
    queue.refresh_from_db()
    assert queue.retired_at is not None
    actions = AuditEvent.objects.filter(action__startswith="review.queue").order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "review.queue_opened",
        "review.queue_changed",
        "review.queue_retired",
    ]


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("{", "Enter a valid JSON."),
        ('{"kind": "report"}', "The rules are a list of conditions."),
        ('[{"modle": ["sketch"]}]', "“modle” is not a field. Allowed: kind, model,"),
        ('[{"min_age_hours": 0}]', "Condition 1, min_age_hours: This is no number of hours. Allowed: 1 to 8760."),
    ],
)
def test_wrong_rules_are_shown_again_with_what_is_wrong_and_allowed(panel, rules, says):
    answer = panel.post(ADD, WORDS | {"rules": rules})
    assert answer.status_code == 200
    assert says in str(answer.context["errors"])
    assert not ReviewQueue.objects.exists()


def test_interests_are_declared_and_ended(panel, reviewer):
    artist = ParticipantFactory().user
    address = "/admin/review/interest/"
    assert panel.get(f"{address}add/").status_code == 200
    sent = {"reviewer": str(reviewer.pk), "artist": str(artist.pk), "kind": "collaborator"}
    assert panel.post(f"{address}add/", sent).status_code == 302
    interest = Interest.objects.get()
    assert interest.declared_by != reviewer
    twice = panel.post(f"{address}add/", sent)
    assert twice.status_code == 200
    assert "declared already" in twice.content.decode()
    assert panel.post(f"{address}{interest.pk}/delete/", {"post": "yes"}).status_code == 403
    panel.post(address, {"action": "end", "_selected_action": [str(interest.pk)]})
    interest.refresh_from_db()
    assert interest.ended_at is not None
