"""From a submission to what the reviewer sees, and everything that a signal changes on the way."""

from __future__ import annotations

import logging

import pytest
from django.core.cache import cache
from django.urls import reverse

from audit.models import AuditEvent
from common.actors import System
from generation.models import Generation
from generation.prompts import prompt as prompt_of_generation
from review import services
from review.models import (
    Assessment,
    CaseTopic,
    Claim,
    Decision,
    Exposure,
    FrameHash,
    GoldenItem,
    ReviewCase,
    ReviewQueue,
    ReviewRules,
    Signal,
)
from review.selectors import case_view, pointers, review_rules
from review.selectors import signals as selectors
from review.services import signals
from review.services.opening import open_case
from review.signals.hashing import FramePrint
from review.signals.looking import PRINTS, Result
from review.signals.reading import Fault
from review.states import CaseKind, CaseState, SignalKind, SignalState
from tests.factories import GenerationFactory, ParticipantFactory, ReviewerFactory
from tests.media import approve, make_finished_video
from tests.review.desk import bearer, decide
from tests.review.signals.conftest import PROMPT, fails, fires, look, of
from videos import storage
from videos.models import Video
from videos.states import Enforcement

pytestmark = pytest.mark.django_db
ROBOT = System("signals")
DIGESTS = [f"{number:064x}" for number in (0, (1 << 128) - 1, ((1 << 128) - 1) << 128)]


def seen(*digests: str, quality: int = 90) -> Result:
    """The frames of a film, as their hashes; the mirrored ones are like nothing."""
    prints = [FramePrint(at, at, digest, "5a" * 32, quality) for at, digest in enumerate(digests)]
    return Result(PRINTS, prints=prints)


def submitted(title: str = "Another film", **kwargs) -> ReviewCase:
    video = make_finished_video(title=title, **kwargs)
    return services.submit(actor=video.owner, video=video)


# --- A submission --------------------------------------------------------------------------------------------------
def test_a_submission_says_what_will_be_looked_at(case):
    assert {kind: signal.state for kind, signal in of(case).items()} == dict.fromkeys(
        SignalKind.values, SignalState.PENDING
    )
    assert all(pointer.is_missing for pointer in pointers.pointers_of(case.video))


def test_after_a_look_each_kind_has_its_reading_with_model_version_and_places(case, detectors):
    fires(detectors, "nudity", 0.8, at_ms=250, frame=2, box=[0.1, 0.1, 0.5, 0.5], label="")
    detectors[PRINTS] = seen(DIGESTS[0])
    assert look(case)
    found = of(case)
    assert {signal.state for signal in found.values()} == {SignalState.DONE}
    nudity = found["nudity"]
    assert (nudity.fired, nudity.score, nudity.detector, nudity.detector_version) == (True, 0.8, "drawn", "1")
    assert nudity.hits[0]["at_ms"] == 250
    assert nudity.finished_at is not None
    assert not any(signal.fired for kind, signal in found.items() if kind != "nudity")
    assert FrameHash.objects.get().pdq == DIGESTS[0]


def test_a_second_look_at_the_same_changes_nothing(case, detectors, monkeypatch):
    assert look(case)
    before = list(Signal.objects.order_by("pk").values())
    monkeypatch.setattr(signals.process, "look", None)  # nobody is asked again
    assert not look(case)
    assert list(Signal.objects.order_by("pk").values()) == before
    assert AuditEvent.objects.filter(action="review.signals_done").count() == 1


def test_of_two_looks_at_once_one_is_written_down(case, detectors, monkeypatch):
    """The other one finished while this one looked."""
    first = signals.process.look

    def slower(material, **kwargs):
        monkeypatch.setattr(signals.process, "look", first)
        assert look(case)
        return first(material, **kwargs)

    monkeypatch.setattr(signals.process, "look", slower)
    assert not look(case)
    assert AuditEvent.objects.filter(action="review.signals_done").count() == 1


def test_the_log_says_once_a_case_that_signals_were_written_down(case, detectors):
    fires(detectors, "text")
    fails(detectors, "faces")
    look(case)
    event = AuditEvent.objects.get(action="review.signals_done")
    assert (event.actor_kind, event.actor_id, event.target_id) == ("system", "signals", str(case.pk))
    assert event.data["fired"] == ["text"]
    assert event.data["missing"] == ["faces"]
    assert event.from_state == event.to_state == ""


