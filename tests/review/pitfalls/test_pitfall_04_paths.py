"""Pitfall 4: what checks and what serves read an address differently: `..`, `%2f`, encoded twice, query tricks.

Seen in mediacms (#1545). nginx itself is attacked in `tests/videos/test_nginx.py`.
"""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import ParticipantFactory
from tests.media import make_finished_video, share

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared_and_private():
    """One artist's shared video, and a private one beside it."""
    owner = ParticipantFactory().user
    return share(make_finished_video(owner=owner)), make_finished_video(owner=owner)


STEPS = ["..", "%2e%2e", "%252e%252e", "..%2f..", "..%252f..", ".;/..", "%c0%ae%c0%ae", "..%00", "..\\", "%5c.."]


@pytest.mark.parametrize("step", STEPS)
def test_no_detour_leads_from_a_public_file_to_a_private_one(shared_and_private, step):
    grant, private = shared_and_private
    client = Client()
    public = f"/s/{grant.token}/media"
    for detour in (
        f"{public}/{step}/original",
        f"{public}/share_copy/{step}/original",
        f"{public}/{step}/{step}/{step}/videos/{private.pk}/media/original",
        f"/static/{step}/videos/{private.pk}/media/original",
        f"/s/{step}/videos/{private.pk}/media/original",
    ):
        assert client.get(detour).status_code in {301, 400, 404}, detour


@pytest.mark.parametrize(
    "query",
    ["kind=original", "share=1", "preview=true", "token=x", "download=1", "format=json", "v=2&v=1", "user=owner"],
)
def test_no_query_opens_a_private_file(shared_and_private, query):
    grant, private = shared_and_private
    client = Client()
    assert client.get(f"/videos/{private.pk}/media/original?{query}").status_code in {400, 404}
    assert client.get(f"/videos/{private.pk}/media/original?{query}&s={grant.token}").status_code in {400, 404}
    shown = client.get(f"/s/{grant.token}/media/share_copy")
    same = client.get(f"/s/{grant.token}/media/share_copy?{query}")
    if same.status_code == 200:
        assert b"".join(same) == b"".join(shown), "a query changed which bytes are public"


def test_one_video_s_kind_is_not_read_from_another_s_address(shared_and_private):
    grant, private = shared_and_private
    for kind in ("original", "av1", f"../../videos/{private.pk}/media/original", "ORIGINAL", "share_copy/"):
        assert Client().get(f"/s/{grant.token}/media/{kind}").status_code == 404
