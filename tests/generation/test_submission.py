"""Asking for a video and calling it off: what is written, charged and refused."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from accounts.models import TermsVersion
from audit.models import AuditEvent
from common.actors import System
from common.errors import Conflict, Invalid, NotAllowed, NotFound, QuotaExceeded
from generation import catalogue, doorbell
from generation.models import Generation
from generation.request_check import PROMPT_MAX, SEED_MAX
from generation.services import cancel, submit
from generation.states import GenerationState
from quotas.models import EntryKind, LedgerEntry
from quotas.selectors import balance
from tests.factories import AdminFactory, GenerationFactory, ParticipantFactory, ReviewerFactory, TermsVersionFactory

pytestmark = pytest.mark.django_db
GOOD = {"model_key": "sketch", "prompt": "rain on a tin roof", "size": "320x192", "seconds": 2, "seed": 7}


@pytest.fixture
def artist():
    return ParticipantFactory(cohort__monthly_credits=100, cohort__max_queued=5).user


def ask(artist, **changes):
    return submit(actor=artist, **(GOOD | changes))


def run(generation, **fields):
    """As a worker's claim leaves it."""
    Generation.objects.filter(pk=generation.pk).update(
        state=GenerationState.RUNNING, started_at=timezone.now(), **fields
    )


# --- Submitting --------------------------------------------------------------------------------------------------


def test_a_good_request_is_queued_as_asked(artist):
    generation = ask(artist)
    generation.refresh_from_db()
    assert generation.state == GenerationState.QUEUED
    assert (generation.model_key, generation.prompt, generation.seed) == ("sketch", "rain on a tin roof", 7)
    assert (generation.width, generation.height, generation.seconds, generation.take) == (320, 192, 2, 1)
    assert generation.fps == catalogue.get("sketch").fps


def test_its_price_is_reserved_under_its_id(artist):
    generation = ask(artist, seconds=4)
    entry = LedgerEntry.objects.get()
    assert (entry.reservation, entry.kind, entry.credits) == (generation.pk, EntryKind.RESERVE, generation.price)
    assert generation.price == 4
    assert balance(artist.participant).free == 96


def test_one_audit_event_says_what_and_never_the_prompt(artist):
    generation = ask(artist, prompt="a secret wish")
    event = AuditEvent.objects.get()
    assert (event.action, event.target_id, event.actor_id) == (
        "generation.submitted",
        str(generation.pk),
        str(artist.pk),
    )
    assert (event.from_state, event.to_state) == ("", "queued")
    assert event.data == {"model": "sketch", "size": "320x192", "seconds": 2, "credits": 2}
    assert "secret" not in repr(event.__dict__)


