"""Saved replies: own and shared, offered by reason, on the page and in the API."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from accounts.states import Scope
from audit.models import AuditEvent
from common.errors import Invalid, NotFound
from review.models import SavedReply
from review.selectors import replies_for
from review.services.replies import delete_reply, save_reply
from tests.factories import AdminFactory, ReviewerFactory, UserFactory
from tests.review.desk import bearer

WORDS = {"title": "Too dark", "body": "At 0:03 nothing can be seen.", "reason_code": "violence"}


@pytest.fixture
def lead(db: None) -> User:
    return ReviewerFactory(name="Lea Lead", staff_role="lead_reviewer")


@pytest.fixture
def own(policy, reviewer) -> SavedReply:
    return save_reply(actor=reviewer, **WORDS)


@pytest.fixture
def shared(policy, lead) -> SavedReply:
    return save_reply(actor=lead, shared=True, **(WORDS | {"title": "Everybody's"}))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_reviewer_has_their_own_and_everybodys(own, shared, reviewer, colleague):
    assert set(replies_for(reviewer)) == {own, shared}
    assert set(replies_for(colleague)) == {shared}
    event = AuditEvent.objects.get(action="review.reply_saved", target_id=str(own.pk))
    assert event.data == {"new": True, "shared": False, "reason": "violence"}
    assert "nothing can be seen" not in str(event.data)


def test_everybodys_words_are_the_leads_and_the_admins(policy, reviewer, shared, lead):
    with pytest.raises(NotFound):
        save_reply(actor=reviewer, shared=True, **WORDS)
    with pytest.raises(NotFound):
        save_reply(actor=reviewer, reply=shared, **WORDS)
    with pytest.raises(NotFound):
        delete_reply(actor=reviewer, reply=shared)
    for actor in (lead, AdminFactory()):
        assert save_reply(actor=actor, reply=shared, **(WORDS | {"body": actor.name})).body == actor.name


def test_others_replies_do_not_exist(own, colleague, lead):
    for actor in (colleague, lead, AdminFactory(), UserFactory()):
        with pytest.raises(NotFound):
            delete_reply(actor=actor, reply=own)
        with pytest.raises(NotFound):
            save_reply(actor=actor, reply=own, **WORDS)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"title": "Too  dark"}, "title"),
        ({"body": ""}, "body"),
        ({"body": "x" * 4001}, "body"),
        ({"reason_code": "invented"}, "reason_code"),
    ],
)
def test_what_cannot_be_a_reply_is_refused(own, reviewer, words, field):
    with pytest.raises(Invalid) as refusal:
        save_reply(actor=reviewer, **(WORDS | {"title": "Another"} | words))
    assert [error.field for error in refusal.value.fields] == [field]


def test_a_deleted_reply_is_gone_and_on_record(own, reviewer):
    delete_reply(actor=reviewer, reply=own)
    assert not SavedReply.objects.exists()
    assert AuditEvent.objects.get(action="review.reply_deleted").from_state == "saved"


# --- The pages ---------------------------------------------------------------------------------------------------


def test_a_reviewer_keeps_changes_and_deletes_replies_without_javascript(policy, reviewer):
    browser = signed_in(reviewer)
    assert "shared" not in browser.get("/desk/replies/").context["form"].fields
    assert browser.post("/desk/replies/", WORDS).status_code == 302
    mine = SavedReply.objects.get(owner=reviewer)
    page = f"/desk/replies/{mine.pk}/"
    assert browser.post(page, WORDS | {"body": "Better."}).status_code == 302
    assert b"Better." in browser.get("/desk/replies/").content
    asked = browser.post(f"{page}delete/")
    assert "Delete “Too dark”?" in asked.content.decode()
    browser.post(f"{page}delete/", {"confirmed": "1"})
    assert not SavedReply.objects.exists()


def test_wrong_words_are_shown_again(own, reviewer):
    answer = signed_in(reviewer).post("/desk/replies/", WORDS)
    assert answer.status_code == 400
    assert b"There is a reply with this title already." in answer.content
    assert b"nothing can be seen" in answer.content


def test_the_case_page_offers_them_under_the_message(own, shared, case, reviewer):
    browser = signed_in(reviewer)
    page = browser.get(browser.post(f"/desk/cases/{case.pk}/claim/").headers["Location"]).content.decode()
    assert page.count("At 0:03 nothing can be seen.") >= 2
    assert 'data-for-reason="violence"' in page
    assert 'data-replies="id_artist_message"' in page


def test_everybodys_reply_is_read_and_not_changed_by_a_reviewer(shared, reviewer):
    browser = signed_in(reviewer)
    assert b"Everybody" in browser.get("/desk/replies/").content
    assert browser.get(f"/desk/replies/{shared.pk}/").status_code == 404
    assert browser.post(f"/desk/replies/{shared.pk}/delete/", {"confirmed": "1"}).status_code == 404


def test_an_admin_words_everybodys_replies_in_the_panel(own, shared):
    panel = signed_in(AdminFactory())
    listed = panel.get("/admin/review/savedreply/").content.decode()
    assert shared.title.replace("'", "&#x27;") in listed
    assert own.title not in listed
    assert panel.post("/admin/review/savedreply/add/", WORDS | {"title": "From the panel"}).status_code == 302
    made = SavedReply.objects.get(title="From the panel")
    assert made.owner is None
    page = f"/admin/review/savedreply/{made.pk}/"
    assert panel.post(f"{page}change/", WORDS | {"title": shared.title}).status_code == 200
    assert panel.post(f"{page}change/", WORDS | {"title": "Changed"}).status_code == 302
    assert panel.post(f"{page}delete/", {"post": "yes"}).status_code == 302
    assert not SavedReply.objects.filter(pk=made.pk).exists()
    assert panel.get(f"/admin/review/savedreply/{own.pk}/change/").status_code == 302


# --- The API -----------------------------------------------------------------------------------------------------


def test_the_api_does_the_same(policy, reviewer, shared):
    client, headers = Client(), bearer(reviewer, Scope.REVIEW)
    json = {"content_type": "application/json", "headers": headers}
    made = client.post("/api/v1/review/replies/", WORDS, **json)
    assert (made.status_code, made.json()["shared"]) == (201, False)
    address = f"/api/v1/review/replies/{made.json()['id']}/"
    assert client.put(address, WORDS | {"body": "Better."}, **json).json()["body"] == "Better."
    assert len(client.get("/api/v1/review/replies/", headers=headers).json()) == 2
    again = client.post("/api/v1/review/replies/", WORDS, **json)
    assert (again.status_code, again.headers["Content-Type"]) == (400, "application/problem+json")
    assert client.delete(address, headers=headers).status_code == 204
    assert client.delete(f"/api/v1/review/replies/{shared.pk}/", headers=headers).status_code == 404
