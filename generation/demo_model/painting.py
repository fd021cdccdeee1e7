"""From a clip's tokens to its frames, at any size and length.

A shape's outline is the same in every frame but for place, size and angle: its distances are read from the networks
once, into a table, and each frame looks them up where the shape is.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from generation.demo_model.autoencoder import FIRST_SHAPE, Paths, SceneAutoencoder
from generation.demo_model.scenes import canvas

PIECE = 8  # frames
TABLE = 256  # entries of a shape's table on each side
REACH = 1.5  # how far it goes, in the shape's radius: no outline does


def paint(decoder: SceneAutoencoder, tokens: Tensor, *, width: int, height: int, frames: int) -> Iterator[Tensor]:
    """Of 3 × channels: pieces of 3 × frames × height × width, from -1 to 1."""
    with torch.no_grad():
        ground, colours, presence = (part[0] for part in decoder.colours(tokens[None]))
        times = torch.linspace(0, 1, frames, device=tokens.device)
        shapes = [
            _Shape(decoder, token, colour, times, width=width, height=height)
            for token, colour, logit in zip(tokens[FIRST_SHAPE:], colours, presence, strict=True)
            if logit > 0
        ]
    for start in range(0, frames, PIECE):
        with torch.no_grad():
            piece = ground.view(1, 3, 1, 1).repeat(min(PIECE, frames - start), 1, height, width)
            for place, picture in enumerate(piece):
                for shape in shapes:
                    shape.onto(picture, start + place)
        yield piece.transpose(0, 1) * 2 - 1


class _Shape:
    """One shape, ready to be painted onto any frame."""

    def __init__(
        self, decoder: SceneAutoencoder, token: Tensor, colour: Tensor, times: Tensor, *, width: int, height: int
    ) -> None:
        self.colour = colour[:, None, None]
        self.paths: Paths = decoder.paths(token, times)
        stretch = canvas(height=height, width=width)
        short = min(width, height)
        # Middles in pixels; lengths are in half the short side.
        self.x = (self.paths.x * stretch[0] * short + width) / 2
        self.y = (self.paths.y * stretch[1] * short + height) / 2
        self.radius = self.paths.size * short / 2
        line = torch.linspace(-REACH, REACH, TABLE, device=token.device)
        points = torch.stack(torch.meshgrid(line, line, indexing="ij"), -1).flip(-1)
        self.distances = decoder.field(token, points.view(-1, 2)).view(1, 1, TABLE, TABLE)

    def onto(self, picture: Tensor, frame: int) -> None:
        """Paints the shape onto 3 × height × width, where it is in this frame."""
        x, y, radius = (float(part[frame]) for part in (self.x, self.y, self.radius))
        cos, sin = self.paths.cos[frame], self.paths.sin[frame]
        left, right = _span(x, REACH * radius, picture.shape[2])
        top, bottom = _span(y, REACH * radius, picture.shape[1])
        if left >= right or top >= bottom:
            return
        across = (torch.arange(left, right, device=picture.device) + 0.5 - x) / (radius * REACH)
        down = ((torch.arange(top, bottom, device=picture.device) + 0.5 - y) / (radius * REACH))[:, None]
        places = torch.stack([across * cos + down * sin, down * cos - across * sin], -1)
        found = functional.grid_sample(
            self.distances, places[None], mode="bilinear", padding_mode="border", align_corners=True
        )
        inside = (0.5 - found[0] * radius).clamp(0, 1)  # an edge is one pixel wide
        part = picture[:, top:bottom, left:right]
        part.lerp_(self.colour.expand_as(part), inside.expand_as(part))


def _span(middle: float, reach: float, length: int) -> tuple[int, int]:
    """The pixels of a row or column that a shape can touch."""
    return max(0, int(middle - reach) - 1), min(length, int(middle + reach) + 2)
