"""I2: a share needs a standing approval of exactly the bytes served, by somebody other than the owner.

Each attack goes past the services, by the ORM's bulk writes or by plain SQL, on the database of the run.
"""

from __future__ import annotations

import threading
import time
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from common.errors import Conflict, NotFound
from common.ids import uuid7
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.media import approve, make_finished_video, share, store_bytes, webp_bytes
from videos import services, storage, visibility
from videos.models import Approval, ApprovedRendition, Rendition, ShareGrant, Video

on_sqlite = pytest.mark.sqlite  # REPLACE is its own
on_postgresql = pytest.mark.postgresql


def refused(match: str, attack) -> None:
    """The attack raises, and leaves nothing behind."""
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        attack()


def sql(statement: str, *values: object) -> None:
    prepared = [
        value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value for value in values
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, prepared)


def insert_grant(video: Video, approval: Approval, **fields: object) -> None:
    ShareGrant.objects.bulk_create([ShareGrant(video=video, approval=approval, **fields)])


def insert_approval(video: Video, approver, kinds=("share_copy", "poster", "storyboard"), **hashes: str) -> Approval:
    """An approval as an attacker writes it, with other hashes where asked."""
    approval = Approval.objects.create(video=video, approver=approver, decision_id=uuid.uuid4())
    ApprovedRendition.objects.bulk_create(
        ApprovedRendition(approval=approval, rendition=r, sha256=hashes.get(r.kind, r.sha256))
        for r in video.renditions.filter(kind__in=kinds)
    )
    return approval


def add_rendition(video: Video, kind: str, content_type: str, **fields: object) -> Rendition:
    stored = store_bytes(webp_bytes(2), kind, content_type)
    return Rendition.objects.create(
        video=video,
        kind=kind,
        storage_key=stored.key,
        sha256=stored.sha256,
        size=stored.size,
        content_type=content_type,
        **fields,
    )


@pytest.fixture
def prepared(finished_video: Video) -> Video:
    """A video with a share copy that claims to be shareable: all that is missing is an approval."""
    services.ensure_share_copy(actor=finished_video.owner, video=finished_video)
    Video.objects.filter(pk=finished_video.pk).update(enforcement="shareable")
    return finished_video


# --- What a live share needs -----------------------------------------------------------------------------------------
def test_the_control_a_right_approval_lets_the_same_statement_pass(prepared):
    insert_grant(prepared, insert_approval(prepared, ReviewerFactory()))
    assert ShareGrant.objects.filter(revoked_at=None).exists()


def test_no_share_by_an_approval_of_another_video(prepared, video_maker):
    other = video_maker()
    approve(other)
    refused("standing approval", lambda: insert_grant(prepared, other.approvals.get()))


def test_no_share_by_a_voided_approval(prepared):
    approval = insert_approval(prepared, ReviewerFactory())
    Approval.objects.update(voided_at=timezone.now())
    refused("standing approval", lambda: insert_grant(prepared, approval))


@pytest.mark.parametrize("enforcement", ["private", "suspended", "taken_down"])
def test_no_share_of_a_video_that_is_not_shareable(prepared, enforcement):
    approval = insert_approval(prepared, ReviewerFactory())
    Video.objects.update(enforcement=enforcement)
    refused("standing approval", lambda: insert_grant(prepared, approval))


def test_no_approval_of_ones_own_video(prepared):
    refused("own video", lambda: insert_approval(prepared, prepared.owner))


@pytest.mark.parametrize("kinds", [(), ("poster", "storyboard")])
def test_no_share_without_an_approved_share_copy(prepared, kinds):
    approval = insert_approval(prepared, ReviewerFactory(), kinds=kinds)
    refused("approval of the share copy", lambda: insert_grant(prepared, approval))


@pytest.mark.parametrize("kind", ["share_copy", "poster", "storyboard"])
def test_no_share_of_bytes_other_than_the_watched_ones(prepared, kind):
    approval = insert_approval(prepared, ReviewerFactory(), **{kind: "0" * 64})
    refused("exactly the bytes", lambda: insert_grant(prepared, approval))


def test_no_share_by_an_approval_that_names_another_videos_files(prepared, video_maker):
    approval = insert_approval(prepared, ReviewerFactory())
    foreign = video_maker().renditions.get(kind="poster")
    ApprovedRendition.objects.create(approval=approval, rendition=foreign, sha256=foreign.sha256)
    refused("exactly the bytes", lambda: insert_grant(prepared, approval))


