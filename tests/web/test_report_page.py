"""The public's form about a shared work, and the page of its outcome."""

from __future__ import annotations

import pytest
from django.test import Client

import review.services
from review.models import Report, ReviewCase
from review.selectors import shown_renditions
from review.throttles import ReportsPerAddress
from tests.media import share
from videos.services import revoke_share

pytestmark = pytest.mark.django_db
WORDS = {"category": "real_person", "body": "At 0:01 the face of my sister is seen.", "at": "0:01,5", "email": ""}


@pytest.fixture
def grant(cast, take_of):
    return share(take_of(1, title="Tin roof", prompt="a secret prompt").video)


def send(cast, grant, **changes):
    return cast.as_().post(f"/s/{grant.token}/report/", WORDS | changes)


def decided(cast, outcome: str):
    case = ReviewCase.objects.get()
    _claim, token = review.services.claim(actor=cast.reviewer, case=case)
    case.refresh_from_db()
    words = {"reason_code": "violence", "artist_message": "Dear artist, a blow."} if outcome == "reject" else {}
    review.services.decide(
        actor=cast.reviewer,
        case=case,
        claim_token=token,
        case_version=case.version,
        outcome=outcome,
        shown={one.kind: one.sha256 for one in shown_renditions(case.video)},
        **words,
    )


def test_the_share_page_leads_to_the_form_and_stays_the_same_for_all(cast, grant):
    page = cast.as_().get(f"/s/{grant.token}/").content.decode()
    assert f'href="/s/{grant.token}/report/"' in page
    assert "<form" not in page


def test_the_form_tells_only_what_the_share_page_tells(cast, grant):
    page = cast.as_().get(f"/s/{grant.token}/report/").content.decode()
    for words in ("Tin roof", "Mira Okonkwo", 'name="category"', 'name="body"', 'name="at"', 'name="email"'):
        assert words in page
    for secret in ("a secret prompt", cast.artist.email, str(grant.video_id), "/studio/"):
        assert secret not in page


def test_a_report_leads_to_an_address_that_nobody_guesses(cast, grant):
    response = send(cast, grant)
    assert response.status_code == 303
    report = Report.objects.get()
    assert (report.category, report.at_ms, report.email) == ("real_person", 1500, "")
    assert report.token_sha256 not in response["Location"]
    page = cast.as_().get(response["Location"]).content.decode()
    assert "Your report has arrived" in page
    assert response["Location"] in page


@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_the_outcome_names_nobody_and_no_work(cast, grant, outcome):
    address = send(cast, grant)["Location"]
    decided(cast, outcome)
    answer = cast.as_().get(address)
    page = answer.content.decode()
    sentence = {"approve": "It stays where it is.", "reject": "the work has been taken down."}[outcome]
    assert sentence in page
    for secret in (str(cast.reviewer), cast.artist.name, "Mira Okonkwo", "Tin roof", "Dear artist", "my sister"):
        assert secret not in page
    assert "no-store" in answer["Cache-Control"]
    assert 'content="noindex"' in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("category", "", "Choose what it is about."),
        ("body", "short", "in a sentence or two"),
        ("at", "soon", "This is no time."),
        ("at", "9:59", "not that long"),
        ("email", "nobody", "not an e-mail address"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_everything_is_kept(cast, grant, field, value, sentence):
    response = send(cast, grant, **({"email": "me@example.org"} | {field: value}))
    page = response.content.decode()
    assert response.status_code == 400
    assert sentence in page
    if field != "email":
        assert "me@example.org" in page
    if field != "body":
        assert "the face of my sister" in page
    assert not Report.objects.exists()


def test_too_many_from_one_address_are_asked_to_wait_and_what_was_typed_is_kept(cast, grant, monkeypatch):
    monkeypatch.setattr(ReportsPerAddress, "rate", "2/hour", raising=False)
    assert [send(cast, grant).status_code for _ in range(2)] == [303, 303]
    response = send(cast, grant)
    page = response.content.decode()
    assert response.status_code == 429
    assert "Many reports have come from where you are." in page
    assert "the face of my sister" in page
    assert int(response["Retry-After"]) > 0
    assert Report.objects.count() == 2


def test_ended_and_unknown_shares_are_the_same_404_for_reading_and_writing(cast, grant):
    revoke_share(actor=cast.artist, grant=grant)
    client = cast.as_()
    addresses = [f"/s/{token}/report/" for token in (grant.token, "A" * 22, "short", "%00")]
    answers = [client.get(one) for one in addresses] + [client.post(one, WORDS) for one in addresses]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert not Report.objects.exists()


def test_an_unknown_outcome_is_a_404(cast):
    assert cast.as_().get("/reports/" + "A" * 43 + "/").status_code == 404


def test_another_site_cannot_send_it(cast, grant):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/s/{grant.token}/report/", WORDS).status_code == 403
    assert not Report.objects.exists()


def test_the_reviewer_reads_the_reports_beside_the_case_and_the_artist_nowhere(cast, grant):
    send(cast, grant, email="sister@example.org")
    case = ReviewCase.objects.get()
    client = cast.as_(cast.reviewer)
    client.post(f"/desk/cases/{case.pk}/claim/")
    page = client.get(f"/desk/cases/{case.pk}/").content.decode()
    assert "the face of my sister" in page
    assert "A real person appears without consent" in page
    assert "sister@example.org" not in page
    own = cast.as_(cast.artist).get(f"/videos/{grant.video_id}/").content.decode()
    assert "the face of my sister" not in own
    assert "sister@example.org" not in own
