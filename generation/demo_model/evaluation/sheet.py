"""The model card's contact sheet: a row of frames from the delivered film of each of some prompts.

python -m generation.demo_model.evaluation.sheet
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from generation.catalogue.reading import read
from generation.demo_model.evaluation.asking import Asked
from generation.demo_model.evaluation.filming import Studio
from generation.demo_model.evaluation.seeing import frames_of

HERE = Path(__file__).resolve().parent
PROMPTS = (
    "a red circle moving left on a blue background",
    "a spinning yellow star on a black background",
    "a growing green square on a white background",
    "a pink triangle falling in front of a grey backdrop",
    "a bouncing orange ball on a purple background",
    "a cyan ring getting smaller on a brown background",
    "a white star moving up and a black circle moving down on an orange background",
    "on a yellow ground, a rotating blue square and a still red triangle",
    "a violet donut going right",
    "a star",
)
SHOWN = 6  # frames of each film
WIDTH, HEIGHT, SECONDS = 160, 96, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--out", type=Path, default=HERE.parent / "contact_sheet.webp")
    given = parser.parse_args()
    (entry,) = (one for one in read(HERE.parents[1] / "catalogue.toml") if one.key == given.model)
    rows = []
    with tempfile.TemporaryDirectory() as scratch, Studio(entry, Path(scratch)) as studio:
        for seed, prompt in enumerate(PROMPTS):
            asked = Asked(prompt, seed, f"{2 * WIDTH}x{2 * HEIGHT}", ground="", things=())
            film, _seconds = studio.film(asked, seconds=SECONDS)
            rows.append(_row(film))
    sheet = Image.new("RGB", (rows[0].width, sum(row.height + 2 for row in rows)), "white")
    for place, row in enumerate(rows):
        sheet.paste(row, (0, place * (row.height + 2)))
    sheet.save(given.out, quality=80, method=6)


def _row(film: Path) -> Image.Image:
    frames = frames_of(film)
    row = Image.new("RGB", (SHOWN * (WIDTH + 2), HEIGHT), "white")
    for place, index in enumerate(np.linspace(0, len(frames) - 1, SHOWN).round().astype(int)):
        picture = Image.fromarray((frames[index] * 255).round().astype(np.uint8))
        row.paste(picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), (place * (WIDTH + 2), 0))
    return row


if __name__ == "__main__":
    main()
