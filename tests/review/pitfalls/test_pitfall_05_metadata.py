"""Pitfall 5: metadata leaks. Private items in lists, history, copy and preview; comments without the media check.

Every address of the site that can be read is asked by everybody who may not see the work, and none of the answers may
hold a word of it: its title, its prompt, the artist's note, a comment on a moment, an internal note.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from review import services
from review.models import Comment, ReviewCase
from tests.factories import AdminFactory, GenerationFactory, ParticipantFactory, ReviewerFactory
from tests.permissions.world import addresses
from tests.review.desk import bearer, decide, lapse
from videos import services as videos

SECRETS = {
    "title": "Zinnober",
    "prompt": "quicksilver-prompt",
    "note": "quagmire-note",
    "comment": "zephyr-comment",
    "internal": "obsidian-internal",
}
PARAMETER = re.compile(r"([a-z-]+)/<uuid:\w+>")


@pytest.fixture
def secret(video_maker, policy, reviewer) -> ReviewCase:
    """A case that somebody holds, with all that can leak."""
    video = video_maker(title=SECRETS["title"])
    GenerationFactory(
        participant=video.owner.participant,
        prompt=SECRETS["prompt"],
        state="completed",
        finished_at=timezone.now(),
        video=video,
    )
    case = services.submit(actor=video.owner, video=video, note=SECRETS["note"])
    _claim, token = services.claim(actor=reviewer, case=case)
    services.add_comment(actor=reviewer, case=case, claim_token=token, at_ms=0, body=SECRETS["comment"])
    case.claim_token = token
    return case


def readable(case: ReviewCase, beginning: str = "") -> list[str]:
    """Every list of the site, and every address about a case, a video or a comment: of these ones."""
    ids = {"cases": case.pk, "submissions": case.pk, "videos": case.video_id, "comments": Comment.objects.get().pk}
    found = set()
    for name, pattern, _view in addresses():
        wants = PARAMETER.search(pattern)
        about = ids.get(wants[1]) if wants else "a list"
        # The description of the API takes seconds to write, and knows of no case.
        if about and name not in {"api-schema", "api-docs", "healthz"} and pattern.startswith(beginning):
            plain = pattern.replace("<str:kind>", "poster")
            found.add("/" + PARAMETER.sub(rf"\g<1>/{about}", plain))
    return sorted(path for path in found if "<" not in path)


def leaks(client: Client, paths: list[str], headers: dict[str, str] | None = None) -> list[str]:
    found = []
    for path in paths:
        answer = client.get(path, headers=headers or {})
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found += [f"{path}: {what}" for what, word in SECRETS.items() if word.encode() in body]
    return found


def browser_of(person: Any) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


@pytest.mark.parametrize(
    "outsider",
    [lambda: None, lambda: ParticipantFactory().user, ReviewerFactory, AdminFactory],
    ids=["nobody", "another artist", "another reviewer", "an admin"],
)
def test_no_address_tells_an_outsider_a_word_of_a_private_work(secret, outsider):
    assert leaks(browser_of(outsider()), readable(secret)) == []


def test_the_holder_and_the_owner_do_read_them(secret, reviewer):
    """The same search finds something where it should: the attack above is not blind."""
    holder = browser_of(reviewer)
    holder.cookies["dailies_claim"] = secret.claim_token
    assert {line.rpartition(" ")[2] for line in leaks(holder, [f"/desk/cases/{secret.pk}/"])} >= {
        "title",
        "prompt",
        "note",
        "comment",
    }
    owner = leaks(browser_of(secret.video.owner), readable(secret))
    # A comment reaches the artist with the decision and not before; what reviewers say among themselves never does.
    assert {line.rpartition(" ")[2] for line in owner} == {"title", "prompt", "note"}


@pytest.mark.parametrize("end", ["lapsed", "released", "decided"])
def test_the_former_holder_reads_nothing_any_more(secret, reviewer, end):
    if end == "lapsed":
        lapse(secret)
    elif end == "released":
        services.release(actor=reviewer, case=secret, token=secret.claim_token)
    else:
        decide(reviewer, secret, secret.claim_token, "reject", internal_note=SECRETS["internal"])
    former = browser_of(reviewer)
    former.cookies["dailies_claim"] = secret.claim_token
    assert leaks(former, readable(secret)) == []
    assert leaks(Client(), readable(secret, "api/"), bearer(reviewer, "review", "videos:read")) == []


def test_comments_need_what_the_media_need(secret, reviewer, colleague, client):
    """mediacms forgot this one: comments answered where the file did not."""
    headers = bearer(colleague, "review")
    for path in (f"/api/v1/review/cases/{secret.pk}/comments/", f"/api/v1/videos/{secret.video_id}/renditions/poster"):
        assert client.get(path, headers=headers).status_code == 404
        assert client.get(path, headers=bearer(reviewer, "review")).status_code == 200
    one = f"/api/v1/review/comments/{Comment.objects.get().pk}/"
    body = {"claim_token": secret.claim_token, "at_ms": 0, "body": "Mine now."}
    for method in (client.patch, client.delete, client.put):
        assert method(one, body, headers=headers, content_type="application/json").status_code in {404, 405}
    missing = one.replace(str(Comment.objects.get().pk), str(uuid.uuid4()))
    hidden = client.patch(one, body, headers=headers, content_type="application/json").json()
    gone = client.patch(missing, body, headers=headers, content_type="application/json").json()
    assert {**hidden, "request_id": ""} == {**gone, "request_id": ""}


def test_the_share_page_of_a_work_says_nothing_of_its_review(secret, reviewer):
    decide(reviewer, secret, secret.claim_token, "approve", internal_note=SECRETS["internal"])
    video = secret.video
    video.refresh_from_db()
    grant = videos.share(actor=video.owner, video=video)
    told = leaks(Client(), [f"/s/{grant.token}/"])
    assert {line.rpartition(" ")[2] for line in told} <= {"title"}