def test_no_share_by_an_approval_that_names_the_original(prepared):
    kinds = ("original", "share_copy")
    approval = insert_approval(prepared, ReviewerFactory(), kinds=kinds)
    refused("never of its original", lambda: insert_grant(prepared, approval))


def test_a_share_is_not_inserted_revoked_and_opened_later(prepared):
    approval = insert_approval(prepared, ReviewerFactory())
    Video.objects.update(enforcement="private")
    insert_grant(prepared, approval, revoked_at=timezone.now())
    refused("stays revoked", lambda: ShareGrant.objects.update(revoked_at=None))
    refused("stays revoked", lambda: sql("UPDATE videos_sharegrant SET revoked_at = NULL"))


def test_a_share_keeps_its_approval_its_video_and_its_address(shared_video, video_maker):
    other = video_maker()
    share(other)
    grant = shared_video.share_grants.filter(pk=shared_video.share_grants.get().pk)
    refused("keeps its video", lambda: grant.update(approval=other.approvals.get()))
    refused("keeps its video", lambda: grant.update(video=other, revoked_at=timezone.now()))
    refused("keeps its video", lambda: grant.update(token="an-address-of-my-own-choice"))
    refused("never deleted", lambda: sql("DELETE FROM videos_sharegrant"))


# --- What a live share rests on does not move ------------------------------------------------------------------------
def test_an_approval_is_not_voided_under_a_live_share(shared_video):
    refused("stands while", lambda: Approval.objects.update(voided_at=timezone.now()))


@pytest.mark.parametrize("enforcement", ["private", "suspended", "taken_down"])
def test_a_shared_video_stays_shareable(shared_video, enforcement):
    refused("stays shareable", lambda: Video.objects.update(enforcement=enforcement))


def test_nothing_is_added_to_an_approval_under_a_live_share(shared_video):
    original = shared_video.renditions.get(kind="original")
    naming = ApprovedRendition(approval=shared_video.approvals.get(), rendition=original, sha256=original.sha256)
    refused("names nothing new", lambda: ApprovedRendition.objects.bulk_create([naming]))


@pytest.mark.parametrize("field", ["video", "approver", "decision_id", "approved_at"])
def test_an_approval_is_immutable(approved_video, video_maker, field):
    value = {
        "video": video_maker,
        "approver": ReviewerFactory,
        "decision_id": uuid.uuid4,
        "approved_at": timezone.now,
    }[field]()
    refused("immutable", lambda: Approval.objects.update(**{field: value}))


def test_a_voided_approval_stays_voided_and_no_approval_is_deleted(approved_video):
    refused("never deleted", lambda: sql("DELETE FROM videos_approval"))
    services.void_approval(actor=AdminFactory(), video=approved_video, reason="A mistake")
    refused("stays voided", lambda: Approval.objects.update(voided_at=None))
    refused("never deleted", lambda: Approval.objects.all()._raw_delete("default"))


def test_what_an_approval_names_is_immutable(approved_video):
    refused("immutable", lambda: ApprovedRendition.objects.update(sha256="0" * 64))
    refused("immutable", lambda: sql("DELETE FROM videos_approvedrendition"))


@pytest.mark.parametrize("kind", ["original", "av1"])
def test_no_original_is_ever_shared(prepared, kind):
    if kind == "av1":
        add_rendition(prepared, "av1", "video/mp4")
    approval = insert_approval(prepared, ReviewerFactory(), kinds=("share_copy", kind))
    refused("never of its original", lambda: insert_grant(prepared, approval))


def test_no_share_by_an_approval_of_bytes_that_were_replaced(prepared):
    Rendition.objects.filter(video=prepared, kind="poster").update(replaced_at=timezone.now())
    approval = insert_approval(prepared, ReviewerFactory())
    refused("exactly the bytes", lambda: insert_grant(prepared, approval))


def test_a_rendition_is_not_replaced_while_an_approval_that_names_it_stands(approved_video):
    named = Rendition.objects.filter(video=approved_video, kind="poster")
    refused("not replaced while", lambda: named.update(replaced_at=timezone.now()))
    services.void_approval(actor=AdminFactory(), video=approved_video, reason="A mistake")
    assert named.update(replaced_at=timezone.now()) == 1
    refused("stays replaced", lambda: named.update(replaced_at=None))
    refused("stays replaced", lambda: named.update(replaced_at=timezone.now()))


