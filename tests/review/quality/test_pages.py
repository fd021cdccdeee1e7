"""The pages of figures and practice, played by a lead and two reviewers."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from common.errors import Invalid
from review import services
from review.models import CalibrationAnswer, Decision, GoldenItem, ReviewCase, ReviewerPreferences
from review.selectors.dashboard import dashboard
from review.selectors.practice import round_view
from review.selectors.quality import quality, quality_of, ratings
from review.services.opening import open_case
from review.states import CaseKind
from tests.factories import AdminFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video, share
from tests.review.appeals import appealed, settled
from tests.review.desk import decide

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy():
    return PolicyVersionFactory()


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def decided(reviewer, outcome: str = "approve"):
    video = make_finished_video()
    case = services.submit(actor=video.owner, video=video, note="")
    _claim, token = services.claim(actor=reviewer, case=case)
    decide(reviewer, case, token, outcome=outcome)
    return Decision.objects.get(case=case)


def test_the_dashboard_counts_what_happened(reviewer, lead, django_assert_max_num_queries):
    decided(reviewer)
    decided(reviewer, "reject")
    waiting = make_finished_video()
    case = services.submit(actor=waiting.owner, video=waiting, note="")
    type(case).objects.filter(pk=case.pk).update(opened_at=timezone.now() - timedelta(hours=30))
    with django_assert_max_num_queries(14):
        board = dashboard()
    assert (board.days[-1].opened, board.days[-1].decided) == (2, 2)
    assert sum(day.opened for day in board.days) == 3
    assert [age.waiting for age in board.backlog] == [0, 1, 0, 0, 0]
    assert [(reason.label, reason.given) for reason in board.reasons] == [(board.reasons[0].label, 1)]
    assert [(load.reviewer, load.decided, load.holds) for load in board.load] == [("Rosa Reviewer", 2, 0)]
    assert (board.deadlines.met, board.deadlines.missed) == (2, 0)


def test_quality_of_all_of_one_and_the_others(reviewer, colleague):
    decided(reviewer)
    decided(reviewer, "reject")
    decided(colleague)
    known = quality()
    assert (known.all.decided, known.all.adverse) == (3, 1)
    assert {group.name: group.decided for group in known.by_reviewer} == {"Rosa Reviewer": 2, "Cem Colleague": 1}
    own = quality_of(reviewer)
    assert (own.mine.decided, own.everybody.decided) == (2, 3)
    assert own.mine.overturned_percent is None


def test_the_lead_s_page_and_its_csv(reviewer, lead):
    lead.name = "=cmd()"
    lead.save()
    decided(lead, "reject")
    client = signed_in(lead)
    page = client.get("/desk/figures/")
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    answer = client.get("/desk/figures/export/")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == ["part", "of", "figure", "value"]
    assert ["all", "", "decided", "1"] in rows
    assert ["reviewer", "'=cmd()", "decided", "1"] in rows, "a name must not become a formula"


@pytest.fixture
def of_all_sorts(lead, reviewer, colleague) -> None:
    """Two policies, two languages, an overturned appeal, a late decision, and a round of five works."""
    rights = services.Reason("rights", "Rights", "Explained.", "STATEMENT_CATEGORY_OTHER_VIOLATION_TC")
    services.publish_policy(actor=AdminFactory(), slug="festival", title="Festival", body="Words.", reasons=[rights])
    for language, reason, hours, late in (("fr", "violence", 4, False), ("de", "rights", 10, True)):
        video = make_finished_video()
        case = services.submit(actor=video.owner, video=video, note="")
        times = {"opened_at": timezone.now() - timedelta(hours=hours)}
        times |= {"due_at": timezone.now() - timedelta(hours=1)} if late else {}
        ReviewCase.objects.filter(pk=case.pk).update(language=language, **times)
        _claim, token = services.claim(actor=reviewer, case=case)
        refusal = decide(reviewer, case, token, "reject", reason_code=reason)
    settled(appealed(refusal), "approve", by=lead)
    works = [make_finished_video(owner=lead) for _number in range(5)]
    opened = services.open_round(actor=lead, title="Five", videos=works)
    for number, item in enumerate(opened.items.order_by("position")):
        services.answer_item(actor=reviewer, item=item, outcome="approve")
        outcome = {"outcome": "reject", "reason_code": "violence"} if number == 0 else {"outcome": "approve"}
        services.answer_item(actor=colleague, item=item, **outcome)


@pytest.mark.usefixtures("of_all_sorts")
def test_each_policy_and_language_has_figures_of_its_own_on_the_page_and_in_the_csv(lead, reviewer, colleague):
    answer = signed_in(lead).get("/desk/figures/export/")
    rows = [tuple(row) for row in csv.reader(io.StringIO(b"".join(answer.streaming_content).decode()))]
    # Of ten ratings nine approve and one does not: 1 - 9 * 2 / (100 - 81 - 1) = 0. The appeal itself was in time.
    # One of the two always approves: what both say alike is what chance gives.
    kappa = {"Cohen's kappa, mean of each two": "0.000"}
    expected = {
        ("policy", "Sharing"): {"decided": "1", "overturned": "0", "Krippendorff's alpha": "0.000", **kappa},
        ("policy", "Festival"): {
            "decided": "1",
            "overturned": "1",
            "Krippendorff's alpha": "",
            **dict.fromkeys(kappa, ""),
        },
        ("language", "fr"): {"decided": "1", "appeals decided": "0", "median hours": "4.000"},
        ("language", "de"): {"decided": "1", "appeals decided": "1", "median hours": "10.000"},
        ("language", ""): {"decided": "0", "works in common": "5", "Krippendorff's alpha": "0.000", **kappa},
        ("policy agreement", "Sharing: {two}"): {"Cohen's kappa": "0.000"},
        ("language agreement", ": {two}"): {"Cohen's kappa": "0.000"},
        ("deadlines", "90 days"): {"met": "2", "missed": "1"},
    }
    both = " / ".join(str(person) for person in sorted((reviewer, colleague), key=lambda person: str(person.pk)))
    for (part, words), figures in expected.items():
        name = words.format(two=both)
        found = {figure: value for row_part, of, figure, value in rows if (row_part, of) == (part, name)}
        assert figures.items() <= found.items(), (part, name, found)
    page = " ".join(signed_in(lead).get("/desk/figures/").content.decode().split())
    festival = page.partition("<bdi>Festival</bdi></th>")[2].partition("</tr>")[0]
    assert ">100 % <" in festival
    assert ">10.0 h<" in festival
    sharing = page.partition('id="by-policy"')[2].partition("<bdi>Sharing</bdi></th>")[2].partition("</tr>")[0]
    assert "0.00 <span" in sharing
    assert "5 works" in sharing
    assert '0.00 <span class="of">1 pair' in sharing
    assert ["none shared" in festival, "too few" in festival] == [True, True]
    pairs = page.partition('id="pairs-title"')[2].partition("</section>")[0]
    assert pairs.count("<bdi>Cem Colleague</bdi>") == 3, "in all, in the policy and in the language"
    kept = page.partition('id="kept-title"')[2].partition("</section>")[0]
    assert '<th scope="row">met</th><td class="figures">2</td>' in kept
    assert '<th scope="row">missed</th><td class="figures">1</td>' in kept
    assert kept.count("<svg") == 2


def test_each_reviewer_sees_how_far_they_agree_with_known_answers_and_with_second_persons(
    lead, reviewer, colleague, django_assert_num_queries
):
    """Both are blind: the lead who settles what two could not agree about is no second person."""

    def page_of(person) -> str:
        return " ".join(signed_in(person).get("/desk/figures/mine/").content.decode().split())

    def assessed(outcomes: dict, video, **fields) -> None:
        case = open_case(kind=CaseKind.SUBMISSION, video=video, opened_by=video.owner)
        ReviewCase.objects.filter(pk=case.pk).update(**fields)
        for person, outcome in outcomes.items():
            decide(person, case, services.claim(actor=person, case=case)[1], outcome)

    video = make_finished_video()
    for _number in range(4):
        assessed({reviewer: "reject", colleague: "reject"}, video, approvals_needed=2)
    assert "4 works were assessed by you and somebody else" in page_of(reviewer)
    assert "Fewer than five are too few" in page_of(reviewer)
    assessed({reviewer: "request_changes", colleague: "reject", lead: "reject"}, video, approvals_needed=2)
    item = services.add_golden(actor=lead, video=make_finished_video(owner=ReviewerFactory()), expected="approve")
    for outcome in ("approve", "approve", "approve", "reject", "reject"):
        assessed({reviewer: outcome}, item.video, golden=item)
    with django_assert_num_queries(3):
        own = quality_of(reviewer)
    assert (own.seconds.works, own.seconds.same, own.seconds.kappa) == (5, 4, 0)
    assert (own.golden.works, own.golden.same, own.golden.kappa) == (5, 3, 0)
    assert quality_of(lead).seconds.works == 0
    assert {one.reviewer for one in ratings(timezone.now() - timedelta(days=1))} == {reviewer.pk, colleague.pk}
    page = page_of(reviewer)
    assert "You met 5 without knowing it, and answered 3 as expected." in page
    assert page.count('(Cohen’s κ): <span class="figures">0.00</span> · no agreement beyond chance') == 2
    assert "Nobody else has assessed a work of yours yet." in page_of(lead)
    assert "You have met none yet." in page_of(colleague)


def test_pages_without_anything_in_them(lead, reviewer):
    for address in ("/desk/figures/", "/desk/golden/", "/desk/calibration/"):
        assert signed_in(lead).get(address).status_code == 200
    assert signed_in(reviewer).get("/desk/figures/mine/").status_code == 200


def test_figures_of_everybody_are_the_leads_alone(reviewer):
    for address in ("/desk/figures/", "/desk/figures/export/", "/desk/golden/"):
        assert signed_in(reviewer).get(address).status_code == 404


def test_a_lead_adds_and_retires_a_golden_item_by_page(lead, own_work):
    """To choose from, works are shown by the posters that a lead may see anyway, and by none that are private."""
    client = signed_in(lead)
    public, mine = make_finished_video(), make_finished_video(owner=lead)
    token = share(public).token
    for address, name in (("/desk/golden/", "video"), ("/desk/calibration/", "videos")):
        field = client.get(address).context["form"][name]
        pictures = {str(choice.data["value"]): re.findall(r'src="([^"]+)"', choice.choice_label) for choice in field}
        of_mine = f"/videos/{mine.pk}/media/poster"
        assert pictures == {
            str(public.pk): [f"/s/{token}/media/poster"],
            str(mine.pk): [of_mine],
            str(own_work.pk): [],
        }
        assert {client.get(picture[0]).status_code for picture in pictures.values() if picture} == {200}
        assert "the work is private" in str(field.help_text)
    assert client.get(f"/videos/{own_work.pk}/media/poster").status_code == 404
    bad = client.post("/desk/golden/", {"video": own_work.pk, "expected": "reject", "expected_reason": "", "note": "x"})
    assert bad.status_code == 400
    assert "x</textarea>" in bad.content.decode(), "what was typed is kept"
    good = client.post("/desk/golden/", {"video": own_work.pk, "expected": "reject", "expected_reason": "violence"})
    assert good.status_code == 302
    item = GoldenItem.objects.get()
    client.post(f"/desk/golden/{item.pk}/retire/")
    item.refresh_from_db()
    assert item.retired_at
    assert "retired" in client.get("/desk/golden/").content.decode()


def test_a_round_from_opening_to_comparing(lead, reviewer, colleague, own_work):
    public = make_finished_video()
    share(public)
    client = signed_in(lead)
    opened = client.post("/desk/calibration/", {"title": "November", "videos": [own_work.pk, public.pk]})
    address = opened["Location"]
    assert opened.status_code == 302
    for person, outcome, reason in ((reviewer, "approve", ""), (colleague, "reject", "violence")):
        theirs = signed_in(person)
        first = theirs.get(f"{address}1/")
        assert "share_copy" in first.content.decode()
        for position in (1, 2):
            answer = {"outcome": outcome, "reason_code": reason, "note": f"{person} says so."}
            assert theirs.post(f"{address}{position}/", answer).status_code == 302
        page = theirs.get(address).content.decode()
        assert "Rosa Reviewer says so" not in page or person == reviewer
        assert ("Cem Colleague" in page) == (person == colleague and "Cem Colleague" in page)
    assert CalibrationAnswer.objects.count() == 4
    before = round_view(CalibrationAnswer.objects.first().item.round, lead)
    assert before.team == 2
    assert not any(work.answers for work in before.works)
    client.post(f"{address}close/")
    page = signed_in(reviewer).get(address).content.decode()
    assert "Cem Colleague says so" in page
    assert quality().agreement.units == 2
    assert signed_in(ReviewerFactory()).get(f"{address}1/").status_code == 302, "a closed round takes no answers"


def test_a_round_holds_ten_works_and_no_more(lead, own_work):
    works = [own_work, *(make_finished_video(owner=own_work.owner) for _number in range(10))]
    with pytest.raises(Invalid) as refusal:
        services.open_round(actor=lead, title="Eleven", videos=works)
    assert [(error.field, error.allowed) for error in refusal.value.fields] == [("videos", "1 to 10 works")]
    opened = services.open_round(actor=lead, title="Ten", videos=works[:10])
    assert list(opened.items.order_by("position").values_list("position", flat=True)) == list(range(1, 11))


def test_in_practice_too_a_reviewer_meets_works_as_they_wish(lead, reviewer, own_work):
    opened = services.open_round(actor=lead, title="One", videos=[own_work])
    theirs, addresses = signed_in(reviewer), (f"/desk/calibration/{opened.pk}/", f"/desk/calibration/{opened.pk}/1/")
    ReviewerPreferences.objects.create(reviewer=reviewer, blurred=True, greyscale=True, small=False)
    for address in addresses:
        page = theirs.get(address).content.decode()
        assert 'data-look="blurred greyscale"' in page
        assert "Show it as it is" in page
    ReviewerPreferences.objects.filter(reviewer=reviewer).update(blurred=False, greyscale=False)
    assert not [address for address in addresses if "Show it as it is" in theirs.get(address).content.decode()]


def test_media_of_a_round_are_for_reviewers_and_only_while_usable(lead, reviewer, own_work):
    services.open_round(actor=lead, title="One", videos=[own_work])
    address = f"/videos/{own_work.pk}/media/"
    assert signed_in(reviewer).get(f"{address}share_copy").status_code == 200
    assert signed_in(reviewer).get(f"{address}original").status_code == 404
    assert Client().get(f"{address}share_copy").status_code == 404
    type(own_work.owner).objects.filter(pk=own_work.owner_id).update(staff_role="none")
    assert signed_in(reviewer).get(f"{address}share_copy").status_code == 404


def test_what_a_round_refuses(lead, reviewer):
    private = make_finished_video()
    client = signed_in(lead)
    refused = client.post("/desk/calibration/", {"title": "", "videos": [private.pk]})
    assert refused.status_code == 400
    assert signed_in(reviewer).post("/desk/calibration/", {"title": "x"}).status_code == 404
