"""What the programme sets for its review, in the admin panel: checked, on record, and for what begins from then on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from audit.models import AuditEvent
from common.errors import Invalid, NotFound
from review import services
from review.models import ReviewRules
from review.selectors import review_rules
from review.services.programme import set_rules
from tests.factories import AdminFactory
from tests.review.desk import bearer


@pytest.fixture
def admin(db: None) -> User:
    return AdminFactory()


def test_a_change_is_kept_and_on_record_with_what_was_before(admin):
    set_rules(actor=admin, approvals_needed=2, two_person_signals=["nudity"], exposure_budget={"violence": 20})
    rules = review_rules()
    assert (rules.approvals_needed, rules.two_person_signals, rules.exposure_budget) == (
        2,
        ["nudity"],
        {"violence": 20},
    )
    event = AuditEvent.objects.get(action="review.rules_set")
    assert event.actor_id == str(admin.pk)
    assert event.data["before"] == {"approvals_needed": 1, "two_person_signals": [], "exposure_budget": {}}
    assert event.data["after"]["approvals_needed"] == 2


def test_what_does_not_change_leaves_no_record(admin):
    set_rules(actor=admin, approvals_needed=1)
    assert not AuditEvent.objects.filter(action="review.rules_set").exists()


def test_an_open_case_keeps_what_it_was_opened_with(case, admin, video_maker):
    set_rules(actor=admin, approvals_needed=2)
    case.refresh_from_db()
    assert case.approvals_needed == 1
    later = services.submit(actor=(video := video_maker()).owner, video=video)
    assert later.approvals_needed == 2


def test_only_an_admin_sets_them(admin, reviewer):
    with pytest.raises(NotFound):
        set_rules(actor=reviewer, approvals_needed=2)


@pytest.mark.parametrize(
    "changes",
    [
        {"approvals_needed": 3},
        {"approvals_needed": 0},
        {"approvals_needed": True},
        {"deadline_working_days": 0},
        {"golden_percent": 51},
        {"appeal_days": "30"},
        {"two_person_signals": ["invented"]},
        {"two_person_signals": "nudity"},
        {"exposure_budget": {"invented": 3}},
        {"exposure_budget": {"violence": -1}},
        {"exposure_budget": {"violence": None}},
        {"exposure_budget": []},
        {"closed_days": "2026-12-24"},
        {"closed_days": ["2026-12-32"]},
        {"closed_days": [20261224]},
        {"closed_days": [f"2{year:03}-01-01" for year in range(201)]},
        {"invented": 1},
    ],
)
def test_what_cannot_be_a_rule_is_refused(admin, changes):
    with pytest.raises(Invalid) as refusal:
        set_rules(actor=admin, **changes)
    assert [error.field for error in refusal.value.fields] == list(changes)
    assert review_rules().approvals_needed == 1


# --- The API -----------------------------------------------------------------------------------------------------

ADDRESS = "/api/v1/review/rules/"


def test_an_admins_program_reads_and_changes_the_rules_by_the_same_service(client, admin):
    headers = bearer(admin, "programme:admin")

    def patch(body: dict[str, Any]) -> Any:
        return client.patch(ADDRESS, json.dumps(body), content_type="application/json", headers=headers)

    before = client.get(ADDRESS, headers=headers).json()
    assert set(before) == {field.name for field in ReviewRules._meta.fields} - {"id"}
    assert (before["deadline_working_days"], before["closed_days"]) == (3, [])
    changes = {"closed_days": ["2026-12-25", "2026-12-24"], "exposure_budget": {"violence": 12}}
    sorted_days = {"closed_days": ["2026-12-24", "2026-12-25"]}
    assert patch(changes).json() == before | changes | sorted_days
    assert patch({}).json() == client.get(ADDRESS, headers=headers).json()
    event = AuditEvent.objects.get(action="review.rules_set")
    assert (event.actor_id, set(event.data["after"])) == (str(admin.pk), set(changes))
    for bad, field, allowed in (
        ({"appeal_days": 0}, "appeal_days", "from 1 to 365"),
        ({"closed_days": ["Christmas"]}, "closed_days.0", "ISO 8601"),
        ({"two_person_signals": ["invented"]}, "two_person_signals.0", "nudity"),
        ({"exposure_budget": {"invented": 3}}, "exposure_budget", "violence"),
        ({"invented": 1}, "invented", "golden_percent"),
    ):
        answer = patch({"rest_minutes": 20} | bad)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        (error,) = answer.json()["errors"]
        assert error["field"] == field
        assert allowed in error["allowed"]
    assert review_rules().rest_minutes == 15, "one bad field, and nothing is changed"
    other = bearer(admin, "generations:read")
    assert client.get(ADDRESS, headers=other).json()["code"] == "scope_missing"


# --- The panel ---------------------------------------------------------------------------------------------------

PAGE = "/admin/review/reviewrules/1/change/"


@pytest.fixture
def sent() -> dict[str, Any]:
    return {
        "deadline_working_days": "5",
        "closed_days": "2026-12-25\r\n\r\n 2026-12-24 \r\n20261225",
        "approvals_needed": "2",
        "two_person_signals": ["nudity", "faces"],
        "appeal_days": "30",
        "golden_percent": "5",
        "rest_after": "10",
        "rest_minutes": "15",
        "budget_violence": "12",
    }


def test_an_admin_sets_the_rules_in_the_panel(admin, sent):
    panel = Client()
    panel.force_login(admin)
    assert panel.get("/admin/review/reviewrules/").headers["Location"] == PAGE
    assert panel.get(PAGE).status_code == 200
    assert panel.post(PAGE, sent).status_code == 302
    rules = ReviewRules.objects.get()
    assert (rules.deadline_working_days, rules.approvals_needed) == (5, 2)
    assert (rules.two_person_signals, rules.exposure_budget) == (["nudity", "faces"], {"violence": 12})
    assert rules.closed_days == ["2026-12-24", "2026-12-25"]
    assert AuditEvent.objects.filter(action="review.rules_set").count() == 1
    shown = panel.get(PAGE).context["adminform"].form
    assert (shown["budget_violence"].value(), shown["closed_days"].value()) == (12, "2026-12-24\n2026-12-25")


def test_to_look_at_the_rules_writes_nothing_and_shows_the_defaults(admin, sent):
    panel = Client()
    panel.force_login(admin)
    assert panel.get("/admin/review/reviewrules/", follow=True).status_code == 200
    shown = panel.get(PAGE).context["adminform"].form
    assert (shown["deadline_working_days"].value(), shown["budget_violence"].value()) == (3, None)
    assert panel.post(PAGE, sent | {"approvals_needed": "3"}).status_code == 200
    assert not ReviewRules.objects.exists()
    assert panel.get("/admin/review/reviewrules/2/change/").status_code == 302


def test_the_panel_shows_what_is_wrong(admin, sent):
    panel = Client()
    panel.force_login(admin)
    panel.get("/admin/review/reviewrules/")
    answer = panel.post(PAGE, sent | {"approvals_needed": "3", "budget_violence": "-1"})
    assert set(answer.context["adminform"].form.errors) == {"approvals_needed", "budget_violence"}
    answer = panel.post(PAGE, sent | {"closed_days": "2026-12-24\nChristmas"})
    assert answer.context["adminform"].form.errors == {"closed_days": ["“Christmas” is no date."]}
    assert "Christmas</textarea>" in answer.content.decode(), "what was typed is kept"
    assert not AuditEvent.objects.filter(action="review.rules_set").exists()


def test_the_rules_are_neither_added_nor_deleted(admin):
    panel = Client()
    panel.force_login(admin)
    panel.get("/admin/review/reviewrules/")
    assert panel.get("/admin/review/reviewrules/add/").status_code == 403
    assert panel.post("/admin/review/reviewrules/1/delete/", {"post": "yes"}).status_code == 403