def test_the_doorbell_rings_when_it_is_committed(artist, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(doorbell, "ring", lambda: rung.append(Generation.objects.count()))
    with django_capture_on_commit_callbacks(execute=True):
        ask(artist)
        assert not rung
    assert rung == [1]


@pytest.mark.usefixtures("broker_away")
def test_a_broker_that_is_away_fails_nothing(artist, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ask(artist)
    assert Generation.objects.count() == 1


def test_takes_count_from_one_for_each_participant(artist):
    other = ParticipantFactory().user
    assert [ask(artist).take, ask(artist).take, ask(other).take, ask(artist).take] == [1, 2, 1, 3]


def test_without_a_seed_one_is_drawn(artist):
    seeds = {ask(artist, seed=None).seed for _ in range(4)}
    assert len(seeds) > 1
    assert all(0 <= seed <= SEED_MAX for seed in seeds)


@pytest.mark.parametrize(
    "prompt",
    ["🎬🌧️", "👩‍🎨 malt", "日本語の雨", "a\tb\nc", "x", "é" * PROMPT_MAX, "שלום", "𝕏" * PROMPT_MAX],
    ids=["emoji", "joined emoji", "Japanese", "tab and break", "shortest", "longest", "right to left", "astral"],
)
def test_prompts_in_any_script_are_fine(artist, prompt):
    generation = ask(artist, prompt=prompt)
    generation.refresh_from_db()
    assert generation.prompt == prompt


def test_the_prompt_is_trimmed_and_its_line_breaks_are_plain(artist):
    assert ask(artist, prompt="  one\r\ntwo\rthree \n").prompt == "one\ntwo\nthree"


BAD = [
    ("empty", {"prompt": ""}, "prompt"),
    ("blank", {"prompt": " \n\t "}, "prompt"),
    ("2001 characters", {"prompt": "x" * 2001}, "prompt"),
    ("100,000 characters", {"prompt": "x" * 100_000}, "prompt"),
    ("NUL", {"prompt": "a\0b"}, "prompt"),
    ("escape", {"prompt": "a\x1b[31mb"}, "prompt"),
    ("C1 control", {"prompt": "a\x85b"}, "prompt"),
    ("half a pair", {"prompt": "a\ud800b"}, "prompt"),
    ("no text", {"prompt": 5}, "prompt"),
    ("no prompt", {"prompt": None}, "prompt"),
    ("unknown model", {"model_key": "sora"}, "model"),
    ("model of a wrong type", {"model_key": ["sketch"]}, "model"),
    ("size not done", {"size": "100x100"}, "size"),
    ("size without x", {"size": "big"}, "size"),
    ("size of a wrong type", {"size": 320}, "size"),
    ("length not done", {"seconds": 3}, "seconds"),
    ("negative length", {"seconds": -2}, "seconds"),
    ("length as text", {"seconds": "2"}, "seconds"),
    ("length as a fraction", {"seconds": 2.0}, "seconds"),
    ("boolean length", {"seconds": True}, "seconds"),
    ("negative seed", {"seed": -1}, "seed"),
    ("huge seed", {"seed": 2**32}, "seed"),
    ("far too huge seed", {"seed": 10**4000}, "seed"),
    ("seed as a fraction", {"seed": 1.5}, "seed"),
    ("boolean seed", {"seed": True}, "seed"),
    ("seed as text", {"seed": "7"}, "seed"),
]


@pytest.mark.parametrize(("changes", "field"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_field_is_named_with_what_is_allowed_and_costs_nothing(artist, changes, field):
    with pytest.raises(Invalid) as refused:
        ask(artist, **changes)
    (error,) = refused.value.fields
    assert error.field == field
    assert error.reason
    assert error.allowed
    assert not Generation.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert not AuditEvent.objects.exists()


def test_every_bad_field_is_reported_at_once(artist):
    with pytest.raises(Invalid) as refused:
        ask(artist, prompt="", size="1x1", seconds=3, seed=-1)
    assert [error.field for error in refused.value.fields] == ["prompt", "size", "seconds", "seed"]
    allowed = {error.field: error.allowed for error in refused.value.fields}
    assert allowed["size"] == ", ".join(catalogue.get("sketch").sizes)
    assert allowed["seconds"] == "2, 4, 6, 8, 10"
    assert "4294967295" in allowed["seed"]
    assert "2000" in allowed["prompt"]


def test_an_unknown_model_is_answered_with_those_there_are(artist):
    with pytest.raises(Invalid) as refused:
        ask(artist, model_key="sora", size=1)
    assert [error.field for error in refused.value.fields] == ["model", "size"]
    assert "sketch" in refused.value.fields[0].allowed


def test_a_reason_never_repeats_the_prompt(artist):
    with pytest.raises(Invalid) as refused:
        ask(artist, prompt="secret\0" * 1000)
    assert "secret" not in repr(refused.value.fields)


@pytest.mark.parametrize("person", [ReviewerFactory, AdminFactory])
def test_staff_who_take_no_part_do_not_generate(person):
    with pytest.raises(NotAllowed) as refused:
        ask(person())
    assert refused.value.code == "not_a_participant"


def test_a_deactivated_participant_does_not_generate(artist):
    artist.is_active = False
    artist.save()
    with pytest.raises(NotAllowed):
        ask(artist)


def test_somebody_deactivated_meanwhile_does_not_generate(artist):
    type(artist).objects.filter(pk=artist.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        ask(artist)


def test_terms_come_first(artist):
    TermsVersionFactory(number=TermsVersion.objects.latest("number").number + 1)
    with pytest.raises(NotAllowed) as refused:
        ask(artist)
    assert refused.value.code == "terms_required"


def test_too_few_credits_leave_nothing_behind(artist):
    first = ask(artist, size="1920x1080", seconds=10)
    with pytest.raises(QuotaExceeded) as refused:
        ask(artist, size="1920x1080", seconds=10)
    assert refused.value.extra["free"] == 100 - first.price == balance(artist.participant).free
    assert Generation.objects.count() == LedgerEntry.objects.count() == AuditEvent.objects.count() == 1
    assert ask(artist).take == 2


def test_the_queue_holds_so_many_of_one_participant(artist):
    for _ in range(5):
        ask(artist)
    with pytest.raises(QuotaExceeded) as refused:
        ask(artist)
    assert (refused.value.status, refused.value.code) == (429, "queue_full")
    assert refused.value.extra == {"queued": 5, "allowed": 5}
    assert Generation.objects.count() == 5
    ask(ParticipantFactory().user)


def test_what_runs_does_not_take_a_place_in_the_queue(artist):
    for _ in range(5):
        run(ask(artist))
    ask(artist)


# --- Cancelling --------------------------------------------------------------------------------------------------


def test_a_queued_one_is_cancelled_at_once_and_costs_nothing(artist):
    generation = cancel(actor=artist, generation=ask(artist))
    assert generation.state == GenerationState.CANCELLED
    assert generation.finished_at is not None
    assert balance(artist.participant).free == 100
    events = AuditEvent.objects.order_by("id").values_list("action", "from_state", "to_state")
    assert list(events) == [
        ("generation.submitted", "", "queued"),
        ("generation.cancelled", "queued", "cancelled"),
    ]


def test_a_running_one_is_asked_to_stop_and_its_credits_wait(artist):
    generation = ask(artist)
    run(generation)
    generation = cancel(actor=artist, generation=generation)
    assert generation.state == GenerationState.RUNNING
    assert generation.cancel_requested_at is not None
    assert balance(artist.participant).reserved == generation.price
    assert AuditEvent.objects.filter(action="generation.cancel_requested").count() == 1


@pytest.mark.parametrize("running", [False, True])
def test_cancelling_twice_is_cancelling_once(artist, running):
    generation = ask(artist)
    if running:
        run(generation)
    first = cancel(actor=artist, generation=generation)
    events = AuditEvent.objects.count()
    second = cancel(actor=artist, generation=generation)
    assert (first.state, first.cancel_requested_at) == (second.state, second.cancel_requested_at)
    assert AuditEvent.objects.count() == events


def test_what_has_failed_cannot_be_cancelled(artist):
    generation = ask(artist)
    Generation.objects.filter(pk=generation.pk).update(
        state=GenerationState.FAILED, failure_code="engine_error", finished_at=timezone.now()
    )
    with pytest.raises(Conflict) as refused:
        cancel(actor=artist, generation=generation)
    assert refused.value.code == "already_finished"


def test_the_programme_may_cancel(artist):
    assert cancel(actor=System("pause"), generation=ask(artist)).state == GenerationState.CANCELLED


@pytest.mark.parametrize("person", [lambda: ParticipantFactory().user, ReviewerFactory, AdminFactory])
def test_for_anybody_else_it_does_not_exist(artist, person):
    generation = ask(artist)
    with pytest.raises(NotFound):
        cancel(actor=person(), generation=generation)
    with pytest.raises(NotFound):
        cancel(actor=person(), generation=GenerationFactory.build(id=uuid.uuid4()))
    generation.refresh_from_db()
    assert generation.state == GenerationState.QUEUED
