"""A small world that random moves are played in, through the services and nothing else.

Each move either works or is refused with one of our own errors; anything else is a fault and propagates.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

from django.utils import timezone

from common.errors import DailiesError
from generation import services as generation_services
from generation.models import Attempt, Generation
from review import services as review_services
from review.models import Claim, ReviewCase
from tests.factories import AdminFactory, ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import stored_files
from videos import services as video_services
from videos.models import Video
from videos.states import SHOWN_KINDS


class Story:
    """One artist, one admin, two reviewers, and whatever they do."""

    MOVES: ClassVar[dict[str, Callable[[Story], object]]] = {}

    def __init__(self) -> None:
        self.participant = ParticipantFactory()
        self.artist = self.participant.user
        self.admin = AdminFactory()
        self.reviewers = [ReviewerFactory(), ReviewerFactory()]
        self.policy = PolicyVersionFactory()
        self.worker = generation_services.register_worker(name="story")
        self.tokens: dict[object, str] = {}  # case id -> claim token
        self.last_move_worked = False

    def play(self, move: str) -> None:
        try:
            self.last_move_worked = bool(self.MOVES[move](self))
        except DailiesError:
            self.last_move_worked = False

    # --- what there is at the moment -----------------------------------------------------------------------------
    @property
    def attempt(self) -> Attempt | None:
        return Attempt.objects.filter(state="running").select_related("generation").order_by("id").last()

    @property
    def video(self) -> Video | None:
        return Video.objects.order_by("id").last()

    @property
    def case(self) -> ReviewCase | None:
        return ReviewCase.objects.order_by("id").last()


def move(action: Callable[[Story], object]) -> Callable[[Story], object]:
    Story.MOVES[action.__name__] = action
    return action


@move
def submit(story: Story) -> object:
    return generation_services.submit(
        actor=story.artist, model_key="sketch", prompt="rain", size="320x192", seconds=2, seed=7
    )


@move
def cancel(story: Story) -> object:
    generation = Generation.objects.order_by("id").last()
    return generation and generation_services.cancel(actor=story.artist, generation=generation)


@move
def start(story: Story) -> object:
    return None if story.attempt else generation_services.claim_next(worker=story.worker)


@move
def complete(story: Story) -> object:
    if not (attempt := story.attempt):
        return None
    generation = attempt.generation
    result = generation_services.StoredVideo(
        width=generation.width,
        height=generation.height,
        fps=generation.fps,
        frame_count=generation.seconds * generation.fps,
        files=stored_files(),
    )
    return generation_services.complete(attempt=attempt, result=result)


@move
def fail(story: Story) -> object:
    if not (attempt := story.attempt):
        return None
    generation_services.fail(attempt=attempt, code="engine_error", error="ValueError at step 3")
    return True


@move
def lose_the_worker(story: Story) -> object:
    Attempt.objects.filter(state="running").update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    return generation_services.reap()


@move
def give_back(story: Story) -> object:
    if not (attempt := story.attempt):
        return None
    generation_services.give_back(attempt=attempt)
    return True


@move
def submit_for_sharing(story: Story) -> object:
    return story.video and review_services.submit(actor=story.artist, video=story.video, note="please")


@move
def withdraw(story: Story) -> object:
    return story.case and review_services.withdraw(actor=story.artist, case=story.case)


@move
def claim(story: Story) -> object:
    if not (case := story.case):
        return None
    held, token = review_services.claim(actor=story.reviewers[0], case=case)
    story.tokens[case.pk] = token
    return held


@move
def let_the_claim_lapse(story: Story) -> object:
    Claim.objects.filter(ended_at=None).update(expires_at=timezone.now() - timedelta(seconds=1))
    return review_services.return_lapsed_claims()


def decide(story: Story, outcome: str, **words: str) -> object:
    if not (case := story.case):
        return None
    shown = case.video.renditions.filter(kind__in=SHOWN_KINDS)
    return review_services.decide(
        actor=story.reviewers[0],
        case=case,
        claim_token=story.tokens.get(case.pk, "none"),
        case_version=case.version,
        outcome=outcome,
        shown={rendition.kind: rendition.sha256 for rendition in shown},
        **words,
    )


@move
def approve(story: Story) -> object:
    return decide(story, "approve")


@move
def reject(story: Story) -> object:
    return decide(story, "reject", reason_code="real-person", artist_message="At 0:03.")


@move
def request_changes(story: Story) -> object:
    return decide(story, "request_changes", reason_code="violence", artist_message="At 0:03.")


@move
def share(story: Story) -> object:
    return story.video and video_services.share(actor=story.artist, video=story.video)


@move
def unshare(story: Story) -> object:
    grant = story.video and story.video.share_grants.filter(revoked_at=None).first()
    return grant and video_services.revoke_share(actor=story.artist, grant=grant)


@move
def take_down(story: Story) -> object:
    words = {"reason_code": "violence", "artist_message": "Reported."}
    return story.video and review_services.take_down(actor=story.admin, video=story.video, **words)
