"""Which of a repository's files a checkpoint needs: weights as safetensors, and the texts that describe them.

A pickle is a program: loading one runs whatever its author wrote. So none is ever fetched, and neither is Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from generation.checkpoints.errors import PullFailed
from generation.checkpoints.parcels import Parcel

WEIGHTS = ".safetensors"
TEXTS = frozenset({".json", ".txt", ".model", ".jinja", ".tiktoken"})
NOTICES = ("licen", "notice", "readme")  # how the names of files begin that belong to whoever has the weights
PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
# Pickles that say how something was trained, and that no pipeline needs.
NEVER_WEIGHTS = frozenset({"training_args", "optimizer", "scheduler", "scaler", "rng_state"})
VARIANTS = frozenset({"fp16", "bf16", "fp32", "non_ema"})


def choose(paths: Iterable[str], parcel: Parcel) -> list[str]:
    """The paths to fetch, sorted. PullFailed when something is not there, is a pickle only, or leads out."""
    every = sorted(paths)
    for path in every:
        if not is_inside(path):
            raise PullFailed(f"The repository {parcel.repository} names a file outside of itself: {path!r}.")
    if missing := sorted(set(parcel.loras) - set(every)):
        raise PullFailed(
            f"The repository {parcel.repository} has no file {missing[0]}, which {parcel.entry_key!r} needs."
        )
    if parcel.is_lora:
        return [path for path in every if path in parcel.loras or _is_notice(PurePosixPath(path))]
    wanted = [path for path in every if _is_wanted(path, every, parcel)]
    if not any(path.endswith(WEIGHTS) for path in wanted):
        raise PullFailed(f"The repository {parcel.repository} has no weights as safetensors; others are never fetched.")
    covered = {PurePosixPath(path).parent for path in wanted if path.endswith(WEIGHTS)}
    for path in every:
        if is_pickle(path) and PurePosixPath(path).stem not in NEVER_WEIGHTS:
            folder = PurePosixPath(path).parent
            if folder not in covered and folder != PurePosixPath("."):
                raise PullFailed(
                    f"{parcel.name} has weights in {folder} as a pickle only ({PurePosixPath(path).name}), "
                    "which could run any program when it is loaded: ask its authors for safetensors."
                )
    return wanted


def is_pickle(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in PICKLES


def is_inside(path: str) -> bool:
    """Whether a relative path stays in its folder on every system."""
    parts = path.replace("\\", "/").split("/")
    return bool(path) and all(part not in {"", ".", ".."} and ":" not in part for part in parts)


def _is_wanted(path: str, every: Sequence[str], parcel: Parcel) -> bool:
    file = PurePosixPath(path)
    if any(part.startswith(".") for part in file.parts):
        return False
    if file.suffix == WEIGHTS:
        return _is_part(file, parcel) and not _is_variant(file, every)
    if _is_named_like_a_notice(file):
        return len(file.parts) == 1
    return file.suffix in TEXTS


def _is_notice(file: PurePosixPath) -> bool:
    return len(file.parts) == 1 and _is_named_like_a_notice(file)


def _is_named_like_a_notice(file: PurePosixPath) -> bool:
    return file.name.lower().startswith(NOTICES) and file.suffix.lower() in {"", ".md", ".txt"}


def _is_part(file: PurePosixPath, parcel: Parcel) -> bool:
    """Parts of a pipeline lie in folders; weights beside them are the same model once more, for other programs."""
    return len(file.parts) > 1 or str(file) in parcel.loras


def _is_variant(file: PurePosixPath, every: Sequence[str]) -> bool:
    """Whether the same weights are there in the precision that we load too."""
    stem, _, variant = file.stem.rpartition(".")
    return variant in VARIANTS and str(file.with_name(f"{stem}{WEIGHTS}")) in every
