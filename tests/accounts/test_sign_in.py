"""django-allauth signs people in, and makes no account by any path."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from audit.models import AuditEvent
from notifications import mail as mailing
from notifications.models import Notification
from tests.accounts.conftest import link_in_the_last_mail
from tests.factories import PASSWORD, UserFactory
from tests.notifications.broken_mail import AWAY

pytestmark = pytest.mark.django_db
HEADLESS = "/_allauth/browser/v1"
NEW = {"email": "eve@example.org", "password": "four-long-quiet-words", "password1": "four-long-quiet-words"}


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str):
    return client.post(reverse("account_login"), {"login": email, "password": password, **more})


# --- Closed -------------------------------------------------------------------------------------------------------


def test_the_sign_up_page_says_that_it_is_by_invitation(client):
    for answer in (client.get("/accounts/signup/"), client.post("/accounts/signup/", NEW)):
        assert "by invitation" in answer.content.decode()
    assert not User.objects.exists()


def test_headless_sign_up_is_closed(client):
    answer = client.post(f"{HEADLESS}/auth/signup", NEW, content_type="application/json")
    assert answer.status_code == 403
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/social/signup/",
        "/accounts/social/connections/",
        "/accounts/google/login/",
        "/accounts/3rdparty/",
        "/accounts/signup/passkey/",
        "/accounts/login/code/",
        "/_allauth/browser/v1/auth/provider/signup",
        "/_allauth/browser/v1/auth/provider/redirect",
        "/_allauth/browser/v1/auth/provider/token",
        "/_allauth/app/v1/auth/signup",
        "/_allauth/app/v1/auth/login",
    ],
)
def test_other_paths_into_an_account_do_not_exist(client, path):
    assert client.get(path).status_code == 404
    assert client.post(path, NEW, content_type="application/json").status_code == 404
    assert not User.objects.exists()


@pytest.fixture
def ask_for_password(django_capture_on_commit_callbacks):
    """Asks for a new password for an address; mails go out when the request's transaction is safe."""

    def ask(client: Client, email: str, **headers: str):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(reverse("account_reset_password"), {"email": email}, **headers)

    return ask


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/email/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/abc/",
        "/accounts/password/set/",
        "/accounts/login/code/confirm/",
        f"{HEADLESS}/account/email",
        f"{HEADLESS}/account/phone",
        f"{HEADLESS}/auth/email/verify",
        f"{HEADLESS}/auth/email/verify/resend",
        f"{HEADLESS}/auth/phone/verify",
        f"{HEADLESS}/auth/code/confirm",
    ],
)
def test_an_address_cannot_be_changed_or_added(client, outsider, path):
    client.force_login(outsider)
    assert client.get(path).status_code == 404
    assert client.post(path, {"email": "eve@example.org"}, content_type="application/json").status_code == 404
    assert not EmailAddress.objects.exists()


