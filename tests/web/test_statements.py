"""The statement of reasons and the appeal, as pages; the video's page with its moments."""

from __future__ import annotations

import pytest

from common.ids import uuid7
from review import services as review
from review.models import Appeal, Comment, Decision
from tests.review.appeals import appealed, settled
from tests.review.desk import decide
from videos import services as videos
from videos.models import Video
from web.video_state import VideoState, state_of

pytestmark = pytest.mark.django_db
WORDS = "It is a stage fight."


@pytest.fixture
def video(take_of) -> Video:
    return take_of(14, title="Tin roof").video


@pytest.fixture
def refusal(cast, video) -> Decision:
    case = review.submit(actor=video.owner, video=video)
    _claim, token = review.claim(actor=cast.reviewer, case=case)
    Comment.objects.create(case=case, video=video, author=cast.reviewer, at_ms=500, body="A <b>knife</b>.")
    corner = {"left": 0.75, "top": 0.75, "width": 0.25, "height": 0.125}
    Comment.objects.create(case=case, video=video, author=cast.reviewer, at_ms=750, body="A hand.", **corner)
    return decide(cast.reviewer, case, token, "reject")


def test_the_statement_is_complete_and_names_nobody(cast, refusal):
    page = cast.as_(cast.artist).get(f"/statements/{refusal.pk}/").content.decode()
    for words in (
        "Statement of reasons",
        f"version {refusal.policy_version.number}",
        "Violence",
        "Explained.",
        "At 0:03.",
        "0:00.04",
        "A &lt;b&gt;knife&lt;/b&gt;.",
        "No program decides here.",
        "Automatic detection took no part",
        "You can appeal once, until",
        str(refusal.pk),
    ):
        assert words in page, words
    assert f'href="/videos/{refusal.case.video_id}/?t=0.500"' in page
    assert str(cast.reviewer) not in page


@pytest.mark.parametrize("who", ["outsider", "reviewer", "admin"])
@pytest.mark.parametrize("step", ["", "appeal/", "appeal/withdraw/"])
def test_to_everybody_else_it_is_the_same_404_as_one_that_does_not_exist(cast, refusal, who, step):
    client = cast.as_(getattr(cast, who))
    ask = client.post if step else client.get
    hidden = ask(f"/statements/{refusal.pk}/{step}")
    missing = ask(f"/statements/00000000-0000-7000-8000-000000000000/{step}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content


def test_an_appeal_is_made_on_the_page_and_taken_back(cast, refusal):
    client = cast.as_(cast.artist)
    page = client.post(f"/statements/{refusal.pk}/appeal/", {"body": WORDS}, follow=True).content.decode()
    assert "Your appeal is pending." in page
    assert WORDS in page
    video = refusal.case.video
    assert state_of(video) == VideoState.UNDER_APPEAL
    page = client.get(f"/videos/{video.pk}/").content.decode()
    assert "Your appeal waits for a lead reviewer" in page
    assert "Submit for sharing" not in page
    page = client.post(f"/statements/{refusal.pk}/appeal/withdraw/", follow=True).content.decode()
    assert "You took your appeal back" in page
    assert state_of(video) == VideoState.REFUSED


def test_an_appeal_without_words_is_refused_beside_the_field(cast, refusal):
    response = cast.as_(cast.artist).post(f"/statements/{refusal.pk}/appeal/", {"body": "  "})
    assert response.status_code == 400
    assert "Write why the decision is wrong." in response.content.decode()


def test_an_appeal_with_a_character_that_nobody_can_see_is_refused_beside_the_field_and_kept(cast, refusal):
    response = cast.as_(cast.artist).post(f"/statements/{refusal.pk}/appeal/", {"body": "It is\x00 a puppet."})
    page = response.content.decode()
    assert response.status_code == 400
    assert response.context["form"].errors == {"body": ["Null characters are not allowed."]}
    assert "Null characters are not allowed." in page
    assert "It is\x00 a puppet.</textarea>" in page
    assert not Appeal.objects.exists()


def test_an_appeal_too_long_is_refused_and_kept(cast, refusal):
    response = cast.as_(cast.artist).post(f"/statements/{refusal.pk}/appeal/", {"body": "y" * 4001})
    assert response.status_code == 400
    assert "y" * 4001 in response.content.decode()


def test_an_appeal_that_comes_too_late_is_a_conflict_and_its_words_are_kept(cast, refusal):
    appealed(refusal)
    response = cast.as_(cast.artist).post(f"/statements/{refusal.pk}/appeal/", {"body": "Once more, with care."})
    assert response.status_code == 409
    page = response.content.decode()
    assert "appealed already" in page
    assert "Once more, with care." in page


def test_the_outcome_is_on_the_statement_and_in_the_timeline(cast, refusal):
    settled(appealed(refusal), "approve", artist_message="The title says so.")
    client = cast.as_(cast.artist)
    page = client.get(f"/statements/{refusal.pk}/").content.decode()
    assert "Overturned." in page
    assert "The title says so." in page
    assert "Nothing any more" in page
    assert "You still have it, and you can submit it again." not in page
    page = client.get(f"/videos/{refusal.case.video_id}/").content.decode()
    assert "Appeal decided: the decision is overturned" in page
    assert "Share it" in page


def test_the_video_shows_the_moments_and_the_way_to_the_statement(cast, refusal):
    page = cast.as_(cast.artist).get(f"/videos/{refusal.case.video_id}/").content.decode()
    assert f'href="/statements/{refusal.pk}/"' in page
    assert "Appeal it, until" in page
    assert 'data-at="0.500"' in page
    # A remark about a part of the frame carries it to the player, and says it in words where no script runs.
    assert f'href="/videos/{refusal.case.video_id}/?t=0.750#xywh=percent:75,75,25,12.5"' in page
    assert 'data-box="0.7500 0.7500 0.2500 0.1250"' in page
    assert "lower right part of the frame" in page
    assert page.count("data-box") == 1


@pytest.mark.parametrize(("start", "fragment"), [("0.500", "#t=0.500"), ("7", "#t=7"), ("1;alert(1)", None)])
def test_a_link_to_a_moment_opens_the_film_there_without_javascript(cast, video, start, fragment):
    page = cast.as_(cast.artist).get(f"/videos/{video.pk}/", {"t": start}).content.decode()
    if fragment:
        assert f"/media/original{fragment}" in page
    else:
        assert "#t=" not in page
        assert "alert(1)" not in page


def test_while_it_waits_the_page_says_place_deadline_and_what_follows(cast, video):
    case = review.submit(actor=video.owner, video=video)
    page = cast.as_(cast.artist).get(f"/videos/{video.pk}/").content.decode()
    assert "Number 1 in the reviewers" in page
    assert f"{case.due_at:%H:%M}" in page
    assert "goes to the lead reviewers by itself" in page
    assert "not known" in page


def test_a_work_taken_down_by_an_admin_offers_no_appeal(cast, video):
    videos.take_down(actor=cast.admin, video=video, decision_id=uuid7())
    page = cast.as_(cast.artist).get(f"/videos/{video.pk}/").content.decode()
    assert "Taken down" in page
    assert "Appeal it" not in page


def test_the_front_door_publishes_the_deadlines(cast, refusal):
    page = cast.as_().get("/").content.decode()
    assert "of 1 promised answers in 90 days came in time, 0 did not" in " ".join(page.split())
