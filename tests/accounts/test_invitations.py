"""Invitations: the only way to an account."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import services
from accounts.models import Invitation, Participant, User
from accounts.selectors import open_invitation, secret_digest
from accounts.states import InvitationState, ParticipantRole, StaffRole
from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.accounts.conftest import PASSWORD, TESTS, link_in_the_last_mail
from tests.factories import CohortFactory, ReviewerFactory, UserFactory

pytestmark = pytest.mark.django_db


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action))


def test_an_admin_invites_and_the_link_in_the_mail_opens_it(admin, django_capture_on_commit_callbacks):
    CohortFactory()
    with django_capture_on_commit_callbacks(execute=True):
        invitation, secret = services.invite(actor=admin, email="  Nina@Example.org ")
    assert invitation.email == "nina@example.org"
    assert invitation.invited_by == admin
    assert mail.outbox[0].to == ["nina@example.org"]
    assert link_in_the_last_mail("/invitations/") == f"/invitations/{secret}/"
    assert open_invitation(secret) == invitation


def test_only_the_digest_of_the_secret_is_kept_anywhere(invited):
    invitation, secret = invited()
    assert invitation.secret_sha256 == secret_digest(secret)
    kept = [str(row) for row in Invitation.objects.values()] + [str(row) for row in AuditEvent.objects.values()]
    assert not any(secret in row for row in kept)


def test_the_log_holds_no_address(invited):
    invitation, _secret = invited()
    (event,) = events("invitation.made")
    assert event.target_id == str(invitation.pk)
    assert "nina" not in str(event.data)


@pytest.mark.parametrize("maker", [UserFactory, ReviewerFactory])
def test_nobody_but_an_admin_invites(maker):
    CohortFactory()
    with pytest.raises(NotAllowed):
        services.invite(actor=maker(), email="nina@example.org")
    assert not Invitation.objects.exists()
    assert not mail.outbox


@pytest.mark.parametrize(
    "email",
    ["", "nina", "nina@", "a@b@c.org", f"{'n' * 250}@example.org", "nina@example.org\nBcc: x@y.z"],
)
def test_a_bad_address_is_refused_by_field(email, invited):
    with pytest.raises(Invalid) as refused:
        invited(email)
    assert refused.value.fields[0].field == "email"


def test_an_address_with_an_account_is_not_invited_again(invited):
    UserFactory(email="nina@example.org")
    with pytest.raises(Invalid, match="account already"):
        invited("NINA@example.org")


def test_artists_join_the_first_cohort_unless_told_otherwise():
    first = CohortFactory()
    time.sleep(0.002)  # ids made in one millisecond have no order
    second = CohortFactory()
    assert services.invite(actor=TESTS, email="a@example.org")[0].cohort == first
    assert services.invite(actor=TESTS, email="b@example.org", cohort=second)[0].cohort == second


def test_without_any_cohort_no_artist_can_be_invited(db):
    with pytest.raises(Invalid) as refused:
        services.invite(actor=TESTS, email="a@example.org")
    assert refused.value.fields[0].field == "cohort"


@pytest.mark.parametrize("role", [StaffRole.REVIEWER, StaffRole.LEAD_REVIEWER, StaffRole.ADMIN])
def test_staff_are_invited_without_a_cohort_and_make_no_videos(role, invited):
    _invitation, secret = invited(staff_role=role)
    user = services.accept_invitation(secret=secret, password=PASSWORD, name="Rae")
    assert user.staff_role == role
    assert not Participant.objects.exists()


def test_staff_with_a_cohort_are_refused(invited):
    with pytest.raises(Invalid):
        invited(staff_role=StaffRole.REVIEWER, cohort=CohortFactory())


@pytest.mark.parametrize("wrong", [{"staff_role": "king"}, {"participant_role": "king"}])
def test_an_unknown_role_is_refused_with_the_known_ones(wrong, invited):
    with pytest.raises(Invalid) as refused:
        invited(**wrong)
    assert refused.value.fields[0].field in wrong
    assert "," in refused.value.fields[0].allowed


def test_inviting_again_ends_the_older_link(invited):
    older, old_secret = invited()
    newer, new_secret = invited()
    older.refresh_from_db()
    assert older.state == InvitationState.REVOKED
    assert open_invitation(old_secret) is None
    assert open_invitation(new_secret) == newer
    assert [event.data for event in events("invitation.revoked")] == [{"because": "invited again"}]


def test_the_database_itself_admits_one_open_invitation_an_address(invited):
    first, _secret = invited()
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            email=first.email, cohort=first.cohort, secret_sha256="0" * 64, expires_at=timezone.now()
        )


def test_accepting_makes_the_account_and_its_place(invited):
    invitation, secret = invited(participant_role=ParticipantRole.RED_TEAMER)
    user = services.accept_invitation(secret=secret, password=PASSWORD, name=" Nina  Ray ", public_name="nina.mov")
    assert authenticate(None, email="nina@example.org", password=PASSWORD) == user
    assert user.name == "Nina Ray"
    assert user.participant.public_name == "nina.mov"
    assert user.participant.role == ParticipantRole.RED_TEAMER
    assert user.participant.cohort == invitation.cohort
    invitation.refresh_from_db()
    assert invitation.accepted_by == user
    (event,) = events("invitation.accepted")
    assert (event.actor_id, event.from_state, event.to_state) == (str(user.pk), "open", "accepted")


def test_the_public_name_is_the_name_unless_given(invited):
    _invitation, secret = invited()
    assert services.accept_invitation(secret=secret, password=PASSWORD, name="Nina").participant.public_name == "Nina"


def test_an_invitation_works_once(invited):
    _invitation, secret = invited()
    services.accept_invitation(secret=secret, password=PASSWORD, name="Nina")
    with pytest.raises(NotFound):
        services.accept_invitation(secret=secret, password=PASSWORD, name="Nina")
    assert User.objects.count() == 1


def test_an_expired_revoked_or_unknown_invitation_opens_nothing(invited, admin):
    expired, expired_secret = invited("a@example.org")
    Invitation.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    revoked, revoked_secret = invited("b@example.org")
    services.revoke_invitation(actor=admin, invitation=revoked)
    for secret in (expired_secret, revoked_secret, "never-made", ""):
        with pytest.raises(NotFound):
            services.accept_invitation(secret=secret, password=PASSWORD, name="Nina")
    assert User.objects.count() == 1


def test_an_invitation_expires_after_the_days_in_the_settings(invited, settings):
    settings.INVITATION_DAYS = 3
    invitation, _secret = invited()
    assert abs(invitation.expires_at - timezone.now() - timedelta(days=3)) < timedelta(seconds=10)


@pytest.mark.parametrize("password", ["", "short", "password123", "1234567890", "nina@example.org"])
def test_a_weak_password_is_refused_by_field_and_the_link_stays_open(password, invited):
    _invitation, secret = invited()
    with pytest.raises(Invalid) as refused:
        services.accept_invitation(secret=secret, password=password, name="Nina")
    assert {error.field for error in refused.value.fields} == {"password"}
    assert open_invitation(secret) is not None


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Ni\x00na", "Nina\u202egpj.mov"])
def test_a_name_that_cannot_be_shown_is_refused(name, invited):
    _invitation, secret = invited()
    with pytest.raises(Invalid) as refused:
        services.accept_invitation(secret=secret, password=PASSWORD, name=name)
    assert refused.value.fields[0].field == "name"


def test_emoji_and_any_script_are_names(invited):
    _invitation, secret = invited()
    name = "نينا 👩‍🎨 李"
    assert services.accept_invitation(secret=secret, password=PASSWORD, name=name).name == name


def test_an_address_that_got_an_account_meanwhile_is_told_so_kindly(invited):
    _invitation, secret = invited()
    UserFactory(email="nina@example.org")
    with pytest.raises(Conflict, match="sign in") as refused:
        services.accept_invitation(secret=secret, password=PASSWORD, name="Nina")
    assert refused.value.code == "account_exists"
    assert User.objects.count() == 1


def test_revoking_is_for_admins_and_for_open_invitations(invited, admin, artist):
    invitation, secret = invited()
    with pytest.raises(NotAllowed):
        services.revoke_invitation(actor=artist, invitation=invitation)
    services.revoke_invitation(actor=admin, invitation=invitation)
    with pytest.raises(Conflict):
        services.revoke_invitation(actor=admin, invitation=invitation)
    assert len(events("invitation.revoked")) == 1
    assert open_invitation(secret) is None


def test_the_first_admin_is_made_once():
    user = services.create_first_admin(email="Boss@example.org", password=PASSWORD)
    assert user.is_admin
    assert authenticate(None, email="boss@example.org", password=PASSWORD) == user
    with pytest.raises(Conflict):
        services.create_first_admin(email="other@example.org", password=PASSWORD)
    assert events("user.first_admin")[0].actor_kind == "system"
