"""The app that a user would write: `python -m tests.benchmarks.gradio_app CHECKPOINT PORT FOLDER FORMAT-AS-JSON`.

Gradio's own queue, one generation at a time as on one GPU, the same pipeline, `export_to_video`.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import gradio

from tests.benchmarks import bare


def main(checkpoint: Path, port: int, folder: Path, format: bare.Format) -> None:
    pipeline = bare.load(checkpoint)
    numbers = itertools.count()

    def generate(prompt: str, seconds: int, seed: int) -> str:
        path = folder / f"{next(numbers)}.mp4"
        return str(bare.generate(pipeline, format, prompt=prompt, seconds=int(seconds), seed=int(seed), path=path))

    page = gradio.Interface(
        generate,
        [gradio.Textbox(label="Prompt"), gradio.Number(label="Seconds"), gradio.Number(label="Seed")],
        gradio.Video(label="Video"),
        api_name="generate",
    )
    page.queue(default_concurrency_limit=1).launch(
        server_name="127.0.0.1", server_port=port, allowed_paths=[str(folder)]
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), bare.Format(**json.loads(sys.argv[4])))
