"""Pitfall 8: a derived field that a partial save forgets. Who may see a work is computed from the facts, every time.

The attack: each fact is changed by itself, past every service, as a partial save, a script or a lost race would; no
other row is touched, and nothing may still be shown.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from review.models import Claim
from tests.media import share
from videos import visibility
from videos.models import Approval, Rendition, ShareGrant, Video
from videos.services import ensure_share_copy

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(finished_video) -> ShareGrant:
    return share(finished_video)


def seen(client, grant: ShareGrant) -> set[int]:
    return {client.get(f"/s/{grant.token}/{part}").status_code for part in ("", "media/share_copy", "media/poster")}


def forced(update) -> bool:
    """Whether the database let it happen: what its triggers refuse needs no other guard."""
    try:
        with transaction.atomic():
            update()
    except DatabaseError:
        return False
    return True


@pytest.mark.parametrize("enforcement", ["private", "suspended", "taken_down"])
def test_the_state_alone_decides(client, grant, enforcement):
    assert seen(client, grant) == {200}
    if forced(lambda: Video.objects.filter(pk=grant.video_id).update(enforcement=enforcement)):
        assert seen(client, grant) == {404}
        assert not visibility.is_public(grant.video)
    else:
        assert Video.objects.get(pk=grant.video_id).enforcement == "shareable"


def test_the_end_of_a_share_alone_decides(client, grant):
    ShareGrant.objects.filter(pk=grant.pk).update(revoked_at=timezone.now())
    assert seen(client, grant) == {404}


def test_a_voided_approval_alone_decides(client, grant):
    if forced(lambda: Approval.objects.filter(pk=grant.approval_id).update(voided_at=timezone.now())):
        assert seen(client, grant) == {404}
    else:
        assert seen(client, grant) == {200}  # a live share holds its approval: the database itself refuses


def test_a_partial_save_of_something_else_opens_nothing(client, grant):
    ShareGrant.objects.filter(pk=grant.pk).update(revoked_at=timezone.now())
    stale = Video.objects.get(pk=grant.video_id)
    Video.objects.filter(pk=grant.video_id).update(enforcement="private")
    stale.title = "Another title"
    stale.save(update_fields=["title"])
    assert seen(client, grant) == {404}
    assert Video.objects.get(pk=grant.video_id).enforcement == "private"


def test_the_time_of_a_claim_alone_decides(client, case, reviewer, token):
    address = f"/videos/{case.video_id}/media/share_copy"
    client.force_login(reviewer)
    assert client.get(address).status_code == 200
    Claim.objects.filter(case=case).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(address).status_code == 404


def test_a_share_copy_that_is_there_opens_nothing_by_itself(client, finished_video):
    ensure_share_copy(actor=finished_video.owner, video=finished_video)
    Rendition.objects.filter(video=finished_video).update(created_at=timezone.now())
    assert client.get(f"/videos/{finished_video.pk}/media/share_copy").status_code == 404


def test_no_column_says_who_may_see_a_work():
    """A stored answer is one that somebody will forget to change."""
    words = {"public", "visible", "visibility", "published", "listed", "shared"}
    with connection.cursor() as cursor:
        for model in (Video, Rendition, ShareGrant, Approval):
            description = connection.introspection.get_table_description(cursor, model._meta.db_table)
            columns = {column.name for column in description}
            assert not [name for name in columns if set(name.split("_")) & words], model
    flags = [field for field in Video._meta.get_fields() if isinstance(field, models.BooleanField)]
    assert flags == []
