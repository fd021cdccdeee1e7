"""PDQ, against hashes that the reference implementation (through pdqhash 0.2.8) gave for the same pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from review.signals import pdq

# Height, width and seed of the picture; the reference's hash and quality.
REFERENCE = [
    (512, 512, 1, "d78f15b79b693c29046d58dda1cff9ac35494b712a988ef82a848077987f901d", 100),
    (540, 960, 2, "c0e1db5d883f54768bf5bda9d7425c0479b0a0ca215b560fe39c54b29039efc9", 100),
    (360, 640, 3, "25589c304440a3eb7d185c10bbff63cfdaa7160f94e2b7825237b58b1d17363e", 100),
    (96, 160, 4, "0aa1147200b0595a2beff4d52ba0ff4a2fb0f31a6a4ff6a5e3cfe95a87b083c0", 95),
    (300, 200, 5, "40944168616fc869d07fb49af16dcb65cf80d396d490d697ad4b5635489bf297", 100),
    (64, 64, 6, "40008bfa42efae03083ff81e3bffe005aff0e0fc77c1c1f1f1d883f9066383b2", 26),
]


def picture(height: int, width: int, seed: int) -> pdq.Picture:
    dice = np.random.default_rng(seed)
    blots = Image.fromarray(dice.integers(0, 256, (height // 32 + 1, width // 32 + 1, 3), np.uint8))
    return np.asarray(blots.resize((width, height), Image.Resampling.BICUBIC))


def apart(one: str, other: str) -> int:
    return int(pdq.distances(pdq.as_bits([one]), pdq.as_bits([other]))[0])


@pytest.mark.parametrize(("height", "width", "seed", "digest", "quality"), REFERENCE)
def test_the_hash_is_the_reference_implementations(height, width, seed, digest, quality):
    found, _mirrored, found_quality = pdq.hash_of(picture(height, width, seed))
    # Another resampling library or rounding may turn a bit that lies at the median.
    assert apart(found, digest) <= 2
    assert abs(found_quality - quality) <= 1


def test_a_mirrored_picture_has_the_mirrored_hash():
    original = picture(540, 960, 2)
    digest, mirrored, _quality = pdq.hash_of(original)
    assert pdq.hash_of(original[:, ::-1])[:2] == (mirrored, digest)
    assert apart(digest, mirrored) > 2 * pdq.SAME


def test_half_of_the_bits_are_set_and_two_pictures_differ_in_about_half():
    one, other = (pdq.hash_of(picture(360, 640, seed))[0] for seed in (8, 9))
    assert abs(bin(int(one, 16)).count("1") - 128) <= 1
    assert apart(one, other) > 80


def test_a_flat_picture_is_known_by_its_quality():
    assert pdq.hash_of(np.full((96, 160, 3), 90, np.uint8))[2] < pdq.LEAST_QUALITY


def test_distances_are_counted_in_bits():
    digests = ["0" * 64, "f" * 64, "0" * 63 + "7"]
    assert pdq.distances(pdq.as_bits(["0" * 64]), pdq.as_bits(digests)).tolist() == [0, 256, 3]
