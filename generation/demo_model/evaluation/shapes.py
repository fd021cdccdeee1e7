"""Which shape a mask shows: a small convolutional classifier, trained on renderings within seconds."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from generation.demo_model.scenes import PALETTE, draw, pictures
from generation.demo_model.vocabulary import SHAPES

SIDE = 32  # pixels of a crop
STEPS, BATCH, SEED = 250, 64, 5


class ShapeClassifier:
    """Outlines only: no colour, no place, no size. Fewer training steps are enough where a miss may be forgiven."""

    def __init__(self, steps: int = STEPS) -> None:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.manual_seed(SEED)
            self._net = nn.Sequential(
                *(nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.ReLU()),
                *(nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU()),
                *(nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU()),
                *(nn.Flatten(), nn.Linear(64 * 16, len(SHAPES))),
            )
            self._train(steps)

    def named(self, masks: NDArray[np.bool_]) -> str:
        """The shape that most of the masks (pictures × height × width) show; "" where there is nothing."""
        crops = [found for mask in masks if (found := crop(mask)) is not None]
        if not crops:
            return ""
        with torch.no_grad():
            votes = self._net(torch.stack(crops)[:, None]).softmax(-1).sum(0)
        return SHAPES[int(votes.argmax())]

    def right(self, count: int, seed: int) -> float:
        """Its share of right answers on renderings that it has not seen."""
        crops, shapes = renderings(count, torch.Generator().manual_seed(seed))
        with torch.no_grad():
            return float((self._net(crops[:, None]).argmax(-1) == shapes).float().mean())

    def _train(self, steps: int) -> None:
        generator = torch.Generator().manual_seed(SEED)
        optimiser = torch.optim.AdamW(self._net.parameters(), lr=2e-3)
        for _ in range(steps):
            crops, shapes = renderings(BATCH, generator)
            loss = functional.cross_entropy(self._net(crops[:, None]), shapes)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()


def renderings(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Crops of rendered shapes at one moment each, and which shapes they are."""
    drawn = draw(count, generator, two=0.0)
    times = torch.rand(count, 1, generator=generator)
    painted = pictures(drawn, times, height=72, width=72)[:, 0]
    masks = (painted - PALETTE[drawn.ground][:, :, None, None]).square().sum(1).sqrt() > 0.1
    found = [crop(mask) for mask in masks.numpy()]
    kept = [place for place, one in enumerate(found) if one is not None]
    return torch.stack([one for one in found if one is not None]), drawn.shape[kept, 0]


def crop(mask: NDArray[np.bool_]) -> Tensor | None:
    """The mask's bounding box, made square and SIDE pixels wide; None where there is hardly anything."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if mask.sum() < 24:
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    side = max(bottom - top, right - left)
    square = torch.zeros(1, 1, side, side)
    y, x = (side - (bottom - top)) // 2, (side - (right - left)) // 2
    square[0, 0, y : y + bottom - top, x : x + right - left] = torch.from_numpy(mask[top:bottom, left:right]).float()
    return functional.interpolate(square, (SIDE, SIDE), mode="area" if side >= SIDE else "bilinear")[0, 0]
