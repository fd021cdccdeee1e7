"""The renderings: what a scene says is what its pictures show."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from generation.demo_model.scenes import ANGLES, OUTLINES, PALETTE, Scenes, coverage, draw, held_out, pictures, poses
from generation.demo_model.vocabulary import COLOURS, MOTIONS, SHAPES

TIMES = torch.linspace(0, 1, 9)


def drawn(count: int, *, two: float = 0.0, seed: int = 1) -> Scenes:
    return draw(count, torch.Generator().manual_seed(seed), two=two)


def seen(scenes: Scenes, **size: int) -> torch.Tensor:
    """How much of each pixel is not ground: B × T × height × width."""
    size = size or {"height": 48, "width": 48}
    painted = pictures(scenes, TIMES.expand(len(scenes), -1), **size)
    ground = PALETTE[scenes.ground][:, None, :, None, None]
    return ((painted - ground).abs().sum(2) > 0.1).float()


def middles(masks: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """x and y of what is seen, from -1 to 1: B × T each."""
    height, width = masks.shape[-2:]
    total = masks.sum((-1, -2)).clamp(min=1)
    x = (masks.sum(-2) * torch.linspace(-1, 1, width)).sum(-1) / total
    y = (masks.sum(-1) * torch.linspace(-1, 1, height)).sum(-1) / total
    return x, y


def test_the_same_seed_draws_the_same_scenes():
    one, same, other = drawn(20), drawn(20), drawn(20, seed=2)
    for field in dataclasses.fields(Scenes):
        assert torch.equal(getattr(one, field.name), getattr(same, field.name))
    assert not torch.equal(one.start, other.start)


def test_everything_comes_up_and_colours_can_be_told_apart():
    scenes = drawn(2000, two=0.5)
    assert set(scenes.shape[:, 0].tolist()) == set(range(len(SHAPES)))
    assert set(scenes.motion[:, 0].tolist()) == set(range(len(MOTIONS)))
    assert set(scenes.ground.tolist()) == set(range(len(COLOURS)))
    assert 800 < int(scenes.present[:, 1].sum()) < 1200
    assert bool((scenes.colour != scenes.ground[:, None]).all())
    both = scenes[scenes.present[:, 1]]
    assert bool((both.colour[:, 0] != both.colour[:, 1]).all())
    assert bool((both.shape[:, 0] < both.shape[:, 1]).all())


@pytest.mark.parametrize(("motion", "axis", "sign"), [("left", 0, -1), ("right", 0, 1), ("up", 1, -1), ("down", 1, 1)])
def test_what_moves_is_seen_to_move_that_way_and_no_other(motion, axis, sign):
    scenes = drawn(600)
    scenes = scenes[scenes.motion[:, 0] == MOTIONS.index(motion)]
    path = middles(seen(scenes))[axis]
    assert bool(((path[:, -1] - path[:, 0]) * sign > 0.2).all())
    across = middles(seen(scenes))[1 - axis]
    assert float((across[:, -1] - across[:, 0]).abs().median()) < 0.05


@pytest.mark.parametrize(("motion", "grows"), [("growing", True), ("shrinking", False)])
def test_what_grows_is_seen_to_grow(motion, grows):
    scenes = drawn(600)
    area = seen(scenes[scenes.motion[:, 0] == MOTIONS.index(motion)]).sum((-1, -2))
    steps = area.diff(dim=1)
    assert bool((steps > 0).all() if grows else (steps < 0).all())


def test_what_is_still_never_changes_and_what_spins_does():
    scenes = drawn(600)
    still = seen(scenes[scenes.motion[:, 0] == MOTIONS.index("still")])
    assert torch.equal(still[:, 0], still[:, -1])
    cornered = (scenes.shape[:, 0] == SHAPES.index("star")) & (scenes.motion[:, 0] == MOTIONS.index("spinning"))
    spinning = seen(scenes[cornered])
    assert bool(((spinning[:, 0] != spinning[:, 1]).sum((-1, -2)) > 5).all())


def test_what_bounces_stays_above_its_floor_and_comes_back():
    scenes = drawn(600)
    y = middles(seen(scenes[scenes.motion[:, 0] == MOTIONS.index("bouncing")]))[1]
    assert bool((y.max(1).values - y.min(1).values > 0.3).all())
    assert bool((y < 0.75).all())


def test_on_other_canvases_shapes_keep_their_form_and_paths_stretch():
    scenes = drawn(400)
    scenes = scenes[(scenes.shape[:, 0] == SHAPES.index("circle")) & (scenes.motion[:, 0] == MOTIONS.index("still"))]
    wide, tall = seen(scenes, height=48, width=96), seen(scenes, height=96, width=48)
    square = seen(scenes)
    for masks in (wide, tall):
        assert torch.allclose(masks.sum((-1, -2)), square.sum((-1, -2)), rtol=0.15)
    assert torch.allclose(middles(wide)[0], middles(square)[0], atol=0.05)
    assert torch.allclose(middles(tall)[1], middles(square)[1], atol=0.05)


def test_a_ring_has_a_hole_and_outlines_are_of_radius_about_one():
    assert bool((OUTLINES > 0.3).all())
    assert bool((OUTLINES < 1.25).all())
    scenes = drawn(400)
    ring = scenes[scenes.shape[:, 0] == SHAPES.index("ring")]
    where = poses(ring, TIMES.expand(len(ring), -1))
    middle = torch.stack([where.x[:, 0], where.y[:, 0]], -1)[:, :, None]
    assert float(coverage(ring, where, middle, 0, pixel=0.05).max()) == 0
    edge = middle + torch.stack([where.size[:, 0] * 0.8, torch.zeros_like(where.size[:, 0])], -1)[:, :, None]
    assert float(coverage(ring, where, edge, 0, pixel=0.05).min()) == 1


def tips(shape: str) -> list[float]:
    """The angles (in degrees, 0 to the right, 90 down) at which a shape's outline is farthest from its middle."""
    outline = OUTLINES[SHAPES.index(shape)]
    is_tip = (outline >= outline.roll(1)) & (outline > outline.roll(-1)) & (outline > 0.95 * outline.max())
    return [float(place + 0.5) / ANGLES * 360 for place in is_tip.nonzero()[:, 0]]


