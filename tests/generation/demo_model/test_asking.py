"""What the evaluation asks: two hundred pairs that say everything, of what the denoisers never saw."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter

import torch

from generation.demo_model.evaluation.asking import SIZES, Asked, pairs, pairs_of_two
from generation.demo_model.scenes import draw, held_out
from generation.demo_model.vocabulary import COLOURS, MOTION_WORDS, MOTIONS, SHAPES


def is_held_out(asked: Asked) -> bool:
    """Asks the training's own rule about a scene with these facts."""
    colours, things = tuple(COLOURS), asked.things
    scene = draw(1, torch.Generator().manual_seed(1))
    scene = dataclasses.replace(
        scene,
        ground=torch.tensor([colours.index(asked.ground)]),
        present=torch.tensor([[True, len(things) > 1]]),
        shape=torch.tensor([[SHAPES.index(thing.shape) for thing in (*things, things[0])[:2]]]),
        colour=torch.tensor([[colours.index(thing.colour) for thing in (*things, things[0])[:2]]]),
        motion=torch.tensor([[MOTIONS.index(thing.motion) for thing in (*things, things[0])[:2]]]),
    )
    return bool(held_out(scene)[0])


def test_two_hundred_different_pairs_are_asked_of_what_was_held_out():
    asked = pairs(200)
    assert len({(one.prompt, one.seed) for one in asked}) == 200
    assert all(is_held_out(one) for one in asked)


def test_every_motion_is_asked_about_as_often_in_every_size():
    often = Counter((one.things[0].motion, one.size) for one in pairs(200))
    assert len(often) == len(MOTIONS) * len(SIZES)
    assert max(often.values()) - min(often.values()) <= 2


def test_of_two_shapes_with_one_motion_each_says_it():
    alike = [one for one in pairs_of_two(150) if one.things[0].motion == one.things[1].motion]
    assert len(alike) > 9
    for one in alike:
        phrases = sorted(set(MOTION_WORDS[one.things[0].motion]), key=len, reverse=True)
        assert len(re.findall("|".join(phrases), one.prompt)) == 2, one.prompt
