"""Approve, share, revoke, take down: what each changes, and the one event that each change leaves."""

from __future__ import annotations

import uuid

import pytest

from audit.models import AuditEvent
from common.actors import System
from common.errors import Conflict, Invalid, NotAllowed
from common.ids import uuid7
from notifications.models import Notification
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.media import approve, share
from videos import policies, services
from videos.models import Approval, ShareGrant
from videos.states import SHOWN_KINDS


def actions(after: int = 0) -> list[str]:
    return list(AuditEvent.objects.filter(id__gt=after).order_by("id").values_list("action", flat=True))


def last_event() -> int:
    return AuditEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0


def shown(video) -> dict[uuid.UUID, str]:
    return {r.pk: r.sha256 for r in video.renditions.filter(kind__in=SHOWN_KINDS)}


# --- Files ------------------------------------------------------------------------------------------------------------
def test_a_video_without_an_original_is_not_made(db):
    with pytest.raises(ValueError, match="one original"):
        services.create_from_files(
            actor=System("test"), owner=ParticipantFactory().user, width=1, height=1, fps=1, frame_count=1, files=[]
        )


def test_only_the_owner_prepares_a_share_copy(finished_video):
    with pytest.raises(NotAllowed):
        services.ensure_share_copy(actor=ReviewerFactory(), video=finished_video)


# --- Approvals --------------------------------------------------------------------------------------------------------
def test_an_approval_names_what_was_watched_and_makes_the_video_shareable(finished_video):
    reviewer = ReviewerFactory()
    services.ensure_share_copy(actor=finished_video.owner, video=finished_video)
    before = last_event()
    approval = services.record_approval(
        actor=reviewer, video=finished_video, decision_id=uuid.uuid4(), shown=shown(finished_video)
    )
    finished_video.refresh_from_db()
    assert finished_video.enforcement == "shareable"
    assert {r.rendition.kind for r in approval.renditions.all()} == {"share_copy", "poster", "storyboard"}
    assert actions(before) == ["approval.recorded", "video.made_shareable"]


def test_nobody_approves_their_own_work_and_no_machine_approves(finished_video):
    services.ensure_share_copy(actor=finished_video.owner, video=finished_video)
    for actor in (finished_video.owner, System("a signal")):
        with pytest.raises(NotAllowed):
            services.record_approval(
                actor=actor, video=finished_video, decision_id=uuid.uuid4(), shown=shown(finished_video)
            )
    assert not Approval.objects.exists()


@pytest.mark.parametrize("fault", ["other hash", "no share copy", "unknown rendition", "the original", "nothing"])
def test_an_approval_of_other_bytes_is_a_conflict(finished_video, fault):
    copy = services.ensure_share_copy(actor=finished_video.owner, video=finished_video)
    original = finished_video.renditions.get(kind="original")
    watched = shown(finished_video)
    if fault == "other hash":
        watched[copy.pk] = "0" * 64
    elif fault == "no share copy":
        del watched[copy.pk]
    elif fault == "unknown rendition":
        watched[uuid.uuid4()] = "0" * 64
    elif fault == "the original":
        watched[original.pk] = original.sha256
    else:
        watched = {}
    with pytest.raises(Conflict) as conflict:
        services.record_approval(actor=ReviewerFactory(), video=finished_video, decision_id=uuid.uuid4(), shown=watched)
    assert conflict.value.code == "files_changed"


def test_a_newer_approval_ends_the_older_one_and_its_share(shared_video):
    before = last_event()
    newer = approve(shared_video)
    assert actions(before) == ["share.revoked", "approval.voided", "approval.recorded"]
    assert list(Approval.objects.filter(voided_at=None)) == [newer]
    assert not ShareGrant.objects.filter(revoked_at=None).exists()


def test_voiding_an_approval_ends_the_share_and_makes_the_video_private(shared_video):
    before = last_event()
    voided = services.void_approval(actor=ReviewerFactory(), video=shared_video, reason="Decided anew")
    shared_video.refresh_from_db()
    assert voided.void_reason == "Decided anew"
    assert shared_video.enforcement == "private"
    assert actions(before) == ["share.revoked", "approval.voided", "video.made_private"]
    assert services.void_approval(actor=ReviewerFactory(), video=shared_video, reason="Again") is None
    assert len(actions(before)) == 3


def test_an_artist_does_not_void_an_approval(approved_video):
    with pytest.raises(NotAllowed):
        services.void_approval(actor=approved_video.owner, video=approved_video, reason="")


# --- Shares -----------------------------------------------------------------------------------------------------------
def test_an_unapproved_video_is_not_shared(finished_video):
    assert not policies.can_share(finished_video.owner, finished_video)
    with pytest.raises(Conflict) as conflict:
        services.share(actor=finished_video.owner, video=finished_video)
    assert conflict.value.code == "not_approved"


