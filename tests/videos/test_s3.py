"""The S3 settings that STORAGE_URL makes, against moto's server over real HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto.server import ThreadedMotoServer

from common.ids import uuid7
from config.environment import Environment
from tests.media import make_finished_video, mp4_bytes, share, store_bytes
from videos import services, storage
from videos.models import Rendition
from videos.storage import StorageFailed

DATA = mp4_bytes()
BUCKET = "dailies-private"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, settings, monkeypatch):
    """The private storage is S3, configured as in production; the raw bucket is returned to look behind it."""
    monkeypatch.setenv("STORAGE_URL", f"s3://key-id:secret%2Fkey@{BUCKET}?endpoint={endpoint}")
    settings.STORAGES = settings.STORAGES | {"private": Environment().storage("STORAGE_URL", "")}
    raw = boto3.resource(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    made = raw.create_bucket(Bucket=BUCKET)
    yield made
    made.objects.all().delete()
    made.delete()


def fetch(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read(), {k.lower(): v for k, v in response.headers.items()}
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), {}


def test_bytes_go_in_privately_and_come_out_again(bucket):
    stored = store_bytes(DATA, "original", "video/mp4")
    thing = bucket.Object(stored.key)
    assert thing.content_length == stored.size == len(DATA)
    assert thing.content_type == "video/mp4"
    grants = thing.Acl().grants
    assert [g["Permission"] for g in grants] == ["FULL_CONTROL"]
    assert not [g for g in grants if "AllUsers" in g["Grantee"].get("URI", "")]
    with storage.open_file(stored.key) as file:
        assert file.read() == DATA
    assert b"".join(storage.read_range(stored.key, 10, 20)) == DATA[10:30]
    storage.delete(stored.key)
    with pytest.raises(StorageFailed):
        list(storage.read_range(stored.key, 0, 1))


def test_a_refusing_or_missing_bucket_is_a_storage_failure(bucket, settings, monkeypatch, endpoint):
    monkeypatch.setenv("STORAGE_URL", f"s3://a:b@no-such-bucket?endpoint={endpoint}")
    settings.STORAGES = settings.STORAGES | {"private": Environment().storage("STORAGE_URL", "")}
    with pytest.raises(StorageFailed):
        store_bytes(DATA, "original", "video/mp4")


def test_a_browser_is_sent_to_a_signed_address_that_dies_within_a_minute(bucket, db, client, settings):
    settings.MEDIA_DELIVERY = "presigned"
    video = make_finished_video(title="Rain")
    address = f"/videos/{video.pk}/media/original"
    assert client.get(address).status_code == 404
    client.force_login(video.owner)
    response = client.get(address)
    assert response.status_code == 302
    assert response["Cache-Control"] == "private, no-store"
    signed = parse_qs(urlsplit(response["Location"]).query)
    assert 0 < int(signed["X-Amz-Expires"][0]) <= 60
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert signed["X-Amz-Signature"]
    assert signed["response-content-disposition"] == ['inline; filename="rain.mp4"']

    status, data, headers = fetch(response["Location"])
    assert (status, data) == (200, DATA)
    assert headers["content-type"] == "video/mp4"
    assert headers["cache-control"] == "private, no-store"
    assert headers["content-disposition"] == 'inline; filename="rain.mp4"'
    status, data, _headers = fetch(response["Location"], Range="bytes=10-19")
    assert (status, data) == (206, DATA[10:20])
    assert "X-Amz-Signature" in client.head(address)["Location"]


def test_a_longer_setting_does_not_make_a_longer_address(bucket, db, client, settings):
    settings.MEDIA_DELIVERY, settings.MEDIA_PRESIGNED_SECONDS = "presigned", 3600
    video = make_finished_video()
    client.force_login(video.owner)
    location = client.get(f"/videos/{video.pk}/media/poster")["Location"]
    assert parse_qs(urlsplit(location).query)["X-Amz-Expires"] == ["60"]


def test_after_a_take_down_no_new_address_is_signed(bucket, db, client, settings):
    from tests.factories import AdminFactory

    settings.MEDIA_DELIVERY = "presigned"
    video = make_finished_video()
    address = f"/s/{share(video).token}/media/share_copy"
    assert client.get(address).status_code == 302
    services.take_down(actor=AdminFactory(), video=video, decision_id=uuid7())
    assert client.get(address).status_code == 404


def test_django_itself_can_serve_parts_from_s3(bucket, db, client):
    """MEDIA_DELIVERY=direct with a bucket: only the part that was asked for is fetched."""
    video = make_finished_video()
    client.force_login(video.owner)
    response = client.get(f"/videos/{video.pk}/media/original", headers={"Range": "bytes=5-14"})
    assert (response.status_code, response.getvalue()) == (206, DATA[5:15])


def test_the_share_copy_is_made_through_s3(bucket, db):
    video = make_finished_video()
    copy = services.ensure_share_copy(actor=video.owner, video=video)
    assert bucket.Object(copy.storage_key).content_length == copy.size
    assert storage.is_intact(copy)
    bucket.Object(copy.storage_key).put(Body=b"other")
    assert not storage.is_intact(copy)


def test_the_sweep_works_on_a_bucket(bucket, db):
    make_finished_video()
    orphan = store_bytes(DATA, "original", "video/mp4")
    assert storage.sweep_orphans(timedelta(hours=1)) == 0
    assert storage.sweep_orphans(timedelta(0)) == 1
    keys = {thing.key for thing in bucket.objects.all()}
    assert keys == set(Rendition.objects.values_list("storage_key", flat=True))
    assert orphan.key not in keys


def test_an_unsigned_address_gets_nothing(bucket):
    """moto knows what is private, though it doesn't check the signatures of presigned addresses."""
    stored = store_bytes(DATA, "original", "video/mp4")
    url = storage.presigned_url(stored.key, seconds=60, method="GET", content_type="video/mp4", disposition="inline")
    assert fetch(url)[:2] == (200, DATA)
    bare = url.partition("?")[0]
    assert fetch(bare)[0] == 403
    assert fetch(bare, Range="bytes=0-9")[0] == 403
