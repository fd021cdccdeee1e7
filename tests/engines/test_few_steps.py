"""A few-step LoRA from a repository of its own, as its publisher names the layers, on the real Wan pipeline."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from generation.catalogue import CatalogueEntry, CatalogueError, Lora
from generation.checkpoints.manifest import REVISION_FILE, Manifest, list_file, sha256_of, write_manifest
from generation.engines import registry
from generation.engines.base import CheckpointUnavailable
from generation.worker.shelf import EngineShelf
from tests.engines.families import FAMILIES, Family, Stable, no_news, pixels

pytestmark = [pytest.mark.filterwarnings("ignore:In CPU autocast")]
A14B = next(family for family in FAMILIES if family.name == "wan-a14b")
SIGMAS = (1.0, 0.9375, 0.8333, 0.625)
COMMIT = "ab" * 20
HIGH = Lora("four/high.safetensors", repository="studio/few-steps", revision=COMMIT)
LOW = Lora("four/low.safetensors", "transformer_2", 0.5, "studio/few-steps", COMMIT)
LAYERS = {"self_attn.q": (24, 24), "cross_attn.o": (24, 24), "ffn.0": (24, 32)}  # in, out
RANK = 4


def few_steps(seed: int) -> dict[str, torch.Tensor]:
    """Named as the trainers of these LoRAs name them, each with an alpha of its own."""
    random = torch.Generator().manual_seed(seed)
    state = {}
    for layer, (wide, narrow) in LAYERS.items():
        name = f"diffusion_model.blocks.1.{layer}"
        state[f"{name}.lora_down.weight"] = torch.randn(RANK, wide, generator=random)
        state[f"{name}.lora_up.weight"] = torch.randn(narrow, RANK, generator=random)
        state[f"{name}.alpha"] = torch.tensor(2.0)
    return state


@pytest.fixture(scope="module")
def models_dir(stable: Stable) -> Path:
    stable.checkpoint(A14B)
    folder = stable.folder / HIGH.folder
    (folder / "four").mkdir(parents=True)
    for number, lora in enumerate((HIGH, LOW)):
        save_file(few_steps(number), folder / lora.file)
    files = tuple(list_file(folder, lora.file, sha256_of(folder / lora.file)) for lora in (HIGH, LOW))
    write_manifest(folder, Manifest("studio/few-steps", COMMIT, "hub", files))
    (folder / REVISION_FILE).write_text(COMMIT)
    return stable.folder


def turbo(**options) -> CatalogueEntry:
    """With what the catalogue holds artists to: as many steps as sigmas, and no guidance."""
    options = {"sigmas": SIGMAS, "loras": (HIGH, LOW)} | options
    entry = Family(**vars(A14B)).entry(**options)
    return dataclasses.replace(entry, key="turbo", steps=len(SIGMAS), guidance=1.0)


def loaded(entry: CatalogueEntry, models_dir: Path):
    engine = registry.create(entry)
    engine.load(entry, models_dir)
    return engine


@pytest.fixture(scope="module")
def engine(models_dir: Path):
    return loaded(turbo(), models_dir)


REQUEST = A14B.request(steps=len(SIGMAS), guidance=1.0)


def test_pictures_differ_with_it_and_are_the_same_each_time(engine, models_dir: Path):
    without = pixels(loaded(turbo(loras=()), models_dir), REQUEST)
    assert not np.array_equal(pixels(engine, REQUEST), without)
    assert np.array_equal(pixels(engine, REQUEST), pixels(loaded(turbo(), models_dir), REQUEST))


def test_each_transformer_has_its_own_at_the_publishers_strength(engine, stable: Stable):
    plain = stable.shared(A14B)
    for lora, seed in ((HIGH, 0), (LOW, 1)):
        before, after = (getattr(each.pipeline, lora.component).blocks[1] for each in (plain, engine))
        state = few_steps(seed)
        prefix = "diffusion_model.blocks.1.ffn.0"
        delta = state[f"{prefix}.lora_up.weight"] @ state[f"{prefix}.lora_down.weight"] * (2.0 / RANK) * lora.scale
        moved = after.ffn.net[0].proj.weight - before.ffn.net[0].proj.weight
        assert torch.allclose(moved, delta, atol=1e-4)
        assert torch.equal(after.attn1.to_k.weight, before.attn1.to_k.weight)


def test_only_the_fixed_sigmas_are_run_with_one_forward_each(engine):
    calls: list[tuple[str, float]] = []
    hooks = [
        getattr(engine.pipeline, name).register_forward_pre_hook(
            lambda _module, _args, given, name=name: calls.append((name, float(given["timestep"][0]))), with_kwargs=True
        )
        for name in ("transformer", "transformer_2")
    ]
    steps: list[tuple[int, int]] = []
    engine.render(REQUEST, lambda done, total: steps.append((done, total)))
    for hook in hooks:
        hook.remove()
    assert steps == [(step, len(SIGMAS)) for step in range(1, len(SIGMAS) + 1)]
    assert [time for _name, time in calls] == pytest.approx([1000 * sigma for sigma in SIGMAS], rel=1e-3)
    # The checkpoint's boundary, 0.875, divides them between its two transformers.
    assert [name for name, _time in calls] == ["transformer", "transformer", "transformer_2", "transformer_2"]


def test_put_away_for_another_model_it_leaves_no_trace(models_dir: Path, settings):
    settings.MODELS_DIR = models_dir
    standard = Family(**vars(A14B)).entry()
    settings.WORKER_MEMORY_MIB = 1  # one model at a time
    shelf = EngineShelf()
    expected = pixels(shelf.take(standard).engine, A14B.request())
    quick = pixels(shelf.take(turbo()).engine, REQUEST)
    assert shelf.keys == ["turbo"]
    assert np.array_equal(pixels(shelf.take(standard).engine, A14B.request()), expected)
    assert shelf.keys == [standard.key]
    assert np.array_equal(pixels(shelf.take(turbo()).engine, REQUEST), quick)


def test_what_ran_is_told_with_its_revision(engine):
    told = engine.render(REQUEST, no_news).settings
    assert told["lora_revisions"] == {"studio/few-steps": COMMIT}
    assert told["options"]["loras"] == [
        "studio/few-steps/four/high.safetensors × 1 on transformer",
        "studio/few-steps/four/low.safetensors × 0.5 on transformer_2",
    ]


def test_a_file_that_is_not_what_was_pulled_or_fits_another_model_is_refused(models_dir: Path):
    folder = models_dir / HIGH.folder
    stranger = dataclasses.replace(HIGH, file="four/other.safetensors")
    with pytest.raises(CheckpointUnavailable, match=r"four/other.safetensors was never fetched"):
        loaded(turbo(loras=(stranger,)), models_dir)
    sound = (folder / HIGH.file).read_bytes()
    try:
        save_file({"diffusion_model.blocks.7.ffn.0.lora_down.weight": torch.ones(1, 24)}, folder / HIGH.file)
        with pytest.raises(CheckpointUnavailable, match=r"The LoRA studio/few-steps of 'turbo' .* is altered"):
            loaded(turbo(), models_dir)
        file = list_file(folder, HIGH.file, sha256_of(folder / HIGH.file))
        low = list_file(folder, LOW.file, sha256_of(folder / LOW.file))
        write_manifest(folder, Manifest("studio/few-steps", COMMIT, "hub", (file, low)))
        with pytest.raises(CatalogueError, match=r"'turbo': options\.loras: .*four/high.safetensors does not fit"):
            loaded(turbo(), models_dir)
    finally:
        (folder / HIGH.file).write_bytes(sound)
        files = tuple(list_file(folder, lora.file, sha256_of(folder / lora.file)) for lora in (HIGH, LOW))
        write_manifest(folder, Manifest("studio/few-steps", COMMIT, "hub", files))
