"""The measuring itself: of films whose every pixel is known, through the real encoder, it finds what is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from generation import media
from generation.demo_model.evaluation.asking import Asked, Thing, shown
from generation.demo_model.evaluation.seeing import bounces, frames_of, look, rests, spins
from generation.demo_model.evaluation.verdict import BESIDES, CORNERS, MEASURES, Tally, judged
from generation.demo_model.scenes import PALETTE, Scenes, draw, pictures
from generation.demo_model.vocabulary import COLOURS, MOTIONS

WIDTH, HEIGHT, FPS, COUNT = 240, 144, 8, 17


def renderings(often: int, *, two: float) -> Iterator[tuple[Scenes, Asked]]:
    """Scenes, as many of every motion of their first shape."""
    drawn = draw(60 * often, torch.Generator().manual_seed(21), two=two)
    chosen = [place for motion in range(len(MOTIONS)) for place in (drawn.motion[:, 0] == motion).nonzero()[:often]]
    for place in chosen:
        ground, things = shown(drawn, int(place))
        yield drawn[place], Asked("", 0, f"{WIDTH}x{HEIGHT}", ground, things)


def delivered(frames: torch.Tensor, folder: Path) -> Path:
    """The film of frames × 3 × height × width, through the encoder that workers use."""
    bytes_of = (frames * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    return media.encode(
        bytes_of, folder=folder, width=WIDTH, height=HEIGHT, fps=FPS, frame_count=len(bytes_of)
    ).original


def filmed(scenes: Scenes, folder: Path) -> Path:
    times = torch.linspace(0, 1, COUNT)[None]
    return delivered(pictures(scenes, times, height=HEIGHT, width=WIDTH)[0], folder)


def test_true_films_of_one_shape_are_found_right_in_everything(tmp_path, classifier):
    tally = Tally()
    for scenes, asked in renderings(3, two=0.0):
        tally.add(judged(asked, filmed(scenes, tmp_path), classifier), 0)
    assert "background 27/27  colour 27/27  direction 12/12  growth 9/9" in str(tally)
    assert [tally.share(name) for name in BESIDES] == [1, 1], str(tally)
    assert tally.share("shape") > 0.9, str(tally)  # the tests' classifier was trained for a few seconds only


def test_true_films_of_two_shapes_are_found_right_in_everything(tmp_path, classifier):
    tally = Tally()
    for scenes, asked in renderings(2, two=1.0):
        tally.add(judged(asked, filmed(scenes, tmp_path), classifier), 0)
    assert [tally.share(name) for name in (*MEASURES, *BESIDES) if name != "shape"] == [1] * 6, str(tally)
    assert tally.share("shape") > 0.8, str(tally)  # of both at once


@pytest.mark.parametrize("ground", ["white", "red"])
def test_an_empty_film_is_wrong_in_everything_whatever_was_asked(tmp_path, classifier, ground):
    empty = PALETTE[tuple(COLOURS).index(ground)][None, :, None, None].expand(COUNT, 3, HEIGHT, WIDTH)
    film = delivered(empty, tmp_path)
    for motion in MOTIONS:
        thing = Thing("green", "star", motion)
        for things in ((thing,), (thing, Thing("blue", "square", motion))):
            verdict = judged(Asked("", 0, "", ground, things), film, classifier)
            assert len(verdict) == 4
            assert not any(verdict.values()), (motion, verdict)


def test_only_what_rests_rests_only_what_bounces_bounces_and_only_what_spins_spins(tmp_path):
    for scenes, asked in renderings(2, two=0.0):
        masks, (thing,) = look(frames_of(filmed(scenes, tmp_path))).masks, asked.things
        assert bounces(masks) == (thing.motion == "bouncing"), thing
        if thing.motion != "spinning":  # which rests in place and size, too
            assert rests(masks) == (thing.motion == "still"), thing
        if thing.shape in CORNERS:
            assert spins(masks, CORNERS[thing.shape]) == (thing.motion == "spinning"), thing
        else:
            assert not any(spins(masks, corners) for corners in CORNERS.values()), thing


def test_a_still_shape_that_drifts_is_wrong(tmp_path, classifier):
    ((scenes, asked),) = (one for one in renderings(1, two=0.0) if one[1].things[0].motion == "still")
    assert judged(asked, filmed(scenes, tmp_path), classifier)["growth"] is True
    scenes.travel[:, 0, 1] = 0.15  # less than what counts as going down
    assert judged(asked, filmed(scenes, tmp_path), classifier)["growth"] is False
