"""The rules that reviewers go by, and how alike they decide."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

from review import services
from review.models import ReviewRules
from review.services import Reason, Wording
from tests.factories import AdminFactory, PolicyVersionFactory, ReviewerFactory
from tests.invariants.moves.review import a_case, lead
from tests.media import make_finished_video
from videos.services import ensure_share_copy

Moves = Generator[partial[Any], Any, None]
WORDS = "What is made here is the artist's, whatever it says of us."


def rulebook() -> Moves:
    reasons = [Reason("likeness", "Likeness", "Somebody can be recognised.")]
    words = {"slug": "faces", "title": "Faces", "body": "Nobody is shown against their will."}
    yield partial(services.publish_policy, actor=AdminFactory(), reasons=reasons, **words)
    yield partial(services.justify, actor=lead(), wording=Wording(*words.values(), reasons), text=WORDS * 10)


def practice() -> Moves:
    PolicyVersionFactory()
    boss, work = lead(), make_finished_video(owner=ReviewerFactory())
    ensure_share_copy(actor=work.owner, video=work)
    item = yield partial(services.add_golden, actor=boss, video=work, expected="approve")
    ReviewRules.objects.create(golden_percent=100)
    a_case()
    claim, _token = yield partial(services.claim_next, actor=ReviewerFactory())
    assert claim.case.golden == item
    yield partial(services.retire_golden, actor=boss, item=item)
    opened = yield partial(services.open_round, actor=boss, title="Five", videos=[work])
    yield partial(services.answer_item, actor=ReviewerFactory(), item=opened.items.get(), outcome="approve")
    yield partial(services.close_round, actor=boss, calibration=opened)


CHAPTERS = (rulebook, practice)