def test_no_social_names_are_routed():
    for name in ("socialaccount_signup", "socialaccount_connections"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_a_new_password_for_an_unknown_address_makes_no_account(client, ask_for_password):
    answer = ask_for_password(client, "eve@example.org")
    assert answer.status_code == 302
    assert not User.objects.exists()
    assert mail.outbox[0].to == ["eve@example.org"]
    assert "no account" in mail.outbox[0].body
    assert "http://testserver/" not in mail.outbox[0].body


def test_a_new_password_answers_alike_for_known_and_unknown(client, outsider):
    answers = [
        client.post(reverse("account_reset_password"), {"email": email})
        for email in (outsider.email, "nobody@example.org")
    ]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/accounts/password/reset/done/")}
    headless = [
        client.post(f"{HEADLESS}/auth/password/request", {"email": email}, content_type="application/json")
        for email in (outsider.email, "nobody@example.org")
    ]
    assert {answer.status_code for answer in headless} == {200}


@pytest.mark.django_db(transaction=True)  # the letter leaves during the request, as on the site
@pytest.mark.parametrize("known", [True, False])
def test_while_the_mail_server_is_away_it_is_said_alike_for_known_and_unknown(
    client, outsider, settings, monkeypatch, caplog, known
):
    """The letter's link is a secret that is kept nowhere else, so the letter cannot wait: the person asks again."""
    settings.EMAIL_BACKEND = AWAY
    monkeypatch.setattr(mailing, "PAUSES", ())
    email = outsider.email if known else "nobody@example.org"
    page = client.post(reverse("account_reset_password"), {"email": email})
    assert (page.status_code, page["Retry-After"]) == (503, "300")
    assert "Try again in some minutes." in page.content.decode()
    body = {"email": email}
    answer = client.post(f"{HEADLESS}/auth/password/request", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "mail_not_sent", "300")
    assert email not in page.content.decode() + answer.content.decode() + caplog.text


def test_sign_in_answers_alike_for_a_wrong_password_and_an_unknown_address(client, outsider):
    wrong = sign_in(client, outsider.email, "wrong-password").content.decode()
    unknown = sign_in(client, "nobody@example.org", "wrong-password").content.decode()
    message = "The email address and/or password you specified are not correct."
    assert message in wrong
    assert message in unknown


# --- Open ---------------------------------------------------------------------------------------------------------


def test_a_deep_link_survives_signing_in(client, artist):
    away = client.get("/settings/tokens/?a=1")
    assert away["Location"] == "/accounts/login/?next=%2Fsettings%2Ftokens%2F%3Fa%3D1"
    page = client.get(away["Location"]).content.decode()
    assert 'name="next" value="/settings/tokens/?a=1"' in page
    answer = sign_in(client, artist.email, next="/settings/tokens/?a=1")
    assert answer["Location"] == "/settings/tokens/?a=1"


def test_sign_in_leads_nowhere_else(client, artist):
    answer = sign_in(client, artist.email, next="https://evil.example/")
    assert answer["Location"] == reverse("home")


def test_the_addresss_case_does_not_matter(client, artist):
    assert sign_in(client, artist.email.upper()).status_code == 302


def test_the_session_ends_with_the_browser_unless_one_asks(client, artist):
    sign_in(client, artist.email)
    assert client.session.get_expire_at_browser_close()
    client.logout()
    sign_in(client, artist.email, remember="on")
    assert not client.session.get_expire_at_browser_close()
    assert client.session.get_expiry_age() > 13 * 86_400


def test_a_typed_address_stays_and_the_error_is_announced(client):
    text = sign_in(client, "nina@example.org", "wrong-password").content.decode()
    assert 'value="nina@example.org"' in text
    assert 'role="alert"' in text
    assert "wrong-password" not in text


def test_many_wrong_passwords_are_slowed_down(client, artist):
    answers = [sign_in(client, artist.email, f"wrong-{n}").content.decode() for n in range(12)]
    assert "Too many failed login attempts" in answers[-1]
    assert "Too many failed login attempts" in sign_in(client, artist.email).content.decode()


def test_a_made_up_forwarding_header_does_not_lift_the_limit(client, artist):
    url = reverse("account_reset_password")
    for n in range(25):
        answer = client.post(url, {"email": f"p{n}@example.org"}, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}")
    assert answer.status_code == 429
    # In the site's own style, like its other error pages.
    assert "Too many tries · Dailies" in answer.content.decode()


def test_an_inactive_person_does_not_get_in(client):
    user = UserFactory(is_active=False)
    sign_in(client, user.email)
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_replaced_by_the_mailed_link_once(client, artist, ask_for_password):
    other_browser = Client()
    other_browser.force_login(artist)
    ask_for_password(client, artist.email, HTTP_HOST="localhost")
    path = link_in_the_last_mail("/accounts/password/reset/key/")
    form = client.get(path, follow=True)
    assert "Choose a new password" in form.content.decode()
    address = form.redirect_chain[-1][0]
    weak = client.post(address, {"password1": "short", "password2": "short"})
    assert "too short" in weak.content.decode()
    done = client.post(address, {"password1": "another-long-one-9", "password2": "another-long-one-9"}, follow=True)
    assert "Your new password is set" in done.content.decode()
    assert sign_in(client, artist.email, "another-long-one-9").status_code == 302
    assert other_browser.get("/settings/tokens/").status_code == 302
    assert "no longer works" in Client().get(path, follow=True).content.decode()


def test_links_in_mails_lead_to_this_site_whatever_host_was_claimed(client, artist, ask_for_password):
    ask_for_password(client, artist.email, HTTP_HOST="localhost")
    assert "http://testserver/accounts/password/reset/key/" in mail.outbox[0].body
    assert "localhost/" not in mail.outbox[0].body


def test_changing_the_password_signs_every_browser_out(client, artist):
    sign_in(client, artist.email)
    other = Client()
    other.force_login(artist)
    fields = {"oldpassword": PASSWORD, "password1": "another-long-one-9", "password2": "another-long-one-9"}
    assert client.post(reverse("account_change_password"), fields).status_code == 302
    assert "_auth_user_id" not in client.session
    assert other.get("/settings/tokens/").status_code == 302


NEW_PASSWORD = "another-long-one-9"


def change_by_page(client: Client, artist: User) -> None:
    client.force_login(artist)
    fields = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post(reverse("account_change_password"), fields)


def change_by_program(client: Client, artist: User) -> None:
    client.force_login(artist)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    client.post(f"{HEADLESS}/account/password/change", body, content_type="application/json")


def reset_by_page(client: Client, artist: User) -> None:
    path = reset_link(client, artist)
    address = client.get(path, follow=True).redirect_chain[-1][0]
    client.post(address, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})


