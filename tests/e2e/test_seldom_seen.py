"""axe on what one seldom sees: errors, gates, the admin panel, the API's page, and the desk's pages for odd moments.

Each is looked at once, in the light theme: what differs between the themes are colours, and those are the same on the
pages that `test_accessibility` sees in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from review import services
from review.models import Claim, Rest, ReviewCase
from review.services.bulk_apply import apply_due
from tests.e2e.test_accessibility import WIDE, browse, check  # noqa: F401  a fixture among them
from tests.factories import AdminFactory, ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video
from tests.review.test_bulk import confirmed, ripe
from web.views import errors

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What axe finds in the markup of others, which is theirs to mend: a rule, and a word of each thing that breaks it.
SWAGGERS = {
    # Its list of operations is a main part within ours.
    **dict.fromkeys(("landmark-no-duplicate-main", "landmark-main-is-top-level", "landmark-unique"), "<main id="),
    "heading-order": 'class="opblock-tag',
    # The whole line of an operation is a button, and has buttons within.
    "nested-interactive": 'class="opblock-summary-control"',
}
UNFOLDS = {
    # Its script for scroll bars gives each the same name.
    "landmark-unique": "simplebar-content-wrapper",
    # Django's own script for choosing several writes these.
    "aria-prohibited-attr": 'class="help-tooltip',
}


class Looks:
    """Collects what axe finds, page after page."""

    def __init__(self, page: Page, *, known: dict[str, str] | None = None) -> None:
        self.page = page
        self.found: list[str] = []
        self.known = known or {}
        page.emulate_media(reduced_motion="reduce", color_scheme="light")

    def at(self, path: str) -> None:
        self.page.goto(path)
        self.found += check(self.page, path)

    def at_answer(self, name: str, answer: Any) -> None:
        """A page that the site answered elsewhere, shown under an address of this browser's."""
        body = answer.content
        self.page.route("**/as-answered/", lambda route: route.fulfill(content_type="text/html", body=body))
        self.page.goto("/as-answered/")
        self.found += check(self.page, name)
        self.page.unroute("**/as-answered/")

    def assert_well(self) -> None:
        ours = [
            line
            for line in self.found
            if not any(f": {rule}: " in line and word in line for rule, word in self.known.items())
        ]
        assert not ours, "\n".join(ours)


@pytest.fixture
def looks(browse: Callable[..., Page], live_server: Any) -> Callable[..., Looks]:  # noqa: F811
    """`looks(user)`: somebody's browser, in the light theme."""

    def open_as(user: User | None = None, known: dict[str, str] | None = None) -> Looks:
        page = browse(user, viewport=WIDE)
        page.context.add_cookies([{"name": "theme", "value": "light", "url": live_server.url}])
        return Looks(page, known=known)

    return open_as


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_errors_and_gates(looks, live_server):
    anybody, user = looks(), ParticipantFactory().user
    request = HttpRequest()
    request.path = "/"
    views: list[Callable[[HttpRequest], HttpResponse]] = [errors.bad_request, errors.forbidden, errors.csrf_failure]
    for view in (*views, errors.too_many, errors.server_error, errors.unavailable):
        anybody.at_answer(view.__name__, view(request))
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    paths = ["signup/", "inactive/", "password/reset/done/", f"password/reset/key/{key}/", "password/reset/key/x-y/"]
    for path in (*(f"/accounts/{path}" for path in paths), "/?token=dly_000000000000000000000000000000000000"):
        anybody.at(path)
    anybody.assert_well()
    somebody = looks(user)
    for path in ("/accounts/password/change/", "/accounts/reauthenticate/"):
        somebody.at(path)
    somebody.assert_well()


def test_the_apis_page(looks, live_server):
    """Every operation is there to be read, in our frame, and nothing comes from elsewhere."""
    anybody = looks(known=SWAGGERS)
    page, asked = anybody.page, []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/v1/docs/")
    operations = page.locator(".opblock")
    expect(operations.first).to_be_visible()
    schema = page.request.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert operations.count() == sum(len(path.keys() - {"parameters"}) for path in schema["paths"].values()) > 80
    assert not [url for url in asked if not url.startswith((live_server.url, "data:"))]
    expect(page.get_by_role("link", name="Dailies").first).to_be_visible()
    anybody.found += check(page, "docs")
    anybody.assert_well()


def test_the_admin_panel(looks):
    PolicyVersionFactory()
    admin = AdminFactory()
    video = make_finished_video()
    case = services.submit(actor=video.owner, video=video)
    panel = looks(admin, UNFOLDS)
    for name, arguments in (
        ("index", []),
        ("accounts_user_changelist", []),
        ("accounts_cohort_change", [video.owner.participant.cohort.pk]),
        ("accounts_invitation_add", []),
        ("review_reviewcase_change", [case.pk]),
        ("review_take_down", [video.pk]),
        ("review_reviewrules_change", [1]),
        ("review_reviewqueue_add", []),
        ("generation_catalogue", []),
    ):
        panel.at(reverse(f"admin:{name}", args=arguments))
    panel.assert_well()


def test_the_desk_at_odd_moments(looks):
    PolicyVersionFactory()
    videos = [make_finished_video(title=f"Film {number}") for number in range(4)]
    cases = [services.submit(actor=video.owner, video=video, note="") for video in videos]
    reviewer = ReviewerFactory()
    desk, elsewhere = looks(reviewer), as_(reviewer)
    for mine in cases[:3]:
        elsewhere.post(reverse("desk-claim", args=[mine.pk]))
    desk.at("/desk/")
    expect(desk.page.locator("#next-why")).to_be_visible()
    desk.at(reverse("desk-case", args=[mine.pk]))
    expect(desk.page.get_by_role("heading", name="You hold this case in another browser")).to_be_visible()
    fields = hidden_fields(elsewhere, mine)
    desk.at_answer("asking once more", decision_of(elsewhere, mine, fields))
    expect(desk.page.get_by_role("heading", name="Reject this video?")).to_be_visible()
    Claim.objects.update(ended_at=timezone.now())
    ReviewCase.objects.filter(state="claimed").update(state="queued")
    desk.at_answer("lost", decision_of(elsewhere, mine, fields))
    expect(desk.page.get_by_role("heading", name="This case is no longer yours")).to_be_visible()
    moment = timezone.now()
    Rest.objects.create(reviewer=reviewer, begins_at=moment, ends_at=moment + timedelta(minutes=20))
    desk.at("/desk/")
    expect(desk.page.get_by_text("take a rest until").first).to_be_visible()
    desk.at("/rules/policies/sharing/")
    alike = ripe(confirmed(ReviewerFactory(), ReviewerFactory(), cases[3:]))
    assert apply_due() == 1
    desk.at(reverse("desk-bulk-one", args=[alike.pk]))
    desk.assert_well()


def decision_of(client: Client, case: ReviewCase, fields: dict[str, str]) -> Any:
    """What a form without JavaScript gets: the question whether it shall be, or that it is too late."""
    words = {"outcome": "reject", "reason": "violence", "artist_message": "At 0:03.", "internal_note": "Hm."}
    return client.post(reverse("desk-decide", args=[case.pk]), fields | words)


def hidden_fields(client: Client, case: ReviewCase) -> dict[str, str]:
    page = client.get(reverse("desk-case", args=[case.pk])).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page))
