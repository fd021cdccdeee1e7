"""Trims in the studio: a card among the takes, links both ways, and the same in the API's list."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.ids import uuid7
from tests.factories import GenerationFactory
from videos import services, trims
from videos.models import Trim, Video
from web.selectors import TAKES_A_PAGE

pytestmark = pytest.mark.django_db

STUDIO = "/studio/"


def cut(video: Video, first: int = 2, last: int = 5) -> Video:
    asked = services.trim(actor=video.owner, video=video, first_frame=first, last_frame=last)
    made = trims.run(asked.pk)
    assert made is not None
    return made


def studio(cast, **query):
    return cast.as_(cast.artist).get(STUDIO, query)


def titles(response) -> list[str]:
    return [card.title for card in response.context["studio"].takes]


def test_a_trim_has_a_card_with_its_own_poster_and_leads_to_what_it_was_cut_from(cast, take_of):
    source = take_of(4).video
    made = cut(source)
    response = studio(cast)
    page = response.content.decode()
    assert titles(response) == ["Trim of Take 4", "Take 4"]
    assert f'src="/videos/{made.pk}/media/poster"' in page
    assert f'<h3><a href="/videos/{made.pk}/">Trim of Take 4</a></h3>' in page
    assert f'Trim of <a href="/videos/{source.pk}/">Take 4</a> · frames 3 to 6' in page
    assert '<span class="take-length mono">0.5 s</span>' in page


def test_the_card_of_what_was_cut_leads_to_its_trims(cast, take_of):
    source = take_of(4).video
    page = studio(cast).content.decode()
    assert "#trims-title" not in page
    cut(source)
    cut(source, 0, 3)
    page = studio(cast).content.decode()
    assert f'href="/videos/{source.pk}/#trims-title"' in page
    assert "2 trims" in page
    assert 'id="trims-title"' in cast.as_(cast.artist).get(f"/videos/{source.pk}/").content.decode()


def test_a_trim_stands_where_it_was_asked_for(cast, take_of):
    first = take_of(1).video
    take_of(2)
    cut(first)
    take_of(3)
    assert titles(studio(cast)) == ["Take 3", "Trim of Take 1", "Take 2", "Take 1"]


def test_only_a_finished_trim_has_a_card_and_only_its_owner_sees_it(cast, take_of):
    source = take_of(1).video
    services.trim(actor=source.owner, video=source, first_frame=2, last_frame=5)
    assert titles(studio(cast)) == ["Take 1"]
    trims.run(Trim.objects.get().pk)
    assert len(titles(studio(cast))) == 2
    assert cast.as_(cast.outsider).get(STUDIO).context["studio"].takes == []


def test_a_poll_brings_the_card_as_soon_as_it_is_cut(cast, take_of, htmx):
    source = take_of(1).video
    asked = services.trim(actor=source.owner, video=source, first_frame=2, last_frame=5)
    client = cast.as_(cast.artist)
    seen = {"seen": client.get(STUDIO).context["studio"].signature}
    assert client.get("/studio/live/", seen, headers=htmx).status_code == 204
    trims.run(asked.pk)
    assert "Trim of Take 1" in client.get("/studio/live/", seen, headers=htmx).content.decode()


def test_a_title_goes_before_what_it_was_cut_from_and_a_trim_of_a_trim_has_a_name(cast, take_of):
    titled = cut(take_of(1, title="Tin roof").video)
    again = cut(cut(take_of(2).video, 0, 9), 1, 3)
    assert titles(studio(cast))[0] == "Trim of Take 2"
    services.rename(actor=cast.artist, video=again, title="The drop")
    assert titles(studio(cast)) == ["The drop", "Trim of Take 2", "Take 2", "Tin roof, trimmed", "Tin roof"]
    page = cast.as_(cast.artist).get(f"/videos/{titled.pk}/").content.decode()
    assert "<h1>Tin roof, trimmed</h1>" in page


def test_an_untitled_trim_is_called_so_on_its_own_page_and_in_its_download(cast, take_of):
    made = cut(take_of(7).video)
    page = cast.as_(cast.artist).get(f"/videos/{made.pk}/").content.decode()
    assert "<h1>Trim of Take 7</h1>" in page
    assert 'download="trim-of-take-7.mp4"' in page


def test_the_card_carries_the_state_of_its_own_video(cast, take_of):
    made = cut(take_of(1).video)
    services.take_down(actor=cast.admin, video=made, decision_id=uuid7())
    assert [card.state.name for card in studio(cast).context["studio"].takes] == ["TAKEN_DOWN", "PRIVATE"]


def test_takes_and_trims_are_paged_together_and_none_is_lost_or_shown_twice(cast, take_of):
    wanted = []
    for take in range(1, TAKES_A_PAGE):
        video = take_of(take).video
        wanted.append(f"Take {take}")
        if take % 4 == 0:
            cut(video)
            wanted.append(f"Trim of Take {take}")
    first = studio(cast)
    second = studio(cast, before=str(first.context["studio"].earlier))
    assert f"?before={first.context['studio'].earlier}" in first.content.decode()
    assert len(titles(first)) == TAKES_A_PAGE
    assert titles(first) + titles(second) == wanted[::-1]
    assert second.context["studio"].earlier is None


@pytest.mark.parametrize("nonsense", ["12", "x", "\0", "9" * 4000])
def test_a_page_after_nothing_is_the_first(cast, take_of, nonsense):
    take_of(1)
    assert titles(studio(cast, before=nonsense)) == ["Take 1"]


def test_many_trims_cost_no_more_queries_than_one(cast, take_of, django_assert_num_queries):
    def all_kinds(take: int) -> None:
        cut(cut(take_of(take).video, 0, 9), 1, 3)
        cut(take_of(take + 1, title="Rain").video)

    all_kinds(1)
    client = cast.as_(cast.artist)
    client.get(STUDIO)
    with CaptureQueriesContext(connection) as few:
        client.get(STUDIO)
    for take in range(3, 9, 2):
        all_kinds(take)
    with django_assert_num_queries(len(few)):
        assert len(titles(client.get(STUDIO))) == 20


def test_the_apis_list_tells_both_ends_in_as_many_queries(cast, take_of, django_assert_num_queries):
    client, source = cast.as_(cast.artist), take_of(1).video
    services.trim(actor=cast.artist, video=source, first_frame=0, last_frame=3)  # not cut yet: no video to name
    made = cut(source)
    with CaptureQueriesContext(connection) as few:
        rows = {row["id"]: row for row in client.get("/api/v1/videos/").json()["results"]}
    count = len(few)
    part = {"first_frame": 2, "last_frame": 5}
    link = f"http://testserver/api/v1/videos/{source.pk}/"
    assert rows[str(made.pk)]["trimmed_from"] == {"video": str(source.pk), **part, "url": link}
    assert rows[str(made.pk)]["trims"] == []
    assert rows[str(source.pk)]["trimmed_from"] is None
    (told,) = rows[str(source.pk)]["trims"]
    assert (told["video"], told["first_frame"], told["last_frame"]) == (str(made.pk), 2, 5)
    assert client.get(told["url"]).json()["trimmed_from"]["video"] == str(source.pk)
    Trim.objects.filter(result=None).delete()
    for take in range(2, 5):
        cut(take_of(take).video)
    GenerationFactory(participant=cast.participant, take=90)
    with django_assert_num_queries(count):
        assert len(client.get("/api/v1/videos/").json()["results"]) == 8
