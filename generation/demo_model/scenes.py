"""Scenes and their renderings: what the demo model is trained on and measured against. Nothing else is.

A scene holds one or two shapes on a plain ground, filmed for a time from 0 to 1. Lengths are in half the canvas's short
side, y downwards: a square canvas is [-1, 1] × [-1, 1]. On other canvases paths are stretched with the canvas and
shapes are not. Every field of `Scenes` has the batch first (B) and the shape second (K = 2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from generation.demo_model.vocabulary import COLOURS, MOTIONS, SHAPES

MOST = 2  # shapes in a scene
ANGLES = 512  # entries of an outline's table
PALETTE = torch.tensor(list(COLOURS.values()))
STILL, LEFT, RIGHT, UP, DOWN, GROWING, SHRINKING, SPINNING, BOUNCING = range(len(MOTIONS))
RING_WIDTH = 0.36  # of the radius
SPIN = (0.35, 0.9)  # turns a clip


@dataclass(slots=True)
class Scenes:
    """B scenes of K shapes each; integers index SHAPES, COLOURS and MOTIONS."""

    ground: Tensor  # B
    present: Tensor  # B × K, bool; the first always is
    shape: Tensor  # B × K
    colour: Tensor  # B × K
    motion: Tensor  # B × K
    start: Tensor  # B × K × 2: x, y at time 0
    travel: Tensor  # B × K × 2: how far it goes in the clip
    size: Tensor  # B × K: radius at time 0
    growth: Tensor  # B × K: logarithm of the radius at 1 over that at 0
    angle: Tensor  # B × K, radians at time 0
    turn: Tensor  # B × K, radians in the clip
    bounce: Tensor  # B × K × 3: height, times a clip, phase

    def __len__(self) -> int:
        return len(self.ground)

    def __getitem__(self, index: Tensor | slice) -> Scenes:
        return Scenes(*(getattr(self, field.name)[index] for field in fields(self)))


@dataclass(slots=True)
class Poses:
    """Where the shapes are at given times (B × K × T)."""

    x: Tensor
    y: Tensor
    size: Tensor
    angle: Tensor


def draw(count: int, generator: torch.Generator, *, two: float = 0.35) -> Scenes:
    """Random scenes; a share `two` of them has two shapes, which differ in shape and colour."""

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator) * (high - low) + low

    def sign(*shape: int) -> Tensor:
        return (torch.randint(0, 2, (count, *shape), generator=generator) * 2 - 1).float()

    present = torch.stack([torch.ones(count, dtype=torch.bool), uniform(0, 1) < two], 1)
    # Without repeats: the ground and the shapes have three colours.
    colours = torch.rand(count, len(COLOURS), generator=generator).argsort(1)[:, : MOST + 1]
    shape = torch.rand(count, len(SHAPES), generator=generator).argsort(1)[:, :MOST]
    # In the order of SHAPES where there are two, so that whoever looks at the pictures knows which one is the first.
    both = present[:, 1]
    shape = torch.where(both[:, None], shape.sort(1).values, shape)
    motion = torch.randint(0, len(MOTIONS), (count, MOST), generator=generator)
    moves = {kind: motion == kind for kind in range(len(MOTIONS))}
    path = uniform(0.7, 1.25, MOST)
    direction = torch.zeros(count, MOST, 2)
    direction[..., 0] = moves[RIGHT].float() - moves[LEFT].float()
    direction[..., 1] = moves[DOWN].float() - moves[UP].float()
    travel = direction * path[..., None]
    middle = _middles(count, both, uniform, sign)
    growth = uniform(0.75, 1.1, MOST)
    growing = growth * (moves[GROWING].float() - moves[SHRINKING].float())
    mean_size = torch.where(both[:, None], uniform(0.24, 0.34, MOST), uniform(0.28, 0.46, MOST))
    bounce = torch.stack([uniform(0.7, 1.0, MOST), uniform(1.6, 2.4, MOST), uniform(0, 1, MOST)], -1)
    bounce[..., 0] *= moves[BOUNCING]
    middle[..., 1] = torch.where(moves[BOUNCING], 0.45, middle[..., 1])
    return Scenes(
        ground=colours[:, 0],
        present=present,
        shape=shape,
        colour=colours[:, 1:],
        motion=motion,
        start=middle - travel / 2,
        travel=travel,
        size=mean_size * torch.exp(-growing / 2),
        growth=growing,
        angle=uniform(-0.2, 0.2, MOST),
        turn=sign(MOST) * uniform(*SPIN, MOST) * 2 * math.pi * moves[SPINNING],
        bounce=bounce,
    )


def held_out(scenes: Scenes) -> Tensor:
    """Which scenes (B) show a combination of ground, colour, shape and motion that the denoiser never learns from.

    It is one in ten, so that an evaluation can ask for what was not learned by heart.
    """
    mixed = 3 * scenes.ground[:, None] + 7 * scenes.colour + scenes.shape + 7 * scenes.motion
    return ((mixed % 10 == 0) & scenes.present).any(1)


def _middles(count: int, both: Tensor, uniform: Callable[..., Tensor], sign: Callable[..., Tensor]) -> Tensor:
    """The middles of the paths: about the centre for one shape, side by side or above each other for two."""
    alone = uniform(-0.3, 0.3, MOST, 2)
    apart = uniform(0.4, 0.55)[:, None] * torch.tensor([-1.0, 1.0]) * sign()[:, None]
    across = uniform(0, 1) < 0.5
    pair = uniform(-0.2, 0.2, MOST, 2)
    pair[..., 0] += torch.where(across[:, None], apart, 0.0)
    pair[..., 1] += torch.where(across[:, None], 0.0, apart)
    return torch.where(both[:, None, None], pair, alone)


def poses(scenes: Scenes, times: Tensor) -> Poses:
    """`times`: B × T, from 0 to 1."""
    t = times[:, None, :]
    height, often, phase = (part[..., None] for part in scenes.bounce.unbind(-1))
    beat = torch.frac(often * t + phase)
    return Poses(
        x=scenes.start[..., 0, None] + scenes.travel[..., 0, None] * t,
        y=scenes.start[..., 1, None] + scenes.travel[..., 1, None] * t - height * 4 * beat * (1 - beat),
        size=scenes.size[..., None] * torch.exp(scenes.growth[..., None] * t),
        angle=scenes.angle[..., None] + scenes.turn[..., None] * t,
    )


def pictures(scenes: Scenes, times: Tensor, *, height: int, width: int) -> Tensor:
    """B × T × 3 × height × width, from 0 to 1, with smooth edges one pixel wide."""
    points = grid(height=height, width=width)
    stretch = canvas(height=height, width=width)
    everywhere = points.expand(len(scenes), times.shape[1], *points.shape)
    colours = colours_at(scenes, times, everywhere, pixel=2 / min(height, width), stretch=stretch)
    return colours.unflatten(2, (height, width)).permute(0, 1, 4, 2, 3)


def canvas(*, height: int, width: int) -> tuple[float, float]:
    """Half the canvas's width and height, in half its short side."""
    short = min(height, width)
    return width / short, height / short