def test_one_of_a_kind_is_current(prepared):
    refused("(?i)unique|exists", lambda: add_rendition(prepared, "poster", "image/webp"))
    Rendition.objects.filter(video=prepared, kind="poster").update(replaced_at=timezone.now())
    add_rendition(prepared, "poster", "image/webp")
    assert prepared.renditions.filter(kind="poster").count() == 2
    assert prepared.renditions.current().filter(kind="poster").count() == 1


@pytest.mark.parametrize("field", ["sha256", "storage_key", "kind", "size", "content_type", "video", "language"])
def test_a_rendition_is_immutable(finished_video, video_maker, field):
    poster = Rendition.objects.filter(video=finished_video, kind="poster")
    value = video_maker() if field == "video" else {"kind": "captions", "size": 1}.get(field, "changed")
    refused("immutable", lambda: poster.update(**{field: value}))


def test_a_rendition_that_an_approval_names_is_not_deleted(approved_video):
    poster = approved_video.renditions.get(kind="poster")
    refused("stays", lambda: sql("DELETE FROM videos_rendition WHERE id = %s", poster.pk))


def test_a_video_keeps_its_owner(approved_video):
    approver = approved_video.approvals.get().approver
    refused("keeps its owner", lambda: Video.objects.update(owner=approver))
    refused("keeps its owner", lambda: sql("UPDATE videos_video SET owner_id = %s", approver.pk))


# --- Ways round -----------------------------------------------------------------------------------------------------
@on_sqlite
@pytest.mark.usefixtures("plain_shell")
def test_replace_does_not_go_round(shared_video):
    """REPLACE removes the row in the way without firing a DELETE trigger."""
    grant = shared_video.share_grants.get()
    tables = {
        Video: ("videos_video", shared_video),
        Rendition: ("videos_rendition", shared_video.renditions.get(kind="poster")),
        Approval: ("videos_approval", grant.approval),
        ApprovedRendition: ("videos_approvedrendition", grant.approval.renditions.first()),
        ShareGrant: ("videos_sharegrant", grant),
    }
    for model, (table, row) in tables.items():
        columns = ", ".join(f.column for f in model._meta.concrete_fields)
        copy = f"REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE id = %s"
        refused("exists|immutable|nothing new", lambda copy=copy, row=row: sql(copy, row.pk))
        by_rowid = (
            f"REPLACE INTO {table} (rowid, {columns}) SELECT rowid, {columns.replace('id', '%s', 1)} "
            f"FROM {table} WHERE id = %s"
        )
        new_key = uuid.uuid4() if model is not ApprovedRendition else row.pk
        refused("exists|immutable|nothing new", lambda s=by_rowid, k=new_key, row=row: sql(s, k, row.pk))
    refused("keeps its number", lambda: sql("UPDATE OR REPLACE videos_video SET rowid = rowid + 100"))


@on_sqlite
@pytest.mark.usefixtures("plain_shell")
def test_replace_does_not_exchange_a_file_or_an_approval_by_its_other_keys(shared_video):
    swap = (
        "REPLACE INTO videos_rendition (id, video_id, kind, storage_key, sha256, size, content_type, created_at) "
        "SELECT %s, video_id, kind, 'elsewhere', %s, size, content_type, created_at FROM videos_rendition "
        "WHERE video_id = %s AND kind = 'share_copy'"
    )
    refused("exists", lambda: sql(swap, uuid.uuid4(), "0" * 64, shared_video.pk))
    newer = (
        "REPLACE INTO videos_approval (id, video_id, approver_id, decision_id, approved_at, void_reason) "
        "SELECT %s, video_id, approver_id, %s, approved_at, '' FROM videos_approval"
    )
    refused("exists", lambda: sql(newer, uuid.uuid4(), uuid.uuid4()))


@on_postgresql
@pytest.mark.parametrize("table", ["videos_approval", "videos_sharegrant", "videos_approvedrendition"])
def test_truncate_does_not_go_round(shared_video, table):
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    refused("stay|immutable", lambda: sql(f"TRUNCATE {table} CASCADE"))


