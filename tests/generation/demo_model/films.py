"""Films whose every pixel is known, through the encoder that workers use."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import torch

from generation import media
from generation.demo_model.evaluation.asking import Asked, shown
from generation.demo_model.scenes import PALETTE, Scenes, draw, pictures
from generation.demo_model.vocabulary import COLOURS, MOTIONS, SHAPES

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


def rendering_of(asked: Asked) -> Scenes:
    """A scene of one shape, as a pair asks for it."""
    (thing,), names = asked.things, tuple(COLOURS)
    drawn = draw(2000, torch.Generator().manual_seed(22), two=0.0)
    fits = (drawn.shape[:, 0] == SHAPES.index(thing.shape)) & (drawn.motion[:, 0] == MOTIONS.index(thing.motion))
    scene = drawn[fits][:1]
    colours = torch.full((1, 2), names.index(thing.colour))
    return dataclasses.replace(scene, ground=torch.tensor([names.index(asked.ground)]), colour=colours)


def empty_film(ground: str, folder: Path) -> Path:
    colour = PALETTE[tuple(COLOURS).index(ground)]
    return delivered(colour[None, :, None, None].expand(COUNT, 3, HEIGHT, WIDTH), folder)