# --- Failures ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", list(Fault))
def test_a_missing_signal_says_why_and_the_case_can_be_claimed(case, detectors, reviewer, fault):
    fails(detectors, "nudity", "text", fault=fault)
    look(case)
    nudity = of(case)["nudity"]
    assert (nudity.state, nudity.fired, nudity.score) == (SignalState.FAILED, False, None)
    assert nudity.fault.endswith(".")
    services.claim(actor=reviewer, case=case)
    missing = {pointer.kind: pointer.signal.fault for pointer in pointers.pointers_of(case.video) if pointer.is_missing}
    assert missing["nudity"] == nudity.fault


def test_a_case_that_nothing_has_looked_at_is_claimed_and_decided(case, reviewer):
    _claim, token = services.claim(actor=reviewer, case=case)
    assert decide(reviewer, case, token).outcome == "approve"


def test_a_share_copy_that_cannot_be_read_costs_its_signals_and_nothing_else(case, monkeypatch, caplog):
    """The detectors are real here: those of the prompt still say something."""
    storage.delete(selectors.shown_copy(case.video).storage_key)
    with caplog.at_level(logging.INFO):
        assert look(case)
    found = of(case)
    assert {kind for kind, signal in found.items() if signal.state == SignalState.FAILED} == {
        *("nudity", "faces", "text", "near_duplicate")
    }
    assert found["nudity"].fault == "The file could not be read."
    assert PROMPT not in caplog.text


def test_a_provider_of_prompts_that_fails_costs_only_what_needs_the_prompt(case, detectors, monkeypatch, settings):
    settings.REVIEW_PROMPTS = "tests.review.signals.test_services.broken_provider"
    look(case)
    assert of(case)["same_prompt"].fault == "This work has no prompt."
    assert of(case)["nudity"].state == SignalState.DONE


def broken_provider(video: Video) -> None:
    raise RuntimeError(PROMPT)


def test_the_prompt_is_in_no_signal_no_event_and_no_log(case, detectors, caplog):
    fires(detectors, "profanity", label="prompt")
    fails(detectors, "text")
    submitted(title=case.video.title)
    with caplog.at_level(logging.DEBUG):
        look(case)
    rows = [*Signal.objects.values(), *AuditEvent.objects.values()]
    assert of(case)["same_prompt"].fired
    assert PROMPT not in f"{rows} {caplog.text}"


# --- What a signal changes -----------------------------------------------------------------------------------------
def topics_of(case: ReviewCase) -> list[str]:
    return sorted(CaseTopic.objects.filter(case=case).values_list("topic", flat=True))


def test_what_fired_becomes_the_cases_topics(case, detectors):
    for kind in ("nudity", "text", "faces", "profanity"):
        fires(detectors, kind)
    fires(detectors, "prompt_topics", label="violence-graphic")
    look(case)
    assert topics_of(case) == ["nudity", "profanity", "real_people", "text", "violence"]


def test_a_reason_that_is_no_topic_only_points(case, detectors):
    fires(detectors, "prompt_topics", label="technical-quality")
    look(case)
    assert (of(case)["prompt_topics"].fired, topics_of(case)) == (True, [])


def two_for(*kinds: str) -> None:
    ReviewRules.objects.update_or_create(pk=1, defaults={"two_person_signals": list(kinds)})
    assert review_rules().two_person_signals == list(kinds)


@pytest.mark.parametrize(("fired", "needed"), [("nudity", 2), ("text", 1)])
def test_a_signal_asks_for_a_second_person_where_the_rules_say_so(case, detectors, fired, needed):
    two_for("nudity", "near_duplicate")
    fires(detectors, fired)
    look(case)
    case.refresh_from_db()
    assert case.approvals_needed == needed


def test_a_claimed_case_needs_two_from_then_on_and_nothing_else_of_it_changes(held, case, detectors):
    two_for("nudity", "faces")
    fires(detectors, "nudity")
    fires(detectors, "faces")
    before = ReviewCase.objects.values().get(pk=case.pk)
    look(case)
    assert ReviewCase.objects.values().get(pk=case.pk) == before | {"approvals_needed": 2}
    assert topics_of(case) == ["nudity", "real_people"]
    assert Claim.objects.get(case=case).ended_at is None
    event = AuditEvent.objects.get(action="review.second_person_needed")
    assert (event.target_id, event.data) == (str(case.pk), {"why": "faces, nudity"})


