"""Comments pinned to moments: who writes them, whom they reach, and until when they can change."""

from __future__ import annotations

import pytest

from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from review import selectors, services
from review.models import Comment, ReviewCase
from review.services import Rectangle
from tests.factories import ReviewerFactory
from tests.review.desk import decide, lapse

WORDS = {"at_ms": 1250, "body": "A face, perhaps."}


@pytest.fixture
def comment(case, reviewer, token) -> Comment:
    return services.add_comment(actor=reviewer, case=case, claim_token=token, **WORDS)


def events(prefix: str = "review.comment") -> list[str]:
    return list(AuditEvent.objects.filter(action__startswith=prefix).order_by("id").values_list("action", flat=True))


def test_a_comment_names_moment_part_and_words(case, reviewer, token):
    rectangle = Rectangle(0.1, 0.2, 0.3, 0.8)
    made = services.add_comment(actor=reviewer, case=case, claim_token=token, rectangle=rectangle, **WORDS)
    made.refresh_from_db()
    assert (made.at_ms, made.body, made.round, made.video_id) == (1250, "A face, perhaps.", 1, case.video_id)
    assert [made.left, made.top, made.width, made.height] == pytest.approx([0.1, 0.2, 0.3, 0.8], abs=0.001)
    event = AuditEvent.objects.get(action="review.comment_added")
    assert event.data == {"case": str(case.pk), "round": 1, "at_ms": 1250}


@pytest.mark.parametrize(
    "rectangle",
    [
        Rectangle(-0.1, 0, 0.5, 0.5),
        Rectangle(0, 0, 1.2, 0.5),
        Rectangle(0.6, 0, 0.5, 0.5),
        Rectangle(0, 0, 0, 0.5),
        Rectangle(1, 0, 0.5, 0.5),
        Rectangle(0, 0, float("nan"), 0.5),
        Rectangle(0, float("inf"), 0.5, 0.5),
        Rectangle(0, 0, 0.5, -0.5),
    ],
)
def test_a_rectangle_lies_in_the_frame(case, reviewer, token, rectangle):
    with pytest.raises(Invalid) as caught:
        services.add_comment(actor=reviewer, case=case, claim_token=token, rectangle=rectangle, **WORDS)
    assert [error.field for error in caught.value.fields] == ["rectangle"]
    assert not Comment.objects.exists()


@pytest.mark.parametrize("left", [n / 7 for n in range(7)])
def test_a_rectangle_up_to_the_edge_is_kept_whatever_its_fractions(case, reviewer, token, left):
    rectangle = Rectangle(left, left, 1 - left, 1 - left)
    made = services.add_comment(actor=reviewer, case=case, claim_token=token, rectangle=rectangle, **WORDS)
    assert made.left + made.width == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"at_ms": -1}, "at_ms"), ({"at_ms": 2000}, "at_ms"), ({"body": "  \n"}, "body"), ({"body": "x" * 1001}, "body")],
)
def test_bad_words_are_refused_beside_their_field(case, reviewer, token, change, field):
    with pytest.raises(Invalid) as caught:
        services.add_comment(actor=reviewer, case=case, claim_token=token, **(WORDS | change))
    assert [error.field for error in caught.value.fields] == [field]


def test_the_same_sent_twice_is_one_comment(case, reviewer, token, comment):
    again = services.add_comment(actor=reviewer, case=case, claim_token=token, **WORDS)
    assert again.pk == comment.pk
    assert events() == ["review.comment_added"]


def test_a_round_has_room_for_so_many(case, reviewer, token, monkeypatch):
    monkeypatch.setattr("review.services.comments.MOST_COMMENTS", 1)
    services.add_comment(actor=reviewer, case=case, claim_token=token, **WORDS)
    with pytest.raises(Conflict, match="already"):
        services.add_comment(actor=reviewer, case=case, claim_token=token, at_ms=0, body="More")


def test_changing_and_removing_until_the_decision(case, reviewer, token, comment):
    services.edit_comment(actor=reviewer, comment=comment, claim_token=token, at_ms=500, body="Earlier.")
    comment.refresh_from_db()
    assert (comment.at_ms, comment.body) == (500, "Earlier.")
    services.remove_comment(actor=reviewer, comment=comment, claim_token=token)
    with pytest.raises(Conflict, match="removed already"):
        services.remove_comment(actor=reviewer, comment=comment, claim_token=token)
    assert not selectors.comments_of_round(case, reviewer).exists()
    assert events() == ["review.comment_added", "review.comment_edited", "review.comment_removed"]


