"""Captions: who sets them and when, what an approval then covers (I2), and who is shown them (I1)."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.ids import uuid7
from review import services as review_services
from review.selectors import shown_renditions
from tests.factories import AdminFactory, ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import approve, share, store_bytes
from tests.videos.test_services import actions, last_event
from videos import services, storage, visibility
from videos.models import Approval, Rendition, ShareGrant
from videos.selectors import captions_of
from videos.visibility import Viewer

VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nRain.\n"
OTHER = VTT.replace(b"Rain", b"Snow")


def caption(video, data=VTT, language="en", **more):
    return services.set_captions(
        actor=more.pop("actor", video.owner), video=video, data=data, language=language, **more
    )


def bytes_of(rendition) -> bytes:
    with storage.open_file(rendition.storage_key) as file:
        return file.read()


def stored_captions() -> int:
    return Rendition.objects.filter(kind="captions").count()


@pytest.fixture
def captioned(finished_video):
    caption(finished_video)
    return finished_video


# --- Setting them -----------------------------------------------------------------------------------------------
def test_captions_are_kept_byte_for_byte_with_one_event(finished_video):
    before = last_event()
    made = caption(finished_video, language="PT-br")
    assert (made.language, made.content_type, bytes_of(made)) == ("pt-BR", "text/vtt", VTT)
    assert storage.is_intact(made)
    assert actions(before) == ["captions.set"]


def test_the_same_again_changes_nothing(captioned):
    before, first = last_event(), captions_of(captioned)
    assert caption(captioned) == first
    assert actions(before) == []
    assert stored_captions() == 1


def test_newer_ones_take_the_place_and_the_older_are_shown_to_nobody(captioned):
    first, before = captions_of(captioned), last_event()
    second = caption(captioned, OTHER)
    assert captions_of(captioned) == second
    assert [r.pk for r in captioned.renditions.current().filter(kind="captions")] == [second.pk]
    assert visibility.visible_rendition(Viewer(captioned.owner), captioned.pk, "captions") == second
    first.refresh_from_db()
    assert first.replaced_at
    assert actions(before) == ["captions.set"]


def test_they_can_be_taken_away(captioned):
    before = last_event()
    services.remove_captions(actor=captioned.owner, video=captioned)
    assert captions_of(captioned) is None
    assert actions(before) == ["captions.removed"]
    with pytest.raises(Conflict, match="no captions"):
        services.remove_captions(actor=captioned.owner, video=captioned)


@pytest.mark.parametrize("who", [ReviewerFactory, AdminFactory, lambda: ParticipantFactory().user])
def test_only_the_owner_does_it(captioned, who):
    somebody = who()
    with pytest.raises(NotAllowed):
        caption(captioned, OTHER, actor=somebody)
    with pytest.raises(NotAllowed):
        services.remove_captions(actor=somebody, video=captioned)


@pytest.mark.parametrize("language", ["", "english", "e", "en_US", "en-", "x" * 40, "en us", "<b>", "٣٣"])
def test_a_language_is_a_tag(finished_video, language):
    with pytest.raises(Invalid) as refused:
        caption(finished_video, language=language)
    assert [error.field for error in refused.value.fields] == ["language"]
    assert "pt-BR" in refused.value.fields[0].allowed


def test_a_refused_file_leaves_nothing_behind(captioned, settings):
    before, rows = last_event(), list(Rendition.objects.values_list("pk", "replaced_at"))
    files = stored_files_of()
    with pytest.raises(Invalid) as refused:
        caption(captioned, b"WEBVTT\n\n00:00.000 --> 00:02.001\n<script>\n", language="??")
    assert [error.reason.split(":")[0] for error in refused.value.fields] == [
        "This is no language tag.",
        "Line 3",
        "Line 4",
    ]
    assert actions(before) == []
    assert list(Rendition.objects.values_list("pk", "replaced_at")) == rows
    assert stored_files_of() == files


def stored_files_of() -> list[str]:
    from django.core.files.storage import storages

    try:
        return sorted(storages["private"].listdir("captions")[1])
    except FileNotFoundError:
        return []


# --- Review -----------------------------------------------------------------------------------------------------
def test_under_review_they_stay_as_the_reviewer_sees_them(captioned):
    case = review_services.submit(actor=captioned.owner, video=captioned, note="")
    files = stored_files_of()
    for change in (
        lambda: caption(captioned, OTHER, end_approval=True),
        lambda: services.remove_captions(actor=captioned.owner, video=captioned, end_approval=True),
    ):
        with pytest.raises(Conflict, match="in review") as refused:
            change()
        assert refused.value.code == "in_review"
    assert stored_files_of() == files
    review_services.withdraw(actor=captioned.owner, case=case)
    caption(captioned, OTHER)


def test_a_reviewer_is_shown_the_current_ones_while_the_claim_lives(captioned):
    newer = caption(captioned, OTHER)
    case = review_services.submit(actor=captioned.owner, video=captioned, note="")
    reviewer = ReviewerFactory()
    with pytest.raises(NotFound):
        visibility.visible_rendition(Viewer(reviewer), captioned.pk, "captions")
    review_services.claim(actor=reviewer, case=case)
    assert visibility.visible_rendition(Viewer(reviewer), captioned.pk, "captions") == newer
    assert [r for r in shown_renditions(captioned) if r.kind == "captions"] == [newer]


def test_the_second_original_is_its_owners_alone(finished_video):
    stored = store_bytes(b"film", "av1", "video/mp4")
    Rendition.objects.create(
        video=finished_video,
        kind="av1",
        storage_key=stored.key,
        sha256=stored.sha256,
        size=stored.size,
        content_type=stored.content_type,
    )
    grant = share(finished_video)
    assert visibility.visible_rendition(Viewer(finished_video.owner), finished_video.pk, "av1")
    assert not [r for r in shown_renditions(finished_video) if r.kind in {"av1", "original"}]
    for viewer in (Viewer(None), Viewer(ReviewerFactory()), Viewer(AdminFactory())):
        with pytest.raises(NotFound):
            visibility.visible_rendition(viewer, finished_video.pk, "av1")
    with pytest.raises(NotFound):
        visibility.public_rendition(grant.token, "av1")


# --- Approval and share -----------------------------------------------------------------------------------------
def test_an_approval_names_them_and_a_share_serves_them(captioned):
    grant = share(captioned)
    assert grant.approval.renditions.filter(rendition__kind="captions", sha256=captions_of(captioned).sha256).exists()
    assert visibility.public_rendition(grant.token, "captions") == captions_of(captioned)


@pytest.mark.parametrize("first", [b"", VTT], ids=["none before", "others before"])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "approved"])
def test_changing_them_ends_an_approval_only_when_the_artist_says_so(finished_video, first, shared):
    if first:
        caption(finished_video, first)
    grant = share(finished_video) if shared else None
    if not shared:
        approve(finished_video)
    files, before = stored_files_of(), last_event()
    with pytest.raises(Conflict, match="approved as it is") as refused:
        caption(finished_video, OTHER)
    assert refused.value.code == "approval_stands"
    assert (stored_files_of(), actions(before)) == (files, [])
    assert ShareGrant.objects.filter(revoked_at=None).count() == shared
    new = caption(finished_video, OTHER, end_approval=True)
    finished_video.refresh_from_db()
    assert finished_video.enforcement == "private"
    assert not Approval.objects.filter(voided_at=None).exists()
    assert captions_of(finished_video) == new
    ended = ["share.revoked"] if shared else []
    assert actions(before) == [*ended, "approval.voided", "video.made_private", "captions.set"]
    if grant:
        with pytest.raises(NotFound):
            visibility.public_rendition(grant.token, "share_copy")


def test_taking_them_away_ends_an_approval_in_the_same_way(captioned):
    share(captioned)
    with pytest.raises(Conflict, match="approved as it is"):
        services.remove_captions(actor=captioned.owner, video=captioned)
    services.remove_captions(actor=captioned.owner, video=captioned, end_approval=True)
    assert not Approval.objects.filter(voided_at=None).exists()


def test_after_it_the_video_can_be_approved_and_shared_again_with_the_new_ones(captioned):
    share(captioned)
    newer = caption(captioned, OTHER, end_approval=True)
    captioned.refresh_from_db()
    grant = share(captioned)
    assert visibility.public_rendition(grant.token, "captions") == newer


def test_a_video_that_was_taken_down_gets_none(captioned):
    services.take_down(actor=AdminFactory(), video=captioned, decision_id=uuid7())
    captioned.refresh_from_db()
    with pytest.raises(Conflict, match="taken down"):
        caption(captioned, OTHER, end_approval=True)


# --- The API ----------------------------------------------------------------------------------------------------
def send(client: Client, video, data=VTT, **fields: str):
    file = SimpleUploadedFile("captions.vtt", data, content_type="text/vtt")
    body = encode_multipart(BOUNDARY, {"file": file, "language": "en", **fields})
    return client.put(f"/api/v1/videos/{video.pk}/captions/", body, content_type=MULTIPART_CONTENT)


def test_the_api_takes_a_file_and_shows_the_rendition(finished_video, client):
    client.force_login(finished_video.owner)
    answer = send(client, finished_video, language="vi")
    assert answer.status_code == 200
    (row,) = [row for row in answer.json()["renditions"] if row["kind"] == "captions"]
    assert (row["language"], row["content_type"], row["size"]) == ("vi", "text/vtt", len(VTT))
    got = client.get(f"/videos/{finished_video.pk}/media/captions")
    assert b"".join(got.streaming_content) == VTT
    assert got["Content-Type"] == "text/vtt"
    assert got["X-Content-Type-Options"] == "nosniff"


def test_the_api_says_what_is_wrong_with_every_line(finished_video, client):
    client.force_login(finished_video.owner)
    answer = send(client, finished_video, b"WEBVTT\n\n00:00.000 --> 00:09.000\n<a>\n")
    assert answer.status_code == 400
    assert [error["reason"][:6] for error in answer.json()["errors"]] == ["Line 3", "Line 4"]
    assert send(client, finished_video, b"x" * 200_001).status_code == 400
    assert send(client, finished_video, b"").status_code == 400
    assert send(client, finished_video, surprise="1").status_code == 400
    empty = client.put(f"/api/v1/videos/{finished_video.pk}/captions/", json.dumps({}), content_type="application/json")
    assert empty.status_code == 400
    assert stored_captions() == 0


def test_the_api_refuses_and_obeys_as_the_service_does(captioned, client):
    client.force_login(captioned.owner)
    share(captioned)
    assert (send(client, captioned, OTHER).status_code, send(client, captioned, OTHER).json()["code"]) == (
        409,
        "approval_stands",
    )
    assert send(client, captioned, OTHER, end_approval="true").json()["shared"] is False
    PolicyVersionFactory()
    captioned.refresh_from_db()
    review_services.submit(actor=captioned.owner, video=captioned, note="")
    assert send(client, captioned).status_code == 409
    assert client.delete(f"/api/v1/videos/{captioned.pk}/captions/").status_code == 409


def test_others_learn_nothing(captioned, client):
    for somebody in (ReviewerFactory(), AdminFactory(), ParticipantFactory().user):
        client.force_login(somebody)
        assert send(client, captioned, OTHER).status_code == 404
        assert client.delete(f"/api/v1/videos/{captioned.pk}/captions/").status_code == 404
    assert AuditEvent.objects.filter(action="captions.set").count() == 1
