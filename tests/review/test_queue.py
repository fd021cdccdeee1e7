"""The queue's page: what waits where and since when, filters and their names; nothing of any content."""

from __future__ import annotations

import sys
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.states import StaffRole
from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotFound
from review import filters, selectors, services
from review.models import CaseTopic, Claim, ReviewCase, ReviewerPreferences, ReviewQueue, SavedFilter, Signal
from tests.factories import GenerationFactory, ParticipantFactory, ReviewerFactory, VideoFactory
from tests.review.desk import decide, lapse

SOON = timedelta(hours=4)


def submit(video):
    return services.submit(actor=video.owner, video=video, note="")


def some_cases(number, **fields):
    """Cases without files, one after another."""
    rows = []
    for place in range(number):
        video = VideoFactory()
        due_at = timezone.now() + timedelta(hours=place + 1)
        rows.append(ReviewCase(video=video, opened_by=video.owner, due_at=due_at, **fields))
    return ReviewCase.objects.bulk_create(rows)


def sign_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def browser(reviewer):
    return sign_in(reviewer)


@pytest.fixture
def lead(db):
    return ReviewerFactory(name="Lea Lead", staff_role=StaffRole.LEAD_REVIEWER)


def rows(reviewer, **query):
    return selectors.queue_rows(reviewer, filters.read({name: [value] for name, value in query.items()}))


def shown(reviewer, **query):
    return [case.pk for case in rows(reviewer, **query).cases]


# --- Order, counts, pages -----------------------------------------------------------------------------------------


def test_what_is_due_first_comes_first_whatever_its_age(db, reviewer):
    old, young = some_cases(2)
    ReviewCase.objects.filter(pk=young.pk).update(due_at=timezone.now())
    assert shown(reviewer) == [young.pk, old.pk]
    assert services.claim_next(actor=reviewer)[0].case_id == young.pk


def test_a_page_ends_where_the_next_begins(db, reviewer):
    cases = some_cases(7)
    # Two at the very same moment lie on both sides of a page's end.
    ReviewCase.objects.filter(pk=cases[3].pk).update(due_at=cases[2].due_at)
    seen, after = [], ""
    for _page in range(3):
        page = selectors.queue_rows(reviewer, filters.Filter(), after=after, limit=3)
        seen += [case.pk for case in page.cases]
        after = page.after
    assert seen == [case.pk for case in cases]
    assert after == ""


@pytest.mark.parametrize("cursor", ["x", "_", "20260101T000000Z_zz", "9e99_1", "2026-01-01T00:00:00_" + "0" * 32])
def test_a_cursor_of_somebodys_own_making_begins_at_the_top(db, reviewer, cursor):
    (case,) = some_cases(1)
    page = selectors.queue_rows(reviewer, filters.Filter(), after=cursor)
    assert [one.pk for one in page.cases] == [case.pk]


def test_beyond_a_thousand_nobody_counts(db, reviewer, monkeypatch):
    monkeypatch.setattr(sys.modules["review.selectors.queue"], "COUNTED", 3)
    some_cases(3)
    assert selectors.queue(reviewer).waiting.words == "3"
    (*_others, latest) = some_cases(3)
    assert selectors.queue(reviewer).waiting.words == "3+"
    # Due last, and waiting for longest: an answered case, say.
    long_ago = timezone.now() - timedelta(days=3)
    ReviewCase.objects.filter(pk=latest.pk).update(opened_at=long_ago)
    assert selectors.queue(reviewer).oldest_opened_at == long_ago
    assert selectors.queues_at_a_glance(reviewer)[0].oldest_opened_at == long_ago


