"""Races at the door. Each is first shown to happen without its guard."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from accounts import services
from accounts.models import Invitation, Participant, TermsAcceptance, TermsVersion, User
from accounts.services import invitations, tokens
from audit.models import AuditEvent
from common.errors import Conflict, NotFound
from tests.accounts.conftest import PASSWORD, TESTS
from tests.concurrency.threads import so_many
from tests.factories import AdminFactory, CohortFactory, ParticipantFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
PEOPLE = 8


def overwrite(queryset: Any, *, expected: Any, changes: Any) -> bool:
    """Compare-and-set without the compare."""
    return queryset.update(**changes) == 1


def count(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


# --- Accepting ----------------------------------------------------------------------------------------------------


def accept_together(invited: Any) -> list[Any]:
    _invitation, secret = invited()
    return so_many(
        PEOPLE, lambda index: services.accept_invitation(secret=secret, password=PASSWORD, name=f"Nina {index}")
    )


def test_without_the_guards_the_race_reaches_the_last_constraint(invited, monkeypatch):
    """Neither row lock nor compare-and-set nor a look at the address: only its unique constraint is left."""
    reached = []
    monkeypatch.setattr(invitations, "lock", lambda queryset: queryset)
    monkeypatch.setattr(invitations, "compare_and_set", overwrite)
    add_person = invitations.add_person
    gate = threading.Barrier(PEOPLE)

    def noticed(**fields: Any) -> User:
        reached.append(fields)
        gate.wait(10)
        return add_person(**fields)

    monkeypatch.setattr(invitations, "add_person", noticed)
    results = accept_together(invited)
    assert len(reached) == PEOPLE
    assert sum(isinstance(result, User) for result in results) == 1
    assert all(result.code == "account_exists" for result in results if not isinstance(result, User))


@pytest.mark.parametrize("repeat", range(3))
def test_many_who_accept_at_once_make_one_account(invited, repeat):
    results = accept_together(invited)
    (winner,) = [result for result in results if isinstance(result, User)]
    losers = [result for result in results if result is not winner]
    assert all(isinstance(result, Conflict | NotFound) for result in losers), losers
    assert User.objects.get(email="nina@example.org") == winner
    assert Participant.objects.get().user == winner
    assert Invitation.objects.get().accepted_by == winner
    assert count("invitation.accepted") == 1


@pytest.mark.parametrize("repeat", range(3))
def test_accepting_and_revoking_at_once_have_one_winner(invited, repeat):
    invitation, secret = invited()

    def act(index: int) -> Any:
        if index % 2:
            return services.revoke_invitation(actor=TESTS, invitation=invitation)
        return services.accept_invitation(secret=secret, password=PASSWORD, name="Nina")

    so_many(PEOPLE, act)
    invitation.refresh_from_db()
    assert (invitation.accepted_at is None) != (invitation.revoked_at is None)
    assert User.objects.count() == count("invitation.accepted") == int(invitation.accepted_at is not None)
    assert count("invitation.revoked") == int(invitation.revoked_at is not None)


def test_inviting_one_address_at_once_leaves_one_open_link():
    CohortFactory()
    results = so_many(PEOPLE, lambda index: services.invite(actor=TESTS, email="nina@example.org"))
    assert all(isinstance(result, tuple | Conflict) for result in results), results
    assert Invitation.objects.filter(accepted_at=None, revoked_at=None).count() == 1
    assert Invitation.objects.count() == count("invitation.made")
    assert count("invitation.revoked") == Invitation.objects.exclude(revoked_at=None).count()


# --- Terms, tokens, people ----------------------------------------------------------------------------------------


def test_accepting_the_terms_at_once_is_one_acceptance():
    user = ParticipantFactory(terms=False).user
    version = services.publish_terms(actor=TESTS, title="Terms", body="Be kind.")
    results = so_many(PEOPLE, lambda index: services.accept_terms(actor=user, number=version.number))
    assert all(isinstance(result, TermsAcceptance) for result in results), results
    assert TermsAcceptance.objects.count() == count("terms.accepted") == 1


def test_publishing_at_once_gives_each_version_its_own_number():
    results = so_many(
        PEOPLE, lambda index: services.publish_terms(actor=TESTS, title=f"Terms {index}", body="Be kind.")
    )
    assert all(isinstance(result, TermsVersion | Conflict) for result in results), results
    numbers = list(TermsVersion.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert count("terms.published") == len(numbers)


def test_without_the_guard_one_token_is_revoked_many_times(token_of, monkeypatch):
    user = ParticipantFactory().user
    token, _plaintext = token_of(user)
    monkeypatch.setattr(tokens, "compare_and_set", overwrite)
    so_many(PEOPLE, lambda index: services.revoke_token(actor=user, token=token))
    assert count("token.revoked") == PEOPLE


def test_revoking_at_once_is_one_revocation(token_of):
    user = ParticipantFactory().user
    token, _plaintext = token_of(user)
    so_many(PEOPLE, lambda index: services.revoke_token(actor=user, token=token))
    assert count("token.revoked") == 1


def test_a_deactivation_and_revocations_at_once_neither_wait_forever_nor_count_twice(token_of):
    admin, user = AdminFactory(), ParticipantFactory().user
    mine = [token_of(user)[0] for _ in range(PEOPLE)]

    def act(index: int) -> Any:
        if index == 0:
            return services.deactivate_user(actor=admin, user=user)
        return services.revoke_token(actor=user, token=mine[index])

    results = so_many(PEOPLE, act)
    assert not [result for result in results if isinstance(result, Exception)]
    assert count("token.revoked") == PEOPLE
