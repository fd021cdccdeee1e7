"""The case page as the server writes it: comments by plain forms and by the API, signals, what came before."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from review import selectors, services
from review.comment_form import moment_of, timecode_of
from review.models import Answer, Comment, InternalNote, ReviewCase, ReviewerPreferences, Signal
from tests.factories import GenerationFactory, ReviewerFactory
from tests.review.desk import bearer, decide, lapse
from tests.review.test_compared import point, refused  # noqa: F401

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def browser(reviewer) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


@pytest.fixture
def page(browser, case) -> str:
    return browser.post(f"/desk/cases/{case.pk}/claim/").headers["Location"]


def sent(browser: Client, **changes: str) -> dict[str, str]:
    """What the form of the page sends with a comment."""
    words = {"comment_at": "0:01.02", "comment_body": "A face, perhaps.", "artist_message": "Half a sentence"}
    return {"claim_token": browser.cookies["dailies_claim"].value} | words | changes


def test_timecodes_are_minutes_seconds_and_the_frame():
    assert [timecode_of(ms, 24) for ms in (0, 500, 61_042)] == ["0:00.00", "0:00.12", "1:01.01"]
    assert [moment_of(words, 24) for words in ("0:00.12", "1:01", "3", "0:01.24", "soon", "-1")] == [
        500,
        61_000,
        3000,
        None,
        None,
        None,
    ]
    for fps in (8, 24, 25, 30, 60):
        for frame in range(3 * fps):
            at_ms = round(frame * 1000 / fps)
            assert moment_of(timecode_of(at_ms, fps), fps) == at_ms


def test_without_scripts_a_comment_is_added_and_no_other_text_is_lost(browser, page, case):
    answer = browser.post(f"{page}comments/", sent(browser, comment_left="0.25", internal_note="Between us"))
    assert answer.status_code == 200
    words = answer.content.decode()
    for kept in ("A face, perhaps.", "Half a sentence</textarea>", "Between us</textarea>"):
        assert kept in words
    comment = Comment.objects.get()
    # 8 frames a second; a side alone is no rectangle.
    assert (comment.at_ms, comment.left) == (1250, None)


def test_with_scripts_the_answer_is_the_comments_alone(browser, page):
    sides = {"comment_left": "0.25", "comment_top": "0.25", "comment_width": "0.5", "comment_height": "0.5"}
    answer = browser.post(f"{page}comments/", sent(browser, **sides), headers=FRAGMENT)
    words = answer.content.decode()
    assert "<html" not in words
    assert "0:01.02" in words
    assert "0.2500 0.2500 0.5000 0.5000" in words
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"comment_at": "half past"}, "Write minutes, seconds and the frame"),
        ({"comment_at": "0:09.00"}, "The video has no such moment."),
        ({"comment_body": ""}, "This field is required."),
    ],
)
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_what_cannot_be_kept_is_said_beside_its_field_with_the_text(browser, page, change, sentence, headers):
    answer = browser.post(f"{page}comments/", sent(browser, **change), headers=headers)
    assert answer.status_code == 400
    words = answer.content.decode()
    assert sentence in words
    assert change.get("comment_body", "A face, perhaps.") in words
    assert not Comment.objects.exists()


def test_changing_leaving_and_removing_by_plain_forms(browser, page, case):
    browser.post(f"{page}comments/", sent(browser))
    comment = Comment.objects.get()
    opened = browser.post(f"{page}comments/", sent(browser, open=str(comment.pk), comment_body="")).content.decode()
    assert "Keep the change" in opened
    assert f'value="{comment.pk}"' in opened
    browser.post(f"{page}comments/", sent(browser, comment_id=str(comment.pk), comment_body="No face."))
    comment.refresh_from_db()
    assert comment.body == "No face."
    closed = browser.post(f"{page}comments/", sent(browser, close="1")).content.decode()
    assert "Add the comment" in closed
    # What somebody is typing stays when they take another comment away.
    removed = browser.post(f"{page}comments/", sent(browser, remove=str(comment.pk), comment_body="Next one"))
    assert b"Next one</textarea>" in removed.content
    assert selectors.comments_of_round(case, case.video.owner).count() == 0


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_a_comment_that_comes_too_late_answers_409_and_the_text_is_kept(browser, page, case, headers):
    late = sent(browser)
    lapse(case)
    answer = browser.post(f"{page}comments/", late, headers=headers)
    assert answer.status_code == 409
    assert b"Your claim expired at" in answer.content
    if not headers:
        assert b"A face, perhaps.</textarea>" in answer.content
        assert b"Half a sentence</textarea>" in answer.content
    assert not Comment.objects.exists()


def test_comments_of_other_cases_are_not_there(browser, page, video_maker):
    other = services.submit(actor=(video := video_maker()).owner, video=video)
    _claim, token = services.claim(actor=ReviewerFactory(), case=other)
    strange = services.add_comment(actor=_claim.reviewer, case=other, claim_token=token, at_ms=0, body="Theirs.")
    for act in ("open", "remove", "comment_id"):
        for value in (str(strange.pk), "nonsense"):
            answer = browser.post(f"{page}comments/", sent(browser, **{act: value}))
            assert answer.status_code == (400 if (act, value) == ("comment_id", "nonsense") else 404)
            assert b"Theirs." not in answer.content


def test_comments_by_the_api(case, reviewer, token, client):
    asks = {"headers": bearer(reviewer, "review"), "content_type": "application/json"}
    address = f"/api/v1/review/cases/{case.pk}/comments/"
    body: dict[str, Any] = {"claim_token": token, "at_ms": 250, "body": "Here."}
    rectangle = {"left": 0.5, "top": 0, "width": 0.5, "height": 1}
    made = client.post(address, body | {"rectangle": rectangle}, **asks)
    assert made.status_code == 201
    assert made.json()["rectangle"] == rectangle
    assert made.json()["mine"] is True
    one = f"/api/v1/review/comments/{made.json()['id']}/"
    changed = client.patch(one, body | {"body": "There."}, **asks)
    assert (changed.json()["body"], changed.json()["rectangle"]) == ("There.", None)
    assert [row["body"] for row in client.get(address, headers=asks["headers"]).json()] == ["There."]
    wrong = client.patch(one, body | {"at_ms": 99_000, "words": "x"}, **asks)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "unknown_field")
    assert client.post(f"{one}remove/", {"claim_token": token}, **asks).status_code == 204
    assert client.post(f"{one}remove/", {"claim_token": token}, **asks).status_code == 409
    lapse(case)
    for late in (client.post(address, body, **asks), client.patch(one, body, **asks)):
        assert late.status_code in {404, 409}


def test_the_signals_point_and_never_judge(browser, page, case):
    rendition = case.video.renditions.get(kind="share_copy")

    def signal(kind: str, **fields: Any) -> None:
        fields = {"video": case.video, "state": "done", "finished_at": timezone.now()} | fields
        Signal.objects.update_or_create(rendition=rendition, kind=kind, defaults=fields)

    hit = {"at_ms": 1250, "box": [0.1, 0.2, 0.3, 0.4], "label": "<b>face</b>", "score": 0.7}
    signal("faces", fired=True, score=0.71, detector="yunet", detector_version="2023mar", hits=[hit])
    signal("nudity", score=0.02, detector="nsfw")
    signal("text", state="failed", fault="the detector took too long")
    words = browser.get(page).content.decode()
    panel = words[words.index('class="signals"') : words.index("</section>", words.index('class="signals"'))]
    for said in ("Faces", "0.71", "yunet 2023mar", "0:01.02", 'data-seek="1250"', "0.1000 0.2000 0.3000 0.4000"):
        assert said in panel
    assert "&lt;b&gt;face" in panel
    assert "Looked, and points at nothing: Nudity." in " ".join(panel.split())
    assert "Text in frames (the detector took too long)" in panel
    for verdict in ("violat", "unsafe", "should be", "reject", "refuse this", "inappropriate", "detected"):
        assert verdict not in panel.lower()


def test_the_api_gives_the_holder_signals_and_comments_too(case, reviewer, token, client, refused):  # noqa: F811
    services.add_comment(actor=reviewer, case=case, claim_token=token, at_ms=500, body="This sign?")
    point(case.video, refused.pk)
    Signal.objects.filter(kind="faces").delete()
    held = client.get(f"/api/v1/review/cases/{case.pk}/", headers=bearer(reviewer, "review")).json()
    assert [(row["body"], row["mine"]) for row in held["comments"]] == [("This sign?", True)]
    signals = {row["kind"]: row for row in held["signals"]}
    assert signals["faces"] | {"kind": ""} == {
        "kind": "",
        "state": "pending",
        "fired": False,
        "score": None,
        "detector": "",
        "detector_version": "",
        "fault": "",
        "hits": [],
    }
    seen = {"at_ms": 1250, "frame": 10, "label": "MIRA", "score": 0.7, "box": [0.1, 0.2, 0.3, 0.4]}
    Signal.objects.filter(kind="text", video=case.video).delete()
    rendition = case.video.renditions.get(kind="share_copy")
    Signal.objects.create(
        rendition=rendition, video=case.video, kind="text", state="done", fired=True, score=0.7, hits=[seen]
    )
    again = client.get(f"/api/v1/review/cases/{case.pk}/", headers=bearer(reviewer, "review")).json()
    assert next(row for row in again["signals"] if row["kind"] == "text")["hits"] == [seen]
    assert (signals["near_duplicate"]["fired"], signals["near_duplicate"]["hits"][0]["at_ms"]) == (True, 500)
    alike = {"video": str(refused.pk), "score": 0.93, "at_ms": 500, "reason": "violence"}
    assert (held["refused_alike"], held["round"]) == ([alike], 1)


def test_without_any_signal_the_page_says_what_is_missing_and_can_decide(browser, page, case, reviewer):
    Signal.objects.all().delete()
    words = browser.get(page).content.decode()
    assert "Missing, so look for yourself:" in words
    assert "Nudity" in words
    assert 'value="approve"' in words


def test_refused_works_are_laid_beside_without_their_title_or_artist(browser, page, case, refused):  # noqa: F811
    assert b'id="alike"' not in browser.get(page).content
    point(case.video, refused.pk)
    words = browser.get(page).content.decode()
    for said in (f"/videos/{refused.pk}/media/poster", f"/videos/{refused.pk}/media/storyboard", "Violence", "0.93"):
        assert said in words
    for unsaid in (refused.title, refused.owner.name, f"/videos/{refused.pk}/media/share_copy"):
        assert unsaid not in words


def test_provenance_names_the_hashes_of_the_exact_files(browser, page, case):
    words = browser.get(page).content.decode()
    for rendition in selectors.shown_renditions(case.video):
        assert rendition.sha256 in words


def test_the_parents_settings_are_text_when_it_is_the_same_artists(browser, page, case):
    participant = case.video.owner.participant
    done = {"state": "completed", "finished_at": timezone.now()}
    parent = GenerationFactory(participant=participant, prompt="a lamp at dusk", seed=41)
    take = GenerationFactory(participant=participant, video=case.video, parent=parent, relation="remix", **done)
    words = browser.get(page).content.decode()
    for said in ("Made from an earlier take", "a lamp at dusk", "41", "Remix"):
        assert said in words
    others = GenerationFactory(prompt="somebody else's words")
    type(take).objects.filter(pk=take.pk).update(parent=others)
    assert "else&#x27;s words" not in browser.get(page).content.decode()


def test_earlier_rounds_are_shown_with_the_artists_answers_and_comments(case, reviewer, token, colleague):
    services.add_comment(actor=reviewer, case=case, claim_token=token, at_ms=500, body="This sign?")
    decision = decide(reviewer, case, token, "request_changes", internal_note="Wait for the answer.")
    Answer.objects.create(
        case=case,
        decision=decision,
        author=case.video.owner,
        body="I painted it over.",
        video_before=case.video,
        video_after=case.video,
    )
    ReviewCase.objects.filter(pk=case.pk).update(state="queued", round=2, closed_at=None)
    browser = Client()
    browser.force_login(colleague)
    words = browser.post(f"/desk/cases/{case.pk}/claim/", follow=True).content.decode()
    for said in ("I painted it over.", "This sign?", "At 0:03.", "Wait for the answer.", "round 2", "this case"):
        assert said in words
    assert Comment.objects.get().author == reviewer


def test_a_golden_case_does_not_show_its_own_answer(case, reviewer, token, colleague, video_maker):
    from review.models import GoldenItem

    services.add_comment(actor=reviewer, case=case, claim_token=token, at_ms=500, body="This sign?")
    decide(reviewer, case, token, "reject", internal_note="Clear.")
    golden = GoldenItem.objects.create(video=case.video, expected="reject", added_by=reviewer)
    again = ReviewCase.objects.create(video=case.video, opened_by=case.video.owner, golden=golden)
    view = selectors.case_view(again, colleague)
    assert (view.earlier, view.earlier_comments, view.notes) == ([], [], [])


def test_a_blind_second_reviewer_reads_nothing_of_the_first(case, reviewer, token, colleague):
    ReviewCase.objects.update(approvals_needed=2)
    services.add_comment(actor=reviewer, case=case, claim_token=token, at_ms=500, body="I doubt this.")
    InternalNote.objects.create(case=case, author=reviewer, body="I would refuse it.")
    services.release(actor=reviewer, case=case, token=token)
    browser = Client()
    browser.force_login(colleague)
    words = browser.post(f"/desk/cases/{case.pk}/claim/", follow=True).content.decode()
    assert "data-decision" in words
    for unsaid in ("I doubt this.", "I would refuse it.", "Rosa"):
        assert unsaid not in words


@pytest.mark.parametrize("chosen", [True, False])
def test_the_page_starts_as_its_reviewer_prefers(browser, page, reviewer, chosen):
    choices = dict.fromkeys(("blurred", "greyscale", "small", "muted", "paused"), chosen)
    ReviewerPreferences.objects.create(reviewer=reviewer, **choices)
    words = browser.get(page).content.decode()
    film = words[words.index("<video") : words.index("</video>")]
    assert f'data-look="{"blurred greyscale small" if chosen else ""}"' in words
    assert (" muted" in film) == chosen
    assert (" autoplay" in film) == (not chosen)
    switches = words[words.index('class="looks"') : words.index('id="comments"')]
    assert switches.count('aria-pressed="true"') == (4 if chosen else 0)


def test_preferences_are_kept_by_a_plain_form(browser, reviewer):
    page = browser.get("/desk/preferences/")
    assert b"nobody else sees this page" in page.content
    sent_words = {"blurred": "on", "languages": ["fr"], "declined_topics": ["hate"]}
    kept = browser.post("/desk/preferences/", sent_words, follow=True)
    assert b"Kept." in kept.content
    mine = selectors.preferences_of(reviewer)
    assert (mine.blurred, mine.muted, mine.languages, mine.declined_topics) == (True, False, ["fr"], ["hate"])
    wrong = browser.post("/desk/preferences/", {"declined_topics": ["work"]})
    assert wrong.status_code == 400


def test_preferences_and_figures_by_the_api(reviewer, client):
    asks = {"headers": bearer(reviewer, "review"), "content_type": "application/json"}
    body = dict.fromkeys(("blurred", "greyscale", "muted", "small", "paused"), True)
    body |= {"languages": ["de"], "declined_topics": []}
    kept = client.put("/api/v1/review/preferences/", body, **asks)
    assert kept.json() == body | {"seen": [], "rest_ends_at": None}
    assert client.get("/api/v1/review/preferences/", headers=asks["headers"]).json() == kept.json()
    part = client.put("/api/v1/review/preferences/", {"blurred": False}, **asks)
    assert part.status_code == 400
    wrong = client.put("/api/v1/review/preferences/", body | {"languages": ["Deutsch!"]}, **asks)
    assert [error["field"] for error in wrong.json()["errors"]] == ["languages"]
