"""The desk in a browser without JavaScript: every step is a plain form."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from common.actors import System
from review import services
from review.models import Claim, Decision
from review.services.second_person import need_second_person
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.review.desk import decide, lapse


@pytest.fixture
def browser(reviewer) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


def sign_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def page(browser, case) -> str:
    """The case's address, claimed in this browser."""
    answer = browser.post(f"/desk/cases/{case.pk}/claim/")
    assert answer.status_code == 302
    return answer.headers["Location"]


def fields(browser: Client, page: str, **changes: str) -> dict[str, str]:
    """What the page's form would send."""
    form = browser.get(page).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    sent["shown"] = form.fields["shown"].prepare_value(form["shown"].value())
    return {name: str(value) for name, value in (sent | changes).items()}


def test_the_desk_shows_facts_of_a_case_and_none_of_its_content(browser, case):
    answer = browser.get("/desk/")
    words = answer.content.decode()
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "160×96" in words
    assert "Claim" in words
    for hidden in ("festival", case.video.title, str(case.video_id), case.video.owner.name):
        assert hidden not in words


def test_the_queue_is_fetched_again_as_a_fragment(browser, case):
    answer = browser.get("/desk/", headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert b'id="queue"' in answer.content


def test_the_next_case_opens_with_all_that_is_needed_to_decide(browser, case):
    answer = browser.post("/desk/next/", follow=True)
    words = answer.content.decode()
    for needed in ("harbour festival", case.video.title, "What may be shared.", "Violence", "Explained."):
        assert needed in words
    assert f"/videos/{case.video_id}/media/share_copy" in words
    assert f"/videos/{case.video_id}/media/original" not in words
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_an_empty_queue_says_so(browser, db):
    answer = browser.post("/desk/next/", follow=True)
    assert b"Nothing else waits for you." in answer.content
    assert b"Nothing waits" in answer.content


def test_the_claims_token_is_in_no_address_and_its_cookie_belongs_to_the_case(browser, page, case):
    claim = Claim.objects.get()
    cookie = browser.cookies["dailies_claim"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (page, True, "Strict")
    assert cookie.value not in page
    assert cookie.value not in str(dict(browser.session))
    assert claim.token_sha256 not in browser.get(page).content.decode()


def test_a_decision_takes_two_steps(browser, page, case):
    sent = fields(browser, page, outcome="reject", reason="violence", artist_message="At 0:03.")
    asked = browser.post(f"{page}decide/", sent)
    assert b"Reject this video?" in asked.content
    assert b"At 0:03." in asked.content
    assert not Decision.objects.exists()
    decided = browser.post(f"{page}decide/", sent | {"confirmed": "1"}, follow=True)
    assert b"Rejected. The artist has your reason and message." in decided.content
    assert Decision.objects.get().artist_message == "At 0:03."


def test_going_back_from_the_second_step_keeps_what_was_typed(browser, page):
    sent = fields(browser, page, outcome="reject", reason="violence", artist_message="At 0:03.", edit="1")
    answer = browser.post(f"{page}decide/", sent)
    assert answer.status_code == 200
    assert b"At 0:03.</textarea>" in answer.content


def test_a_picked_reason_does_not_hinder_an_approval(browser, page):
    sent = fields(browser, page, outcome="approve", reason="violence", confirmed="1")
    browser.post(f"{page}decide/", sent)
    assert Decision.objects.get().reason is None


def test_missing_words_are_asked_for_beside_their_fields(browser, page):
    answer = browser.post(f"{page}decide/", fields(browser, page, outcome="reject", internal_note="kept"))
    assert answer.status_code == 400
    for words in (b"the artist is owed one", b"Tell the artist why", b"kept</textarea>", b'aria-invalid="true"'):
        assert words in answer.content


def test_a_lost_claim_answers_409_keeps_the_text_and_closes_the_content(browser, page, case, artist):
    sent = fields(browser, page, outcome="reject", reason="violence", artist_message="My long text.", confirmed="1")
    services.withdraw(actor=artist, case=case)
    answer = browser.post(f"{page}decide/", sent)
    assert answer.status_code == 409
    words = answer.content.decode()
    assert "The artist withdrew the submission at" in words
    assert "My long text." in words
    assert "harbour festival" not in words
    assert str(case.video_id) not in words
    assert not Decision.objects.exists()


def test_a_case_that_moved_under_a_live_claim_is_shown_again_with_the_text(browser, page):
    sent = fields(browser, page, outcome="approve", artist_message="Lovely.", case_version="1", confirmed="1")
    answer = browser.post(f"{page}decide/", sent)
    assert answer.status_code == 409
    assert b"at version 2, yours was 1" in answer.content
    assert b"Lovely.</textarea>" in answer.content
    form = answer.context["form"]
    assert form["case_version"].value() == "2"


def test_a_second_browser_is_asked_before_it_takes_the_case_over(browser, page, reviewer):
    other = sign_in(reviewer)
    answer = other.get(page)
    assert b"another browser" in answer.content
    assert b"festival" not in answer.content
    other.post(f"{page}claim/", {"take_over": "1"})
    assert b"festival" in other.get(page).content
    assert b"another browser" in browser.get(page).content


def test_renewing_by_script_and_by_button(browser, page, case):
    token = {"claim_token": browser.cookies["dailies_claim"].value}
    script = {"Accept": "application/json"}
    assert browser.post(f"{page}renew/", token, headers=script).json()["seconds_left"] > 590
    assert browser.post(f"{page}renew/", token).headers["Location"] == page
    lapse(case)
    lost = browser.post(f"{page}renew/", token, headers=script)
    assert lost.status_code == 409
    assert "Your claim expired at" in lost.json()["detail"]
    assert browser.post(f"{page}renew/", token).headers["Location"] == "/desk/"


def test_a_renewal_tells_an_open_page_that_a_second_person_became_needed(browser, page, case):
    body = browser.get(page).content.decode()
    for which, sentence in (("opinion", "An opinion cannot be changed."), ("decision", "A decision cannot be")):
        assert f'data-{which}="{sentence}' in body  # the words that the script swaps
    token = {"claim_token": browser.cookies["dailies_claim"].value}
    script = {"Accept": "application/json"}
    assert browser.post(f"{page}renew/", token, headers=script).json()["opinion_only"] is False
    need_second_person(actor=System("signals"), case=case, why="nudity")
    assert browser.post(f"{page}renew/", token, headers=script).json()["opinion_only"] is True


def test_putting_back(browser, page, case):
    token = {"claim_token": browser.cookies["dailies_claim"].value}
    answer = browser.post(f"{page}release/", token, follow=True)
    assert b"The case is back in the queue." in answer.content
    case.refresh_from_db()
    assert case.state == "queued"


def test_a_held_case_answers_409_on_the_desk(case, browser, page, colleague):
    answer = sign_in(colleague).post(f"/desk/cases/{case.pk}/claim/")
    assert answer.status_code == 409
    assert b"Rosa Reviewer claimed this case" in answer.content


def test_reloading_after_the_claim_ended_leads_back_with_a_sentence(browser, page, case, artist):
    services.withdraw(actor=artist, case=case)
    answer = browser.get(page, follow=True)
    assert answer.redirect_chain == [("/desk/", 302)]
    assert b"The artist withdrew" in answer.content


def test_a_reviewer_who_never_held_the_case_finds_nothing(case, page, colleague):
    browser = sign_in(colleague)
    missing = "/desk/cases/0191d6a0-0000-7000-8000-000000000000/"
    for address in (page, missing):
        assert browser.get(address).status_code == 404
        assert browser.post(f"{address}decide/", {"outcome": "approve"}).status_code == 404


def test_the_desk_does_not_exist_for_others(case, page):
    for person in (case.video.owner, ParticipantFactory().user, AdminFactory()):
        browser = sign_in(person)
        for address in ("/desk/", page):
            assert browser.get(address).status_code == 404
        for address in ("/desk/next/", f"{page}claim/", f"{page}renew/", f"{page}release/", f"{page}decide/"):
            assert browser.post(address).status_code == 404
    assert Client().get("/desk/").status_code == 302


def test_ones_own_work_is_refused_with_a_sentence(video_maker, policy):
    owner = ReviewerFactory()
    case = services.submit(actor=owner, video=video_maker(owner=owner), note="")
    answer = sign_in(owner).post(f"/desk/cases/{case.pk}/claim/")
    assert answer.status_code == 403
    assert b"This is your own work" in answer.content


def test_the_case_page_shows_earlier_decisions_and_notes_to_reviewers(browser, case, artist, colleague, finished_video):
    _claim, token = services.claim(actor=colleague, case=case)
    decide(colleague, case, token, "reject", internal_note="Between us.")
    again = services.submit(actor=artist, video=finished_video, note="It is a puppet.")
    words = browser.post(f"/desk/cases/{again.pk}/claim/", follow=True).content.decode()
    for needed in ("Between us.", "At 0:03.", "Cem Colleague", "It is a puppet."):
        assert needed in words


def test_what_artists_write_is_text_and_never_markup(browser, finished_video, policy):
    case = services.submit(actor=finished_video.owner, video=finished_video, note="<script>alert(1)</script>")
    words = browser.post(f"/desk/cases/{case.pk}/claim/", follow=True).content.decode()
    assert "<script>alert" not in words
    assert "&lt;script&gt;alert" in words
