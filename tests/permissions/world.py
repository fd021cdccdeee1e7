"""The cast and the things of the permission table, each made once by the services that make it in life."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import resolve_url
from django.test import Client, override_settings
from django.test.client import ClientHandler
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts import services as account_services
from accounts.models import ApiToken, Invitation, User
from accounts.states import StaffRole
from accounts.views import not_offered
from generation import services as generation_services
from generation.models import Generation
from generation.services import images
from notifications.models import Notification
from notifications.services import notify
from review import services as review_services
from review.models import ReviewCase
from review.services import bulk
from review.services.replies import save_reply
from review.services.reports import PUBLIC
from tests.factories import (
    PASSWORD,
    AdminFactory,
    ParticipantFactory,
    PolicyVersionFactory,
    ReviewerFactory,
    TermsVersionFactory,
)
from tests.media import approve, make_finished_video, share
from tests.pictures_to_send import picture
from tests.review.desk import decide, watched
from videos.models import Video

CAST = ("anonymous", "newcomer", "owner", "other", "reviewer", "claimant", "lead", "admin")
MISSING = uuid.UUID("01900000-0000-7000-8000-000000000000")


@dataclass
class World:
    """People by their part, and for each kind of thing its exemplars by state."""

    people: dict[str, User] = field(default_factory=dict)
    videos: dict[str, Video] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)  # part -> the cookie
    # Files outlive the single test, unlike those of the suite's own fixture.
    storages: dict[str, Any] = field(default_factory=dict)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)  # parameter -> state -> value
    # Of all browsers: each would load every middleware anew.
    handler: ClientHandler = field(default_factory=lambda: ClientHandler(enforce_csrf_checks=False))

    def client(self, part: str) -> Client:
        """A new browser, signed in with the part's session."""
        client = Client(raise_request_exception=True)
        client.handler = self.handler
        if part != "anonymous":
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[part]
        return client

    def sign_in(self) -> None:
        """Begin everybody's session once: what a request does to it is rolled back with the rest."""
        for part, person in self.people.items():
            client = Client()
            client.force_login(person)
            self.sessions[part] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def call(
        self, part: str, method: str, address: str, *, body: Any = None, headers: dict[str, str] | None = None
    ) -> HttpResponseBase:
        """One request that leaves nothing behind: what it writes is rolled back."""
        cache.clear()
        content: dict[str, Any] = {}
        if method not in {"GET", "HEAD"}:
            as_json = address.startswith("/api/")
            content = {"data": body or {}, "content_type": "application/json"} if as_json else {"data": body or {}}
        client = self.client(part)
        with rolled_back_later():
            if method in {"PUT", "PATCH", "DELETE"} and "content_type" not in content:
                content = {}
            response = getattr(client, method.lower())(address, headers=headers or {}, **content)
            transaction.set_rollback(True)
        return response


def answer_of(response: HttpResponseBase) -> str:
    """The status; where a redirect only sends somebody to sign in or to the terms first, that word instead."""
    if 300 <= response.status_code < 400:
        doors = (resolve_url(settings.LOGIN_URL), resolve_url("admin:login"))
        first = dict.fromkeys(doors, "login") | {resolve_url("terms"): "terms"}
        return first.get(urlsplit(response["Location"]).path, str(response.status_code))
    return str(response.status_code)


def rolled_back_later() -> transaction.Atomic:
    """A transaction that services take for the test's own, so that their durable blocks may nest in it."""
    block = transaction.atomic()
    block._from_testcase = True
    return block


def build(folder: Path) -> World:
    """Everybody and everything. The owner owns each video; the claimant holds the claim of the claimed one."""
    private = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    world = World(storages=settings.STORAGES | {"private": private})
    with override_settings(STORAGES=world.storages):
        _populate(world)
    world.sign_in()
    return world


def _populate(world: World) -> None:
    TermsVersionFactory()
    PolicyVersionFactory()
    owner = ParticipantFactory()
    world.people = {
        "newcomer": ParticipantFactory(terms=False).user,
        "owner": owner.user,
        "other": ParticipantFactory().user,
        "reviewer": ReviewerFactory(),
        "claimant": ReviewerFactory(),
        "lead": ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER),
        "admin": AdminFactory(),
    }
    _make_videos(world)
    _make_cases(world)
    _make_other_cases(world, owner.user)
    _make_report(world)
    _make_statements(world, owner.user)
    _make_generations(world, owner.user)
    _make_images(world, owner.user)
    _make_small_things(world)
    _make_desk_things(world)
    _make_practice(world)


