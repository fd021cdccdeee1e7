"""The encode path ÷ diffusers' export_to_video, at 1080p, from the same float frames that a pipeline returns.

Ours does more on the way (poster, storyboard, fsync); theirs gets `macro_block_size=8`, which spares it the detour over
1088 lines that its default takes. Quality is measured too: speed bought with it would be no gain.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from diffusers.utils import export_to_video
from numpy.typing import NDArray
from PIL import Image

from generation import media
from tests.benchmarks.figures import Figure
from tests.benchmarks.pairs import measure

WIDTH, HEIGHT, FPS, FRAMES = 1920, 1080, 8, 48
PAIRS = 5


def figures(folder: Path) -> list[Figure]:
    clip = _clip()
    theirs = folder / "theirs.mp4"

    def ours() -> None:
        media.encode(_as_uint8(clip), folder=folder, width=WIDTH, height=HEIGHT, fps=FPS, frame_count=FRAMES)

    def export() -> None:
        export_to_video(clip, str(theirs), fps=FPS, macro_block_size=8)

    pairs = measure(ours, export, pairs=PAIRS)
    original = folder / "original.mp4"
    # export_to_video neither tags its colours nor converts them by BT.709: read each file as it was written.
    quality, their_quality = _psnr(original, clip, Colorspace.ITU709), _psnr(theirs, clip, Colorspace.ITU601)
    ours_mb, theirs_mb = original.stat().st_size / 1e6, theirs.stat().st_size / 1e6
    how = (
        f"frames/s at 1080p: {FRAMES / min(pairs.ours):.1f} ÷ {FRAMES / min(pairs.theirs):.1f} at best; "
        f"ratio {1 / max(pairs.ratios):.2f} to {1 / min(pairs.ratios):.2f} in {PAIRS} pairs",
        f"ours: poster and storyboard too, {quality:.2f} dB, {ours_mb:.1f} MB; theirs: {their_quality:.2f} dB, "
        f"{theirs_mb:.1f} MB for {FRAMES} frames",
    )
    return [
        Figure("encode_over_export", 1 / pairs.ratio, "×", 2.5, "higher", how),
        Figure("encode_psnr_gain", quality - their_quality, "dB", 0, "higher"),
    ]


def _as_uint8(clip: list[NDArray[np.float32]]) -> Iterator[NDArray[np.uint8]]:
    for frame in clip:
        yield (frame * 255 + 0.5).astype(np.uint8)


def _clip() -> list[NDArray[np.float32]]:
    """Film-like: slow light, a texture that pans, fine grain. Frames of height × width × 3 from 0 to 1."""
    dice = np.random.default_rng(1)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    blots = Image.fromarray(
        dice.integers(0, 256, ((HEIGHT + 2 * FRAMES) // 8 + 1, (WIDTH + 4 * FRAMES) // 8 + 1, 3), np.uint8)
    )
    texture = np.asarray(blots.resize((8 * blots.width, 8 * blots.height), Image.Resampling.BICUBIC)) / np.float32(255)
    frames = []
    for number in range(FRAMES):
        light = [np.sin(x / 170 + number / 5), np.sin(y / 130 - number / 7), np.sin((x + y) / 250 + number / 10)]
        pan = texture[2 * number : 2 * number + HEIGHT, 4 * number : 4 * number + WIDTH]
        grain = dice.normal(0, 2 / 255, (HEIGHT, WIDTH, 1)).astype(np.float32)
        frames.append(np.clip(0.35 + 0.25 * np.stack(light, -1) + 0.25 * pan + grain, 0, 1))
    return frames


def _psnr(path: Path, clip: list[NDArray[np.float32]], matrix: Colorspace) -> float:
    """Decibels over all frames and channels, of the RGB picture that a correct player would show."""
    errors = []
    with av.open(str(path)) as container:
        for frame, source in zip(container.decode(video=0), clip, strict=True):
            shown = frame.reformat(
                format="rgb24",
                src_colorspace=matrix,
                dst_colorspace=matrix,
                src_color_range=ColorRange.MPEG,
                dst_color_range=ColorRange.JPEG,
                interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT,
            ).to_ndarray()
            errors.append(np.square(shown / np.float32(255) - source).mean())
    return float(-10 * np.log10(np.mean(errors)))