def test_each_queue_says_how_many_wait_and_since_when(db, reviewer, colleague):
    faces = ReviewQueue.objects.create(slug="faces", name="Faces")
    faces.members.add(colleague)
    ReviewQueue.objects.create(slug="closed", name="Closed", retired_at=timezone.now())
    some_cases(2)
    (old, _young) = some_cases(2, queue=faces)
    long_ago = timezone.now() - timedelta(days=3)
    ReviewCase.objects.filter(pk=old.pk).update(opened_at=long_ago)
    general, special = selectors.queues_at_a_glance(reviewer)
    assert (general.name, general.waiting, general.is_open) == ("General", 2, True)
    assert (special.name, special.waiting, special.is_open) == ("Faces", 2, False)
    assert special.oldest_opened_at == long_ago
    assert [one.is_open for one in selectors.queues_at_a_glance(colleague)] == [True, True]


def test_own_work_is_in_no_figure(video_maker, policy):
    owner = ReviewerFactory()
    submit(video_maker(owner=owner))
    assert selectors.queue(owner).waiting == 0
    assert selectors.queues_at_a_glance(owner)[0].waiting == 0
    assert shown(owner) == []


def test_as_many_queries_for_many_cases_as_for_few(db, browser):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/desk/").status_code == 200
        return len(captured)

    some_cases(2)
    services.claim_next(actor=ReviewerFactory())
    queries()  # the session's own first steps
    few = queries()
    queue = ReviewQueue.objects.create(slug="faces", name="Faces")
    for case in some_cases(12, queue=queue):
        CaseTopic.objects.create(case=case, topic="nudity")
    for _number in range(3):
        services.claim_next(actor=ReviewerFactory())
    assert queries() == few


# --- Filters ------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(video_maker, policy):
    """A plain one; one of a model, language, topic and signal in a queue; one that is old, overdue, refused before."""
    again = video_maker()
    first = submit(again)
    reviewer = ReviewerFactory()
    _claim, token = services.claim(actor=reviewer, case=first)
    decide(reviewer, first, token, "reject")  # for violence
    plain, special, old = (submit(video) for video in (video_maker(), video_maker(), again))
    shown_copy = special.video.renditions.get(kind="share_copy")
    fired = {"video": special.video, "state": "done", "fired": True, "detector": "test"}
    Signal.objects.update_or_create(rendition=shown_copy, kind="faces", defaults=fired)
    quiet = {"video": special.video, "state": "done", "fired": False, "detector": "test"}
    Signal.objects.update_or_create(rendition=shown_copy, kind="nudity", defaults=quiet)
    faces = ReviewQueue.objects.create(slug="faces", name="Faces")
    cohort = special.video.owner.participant.cohort
    ReviewCase.objects.filter(pk=special.pk).update(model_key="ltx-2", language="fr", queue=faces, cohort=cohort)
    CaseTopic.objects.create(case=special, topic="nudity")
    past = timezone.now() - timedelta(days=4)
    ReviewCase.objects.filter(pk=old.pk).update(opened_at=past, due_at=timezone.now() - timedelta(minutes=1))
    return {"plain": plain.pk, "special": special.pk, "old": old.pk}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "submission"}, {"plain", "special", "old"}),
        ({"kind": "report"}, set()),
        ({"queue": "faces"}, {"special"}),
        ({"queue": "general"}, {"plain", "old"}),
        ({"queue": "no-such"}, set()),
        ({"model": "ltx-2"}, {"special"}),
        ({"language": "fr"}, {"special"}),
        ({"topic": "nudity"}, {"special"}),
        ({"signal": "faces"}, {"special"}),
        ({"signal": "nudity"}, set()),  # it looked, and did not fire
        ({"min_age_hours": "72"}, {"old"}),
        ({"deadline_within_hours": "0"}, {"old"}),
        ({"state": "queued"}, {"plain", "special", "old"}),
        ({"state": "claimed"}, set()),
        ({"earlier_reason": "violence"}, {"old"}),
        ({"earlier_reason": "real-person"}, set()),
        ({"language": "fr", "model": "sketch"}, set()),
    ],
)
def test_each_filter_shows_what_it_asks_for(three, reviewer, query, found):
    assert set(shown(reviewer, **query)) == {three[name] for name in found}