def _make_videos(world: World) -> None:
    for state in ("private", "queued", "claimed", "approved", "shared", "suspended", "taken_down"):
        world.videos[state] = make_finished_video(owner=world.people["owner"], title=state)
    approve(world.videos["approved"])
    approve(world.videos["suspended"])
    Video.objects.filter(pk=world.videos["suspended"].pk).update(enforcement="suspended")
    grant = share(world.videos["shared"])
    revoked = share(world.videos["taken_down"])
    review_services.take_down(
        actor=AdminFactory(), video=world.videos["taken_down"], reason_code="violence", artist_message="Reported."
    )
    world.things["video"] = {state: video.pk for state, video in world.videos.items()} | {"missing": MISSING}
    world.things["share"] = {"shared": grant.token, "revoked": revoked.token, "missing": "n" * 22}


def _make_cases(world: World) -> None:
    cases = {}
    for state in ("queued", "claimed"):
        cases[state] = review_services.submit(actor=world.people["owner"], video=world.videos[state], note="")
    _claim, token = review_services.claim(actor=world.people["claimant"], case=cases["claimed"])
    comment = review_services.add_comment(
        actor=world.people["claimant"], case=cases["claimed"], claim_token=token, at_ms=0, body="Here."
    )
    world.things["comment"] = {"claimed": comment.pk, "missing": MISSING}
    world.things["case"] = {state: case.pk for state, case in cases.items()} | {"missing": MISSING}


def _make_other_cases(world: World, owner: User) -> None:
    """The states that the artist's other works do not show; nobody of the cast decided one or sent it on."""
    cases = {}
    for state in ("awaiting_second", "escalated", "decided", "withdrawn"):
        cases[state] = review_services.submit(actor=owner, video=make_finished_video(owner=owner, title=state), note="")
    stranger = ReviewerFactory()
    _claim, token = review_services.claim(actor=stranger, case=cases["decided"])
    decide(stranger, cases["decided"], token)
    review_services.withdraw(actor=owner, case=cases["withdrawn"])
    waiting = ReviewCase.objects.filter(pk=cases["awaiting_second"].pk)
    waiting.update(state="awaiting_second", approvals_needed=2)
    ReviewCase.objects.filter(pk=cases["escalated"].pk).update(state="escalated", escalated_at=timezone.now())
    world.things["case"] |= {state: case.pk for state, case in cases.items()}


def _make_report(world: World) -> None:
    """Whoever knows its address sees the outcome, and nobody else."""
    grant = world.videos["shared"].share_grants.get()
    _report, secret = review_services.report(
        actor=PUBLIC, grant=grant, category="other", body="Something is wrong with it."
    )
    world.things["report"] = {"received": secret, "missing": "n" * 43}


def _make_statements(world: World, owner: User) -> None:
    """Two works refused by somebody who is in no column; one of the decisions is appealed."""
    found = {}
    for state in ("refused", "appealed"):
        case = review_services.submit(actor=owner, video=make_finished_video(owner=owner, title=state))
        stranger = ReviewerFactory()
        _claim, token = review_services.claim(actor=stranger, case=case)
        found[state] = decide(stranger, case, token, "reject")
    review_services.appeal(actor=owner, decision=found["appealed"], body="It is a stage fight.")
    world.things["statement"] = {state: decision.pk for state, decision in found.items()} | {"missing": MISSING}


def _make_generations(world: World, owner: User) -> None:
    def submitted() -> Generation:
        return generation_services.submit(
            actor=owner, model_key="sketch", prompt="rain", size="320x192", seconds=2, seed=7
        )

    completed = submitted()
    Generation.objects.filter(pk=completed.pk).update(
        state="completed", video=world.videos["private"], finished_at=timezone.now()
    )
    found = {"completed": completed}
    for state, changes in {
        "running": {},
        "failed": {"failure_code": "engine_error", "finished_at": timezone.now()},
        "cancelled": {"finished_at": timezone.now()},
    }.items():
        found[state] = submitted()
        Generation.objects.filter(pk=found[state].pk).update(state=state, **changes)
    found["queued"] = submitted()
    world.things["generation"] = {state: one.pk for state, one in found.items()} | {"missing": MISSING}