@pytest.mark.parametrize(
    ("shape", "angles"),
    [
        ("square", [45, 135, 225, 315]),
        ("triangle", [30, 150, 270]),
        ("star", [54, 126, 198, 270, 342]),
    ],
)
def test_each_outline_is_the_shape_of_its_name(shape, angles):
    assert tips(shape) == pytest.approx(angles, abs=1.5)


def test_sides_are_straight_and_a_stars_are_notched():
    """How far the outline is from the middle half-way between two tips, by the distance of a tip."""
    for shape, part in (("square", 0.5**0.5), ("triangle", 0.5), ("star", 0.42)):
        outline = OUTLINES[SHAPES.index(shape)]
        assert float(outline.min() / outline.max()) == pytest.approx(part, abs=0.02)
    for shape in ("circle", "ring"):
        outline = OUTLINES[SHAPES.index(shape)]
        assert float(outline.max() - outline.min()) == 0


def test_a_circle_has_no_hole():
    scenes = drawn(200)
    circle = scenes[scenes.shape[:, 0] == SHAPES.index("circle")]
    where = poses(circle, TIMES.expand(len(circle), -1))
    middle = torch.stack([where.x[:, 0], where.y[:, 0]], -1)[:, :, None]
    assert float(coverage(circle, where, middle, 0, pixel=0.05).min()) == 1


def test_one_combination_in_ten_is_held_out_and_none_of_its_facts():
    scenes = drawn(6000)
    kept = scenes[held_out(scenes)]
    assert 450 < len(kept) < 750
    assert set(kept.motion[:, 0].tolist()) == set(range(len(MOTIONS)))
    assert set(kept.shape[:, 0].tolist()) == set(range(len(SHAPES)))
    assert set(kept.ground.tolist()) == set(kept.colour[:, 0].tolist()) == set(range(len(COLOURS)))


def test_a_scene_is_held_out_for_either_shape_that_is_there_and_for_no_other():
    scenes = drawn(2000, two=0.5)
    alone = [
        held_out(dataclasses.replace(scenes, present=torch.arange(2) == torch.full((2000, 1), slot)))
        & scenes.present[:, slot]
        for slot in range(2)
    ]
    assert torch.equal(held_out(scenes), alone[0] | alone[1])