def test_the_cohort_is_a_filter_too(three, reviewer):
    name = ReviewCase.objects.get(pk=three["special"]).cohort.name
    assert shown(reviewer, cohort=name) == [three["special"]]


def test_held_cases_can_be_asked_for(three, reviewer, colleague):
    claim, _token = services.claim_next(actor=colleague)
    assert shown(reviewer, state="claimed") == [claim.case_id]
    assert len(shown(reviewer)) == 3


def test_only_what_next_case_would_bring(three, reviewer):
    services.pass_by(actor=reviewer, case=ReviewCase.objects.get(pk=three["plain"]))
    ReviewerPreferences.objects.create(reviewer=reviewer, languages=["en"])
    assert shown(reviewer, for_me="1") == [three["old"]]


def test_ones_languages_and_topics_are_respected_by_next_case(three, reviewer, colleague):
    ReviewCase.objects.filter(pk=three["old"]).update(language="de")
    CaseTopic.objects.create(case_id=three["plain"], topic="violence")
    ReviewerPreferences.objects.create(reviewer=reviewer, languages=["fr", "en"], declined_topics=["violence"])
    assert services.claim_next(actor=reviewer)[0].case_id == three["special"]
    assert services.claim_next(actor=reviewer) is None
    assert services.claim(actor=reviewer, case=ReviewCase.objects.get(pk=three["plain"]))
    # What was handed to them by name comes whatever it is about.
    ReviewCase.objects.filter(pk=three["old"]).update(assigned_to=reviewer)
    assert services.claim_next(actor=reviewer)[0].case_id == three["old"]


def test_the_form_keeps_what_the_address_asked(three, browser):
    words = browser.get("/desk/?model=ltx-2&min_age_hours=&state=queued").content.decode()
    assert '<option value="ltx-2" selected>' in words
    assert '<option value="queued" selected>' in words
    assert f"case-{three['special']}" in words
    assert f"case-{three['plain']}" not in words


def test_what_cannot_be_asked_is_said_and_the_rest_is_shown(three, browser):
    answer = browser.get("/desk/?kind=sonnet&min_age_hours=soon&language=fr&state=lost")
    words = answer.content.decode()
    assert answer.status_code == 200
    assert "“sonnet” is none of its values." in words
    assert "This is no number of hours." in words
    assert "“lost” is no state of an open case." in words
    assert f"case-{three['special']}" in words
    assert f"case-{three['plain']}" not in words