def _make_images(world: World, owner: User) -> None:
    """One that nothing uses, and one that a take started from."""
    found = {}
    for state, size in (("unused", (64, 48)), ("used", (48, 64))):
        data = picture(size=size)
        found[state], _is_new = images.add(actor=owner, file=io.BytesIO(data), name="a.png", size=len(data))
    takes = Generation.objects.filter(state="queued")
    takes.update(mode="image", image=found["used"])
    world.things["image"] = {state: image.pk for state, image in found.items()} | {"missing": MISSING}


def _make_practice(world: World) -> None:
    """A golden item in the mix, and an open round of one public work."""
    lead = ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER)
    work = make_finished_video(owner=ReviewerFactory(), title="practice")
    golden = review_services.add_golden(actor=lead, video=work, expected="approve")
    calibration = review_services.open_round(actor=lead, title="Round", videos=[work])
    world.things |= {
        "golden": {"live": golden.pk, "missing": MISSING},
        "calibration": {"open": calibration.pk, "missing": MISSING},
    }


def _make_desk_things(world: World) -> None:
    """The reviewer proposes to decide the queued case, which others have watched too. A policy is in force."""
    reviewer, queued = world.people["reviewer"], world.things["case"]["queued"]
    words = {"outcome": "reject", "reason_code": "violence", "artist_message": "Seen before."}
    case = ReviewCase.objects.get(pk=queued)
    for one in (reviewer, world.people["claimant"], world.people["lead"]):
        watched(one, [case])
    proposed = bulk.propose(actor=reviewer, cases={queued: case.version}, **words)
    reply = save_reply(actor=reviewer, title="Dark", body="Nothing can be seen.")
    world.things |= {
        "bulk": {"proposed": proposed.pk, "missing": MISSING},
        "reply": {"own": reply.pk, "missing": MISSING},
        "policy": {"published": "sharing", "missing": "nothing"},
    }


def _make_small_things(world: World) -> None:
    _make_tokens(world)
    _make_invitations(world)
    notification = notify(recipient=world.people["owner"], kind="test", subject="s", body="b")
    assert isinstance(notification, Notification)
    kept = review_services.save_filter(actor=world.people["claimant"], name="Mine", query={"language": ["fr"]})
    world.things |= {
        "notification": {"unread": notification.pk, "missing": MISSING},
        "filter": {"saved": kept.pk, "missing": MISSING},
    }


def _make_tokens(world: World) -> None:
    owner, found = world.people["owner"], {}
    for state in ("live", "revoked", "expired"):
        found[state], _plaintext = account_services.create_token(actor=owner, name="t", scopes=["videos:read"], days=3)
    account_services.revoke_token(actor=owner, token=found["revoked"])
    ApiToken.objects.filter(pk=found["expired"].pk).update(expires_at=timezone.now() - timedelta(hours=1))
    world.things["token"] = {state: token.pk for state, token in found.items()} | {"missing": MISSING}


def _make_invitations(world: World) -> None:
    admin, cohort = world.people["admin"], world.people["owner"].participant.cohort  # type: ignore[attr-defined]
    found, secrets = {}, {"missing": "n" * 43}
    for state in ("open", "accepted", "revoked", "expired"):
        found[state], secrets[state] = account_services.invite(actor=admin, email=f"{state}@example.org", cohort=cohort)
    account_services.accept_invitation(secret=secrets["accepted"], password=PASSWORD, name="New")
    account_services.revoke_invitation(actor=admin, invitation=found["revoked"])
    Invitation.objects.filter(pk=found["expired"].pk).update(expires_at=timezone.now() - timedelta(hours=1))
    world.things["invitation"] = {state: one.pk for state, one in found.items()} | {"missing": MISSING}
    world.things["secret"] = secrets


# --- The URLconf -------------------------------------------------------------------------------------------------

# Mounted whole from elsewhere; each has a test of its own (the admin's is test_admin.py).
# By what is mounted too: an address of our own below the same word is still walked.
ELSEWHERE = {("admin/", "admin"), ("_allauth/", "headless"), ("accounts/", "allauth.account.urls")}


def addresses() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """(name, pattern, view) of every address that the project itself answers."""
    yield from _walk(get_resolver().url_patterns, "")


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            mounted = entry.app_name or getattr(entry.urlconf_name, "__name__", "")
            if (pattern, mounted) not in ELSEWHERE:
                yield from _walk(entry.url_patterns, pattern)
        # What closes parts of allauth's addresses answers nobody; any other regular expression needs rows too.
        elif entry.callback is not not_offered:
            yield entry.name or "", pattern, entry.callback
