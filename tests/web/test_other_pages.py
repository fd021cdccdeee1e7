"""Home, notifications, theme, errors."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from notifications.models import Notification
from notifications.services import notify
from tests.factories import UserFactory
from tests.media import share
from web.selectors import figures
from web.views import errors

pytestmark = pytest.mark.django_db


# --- Home --------------------------------------------------------------------------------------------------------


def test_a_stranger_reads_what_the_programme_is(cast):
    page = cast.as_().get("/").content.decode()
    assert "by invitation" in page
    assert reverse("account_login") in page


@pytest.mark.parametrize(("who", "place"), [("artist", "/studio/"), ("reviewer", "/desk/"), ("admin", "/admin/")])
def test_whoever_is_signed_in_goes_straight_to_work(cast, who, place):
    assert cast.as_(getattr(cast, who)).get("/")["Location"] == place


def test_a_person_without_a_part_sees_the_front_door(cast):
    assert cast.as_(UserFactory()).get("/").status_code == 200


def test_figures_are_hidden_until_there_are_some(cast, take_of):
    assert "The programme today" not in cast.as_().get("/").content.decode()
    take_of(1)
    page = cast.as_().get("/").content.decode()
    assert "videos made" in page
    assert "of decisions approve" not in page


def test_figures_are_three_queries(cast, take_of, django_assert_num_queries):
    share(take_of(1).video)
    with django_assert_num_queries(3):
        assert figures().videos == 1


# --- Notifications -----------------------------------------------------------------------------------------------


@pytest.fixture
def letters(cast, django_capture_on_commit_callbacks) -> list[Notification]:
    return [
        notify(
            recipient=cast.artist, kind="test", subject=f"Letter {n}", body="Words.", path="/studio/", action_label="Go"
        )
        for n in range(2)
    ]


def test_one_reads_ones_own_notifications_with_marks(cast, letters):
    page = cast.as_(cast.artist).get("/notifications/").content.decode()
    assert page.count("Unread:") == 2
    assert "2 unread notifications" in page
    assert "Letter" not in cast.as_(cast.outsider).get("/notifications/").content.decode()


def test_following_one_marks_it_read(cast, letters):
    response = cast.as_(cast.artist).post(f"/notifications/{letters[0].pk}/")
    assert response["Location"] == "/studio/"
    letters[0].refresh_from_db()
    assert letters[0].read_at


def test_nobody_follows_anothers(cast, letters):
    assert cast.as_(cast.outsider).post(f"/notifications/{letters[0].pk}/").status_code == 404


def test_all_can_be_marked_read_at_once(cast, letters):
    page = cast.as_(cast.artist).post("/notifications/", follow=True).content.decode()
    assert "Unread:" not in page


def test_many_notifications_cost_no_more_queries(cast, letters, django_assert_num_queries):
    client = cast.as_(cast.artist)
    client.get("/notifications/")
    # session, user, terms, participant, count, rows, unread
    with django_assert_num_queries(7):
        client.get("/notifications/")


# --- Theme -------------------------------------------------------------------------------------------------------


def test_the_theme_is_kept_in_a_cookie_and_drawn_by_the_server(cast):
    client = cast.as_()
    assert 'data-theme="dark"' in client.get("/").content.decode()
    response = client.post("/theme/", {"theme": "light", "next": "/"})
    assert (response.status_code, response["Location"]) == (303, "/")
    assert 'data-theme="light"' in client.get("/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_theme_switch_leads_nowhere_else(cast, target):
    assert cast.as_().post("/theme/", {"theme": "dark", "next": target})["Location"] == "/"


def test_an_unknown_theme_is_not_kept(cast):
    client = cast.as_()
    client.post("/theme/", {"theme": '"><script>', "next": "/"})
    assert "theme" not in client.cookies


# --- Errors ------------------------------------------------------------------------------------------------------


def test_pages_that_do_not_exist_are_byte_identical_whatever_was_asked(cast):
    client = cast.as_(cast.artist)
    paths = ["/nothing/", "/videos/00000000-0000-7000-8000-000000000000/", "/s/AAAAAAAAAAAAAAAAAAAAAA/", "/studio/x"]
    answers = [client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "There is nothing here" in answers[0].content.decode()


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (errors.bad_request, 400),
        (errors.forbidden, 403),
        (errors.csrf_failure, 403),
        (errors.not_found, 404),
        (errors.server_error, 500),
        (errors.unavailable, 503),
    ],
)
def test_an_error_page_asks_the_database_nothing(view, status, django_assert_num_queries):
    request = RequestFactory().get("/studio/")
    with django_assert_num_queries(0):
        page = view(request)
    assert page.status_code == status
    assert b"leader" in page.content


@pytest.mark.parametrize(
    ("view", "status", "code"),
    [
        (errors.bad_request, 400, "bad_request"),
        (errors.not_found, 404, "not_found"),
        (errors.server_error, 500, "server_error"),
        (errors.unavailable, 503, "unavailable"),
    ],
)
def test_the_api_gets_a_problem_instead(view, status, code):
    response = view(RequestFactory().get("/api/v1/nothing/"))
    assert response["Content-Type"] == "application/problem+json"
    assert (response.status_code, f'"code": "{code}"' in response.content.decode()) == (status, True)


def test_a_form_without_its_token_is_refused_in_our_own_words(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.artist)
    response = client.post("/studio/", {"prompt": "x"})
    assert response.status_code == 403
    assert "This form was open for too long" in response.content.decode()


# --- The frame ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "shown", "hidden"),
    [
        ("artist", ["/studio/"], ["/desk/", "/admin/"]),
        ("reviewer", ["/desk/"], ["/studio/", "/admin/"]),
        ("admin", ["/admin/"], ["/studio/", "/desk/"]),
    ],
)
def test_the_header_shows_each_role_its_own_ways(cast, who, shown, hidden):
    page = cast.as_(getattr(cast, who)).get("/notifications/").content.decode()
    assert all(f'href="{way}"' in page for way in shown)
    assert not any(f'href="{way}"' in page for way in hidden)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "json"),
    [("/accounts/login/", False), ("/accounts/password/reset/", False), ("/api/v1/invitations/accept/", True)],
)
def test_while_redis_is_away_nobody_gets_in_uncounted_and_it_is_said(client, settings, path, json):
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "unix:///nowhere/redis.sock"}}
    body = {"login": "a@example.org", "email": "a@example.org", "password": "some words of mine"}
    answer = client.post(path, body, content_type="application/json") if json else client.post(path, body)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
