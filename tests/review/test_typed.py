"""What a reviewer has typed on the case page and not sent: no button of the page loses it, with or without scripts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from review.models import Comment, Decision, ReviewCase
from tests.factories import ReviewerFactory
from tests.review.desk import lapse, shown

WORDS = {"artist_message": "Half a sentence", "internal_note": "Between us", "comment_body": "A face, perhaps."}
SENTENCE = "This comment is not added yet"


@pytest.fixture
def browser(reviewer) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


@pytest.fixture
def page(browser, case) -> str:
    return browser.post(f"/desk/cases/{case.pk}/claim/").headers["Location"]


@pytest.fixture
def typed(browser, page, case) -> dict[str, Any]:
    """All that the page sends, whichever button is pressed."""
    case.refresh_from_db()
    proof = {"claim_token": browser.cookies["dailies_claim"].value, "case_version": case.version}
    files = " ".join(f"{kind}:{sha}" for kind, sha in shown(case.video).items())
    return proof | {"shown": files, "reason": "violence", "comment_at": "0:01.02"} | WORDS


def areas(answer: Any) -> dict[str, str]:
    """What stands in the text fields of a page, by the end of their ids."""
    found = re.findall(
        r'<textarea[^>]*id="[a-z]+[_-](\w+)"[^>]*>\n?(.*?)</textarea>', answer.content.decode(), re.DOTALL
    )
    return dict(found)


def hidden(answer: Any, name: str) -> list[str]:
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', answer.content.decode())


@pytest.mark.parametrize("step", [{}, {"confirmed": "1"}], ids=["asked", "confirmed"])
@pytest.mark.parametrize("outcome", ["approve", "reject", "escalate"])
def test_a_comment_that_was_not_added_holds_the_decision_back_with_every_text(browser, page, typed, outcome, step):
    answer = browser.post(f"{page}decide/", typed | {"outcome": outcome} | step)
    assert answer.status_code == 400
    assert SENTENCE in answer.content.decode()
    assert areas(answer) == WORDS
    assert 'value="0:01.02"' in answer.content.decode()
    assert not Decision.objects.exists()
    assert not Comment.objects.exists()


def test_once_it_is_added_or_emptied_the_decision_goes(browser, page, typed):
    kept = browser.post(f"{page}comments/", typed)
    assert kept.status_code == 200
    asked = browser.post(f"{page}decide/", typed | {"outcome": "reject", "comment_body": "  "})
    assert "Reject this video?" in asked.content.decode()
    browser.post(f"{page}decide/", typed | {"outcome": "reject", "comment_body": "", "confirmed": "1"})
    assert Decision.objects.get().artist_message == "Half a sentence"
    assert Comment.objects.get().body == "A face, perhaps."


@pytest.mark.parametrize("field", ["artist_message", "internal_note"])
def test_a_text_is_as_long_as_whoever_writes_it_counts_however_its_lines_end(browser, page, typed, field):
    whole = "\r\n".join(["x" * 79] * 50)  # 3,999 characters, 4,048 as a browser sends them
    decided = typed | {"outcome": "reject", "comment_body": "", field: whole + "!"}
    assert "Reject this video?" in browser.post(f"{page}decide/", decided).content.decode()
    too_long = browser.post(f"{page}decide/", decided | {field: whole + "!!"})
    assert too_long.status_code == 400
    assert "at most 4000 characters (it has 4001)" in too_long.content.decode()
    assert browser.post(f"{page}decide/", decided | {"confirmed": "1"}).status_code == 302
    assert Decision.objects.get().outcome == "reject"


def test_a_comment_that_was_opened_and_not_changed_holds_nothing_back(browser, page, typed):
    browser.post(f"{page}comments/", typed)
    opened = typed | {"comment_id": str(Comment.objects.get().pk)}
    asked = browser.post(f"{page}decide/", opened | {"outcome": "reject"})
    assert "Reject this video?" in asked.content.decode()
    for change in ({"comment_body": "No face."}, {"comment_at": "0:01.03"}, {"comment_at": "soon"}):
        answer = browser.post(f"{page}decide/", opened | {"outcome": "reject"} | change)
        assert SENTENCE in answer.content.decode(), change


def test_another_comment_does_not_take_the_place_of_typed_words(browser, page, typed):
    browser.post(f"{page}comments/", typed)
    first = Comment.objects.get()
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.post(
            f"{page}comments/", typed | {"comment_body": "A second one.", "open": str(first.pk)}, headers=headers
        )
        assert answer.status_code == 400
        assert SENTENCE in answer.content.decode()
        assert areas(answer)["comment_body"] == "A second one."


def test_words_outlive_the_comment_that_they_were_to_change(browser, page, typed):
    browser.post(f"{page}comments/", typed)
    key = str(Comment.objects.get().pk)
    changed = typed | {"comment_id": key, "comment_body": "Longer now."}
    answer = browser.post(f"{page}comments/", changed | {"remove": key})
    assert areas(answer)["comment_body"] == "Longer now."
    assert "Add the comment" in answer.content.decode()
    assert key not in answer.content.decode()


def test_renewing_by_the_button_gives_the_page_back_as_it_was(browser, page, typed):
    answer = browser.post(f"{page}renew/", typed)
    assert answer.status_code == 200
    assert areas(answer) == WORDS
    assert '<option value="violence" selected>' in answer.content.decode()
    assert "errorlist" not in answer.content.decode()
    assert browser.post(f"{page}renew/", {"claim_token": typed["claim_token"]}).headers["Location"] == page


def test_hold_or_hand_over_brings_the_words_along_and_back(browser, page, typed):
    there = browser.post(f"{page}handing/", typed | {"act": "open"})
    assert there.status_code == 200
    for name, words in WORDS.items():
        # In every form of the page, whichever is sent.
        assert set(hidden(there, name)) == {words}
        assert len(hidden(there, name)) == there.content.decode().partition("<main")[2].count("</form>") >= 4
    wrong = browser.post(f"{page}handing/", typed | {"act": "hold", "until": "", "note": "Waits for papers"})
    assert wrong.status_code == 400
    assert set(hidden(wrong, "artist_message")) == {"Half a sentence"}
    assert areas(browser.post(f"{page}renew/", typed)) == WORDS


def test_without_any_words_the_page_carries_nothing(browser, page, typed):
    proof = {name: typed[name] for name in ("claim_token", "case_version", "shown")}
    there = browser.post(f"{page}handing/", proof | {"act": "open"})
    assert not hidden(there, "claim_token")
    assert f'href="{page}"' in there.content.decode()


LEAVING = {
    "pass/": {},
    "release/": {},
    "handing/": {"act": "hold", "note": "Waits for papers"},
}


@pytest.mark.parametrize("address", LEAVING)
def test_a_case_that_goes_on_to_others_leaves_the_words_to_copy(browser, page, case, typed, address):
    later = timezone.localtime(timezone.now() + timedelta(hours=3))
    asked = LEAVING[address] | ({"until": later.strftime("%Y-%m-%dT%H:%M")} if "hand" in address else {})
    answer = browser.post(f"{page}{address}", typed | asked)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert list(areas(answer).values()) == list(WORDS.values())
    assert browser.cookies["dailies_claim"].value == ""
    assert not ReviewCase.objects.get(pk=case.pk).claims.filter(ended_at=None).exists()


@pytest.mark.parametrize("address", ["pass/", "release/"])
def test_without_words_one_is_back_at_the_desk_at_once(browser, page, typed, address):
    answer = browser.post(f"{page}{address}", {"claim_token": typed["claim_token"], "reason": "violence"})
    assert answer.headers["Location"] == "/desk/"


@pytest.mark.parametrize(
    ("address", "button"),
    [
        ("decide/", {"outcome": "reject"}),
        ("renew/", {}),
        ("release/", {}),
        ("pass/", {}),
        ("handing/", {"act": "open"}),
    ],
)
def test_a_claim_that_was_lost_meanwhile_loses_no_words(browser, page, case, typed, address, button):
    lapse(case)
    answer = browser.post(f"{page}{address}", typed | button)
    assert answer.status_code == 409
    assert "Your claim expired at" in answer.content.decode()
    assert list(areas(answer).values()) == list(WORDS.values())


@pytest.mark.parametrize("address", ["renew/", "release/", "handing/"])
def test_words_open_nothing_to_somebody_who_never_held_the_case(page, case, typed, address):
    stranger = Client()
    stranger.force_login(ReviewerFactory())
    answer = stranger.post(f"/desk/cases/{case.pk}/{address}", typed | {"act": "open"})
    assert answer.status_code in {302, 404}
    assert case.claims.get().ended_at is None