def test_sharing_twice_gives_one_address_and_one_event(approved_video):
    assert policies.can_share(approved_video.owner, approved_video)
    before = last_event()
    first = services.share(actor=approved_video.owner, video=approved_video, title="Rain")
    second = services.share(actor=approved_video.owner, video=approved_video)
    assert first == second
    assert actions(before) == ["video.renamed", "share.created"]
    approved_video.refresh_from_db()
    assert approved_video.title == "Rain"


@pytest.mark.parametrize("somebody", [ReviewerFactory, AdminFactory, lambda: ParticipantFactory().user])
def test_only_the_owner_shares(approved_video, somebody):
    with pytest.raises(NotAllowed):
        services.share(actor=somebody(), video=approved_video)


def test_a_revoked_address_does_not_come_back(shared_video):
    old = shared_video.share_grants.get()
    before = last_event()
    services.revoke_share(actor=shared_video.owner, grant=old, reason="Too early")
    assert actions(before) == ["share.revoked"]
    with pytest.raises(Conflict):
        services.revoke_share(actor=shared_video.owner, grant=old)
    new = services.share(actor=shared_video.owner, video=shared_video)
    assert new.token != old.token


def test_a_stranger_does_not_end_a_share(shared_video):
    with pytest.raises(NotAllowed):
        services.revoke_share(actor=ParticipantFactory().user, grant=shared_video.share_grants.get())


# --- Taking down ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("by", [AdminFactory, ReviewerFactory])
def test_a_take_down_ends_everything_and_names_its_decision(shared_video, by):
    before, decision = last_event(), uuid7()
    assert services.take_down(actor=by(), video=shared_video, decision_id=decision)
    shared_video.refresh_from_db()
    assert shared_video.enforcement == "taken_down"
    assert actions(before) == ["share.revoked", "approval.voided", "video.taken_down"]
    assert AuditEvent.objects.get(action="video.taken_down").data == {"decision": str(decision)}
    assert services.take_down(actor=by(), video=shared_video, decision_id=uuid7()) is False
    with pytest.raises(Conflict):
        services.share(actor=shared_video.owner, video=shared_video)
    with pytest.raises(Conflict) as conflict:
        approve(shared_video)
    assert conflict.value.code == "wrong_state"


def test_only_reviewers_and_admins_take_down_and_nobody_their_own_work(shared_video):
    shared_video.owner.staff_role = "admin"
    for actor in (shared_video.owner, ParticipantFactory().user, AdminFactory(is_active=False), System("a signal")):
        with pytest.raises(NotAllowed):
            services.take_down(actor=actor, video=shared_video, decision_id=uuid7())
    assert ShareGrant.objects.filter(revoked_at=None).exists()


# --- Titles -----------------------------------------------------------------------------------------------------------
def test_a_title_is_one_line_and_is_not_written_to_the_log(finished_video):
    services.rename(actor=finished_video.owner, video=finished_video, title="  Rain\n on   tin 🌧️ ")
    finished_video.refresh_from_db()
    assert finished_video.title == "Rain on tin 🌧️"
    assert "Rain" not in str(AuditEvent.objects.get(action="video.renamed").data)


@pytest.mark.parametrize("title", ["x" * 121, "a\x00b", "a\u202eb"])
def test_a_bad_title_is_refused(finished_video, title):
    with pytest.raises(Invalid):
        services.rename(actor=finished_video.owner, video=finished_video, title=title)


def test_the_same_title_again_is_no_change(finished_video):
    before = last_event()
    services.rename(actor=finished_video.owner, video=finished_video, title=finished_video.title)
    assert actions(before) == []


def test_a_stranger_does_not_rename(finished_video):
    with pytest.raises(NotAllowed):
        services.rename(actor=AdminFactory(), video=finished_video, title="Mine")


def test_a_failure_on_the_way_leaves_nothing_behind(shared_video, monkeypatch):
    """The event is the last statement: when it fails, so does everything before it."""
    from videos.services import changes

    def broken(**event):
        raise RuntimeError("no audit log")

    monkeypatch.setattr(changes, "record", broken)
    with pytest.raises(RuntimeError):
        services.take_down(actor=AdminFactory(), video=shared_video, decision_id=uuid7())
    shared_video.refresh_from_db()
    assert shared_video.enforcement == "shareable"
    assert ShareGrant.objects.filter(revoked_at=None).exists()
    assert not Notification.objects.exists()


def test_a_fresh_approval_and_share_make_it_public_again(shared_video):
    services.void_approval(actor=AdminFactory(), video=shared_video, reason="Looked at again")
    assert share(shared_video).revoked_at is None
