"""`make train-demo`: the demo model from nothing, or from where the last run was left."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch

from generation.demo_model.training import first, second, third
from generation.demo_model.training.export import OTHER_TURBO, export, has_turbo
from generation.demo_model.training.run import ADVICE, CannotGoOn

HERE = Path(__file__).resolve().parent
WEIGHTS = HERE.parent / "weights"


def main(arguments: Sequence[str] | None = None) -> None:
    given = _given(arguments)
    torch.set_num_threads(given.threads)
    try:
        _train(given)
    except CannotGoOn as sentence:
        sys.exit(str(sentence))


def _train(given: argparse.Namespace) -> None:
    _look_over(given.work)
    encoder, decoder = first.train(given.work)
    if given.until == "autoencoder":
        return
    text, transformer = second.train(given.work, encoder, decoder)
    turbo = None if given.until == "denoiser" else third.train(given.work, text, transformer, decoder)
    export(given.out, text=text, transformer=transformer, decoder=decoder, turbo=turbo)
    if given.out.resolve() == WEIGHTS:  # the repository's curve is that of the repository's weights
        shutil.copy(given.work / "curve.csv", HERE / "curve.csv")
    measure = " `make eval-demo` measures it." if given.out.resolve() == WEIGHTS else ""
    print(f"The model lies in {given.out}.{measure}", flush=True)  # noqa: T201  a script speaks


def _look_over(work: Path) -> None:
    """Says at once, not after half an hour's training, that what was kept builds on what is gone."""
    files = [work / f"{name}.pt" for name in ("autoencoder", "denoiser", "turbo")]
    for earlier, later in pairwise(files):
        if later.exists() and not earlier.exists():
            raise CannotGoOn(f"{later} builds on {earlier}, which is gone. {ADVICE}")


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(".data/demo-training"), help="checkpoints and the curve")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="the finished model's folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--until", choices=("autoencoder", "denoiser", "turbo"), default="turbo")
    given = parser.parse_args(arguments)
    if given.until == "denoiser" and has_turbo(given.out):
        parser.error(f"{given.out} {OTHER_TURBO}")
    return given


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(
            "Interrupted. The same command goes on from the last checkpoint, which is a minute old at most; only the "
            "pairs of the turbo variant, which take minutes, begin anew."
        )