def write(actor, case, token, comment):
    """Every write there is, each of which must be refused."""
    yield lambda: services.add_comment(actor=actor, case=case, claim_token=token, **WORDS)
    yield lambda: services.edit_comment(actor=actor, comment=comment, claim_token=token, **WORDS)
    yield lambda: services.remove_comment(actor=actor, comment=comment, claim_token=token)


@pytest.mark.parametrize("end", ["lapsed", "decided", "withdrawn", "another token"])
def test_without_the_live_claim_nothing_is_written(case, reviewer, token, comment, end):
    if end == "lapsed":
        lapse(case)
    elif end == "decided":
        decide(reviewer, case, token)
    elif end == "withdrawn":
        services.withdraw(actor=case.video.owner, case=case)
    else:
        token = "another"
    for attempt in write(reviewer, case, token, comment):
        with pytest.raises(Conflict):
            attempt()
    comment.refresh_from_db()
    assert comment.removed_at is None
    assert events() == ["review.comment_added"]


def test_nobody_else_writes_here(case, colleague, token, comment):
    for attempt in write(colleague, case, token, comment):
        with pytest.raises(Conflict):
            attempt()
    for stranger in (case.video.owner, type(colleague).objects.create(email="a@example.org", staff_role="admin")):
        for attempt in write(stranger, case, token, comment):
            with pytest.raises((NotFound, NotAllowed)):
                attempt()
    assert Comment.objects.count() == 1


def test_what_a_reviewer_left_behind_can_be_removed_but_not_changed_by_the_next(case, reviewer, token, comment):
    services.release(actor=reviewer, case=case, token=token)
    other = ReviewerFactory()
    _claim, theirs = services.claim(actor=other, case=case)
    assert list(selectors.comments_of_round(case, other)) == [comment]
    with pytest.raises(Conflict, match="Somebody else wrote"):
        services.edit_comment(actor=other, comment=comment, claim_token=theirs, **WORDS)
    services.remove_comment(actor=other, comment=comment, claim_token=theirs)
    assert not selectors.comments_of_round(case, other).exists()


def test_a_blind_second_reviewer_neither_sees_nor_touches_the_firsts_comments(case, reviewer, token, comment):
    ReviewCase.objects.update(approvals_needed=2)
    services.release(actor=reviewer, case=case, token=token)
    second = ReviewerFactory()
    _claim, theirs = services.claim(actor=second, case=case)
    case.refresh_from_db()
    assert not selectors.comments_of_round(case, second).exists()
    with pytest.raises(NotFound):
        services.remove_comment(actor=second, comment=comment, claim_token=theirs)
    # A lead who settles a disagreement sees everything.
    ReviewCase.objects.update(escalated_at=case.opened_at)
    case.refresh_from_db()
    assert list(selectors.comments_of_round(case, ReviewerFactory(staff_role="lead_reviewer"))) == [comment]
    assert not selectors.comments_of_round(case, second).exists()


def test_the_artist_gets_comments_with_the_decision_and_never_before(case, reviewer, token, comment):
    services.add_comment(actor=reviewer, case=case, claim_token=token, at_ms=0, body="Not this one.")
    services.remove_comment(actor=reviewer, comment=Comment.objects.get(body="Not this one."), claim_token=token)
    assert not selectors.comments_for_artist([case]).exists()
    decide(reviewer, case, token, "request_changes")
    assert list(selectors.comments_for_artist([case])) == [comment]


def test_the_artist_gets_no_comment_of_somebody_who_took_no_part(case, reviewer, token, comment):
    """In a blind case nobody who decided could have taken it back."""
    decide(reviewer, case, token, "request_changes")
    ReviewCase.objects.update(approvals_needed=2)
    stray = Comment.objects.create(
        case=case, video=case.video, author=ReviewerFactory(), at_ms=10, body="Left behind.", round=1
    )
    assert stray not in selectors.comments_for_artist([case])


def test_comments_of_earlier_rounds_are_shown_to_whoever_holds_the_case(case, reviewer, token, comment, colleague):
    decide(reviewer, case, token, "request_changes")
    assert not selectors.earlier_comments(ReviewCase.objects.get()).exists()
    ReviewCase.objects.update(round=2, state="queued", closed_at=None, approvals_needed=1)
    again = ReviewCase.objects.get()
    assert list(selectors.earlier_comments(again)) == [comment]
    assert not selectors.comments_of_round(again, colleague).exists()