# --- The bytes themselves ---------------------------------------------------------------------------------------------
def test_a_file_that_was_exchanged_on_the_disk_is_not_served_and_not_shared(approved_video, client):
    copy = approved_video.renditions.get(kind="share_copy")
    path = storage.storages["private"].path(copy.storage_key)
    grant = services.share(actor=approved_video.owner, video=approved_video)
    address = f"/s/{grant.token}/media/share_copy"
    assert client.get(address).status_code == 200
    with open(path, "r+b") as file:
        file.write(b"other")
    assert client.get(address).status_code == 404
    services.revoke_share(actor=approved_video.owner, grant=grant)
    with pytest.raises(Conflict, match="no longer the approved"):
        services.share(actor=approved_video.owner, video=approved_video)


def test_what_was_added_after_the_approval_is_not_public(shared_video):
    grant = shared_video.share_grants.get()
    add_rendition(shared_video, "captions", "text/vtt", language="en")
    assert visibility.public_rendition(grant.token, "poster")
    for kind in ("captions", "original"):
        with pytest.raises(NotFound):
            visibility.public_rendition(grant.token, kind)


# --- Share against take-down -----------------------------------------------------------------------------------------
@pytest.mark.postgresql
@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["share", "take_down"])
def test_a_share_and_a_take_down_at_once_end_without_a_live_share(first):
    """Both start together; whichever is second sees what the first did. Repeated, since it is a race."""
    for _attempt in range(5):
        video = make_finished_video(owner=ParticipantFactory().user)
        approve(video)
        admin = AdminFactory()
        moves = {
            "share": lambda video=video: services.share(actor=video.owner, video=video),
            "take_down": lambda video=video, admin=admin: services.take_down(
                actor=admin, video=video, decision_id=uuid7()
            ),
        }
        outcomes = _at_once([moves[first], *(m for name, m in moves.items() if name != first)])
        assert all(error is None or isinstance(error, Conflict) for error in outcomes)
        video.refresh_from_db()
        assert video.enforcement == "taken_down"
        assert not ShareGrant.objects.filter(video=video, revoked_at=None).exists()


@pytest.mark.postgresql
@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_plain_sql_cannot_take_down_past_an_uncommitted_share(isolation):
    """The triggers' own lock, without any of the services: the take-down waits for the share, then is refused."""
    video, outcomes = _take_down_during_a_share(isolation)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], IntegrityError)
    assert (video.enforcement, video.share_grants.filter(revoked_at=None).count()) == ("shareable", 1)


@pytest.mark.postgresql
@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_triggers_the_same_race_is_lost():
    """The control: the race above is real, and it is the trigger that ends it."""
    sql("ALTER TABLE videos_video DISABLE TRIGGER videos_video_update")
    try:
        video, outcomes = _take_down_during_a_share("READ COMMITTED")
    finally:
        sql("ALTER TABLE videos_video ENABLE TRIGGER videos_video_update")
    assert outcomes == [None, None]
    assert (video.enforcement, video.share_grants.filter(revoked_at=None).count()) == ("taken_down", 1)


def _take_down_during_a_share(isolation: str) -> tuple[Video, list[BaseException | None]]:
    """A share is inserted and commits a moment after the take-down, whose snapshot is older, has begun to wait."""
    video = make_finished_video(owner=ParticipantFactory().user)
    approval = approve(video)
    looked, inserted = threading.Event(), threading.Event()

    def insert() -> None:
        looked.wait(10)
        with transaction.atomic():
            insert_grant(video, approval)
            inserted.set()
            time.sleep(0.3)

    def take_down() -> None:
        with transaction.atomic():
            sql(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
            assert not ShareGrant.objects.filter(video=video).exists()
            looked.set()
            inserted.wait(10)
            Video.objects.filter(pk=video.pk).update(enforcement="taken_down")

    outcomes = _at_once([insert, take_down])
    video.refresh_from_db()
    return video, outcomes


def _at_once(moves) -> list[BaseException | None]:
    outcomes: list[BaseException | None] = [None] * len(moves)
    barrier = threading.Barrier(len(moves))

    def run(index: int) -> None:
        try:
            barrier.wait(10)
            moves[index]()
        except Exception as error:  # noqa: BLE001  the test looks at it
            outcomes[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(moves))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes
