"""The measuring itself: of films whose every pixel is known, through the real encoder, it finds what is there."""

from __future__ import annotations

import pytest

from generation.demo_model.evaluation.asking import Asked, Thing
from generation.demo_model.evaluation.seeing import bounces, frames_of, look, rests, spins
from generation.demo_model.evaluation.verdict import BESIDES, CORNERS, MEASURES, Tally, judged
from generation.demo_model.vocabulary import MOTIONS
from tests.generation.demo_model.films import empty_film, filmed, renderings


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
    film = empty_film(ground, tmp_path)
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