def reset_by_program(client: Client, artist: User) -> None:
    key = reset_link(client, artist).split("/key/")[1].strip("/")
    body = {"key": key, "password": NEW_PASSWORD}
    client.post(f"{HEADLESS}/auth/password/reset", body, content_type="application/json")


def reset_link(client: Client, artist: User) -> str:
    client.post(reverse("account_reset_password"), {"email": artist.email})
    return link_in_the_last_mail("/accounts/password/reset/key/")


@pytest.mark.django_db(transaction=True)  # letters leave during the request, as on the site
@pytest.mark.parametrize(
    ("change", "action"),
    [
        (change_by_page, "user.password_changed"),
        (change_by_program, "user.password_changed"),
        (reset_by_page, "user.password_reset"),
        (reset_by_program, "user.password_reset"),
    ],
)
def test_another_password_is_on_record_and_its_person_hears_of_it(client, artist, change, action):
    change(client, artist)
    artist.refresh_from_db()
    assert artist.check_password(NEW_PASSWORD)
    event = AuditEvent.objects.get(action__startswith="user.password")
    assert (event.action, event.actor_id, event.target_id, event.data) == (action, str(artist.pk), str(artist.pk), {})
    told = Notification.objects.get(recipient=artist)
    assert (told.kind, told.path) == ("account.password", "/accounts/password/reset/")
    for kept in (artist.password, NEW_PASSWORD, "/key/"):
        assert kept not in told.subject + told.body + told.path


def test_signing_out_asks_first_and_is_not_done_by_a_link(client, artist):
    client.force_login(artist)
    assert "Sign out?" in client.get(reverse("account_logout")).content.decode()
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_headless_sign_in_gives_a_session_for_the_api(client, artist):
    body = {"email": artist.email, "password": PASSWORD}
    assert client.post(f"{HEADLESS}/auth/login", body, content_type="application/json").status_code == 200
    assert client.get("/api/v1/me/").json()["email"] == artist.email


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_inactive",
    ],
)
def test_every_page_is_in_the_sites_own_frame(client, name):
    text = client.get(reverse(name)).content.decode()
    assert "web/css/tokens.css" in text
    assert "<h1>" in text
