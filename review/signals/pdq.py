"""PDQ, a hash of a picture that survives another encoding and another size: 256 bits as 64 hexadecimal digits.

Written with numpy from its published description: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing
Algorithm" (Facebook, 2019) and the reference implementation beside it (BSD licence). Luma, two passes of a box filter
in both directions, 64 × 64 samples, the 16 × 16 lowest frequencies of their cosine transform without the constant
ones, and each bit says whether a frequency is above the median. Equal hashes differ in no bit; 31 is the published
limit for "the same picture".
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = "1"
SAME = 31  # bits
# Below this the picture has too little in it: hashes of black or flat frames are all alike.
LEAST_QUALITY = 50
SIDE = 64
FREQUENCIES = 16
LUMA = np.array([0.299, 0.587, 0.114], np.float32)

Picture = NDArray[np.uint8]
Bits = NDArray[np.uint64]


def hash_of(picture: Picture) -> tuple[str, str, int]:
    """The hash of a picture (height × width × RGB), of the picture mirrored, and the quality, 0 to 100."""
    luma = picture @ LUMA
    samples = _samples(luma)
    # Mirroring the samples instead would cost up to 36 bits, since they do not lie symmetrically.
    return _digest(samples), _digest(_samples(luma[:, ::-1])), _quality(samples)


def as_bits(digests: list[str]) -> Bits:
    """Hashes in a form that `distances` compares quickly: four words each."""
    return np.frombuffer(bytes.fromhex("".join(digests)), np.uint64).reshape(len(digests), 4)


def distances(one: Bits, others: Bits) -> NDArray[np.int64]:
    """How many bits differ, for each of the others."""
    differing = np.bitwise_xor(one, others).view(np.uint8)
    return np.unpackbits(differing, axis=1).sum(axis=1, dtype=np.int64)


def _samples(luma: NDArray[Any]) -> NDArray[np.float64]:
    """64 × 64 samples of the blurred picture."""
    height, width = luma.shape
    blurred = luma.astype(np.float64)
    for _pass in range(2):
        blurred = _box(_box(blurred, _window(width), axis=1), _window(height), axis=0)
    rows = ((np.arange(SIDE) + 0.5) * height / SIDE).astype(int)
    columns = ((np.arange(SIDE) + 0.5) * width / SIDE).astype(int)
    return blurred[np.ix_(rows, columns)]


def _window(length: int) -> int:
    return (length + 2 * SIDE - 1) // (2 * SIDE)


def _box(values: NDArray[np.float64], window: int, axis: int) -> NDArray[np.float64]:
    """The mean of a sliding window, which is smaller at the two ends."""
    length = values.shape[axis]
    sums = np.concatenate((np.zeros_like(values.take([0], axis)), values.cumsum(axis)), axis)
    right = np.arange(length) + (window + 2) // 2
    first, last = np.clip(right - window, 0, length), np.clip(right, 0, length)
    shape = (-1, 1) if axis == 0 else (1, -1)
    means: NDArray[np.float64] = (sums.take(last, axis) - sums.take(first, axis)) / (last - first).reshape(shape)
    return means


@cache
def _cosines() -> NDArray[np.float64]:
    frequency = np.arange(1, FREQUENCIES + 1)[:, None]
    place = 2 * np.arange(SIDE)[None, :] + 1
    cosines: NDArray[np.float64] = np.sqrt(2 / SIDE) * np.cos(np.pi / (2 * SIDE) * frequency * place)
    return cosines


def _digest(samples: NDArray[np.float64]) -> str:
    waves = (_cosines() @ samples @ _cosines().T).ravel()
    median = np.partition(waves, waves.size // 2 - 1)[waves.size // 2 - 1]  # the lower one of the two in the middle
    # The last frequency is the first digit.
    return np.packbits((waves > median)[::-1]).tobytes().hex()


def _quality(samples: NDArray[np.float64]) -> int:
    """How much there is to see: the steps between neighbouring samples."""
    steps = (np.abs(np.diff(samples, axis=axis)) * 100 / 255 for axis in (0, 1))
    return int(min(100, sum(int(step.astype(int).sum()) for step in steps) // 90))