@pytest.mark.parametrize(
    ("name", "words"),
    [("model", "A value is a word."), ("cohort", "A value is a word."), ("queue", "There is no such queue.")],
)
def test_a_filter_with_a_character_that_nobody_can_see_asks_for_nothing(three, browser, name, words):
    for path in ("/desk/", "/desk/bulk/"):
        page = browser.get(path, {name: "a\0b"})
        assert page.status_code == 200
        assert words in page.content.decode()
    for path in ("/api/v1/review/cases/", "/api/v1/review/bulk/candidates/"):
        answer = browser.get(path, {name: "a\0b"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)


def test_nothing_found_says_so_with_a_way_back(three, browser):
    words = browser.get("/desk/?kind=report").content.decode()
    assert "No case answers to this" in words
    assert 'href="/desk/"' in words


def test_a_saved_filter_is_one_click_and_gone_after_a_second_one(three, browser, reviewer):
    sent = {"name": "French  nudes", "query": "language=fr&topic=nudity&csrf=1"}
    assert "Saved as “French nudes”." in browser.post("/desk/filters/", sent, follow=True).content.decode()
    saved = SavedFilter.objects.get()
    assert saved.query == {"language": ["fr"], "topic": ["nudity"]}
    words = browser.get("/desk/").content.decode()
    assert "/desk/?language=fr&amp;topic=nudity" in words
    address = f"/desk/filters/{saved.pk}/delete/"
    assert "Delete “French nudes”?" in browser.get(address).content.decode()
    assert SavedFilter.objects.exists()
    browser.post(address)
    assert not SavedFilter.objects.exists()
    assert browser.post(address).status_code == 404
    actions = AuditEvent.objects.filter(action__startswith="review.filter").order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["review.filter_saved", "review.filter_deleted"]


def test_a_filter_under_a_name_that_is_there_takes_its_place(reviewer):
    for language in ("fr", "de"):
        services.save_filter(actor=reviewer, name="Mine", query={"language": [language]})
    assert SavedFilter.objects.get().query == {"language": ["de"]}


def test_a_filter_needs_a_name_and_a_question_and_there_are_not_too_many(reviewer):
    with pytest.raises(Invalid) as refusal:
        services.save_filter(actor=reviewer, name=" ", query={"language": [""]})
    assert [error.field for error in refusal.value.fields] == ["name", "query"]
    for number in range(20):
        services.save_filter(actor=reviewer, name=f"Filter {number}", query={"language": ["fr"]})
    with pytest.raises(Conflict, match="keep 20 filters already"):
        services.save_filter(actor=reviewer, name="One more", query={"language": ["fr"]})
    with pytest.raises(NotFound):
        services.save_filter(actor=ParticipantFactory().user, name="x", query={"language": ["fr"]})


def test_filters_of_others_do_not_exist(reviewer, colleague):
    saved = services.save_filter(actor=reviewer, name="Mine", query={"language": ["fr"]})
    assert sign_in(colleague).get(f"/desk/filters/{saved.pk}/delete/").status_code == 404
    with pytest.raises(NotFound):
        services.delete_filter(actor=colleague, saved=saved)
    assert "Mine" not in sign_in(colleague).get("/desk/").content.decode()


def test_a_filter_can_be_read_out_of_its_own_query():
    asked = {
        "kind": ["report", "appeal"],
        "min_age_hours": ["4"],
        "state": ["claimed"],
        "queue": ["faces"],
        "for_me": ["1"],
    }
    chosen = filters.read(asked)
    assert chosen.condition == {"kind": ["report", "appeal"], "min_age_hours": 4}
    assert filters.read(chosen.query) == chosen
    assert filters.read(parse_qs(chosen.querystring)) == chosen
    assert not filters.Filter()


# --- Rows ---------------------------------------------------------------------------------------------------------


def test_colleagues_see_who_looks_at_a_case_and_no_longer_when_the_claim_lapsed(case, held, colleague):
    browser = sign_in(colleague)
    fragment = {"HX-Request": "true"}
    words = browser.get("/desk/", headers=fragment).content.decode()
    assert "Rosa Reviewer is looking at it" in words
    assert "<html" not in words
    lapse(case)
    assert "Rosa Reviewer" not in browser.get("/desk/", headers=fragment).content.decode()


def test_the_poll_asks_for_the_same_page_of_the_same_filter(case, browser):
    words = browser.get("/desk/?language=fr&after=x").content.decode()
    assert 'hx-get="/desk/?language=fr&amp;after=x"' in words


def test_deadlines_are_words_icons_and_colours(three, browser):
    near = timezone.now() + timedelta(hours=5, minutes=10, seconds=30)
    ReviewCase.objects.filter(pk=three["special"]).update(due_at=near)
    words = browser.get("/desk/").content.decode()
    assert "overdue by 1 min" in words
    assert "due in 5 h 10 min" in words
    assert words.count('data-tone="refused"') == 1
    assert words.count('data-tone="changes"') == 1


def test_what_is_held_or_handed_or_not_ones_own_says_so(three, browser, reviewer, colleague, lead):
    def row(name):
        words = browser.get("/desk/").content.decode()
        return words.partition(f'id="case-{three[name]}"')[2].partition("</tr>")[0]

    cases = {name: ReviewCase.objects.get(pk=key) for name, key in three.items()}
    services.hold(actor=lead, case=cases["plain"], until=timezone.now() + SOON, note="Wait.")
    services.hand(actor=lead, case=cases["old"], reviewer=colleague)
    assert "On hold until" in row("plain")
    assert "For Cem Colleague" in row("old")
    assert "not for you just now" in row("old")
    assert "Claim" in row("special")
    assert "See to it" not in row("special")
    words = sign_in(lead).get("/desk/").content.decode()
    assert words.count("See to it") == 3


def test_passing_from_the_table(three, browser, reviewer):
    answer = browser.post(f"/desk/cases/{three['plain']}/pass/", follow=True)
    assert "no reason is needed" in answer.content.decode()
    assert "passed" in answer.content.decode()
    assert three["plain"] not in shown(reviewer, for_me="1")


# --- Letting it wait, or go on ------------------------------------------------------------------------------------


@pytest.fixture
def handing(browser, case):
    """The page of a case that this browser holds."""
    browser.post(f"/desk/cases/{case.pk}/claim/")
    return f"/desk/cases/{case.pk}/handing/"


def test_holding_from_the_page(handing, browser, case):
    until = (timezone.now() + SOON).strftime("%Y-%m-%dT%H:%M")
    answer = browser.post(handing, {"act": "hold", "until": until, "note": "The press office answers."}, follow=True)
    assert "On hold. It comes back by itself." in answer.content.decode()
    case.refresh_from_db()
    assert case.held_until is not None
    assert "Take it off hold" in browser.get(handing).content.decode()
    browser.post(handing, {"act": "unhold"})
    case.refresh_from_db()
    assert case.held_until is None


def test_what_the_service_refuses_stands_beside_what_was_typed(handing, browser):
    answer = browser.post(handing, {"act": "hold", "until": "2020-01-01T00:00", "note": "kept"})
    assert answer.status_code == 400
    words = answer.content.decode()
    assert "14 days at most" in words
    assert "kept</textarea>" in words
    assert Claim.objects.filter(ended_at=None).exists()


def test_handing_sending_and_keeping_away_from_the_page(handing, browser, case, colleague):
    queue = ReviewQueue.objects.create(slug="faces", name="Faces")
    assert browser.post(handing, {"act": "hand", "reviewer": ""}).status_code == 400
    browser.post(handing, {"act": "hand", "reviewer": str(colleague.pk), "note": ""})
    case.refresh_from_db()
    assert case.assigned_to == colleague
    ReviewCase.objects.update(assigned_to=None)
    browser.post(f"/desk/cases/{case.pk}/claim/")
    browser.post(handing, {"act": "send", "queue": str(queue.pk), "note": "A face."})
    case.refresh_from_db()
    assert (case.state, case.queue) == ("escalated", queue)
    ReviewCase.objects.update(state="queued", escalated_at=None)
    browser.post(f"/desk/cases/{case.pk}/claim/")
    answer = browser.post(handing, {"act": "recuse", "kind": "collaborator"}, follow=True)
    assert "You get no more cases of this artist." in answer.content.decode()
    assert "case-kind" not in answer.content.decode()


def test_the_page_is_for_the_holder_and_for_leads(handing, browser, case, colleague, lead):
    assert browser.get(handing).status_code == 200
    for person in (colleague, lead, ParticipantFactory().user):
        assert sign_in(person).get(handing).status_code == 404
    claim = Claim.objects.get(ended_at=None)
    Claim.objects.filter(pk=claim.pk).update(ended_at=timezone.now())
    ReviewCase.objects.update(state="queued")
    assert sign_in(lead).get(handing).status_code == 200
    assert sign_in(colleague).get(handing).status_code == 404
    assert sign_in(lead).post(handing, {"act": "dance"}).status_code == 400


def test_a_generated_videos_model_and_language_stand_in_its_row(video_maker, policy, browser):
    video = video_maker()
    GenerationFactory(
        video=video, prompt="ein roter Ball rollt über die Wiese", state="completed", finished_at=timezone.now()
    )
    submit(video)
    words = browser.get("/desk/").content.decode()
    assert "German" in words
    assert "sketch" in words
    assert "Ball" not in words
