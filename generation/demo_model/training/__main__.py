"""`make train-demo`: the demo model from nothing, or from where the last run was left."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch

from generation.demo_model.training import first, second, third
from generation.demo_model.training.export import export

HERE = Path(__file__).resolve().parent
WEIGHTS = HERE.parent / "weights"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(".data/demo-training"), help="checkpoints and the curve")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="the finished model's folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--until", choices=("autoencoder", "denoiser", "turbo"), default="turbo")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    encoder, decoder = first.train(given.work)
    if given.until == "autoencoder":
        return
    text, transformer = second.train(given.work, encoder, decoder)
    turbo = None if given.until == "denoiser" else third.train(given.work, text, transformer, decoder)
    export(given.out, text=text, transformer=transformer, decoder=decoder, turbo=turbo)
    shutil.copy(given.work / "curve.csv", HERE / "curve.csv")


if __name__ == "__main__":
    main()