def test_what_the_reviewer_had_open_already_becomes_the_first_of_two_opinions(held, case, detectors, colleague):
    """The version, the token and the words of the page that was open when the signal came."""
    two_for("nudity")
    version = ReviewCase.objects.get(pk=case.pk).version
    fires(detectors, "nudity")
    look(case)
    first = decide(held[0].reviewer, case, held[1], case_version=version)
    case.refresh_from_db()
    assert (type(first), case.state) == (Assessment, CaseState.AWAITING_SECOND)
    assert not case.video.approvals.exists()
    decision = decide(colleague, case, services.claim(actor=colleague, case=case)[1])
    assert (type(decision), decision.reviewer) == (Decision, colleague)


@pytest.mark.parametrize("made", ["golden", "report"])
def test_signals_ask_for_nobody_about_a_golden_item_or_a_report(held, case, detectors, made):
    two_for("nudity")
    if made == "golden":
        item = GoldenItem.objects.create(video=case.video, expected="reject", added_by=held[0].reviewer)
        ReviewCase.objects.filter(pk=case.pk).update(golden=item)
    else:
        ReviewCase.objects.filter(pk=case.pk).update(kind=CaseKind.REPORT)
    fires(detectors, "nudity")
    look(case)
    case.refresh_from_db()
    assert case.approvals_needed == 1


# --- Too late ------------------------------------------------------------------------------------------------------
def late_events() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="review.signals_late"))


@pytest.fixture
def decided(held, case, detectors) -> ReviewCase:
    """Decided before any detector had looked; then one fires that would have asked for two."""
    two_for("nudity")
    decide(held[0].reviewer, case, held[1])
    fires(detectors, "nudity")
    fires(detectors, "text")
    return ReviewCase.objects.get(pk=case.pk)


def test_a_case_that_was_decided_before_its_signals_stays_decided_and_says_so(decided):
    before = ReviewCase.objects.values().get(pk=decided.pk)
    assert services.look_at_waiting(actor=ROBOT) == 1
    assert ReviewCase.objects.values().get(pk=decided.pk) == before
    assert decided.video.approvals.filter(voided_at=None).exists()
    (event,) = late_events()
    assert (event.target_id, event.data["fired"]) == (str(decided.pk), ["nudity", "text"])
    assert event.data["asked_for_two"] == ["nudity"]
    assert not AuditEvent.objects.filter(action__in=("review.signals_done", "review.second_person_needed")).exists()
    assert services.look_at_waiting(actor=ROBOT) == 0


def test_whoever_reviews_the_work_next_reads_what_came_too_late_for_the_earlier_decision(decided, colleague, client):
    services.look_at_waiting(actor=ROBOT)
    report = open_case(kind=CaseKind.REPORT, video=decided.video, opened_by=None)
    _claim, token = services.claim(actor=colleague, case=report)
    (earlier,) = case_view(report, colleague).earlier
    assert earlier.noticed_late == ["nudity", "text"]
    client.force_login(colleague)
    client.cookies["dailies_claim"] = token
    page = client.get(reverse("desk-case", args=[report.pk])).content.decode()
    assert "Noticed when this was decided already: Nudity, Text in frames." in " ".join(page.split())
    answer = client.get(f"/api/v1/review/cases/{report.pk}/", headers=bearer(colleague, "review")).json()
    assert answer["earlier"][0]["noticed_late"] == ["nudity", "text"]


def test_signals_that_came_in_time_are_never_called_late(case, detectors, reviewer):
    look(case)
    decide(reviewer, case, services.claim(actor=reviewer, case=case)[1])
    services.look_at_waiting(actor=ROBOT)
    assert late_events() == []


def test_a_work_that_waits_is_looked_at_before_one_that_is_decided(decided, detectors, monkeypatch):
    ReviewCase.objects.filter(pk=decided.pk).update(due_at=decided.opened_at)
    waits = submitted()
    assert selectors.first_waiting().video_id == waits.video_id
    look(waits)
    assert selectors.first_waiting().video_id == decided.video_id


def test_what_is_like_a_work_that_was_refused_before_any_look_is_found_all_the_same(case, detectors, reviewer):
    refuse(case)
    detectors[PRINTS] = seen(*DIGESTS)
    services.look_at_waiting(actor=ROBOT)
    assert near_duplicate_of(submitted(), detectors).fired


