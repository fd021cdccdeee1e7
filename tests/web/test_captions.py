"""Captions and the second original on pages: the owner's form, and the tracks of three players."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from review import services as review
from tests.media import share, store_bytes
from videos import services
from videos.models import Approval, Rendition, Video
from videos.selectors import captions_of

pytestmark = pytest.mark.django_db

VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nRain.\n"


@pytest.fixture
def video(take_of) -> Video:
    return take_of(14).video


@pytest.fixture
def client(cast):
    return cast.as_(cast.artist)


def send(client, video, data: bytes | None = VTT, language="vi", **fields):
    file = {"file": SimpleUploadedFile("c.vtt", data)} if data is not None else {}
    return client.post(f"/videos/{video.pk}/captions/", {"language": language, **file, **fields})


def page_of(client, video) -> str:
    return client.get(f"/videos/{video.pk}/").content.decode()


def test_a_file_is_brought_and_the_player_shows_it(client, video):
    assert "<track" not in page_of(client, video)
    assert send(client, video, language="de").status_code == 303
    page = page_of(client, video)
    track = f'<track kind="captions" src="/videos/{video.pk}/media/captions" srclang="de" label="Deutsch" default>'
    assert track in page, page[page.index("<video") : page.index("</video")]
    assert "Replace the captions" in page


@pytest.mark.parametrize(
    ("data", "language", "words"),
    [
        (None, "en", "Choose a WebVTT file first."),
        (b"", "en", "Choose a WebVTT file first."),
        (VTT, "tlhingan Hol", "This is no language tag. Allowed: a language tag: en, pt-BR, zh-Hant."),
        (VTT, "e\0n", "Null characters are not allowed."),
        (VTT.replace(b"Rain", b"<b>Rain"), "en", "Line 4: The tag “&lt;b&gt;” is not closed. Allowed: &lt;/b&gt;."),
        (b"x" * 200_001, "en", "The file is too large. Allowed: 200000 bytes at most."),
    ],
    ids=["no file", "an empty file", "no language", "a language with a NUL", "a tag", "too large"],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(client, video, data, language, words):
    answer = send(client, video, data, language)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert '<details class="fold" id="captions" open>' in page
    assert captions_of(video) is None


def test_they_are_taken_away(client, video):
    send(client, video)
    assert client.post(f"/videos/{video.pk}/captions/remove/").status_code == 303
    assert captions_of(video) is None
    assert client.post(f"/videos/{video.pk}/captions/remove/").status_code == 409


def test_in_review_the_page_says_why_not(client, video):
    send(client, video)
    review.submit(actor=video.owner, video=video)
    page = page_of(client, video)
    assert "in review, exactly as it is now" in page
    assert "Replace the captions" not in page
    answer = send(client, video, VTT.replace(b"Rain", b"Snow"))
    assert answer.status_code == 409
    assert "Wait for the decision" in answer.content.decode()


def test_an_approval_ends_only_by_the_checkbox(client, video):
    share(video)
    assert "End the approval and the public link" in page_of(client, video)
    assert send(client, video).status_code == 409
    assert Approval.objects.filter(voided_at=None).exists()
    assert send(client, video, end_approval="on").status_code == 303
    assert not Approval.objects.filter(voided_at=None).exists()


def test_the_public_page_and_the_reviewers_page_have_the_track_too(cast, client, video):
    send(client, video)
    case = review.submit(actor=video.owner, video=video)
    reviewer = cast.as_(cast.reviewer)
    reviewer.post(f"/desk/cases/{case.pk}/claim/")
    page = reviewer.get(f"/desk/cases/{case.pk}/").content.decode()
    assert f'<track kind="captions" src="/videos/{video.pk}/media/captions" srclang="vi"' in page
    review.withdraw(actor=video.owner, case=case)
    grant = share(video)
    public = cast.as_().get(f"/s/{grant.token}/").content.decode()
    assert f'<track kind="captions" src="/s/{grant.token}/media/captions" srclang="vi"' in public
    got = cast.as_().get(f"/s/{grant.token}/media/captions")
    assert b"".join(got.streaming_content) == VTT
    assert got["Content-Type"] == "text/vtt"


def test_captions_are_sent_from_the_pages_own_host_whatever_the_delivery(client, video, settings):
    send(client, video)
    settings.MEDIA_DELIVERY = "presigned"
    assert client.get(f"/videos/{video.pk}/media/captions").status_code == 200


def test_a_file_anywhere_else_is_refused(client, video):
    file = {"file": SimpleUploadedFile("c.vtt", VTT)}
    for step in ("title", "submit", "captions/remove"):
        assert client.post(f"/videos/{video.pk}/{step}/", file).status_code == 400
    assert client.post(f"/videos/{video.pk}/captions/", {"language": "en", "other": file["file"]}).status_code == 400


def test_av1_is_offered_first_and_to_the_owner_alone(cast, client, video):
    stored = store_bytes(b"film", "av1", "video/mp4")
    assert "av01" not in page_of(client, video)
    Rendition.objects.create(
        video=video,
        kind="av1",
        storage_key=stored.key,
        sha256=stored.sha256,
        size=stored.size,
        content_type=stored.content_type,
    )
    page = page_of(client, video)
    first = page.index(f'<source src="/videos/{video.pk}/media/av1"')
    assert first < page.index(f'<source src="/videos/{video.pk}/media/original" type="video/mp4">')
    grant = share(video)
    public = cast.as_().get(f"/s/{grant.token}/").content.decode()
    assert "av1" not in public
    assert cast.as_().get(f"/s/{grant.token}/media/av1").status_code == 404
    got = client.get(f"/videos/{video.pk}/media/av1?download=1")
    assert got["Content-Disposition"].endswith('-av1.mp4"')


def test_only_the_owner_may_bring_them(cast, video):
    for who in (cast.outsider, cast.reviewer, cast.admin, None):
        assert send(cast.as_(who), video).status_code == 404
    services.set_captions(actor=video.owner, video=video, data=VTT, language="en")
    assert cast.as_(cast.outsider).post(f"/videos/{video.pk}/captions/remove/").status_code == 404
    assert captions_of(video)
