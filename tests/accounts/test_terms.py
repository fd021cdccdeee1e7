"""Terms: numbered versions, accepted one by one, before anything else."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts import services
from accounts.models import TermsAcceptance, TermsVersion
from accounts.plain_text import blocks
from accounts.policies import must_accept_terms
from accounts.selectors import current_terms, has_accepted_terms
from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.accounts.conftest import TESTS

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/studio/?take=3"}


def publish(title: str = "Programme terms", body: str = "Be kind.", changes: str = "") -> TermsVersion:
    return services.publish_terms(actor=TESTS, title=title, body=body, summary_of_changes=changes)


def test_versions_are_numbered_and_the_newest_is_in_force(admin):
    assert current_terms() is None
    assert services.publish_terms(actor=admin, title="Terms", body="One.").number == 1
    second = publish(body="Two.")
    assert (second.number, current_terms()) == (2, second)
    event = AuditEvent.objects.filter(action="terms.published").first()
    assert (event.from_state, event.to_state) == ("1", "2")


def test_only_admins_publish_and_only_words(artist, admin):
    with pytest.raises(NotAllowed):
        services.publish_terms(actor=artist, title="Mine", body="All yours is mine.")
    for wrong in ({"title": "", "body": "x"}, {"title": "x", "body": "  "}):
        with pytest.raises(Invalid):
            services.publish_terms(actor=admin, **wrong)


def test_published_words_cannot_be_changed_by_anybody():
    version = publish()
    for change in (lambda: TermsVersion.objects.update(body="Other."), version.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_accepting_is_noted_once_with_one_event(newcomer):
    version = current_terms()
    first = services.accept_terms(actor=newcomer, number=version.number)
    assert services.accept_terms(actor=newcomer, number=version.number) == first
    assert AuditEvent.objects.filter(action="terms.accepted").count() == 1
    assert has_accepted_terms(newcomer)


def test_another_version_than_the_one_in_force_cannot_be_accepted(newcomer):
    publish()
    for number in (1, 3):
        with pytest.raises(Conflict) as refused:
            services.accept_terms(actor=newcomer, number=number)
        assert (refused.value.code, refused.value.extra) == ("terms_outdated", {"current": 2})


def test_without_terms_there_is_nothing_to_accept(outsider):
    with pytest.raises(NotFound):
        services.accept_terms(actor=outsider, number=1)
    assert has_accepted_terms(outsider)


def test_a_new_version_asks_everybody_again(artist, django_assert_num_queries):
    assert not must_accept_terms(artist)
    publish()
    with django_assert_num_queries(1):
        assert must_accept_terms(artist)


def test_people_who_make_no_videos_are_not_held_up(admin, outsider):
    publish()
    assert not must_accept_terms(admin)
    assert not must_accept_terms(outsider)
    assert not has_accepted_terms(outsider)


# --- What is open before they are accepted ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["home", "studio", "desk", "tokens", "notifications", "account_change_password"])
def test_pages_lead_to_the_terms_and_back(client, newcomer, name):
    client.force_login(newcomer)
    answer = client.get(reverse(name), {"a": "1"})
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/terms/?next={reverse(name).replace('/', '%2F')}%3Fa%3D1",
    )


def test_fragments_take_the_whole_page_to_the_terms(client, newcomer):
    client.force_login(newcomer)
    answer = client.get(reverse("studio"), **HTMX)
    assert answer["HX-Redirect"] == "/terms/?next=%2Fstudio%2F%3Ftake%3D3"
    assert answer.content == b""


def test_media_answers_a_problem(client, newcomer):
    client.force_login(newcomer)
    answer = client.get(f"/videos/{newcomer.pk}/media/original")
    assert (answer.status_code, answer.json()["code"]) == (403, "terms_required")
    assert answer.json()["link"] == "/terms/"


def test_a_post_is_not_carried_out(client, newcomer):
    client.force_login(newcomer)
    answer = client.post(reverse("tokens"), {"name": "x", "scopes": "videos:read", "days": 3, "form_key": "k"})
    assert (answer.status_code, answer["Location"]) == (302, "/terms/")
    assert not newcomer.api_tokens.exists()


def test_the_terms_can_be_read_and_the_person_can_sign_out(client, newcomer):
    client.force_login(newcomer)
    assert client.get(reverse("terms")).status_code == 200
    assert client.get("/_allauth/browser/v1/auth/session").status_code == 200
    assert client.get("/api/v1/terms/").status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302
    assert "_auth_user_id" not in client.session


def test_headless_addresses_are_closed_until_then(client, newcomer):
    client.force_login(newcomer)
    answer = client.post("/_allauth/browser/v1/account/password/change", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "terms_required")


def test_every_api_address_of_this_app_but_the_terms_is_closed(client, newcomer):
    client.force_login(newcomer)
    for name in ("api-me", "api-tokens", "api-invitations"):
        answer = client.get(reverse(name))
        assert (answer.status_code, answer.json()["code"]) == (403, "terms_required"), name


# --- The page -----------------------------------------------------------------------------------------------------


def test_accepting_on_the_page_leads_back_to_where_one_wanted_to_go(client, newcomer):
    client.force_login(newcomer)
    page = client.get("/terms/?next=/studio/%3Ftake%3D3")
    assert 'value="/studio/?take=3"' in page.content.decode()
    answer = client.post("/terms/", {"number": 1, "agreed": "on", "next": "/studio/?take=3"})
    assert (answer.status_code, answer["Location"]) == (302, "/studio/?take=3")
    assert "You agreed on" in client.get("/terms/").content.decode()


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_the_way_back_stays_on_this_site(client, newcomer, address):
    client.force_login(newcomer)
    assert address not in client.get("/terms/", {"next": address}).content.decode()
    answer = client.post("/terms/", {"number": 1, "agreed": "on", "next": address})
    assert answer["Location"] == reverse("home")


def test_the_box_must_be_ticked(client, newcomer):
    client.force_login(newcomer)
    answer = client.post("/terms/", {"number": 1})
    assert answer.status_code == 400
    assert "Tick this box" in answer.content.decode()
    assert not TermsAcceptance.objects.filter(user=newcomer).exists()


def test_a_version_that_changed_under_the_reader_is_shown_anew(client, newcomer):
    client.force_login(newcomer)
    publish(title="Newer terms", changes="You may now leave at any time.")
    answer = client.post("/terms/", {"number": 1, "agreed": "on"})
    text = answer.content.decode()
    assert "A newer version" in text
    assert "You may now leave at any time." in text
    assert 'name="number" value="2"' in text
    assert must_accept_terms(newcomer)


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 40, "1; DROP"])
def test_a_nonsensical_version_is_refused(client, newcomer, number):
    client.force_login(newcomer)
    assert client.post("/terms/", {"number": number, "agreed": "on"}).status_code == 400


def test_everybody_may_read_and_must_sign_in_to_accept(client, newcomer):
    text = client.get("/terms/").content.decode()
    assert "Programme terms" in text
    assert "agreed" not in text
    answer = client.post("/terms/", {"number": 1, "agreed": "on"})
    assert answer["Location"] == "/accounts/login/?next=/terms/"


def test_without_terms_the_page_says_so(client):
    assert "No terms yet" in client.get("/terms/").content.decode()


def test_the_words_are_shown_as_text(client):
    publish(body="<script>alert(1)</script> is text.\n\nYour work\n\nIs yours,\nalways.\n\n- keep it\n- leave with it")
    text = client.get("/terms/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; is text." in text
    assert "<h2>Your work</h2>" in text
    assert "<p>Is yours, always.</p>" in text
    assert "<ul><li>keep it</li><li>leave with it</li></ul>" in text


def test_blocks_of_nothing_are_nothing():
    assert list(blocks("  \n\n \n")) == []