def test_what_was_found_in_a_file_before_asks_for_two_from_the_start(decided, artist):
    services.look_at_waiting(actor=ROBOT)
    Video.objects.filter(pk=decided.video_id).update(enforcement=Enforcement.PRIVATE)
    again = services.submit(actor=artist, video=Video.objects.get(pk=decided.video_id))
    assert again.approvals_needed == 2
    report = open_case(kind=CaseKind.REPORT, video=decided.video, opened_by=None)
    assert report.approvals_needed == 1


def test_a_reviewer_who_watches_meanwhile_has_seen_what_was_noticed(held, case, detectors):
    fires(detectors, "nudity")
    look(case)
    assert [exposure.topic for exposure in Exposure.objects.filter(claim=held[0])] == ["nudity"]


def test_a_fired_signal_sends_the_case_to_the_queue_of_its_topic(case, detectors):
    queue = ReviewQueue.objects.create(slug="bodies", name="Bodies", rules=[{"topic": ["nudity"]}])
    fires(detectors, "nudity")
    look(case)
    case.refresh_from_db()
    assert case.queue == queue


def test_a_decision_after_a_fired_signal_says_that_automation_took_part(case, detectors, reviewer):
    fires(detectors, "text")
    look(case)
    _claim, token = services.claim(actor=reviewer, case=case)
    assert decide(reviewer, case, token).automated_detection


# --- Like a refused work -------------------------------------------------------------------------------------------
def refuse(case: ReviewCase, outcome: str = "reject") -> None:
    reviewer = ReviewerFactory()
    _claim, token = services.claim(actor=reviewer, case=case)
    decide(reviewer, case, token, outcome)


def hashed(case: ReviewCase, detectors, *digests: str, quality: int = 90) -> ReviewCase:
    detectors[PRINTS] = seen(*digests, quality=quality)
    look(case)
    return case


def near_duplicate_of(case: ReviewCase, detectors, digest: str = DIGESTS[0]) -> Signal:
    return of(hashed(case, detectors, digest))["near_duplicate"]


def test_a_work_like_a_rejected_one_points_at_it(case, detectors):
    refuse(hashed(case, detectors, *DIGESTS))
    signal = near_duplicate_of(submitted(), detectors, f"{7:064x}")
    assert signal.fired
    (hit,) = signal.hits
    assert (hit["video"], hit["video_at_ms"], hit["at_ms"]) == (str(case.video_id), 0, 0)
    assert 0.9 < signal.score < 1


@pytest.mark.parametrize("state", ["waiting", "approved", "withdrawn"])
def test_a_work_like_one_that_was_not_refused_points_nowhere(case, detectors, reviewer, state):
    hashed(case, detectors, DIGESTS[0])
    if state == "approved":
        refuse(case, "approve")
    elif state == "withdrawn":
        services.withdraw(actor=case.video.owner, case=case)
    assert not near_duplicate_of(submitted(), detectors).fired


def test_a_work_that_was_taken_down_counts_as_refused(case, detectors):
    hashed(case, detectors, DIGESTS[0])
    Video.objects.filter(pk=case.video_id).update(enforcement=Enforcement.TAKEN_DOWN)
    assert near_duplicate_of(submitted(), detectors).fired


def test_a_work_that_was_approved_since_is_not_refused(case, detectors):
    refuse(hashed(case, detectors, DIGESTS[0]))
    approve(case.video)
    assert near_duplicate_of(submitted(), detectors).fired is False


def test_a_work_is_not_like_itself(case, detectors):
    refuse(hashed(case, detectors, DIGESTS[0]))
    again = services.submit(actor=case.video.owner, video=Video.objects.get(pk=case.video_id))
    assert not near_duplicate_of(again, detectors).fired


def test_flat_frames_of_a_refused_work_are_no_evidence(case, detectors):
    refuse(hashed(case, detectors, DIGESTS[0], quality=10))
    assert not near_duplicate_of(submitted(), detectors).fired


def test_another_submission_asks_again_only_what_may_have_changed(case, detectors):
    fires(detectors, "text")
    fails(detectors, "faces")
    hashed(case, detectors, DIGESTS[0])
    refuse(case)
    again = services.submit(actor=case.video.owner, video=Video.objects.get(pk=case.video_id))
    states = {kind: signal.state for kind, signal in of(again).items()}
    pending = {"faces", "prompt_topics", "near_duplicate", "same_prompt"}
    assert {kind for kind, state in states.items() if state == SignalState.PENDING} == pending
    fires(detectors, "faces")
    look(again)
    assert topics_of(again) == ["real_people", "text"]  # what is still true of the file counts for the new case


