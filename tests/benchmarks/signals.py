"""The CPU time of everything that looks at a work: all detectors, a 5 s 1080p clip as our encoder writes it, a prompt
and a policy, in a process that starts from nothing each time, as in production.

What is counted is the time of processors, user and system, of the whole process: its start, the models it loads, the
decoding. Text is drawn into the clip, so that the reader of text has something to read.
"""

from __future__ import annotations

import resource
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from generation import media
from review.signals import process
from review.signals.looking import DETECTORS, PRINTS
from review.signals.reading import Material
from tests.benchmarks.figures import Figure

WIDTH, HEIGHT, FPS, SECONDS = 1920, 1080, 24, 5
FRAMES = FPS * SECONDS
RUNS = 5
POLICY = Path(__file__).resolve().parents[2] / "platform" / "web" / "founding" / "sharing_policy.toml"
PROMPT = (
    "A lighthouse keeper reads the news by lamplight. Outside, waves break over the pier; a flag is torn by the wind."
)


def figures(folder: Path) -> list[Figure]:
    media.encode(_clip(), folder=folder, width=WIDTH, height=HEIGHT, fps=FPS, frame_count=FRAMES)
    film = folder / "original.mp4"
    reasons = tomllib.loads(POLICY.read_text())["reasons"]
    material = Material(prompt=PROMPT, topics={reason["code"]: reason["description"] for reason in reasons})
    spent, waited, said = [], [], ""
    for _run in range(RUNS):
        before, began = _children(), time.monotonic()
        with film.open("rb") as video:
            results = process.look(
                material,
                video=video,
                frame_count=FRAMES,
                kinds=[*DETECTORS, PRINTS],
                seconds=600,
                memory_mib=3072,
            )
        spent.append(_children() - before)
        waited.append(time.monotonic() - began)
        if missing := [result.kind for result in results if result.fault]:
            raise RuntimeError(f"Without {', '.join(missing)} this would measure less than a look.")
        said = f"{len(next(result.prints for result in results if result.prints))} frames of {FRAMES} looked at; " + (
            ", ".join(result.kind for result in results if result.reading and result.reading.fired) or "nothing"
        )
    how = (
        f"best of {RUNS} from a cold start; worst {max(spent):.2f} s; from start to end {min(waited):.1f} s at best",
        f"{said} fired",
    )
    return [Figure("signals_cpu_s", min(spent), "s", 6, "lower", how)]


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _clip() -> Iterator[NDArray[np.uint8]]:
    """Film-like: two shots, slow light, a texture that pans, fine grain, a line of text."""
    dice = np.random.default_rng(1)
    font = ImageFont.load_default(72)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    for shot in range(2):
        blots = dice.integers(0, 256, (HEIGHT // 16 + 8, (WIDTH + 4 * FRAMES) // 16 + 8, 3), np.uint8)
        texture = Image.fromarray(blots).resize((WIDTH + 4 * FRAMES, HEIGHT), Image.Resampling.BICUBIC)
        for number in range(FRAMES // 2):
            light = (50 * np.sin(x / 170 + number / 5) + 50 * np.sin(y / 130 - number / 7))[..., None]
            pan = np.asarray(texture.crop((4 * number, 0, 4 * number + WIDTH, HEIGHT)), np.float32) / 4
            grain = dice.normal(0, 2, (HEIGHT, WIDTH, 1)).astype(np.float32)
            frame = Image.fromarray(np.clip(60 + 40 * shot + light + pan + grain, 0, 255).astype(np.uint8))
            ImageDraw.Draw(frame).text((300, 500), "HARBOUR FESTIVAL 2026", font=font, fill=(255, 255, 255))
            yield np.asarray(frame)