def grid(*, height: int, width: int) -> Tensor:
    """The middles of the pixels, (height · width) × 2."""
    half_width, half_height = canvas(height=height, width=width)
    x = ((torch.arange(width) + 0.5) / width * 2 - 1) * half_width
    y = ((torch.arange(height) + 0.5) / height * 2 - 1) * half_height
    return torch.stack(torch.meshgrid(y, x, indexing="ij"), -1).flip(-1).reshape(-1, 2)


def colours_at(
    scenes: Scenes, times: Tensor, points: Tensor, *, pixel: float | Tensor, stretch: tuple[float, float] = (1.0, 1.0)
) -> Tensor:
    """The colours (B × T × P × 3) at points (B × T × P × 2). `pixel` is the width of a smooth edge."""
    where = poses(scenes, times)
    result = PALETTE[scenes.ground][:, None, None, :].expand(*points.shape[:3], 3)
    for slot in range(MOST):
        inside = (
            coverage(scenes, where, points, slot, pixel=pixel, stretch=stretch) * scenes.present[:, slot, None, None]
        )
        result = torch.lerp(
            result, PALETTE[scenes.colour[:, slot]][:, None, None, :].expand_as(result), inside[..., None]
        )
    return result


def coverage(
    scenes: Scenes,
    where: Poses,
    points: Tensor,
    slot: int,
    *,
    pixel: float | Tensor,
    stretch: tuple[float, float] = (1.0, 1.0),
) -> Tensor:
    """How much of each point (B × T × P × 2) the shape covers, from 0 to 1."""
    x = points[..., 0] - where.x[:, slot, :, None] * stretch[0]
    y = points[..., 1] - where.y[:, slot, :, None] * stretch[1]
    radius = torch.hypot(x, y)
    turned = torch.atan2(y, x) - where.angle[:, slot, :, None]
    place = torch.remainder(turned / (2 * math.pi), 1.0).mul(ANGLES).long().clamp_(max=ANGLES - 1)
    table = OUTLINES[scenes.shape[:, slot]]
    outline = table.gather(1, place.flatten(1)).view_as(radius)
    size = where.size[:, slot, :, None]
    outside = radius - outline * size
    is_ring = (scenes.shape[:, slot] == SHAPES.index("ring"))[:, None, None]
    ring = (radius - (1 - RING_WIDTH / 2) * size).abs() - RING_WIDTH / 2 * size
    return (0.5 - torch.where(is_ring, ring, outside) / pixel).clamp(0, 1)


def _outlines() -> Tensor:
    """The distance of each shape's outline from its centre by angle (y downwards), at radius 1: shapes × ANGLES."""
    angle = (torch.arange(ANGLES) + 0.5) / ANGLES * 2 * math.pi
    return torch.stack(
        [
            torch.ones(ANGLES),
            _polygon(angle, _corners([1.0] * 4, first=math.pi / 4)) * 1.15,
            _polygon(angle, _corners([1.0] * 3, first=-math.pi / 2)) * 1.2,
            _polygon(angle, _corners([1.0, 0.42] * 5, first=-math.pi / 2)) * 1.2,
            torch.ones(ANGLES),
        ]
    )


def _corners(radii: list[float], *, first: float) -> Tensor:
    angles = first + torch.arange(len(radii)) * 2 * math.pi / len(radii)
    return torch.stack([angles.cos(), angles.sin()], 1) * torch.tensor(radii)[:, None]


def _polygon(angle: Tensor, corners: Tensor) -> Tensor:
    """How far a ray at each angle goes until it leaves a polygon round the origin."""
    ray = torch.stack([angle.cos(), angle.sin()], 1)[:, None]
    a, b = corners[None], corners.roll(-1, 0)[None]
    edge = b - a
    cross = ray[..., 0] * edge[..., 1] - ray[..., 1] * edge[..., 0]
    along = (a[..., 0] * edge[..., 1] - a[..., 1] * edge[..., 0]) / cross
    on_edge = (a[..., 0] * ray[..., 1] - a[..., 1] * ray[..., 0]) / cross
    hit = (along > 0) & (on_edge >= -1e-6) & (on_edge <= 1 + 1e-6)
    return torch.where(hit, along, torch.inf).min(1).values


OUTLINES = _outlines()