# --- The same prompt elsewhere -------------------------------------------------------------------------------------
def test_the_same_prompt_in_a_submitted_work_of_somebody_else_points_at_it(case, detectors):
    other = submitted(title=case.video.title)
    look(case)
    signal = of(case)["same_prompt"]
    assert (signal.fired, [hit["video"] for hit in signal.hits]) == (True, [str(other.video_id)])


def test_a_prompt_that_was_never_submitted_stays_private(case, detectors):
    make_finished_video(title=case.video.title)
    look(case)
    assert not of(case)["same_prompt"].fired


def test_ones_own_takes_of_one_prompt_are_not_elsewhere(case, detectors):
    submitted(title=case.video.title, owner=case.video.owner)
    look(case)
    assert not of(case)["same_prompt"].fired


def test_generations_say_what_a_video_was_asked_for_by():
    mine, theirs = (make_finished_video(owner=ParticipantFactory().user) for _each in range(2))
    other = make_finished_video(owner=mine.owner)
    for video, words in ((mine, "Rain on a tin roof"), (theirs, " rain on a TIN roof"), (other, "Rain on a tin roof")):
        take = Generation.objects.count() + 1
        fields = {"state": "completed", "video": video, "prompt": words.strip(), "finished_at": video.created_at}
        GenerationFactory(participant=video.owner.participant, take=take, started_at=video.created_at, **fields)
    assert prompt_of_generation(mine) == {"prompt": "Rain on a tin roof", "elsewhere": [theirs.pk]}
    assert prompt_of_generation(make_finished_video()) == {"prompt": "", "elsewhere": []}


# --- Which case is looked at next ----------------------------------------------------------------------------------
def test_everything_that_waits_is_looked_at_the_most_urgent_first(case, detectors, monkeypatch):
    other = submitted()
    ReviewCase.objects.filter(pk=other.pk).update(due_at=case.opened_at)
    order = []
    true_look = signals.look_at
    monkeypatch.setattr(
        signals,
        "look_at",
        lambda *, actor, rendition: order.append(rendition.video_id) or true_look(actor=actor, rendition=rendition),
    )
    assert services.look_at_waiting(actor=ROBOT) == 2
    assert order == [other.video_id, case.video_id]
    assert services.look_at_waiting(actor=ROBOT) == 0


def test_nobody_looks_for_a_case_that_was_withdrawn(case, detectors):
    services.withdraw(actor=case.video.owner, case=case)
    assert services.look_at_waiting(actor=ROBOT) == 0


def test_what_another_process_looks_at_is_left_to_it(case, detectors):
    rendition = selectors.shown_copy(case.video)
    cache.add(f"signals-look:{rendition.pk}", 1)
    assert services.look_at_waiting(actor=ROBOT) == 0
    cache.clear()
    assert services.look_at_waiting(actor=ROBOT) == 1


def test_a_look_that_dies_leaves_the_work_waiting_and_the_next_one_succeeds(case, detectors, monkeypatch):
    true_look = signals.process.look
    monkeypatch.setattr(signals.process, "look", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.look_at_waiting(actor=ROBOT)
    monkeypatch.setattr(signals.process, "look", true_look)
    assert services.look_at_waiting(actor=ROBOT) == 1


def test_a_case_of_another_kind_is_looked_at_too(case, detectors, reviewer):
    """A report about a work that is shared: its topics route it and protect whoever opens it."""
    fires(detectors, "nudity")
    look(case)
    report = open_case(kind=CaseKind.REPORT, video=case.video, opened_by=None)
    look(report)
    assert topics_of(report) == ["nudity"]


def test_without_a_share_copy_nothing_is_expected(finished_video):
    open_case(kind=CaseKind.REPORT, video=finished_video, opened_by=None)
    assert not Signal.objects.exists()


def test_nobody_but_the_holder_of_a_claim_sees_a_signal(case, detectors, client):
    """Signals have no page of their own."""
    fires(detectors, "text", label="HARBOUR")
    look(case)
    client.force_login(case.video.owner)
    page = client.get(f"/videos/{case.video_id}/")
    assert b"HARBOUR" not in page.content
