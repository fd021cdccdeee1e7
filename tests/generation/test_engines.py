"""The engine with the real pipeline: equal seeds, exact shapes, and stopping without a trace."""

from __future__ import annotations

import dataclasses
import logging
import traceback
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import WanPipeline
from hypothesis import given
from hypothesis import strategies as st

from generation import catalogue
from generation.catalogue import CatalogueError
from generation.engines import registry, sketch
from generation.engines.base import CheckpointUnavailable, EngineRequest, OutOfMemory
from generation.engines.checkpoint import digest
from generation.engines.native import native

ENTRY = catalogue.get("sketch")
WORDS = "a heron nobody else may read about"
REQUEST = EngineRequest(
    prompt=WORDS, seed=7, width=128, height=96, fps=8, frame_count=5, steps=3, guidance=ENTRY.guidance
)


class Stop(Exception):
    """What a worker raises in a step."""


def no_news(done: int, total: int) -> None:
    pass


def stop_at(step: int):
    def on_step(done: int, total: int) -> None:
        if done == step:
            raise Stop

    return on_step


def pixels(engine, request: EngineRequest = REQUEST) -> np.ndarray:
    return np.stack(list(engine.render(request, no_news).frames))


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    sketch.build(folder)
    return folder


@pytest.fixture
def engine(models_dir: Path):
    engine = registry.create(ENTRY)
    engine.load(ENTRY, models_dir)
    return engine


def test_the_sketch_runs_in_the_pipeline_of_diffusers_itself(engine):
    assert type(engine.pipeline) is WanPipeline


# --- The checkpoint ---------------------------------------------------------------------------------------------


def test_the_sketch_is_the_same_bytes_wherever_it_is_built(models_dir: Path, tmp_path: Path):
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    assert digest(sketch.build(tmp_path / "a")) == digest(models_dir / "sketch")
    assert torch.equal(torch.random.get_rng_state(), before), "building must not disturb anybody's dice"


def test_building_again_leaves_a_whole_checkpoint_alone(tmp_path: Path):
    folder = sketch.build(tmp_path)
    written = (folder / "model_index.json").stat().st_mtime_ns
    assert sketch.build(tmp_path) == folder
    assert (folder / "model_index.json").stat().st_mtime_ns == written
    assert [path.name for path in tmp_path.iterdir()] == ["sketch"]


def test_a_broken_checkpoint_is_built_again(tmp_path: Path):
    folder = sketch.build(tmp_path)
    (folder / "vae" / "config.json").write_text("{}")
    assert sketch.is_whole(sketch.build(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["sketch"]


def test_the_checkpoint_is_small_and_holds_no_pickle(models_dir: Path):
    files = [path for path in (models_dir / "sketch").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_000_000
    assert {path.suffix for path in files} <= {".json", ".safetensors", ""}


def test_a_missing_or_unexpected_checkpoint_is_said_in_a_sentence(models_dir: Path, tmp_path: Path):
    with pytest.raises(CheckpointUnavailable, match="'sketch' has no checkpoint at"):
        registry.create(ENTRY).load(ENTRY, tmp_path)
    pinned = dataclasses.replace(ENTRY, revision="0" * 64)
    with pytest.raises(CheckpointUnavailable, match=f"the catalogue asks for {'0' * 64}"):
        registry.create(pinned).load(pinned, models_dir)


def test_an_engine_that_does_not_exist_is_named():
    for dotted in ("generation.engines.nowhere:Engine", "generation.engines.wan:NoEngine"):
        with pytest.raises(CatalogueError, match=dotted):
            registry.create(dataclasses.replace(ENTRY, engine=dotted))


# --- Rendering --------------------------------------------------------------------------------------------------


def test_frames_are_uint8_of_the_native_size_and_come_one_by_one(engine):
    rendered = engine.render(REQUEST, no_news)
    assert rendered.timings.keys() >= {"load", "text", "denoise"}
    frames = list(rendered.frames)
    assert len(frames) == rendered.native_frames == 5
    assert {frame.shape for frame in frames} == {(rendered.native_height, rendered.native_width, 3)}
    assert {frame.dtype for frame in frames} == {np.dtype("uint8")}
    assert all(seconds > 0 for seconds in rendered.timings.values())


def test_frames_are_what_the_pipeline_itself_would_have_decoded(engine):
    whole = engine.pipeline(
        prompt=WORDS,
        width=128,
        height=96,
        num_frames=5,
        num_inference_steps=3,
        guidance_scale=ENTRY.guidance,
        generator=torch.Generator("cpu").manual_seed(7),
    ).frames[0]
    assert np.array_equal(pixels(engine), np.round(whole * 255).astype("uint8"))


def test_the_settings_say_what_ran(engine, models_dir: Path):
    rendered = engine.render(dataclasses.replace(REQUEST, width=1920, height=1080, frame_count=16), no_news)
    assert rendered.settings == {
        "model": "sketch",
        "revision": digest(models_dir / "sketch"),
        "steps": 3,
        "guidance": 3.0,
        "seed": 7,
        "native_size": "320x192",
        "native_frames": 17,
        "size": "1920x1080",
        "frames": 16,
        "fps": 8,
        "device": engine.pipeline.device.type,
        "torch": torch.__version__,
        "diffusers": rendered.settings["diffusers"],
    }


def test_equal_seeds_give_equal_pixels_and_other_seeds_others(engine, models_dir: Path):
    another = registry.create(ENTRY)
    another.load(ENTRY, models_dir)
    assert np.array_equal(pixels(engine), pixels(another))
    assert not np.array_equal(pixels(engine), pixels(engine, dataclasses.replace(REQUEST, seed=8)))
    assert not np.array_equal(pixels(engine), pixels(engine, dataclasses.replace(REQUEST, prompt="a tin roof")))
    assert pixels(engine, dataclasses.replace(REQUEST, seed=2**63 - 1)).any()


def test_pictures_are_neither_black_nor_white_nor_still(engine):
    taken = pixels(engine, dataclasses.replace(REQUEST, frame_count=9)).astype(float)
    assert 40 < taken.mean() < 200
    assert taken.std() > 20
    assert np.abs(np.diff(taken[1:], axis=0)).mean() > 1


def test_no_guidance_is_one_pass_without_a_negative_prompt(engine):
    assert pixels(engine, dataclasses.replace(REQUEST, guidance=1.0)).shape == (5, 96, 128, 3)


def test_steps_are_reported_in_order(engine):
    news = []
    engine.render(REQUEST, lambda done, total: news.append((done, total)))
    assert news == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("prompt", ["x" * 100_000, "🎬 émigré \u202e نص", " "])
def test_any_text_can_be_rendered(engine, prompt: str):
    assert pixels(engine, dataclasses.replace(REQUEST, prompt=prompt, frame_count=1, steps=1)).shape[0] == 1


# --- Stopping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 2, 3])
def test_stopping_in_a_step_decodes_nothing_and_comes_out_as_it_was_raised(engine, step: int):
    decoded = []
    vae = engine.pipeline.vae
    for module in (vae, vae.decoder, vae.post_quant_conv):
        module.register_forward_pre_hook(lambda *_: decoded.append(1))
    steps = []
    engine.pipeline.transformer.register_forward_pre_hook(lambda *_: steps.append(1))
    with pytest.raises(Stop):
        engine.render(REQUEST, stop_at(step))
    assert not decoded
    assert len(steps) == 2 * step  # with and without the prompt
    pixels(engine)
    assert decoded, "the hook would have seen it"


@pytest.mark.parametrize("cached", [False, True], ids=["plain", "with a step cache"])
def test_after_a_stopped_run_pixels_are_those_of_a_fresh_engine(models_dir: Path, cached: bool):
    fresh, used = (registry.create(ENTRY) for _ in range(2))
    for engine in (fresh, used):
        engine.load(ENTRY, models_dir)
        if cached:
            _cache_first_block(engine)
    with pytest.raises(Stop):
        used.render(dataclasses.replace(REQUEST, prompt="somebody else's", seed=99), stop_at(2))
    assert np.array_equal(pixels(used), pixels(fresh))


def _cache_first_block(engine) -> None:
    from diffusers import FirstBlockCacheConfig

    # A threshold that always takes the cache: a stale one cannot hide.
    engine.pipeline.transformer.enable_cache(FirstBlockCacheConfig(threshold=1e6))


def test_a_decode_left_in_the_middle_changes_nothing_later(engine):
    expected = pixels(engine)
    abandoned = engine.render(dataclasses.replace(REQUEST, seed=1, frame_count=17), no_news).frames
    next(abandoned)
    rendered = engine.render(REQUEST, no_news)
    next(abandoned)
    assert np.array_equal(np.stack(list(rendered.frames)), expected)
    abandoned.close()


def test_a_full_memory_is_said_and_the_engine_goes_on(engine):
    expected = pixels(engine)

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    hook = engine.pipeline.transformer.register_forward_pre_hook(full)
    with pytest.raises(OutOfMemory):
        engine.render(REQUEST, no_news)
    hook.remove()
    hook = engine.pipeline.vae.decoder.register_forward_pre_hook(full)
    with pytest.raises(OutOfMemory):
        pixels(engine)
    hook.remove()
    assert np.array_equal(pixels(engine), expected)


def test_other_errors_come_out_as_they_are(engine):
    def broken(*_):
        raise RuntimeError("a kernel went wrong")

    engine.pipeline.transformer.register_forward_pre_hook(broken)
    with pytest.raises(RuntimeError, match="a kernel went wrong"):
        engine.render(REQUEST, no_news)


def test_the_prompt_is_in_no_log_no_output_and_no_traceback(engine, caplog, capfd):
    caplog.set_level(logging.DEBUG)

    def broken(*_):
        raise RuntimeError("a kernel went wrong")

    list(engine.render(REQUEST, no_news).frames)
    engine.pipeline.transformer.register_forward_pre_hook(broken)
    with pytest.raises(RuntimeError) as caught:
        engine.render(REQUEST, no_news)
    told = "".join(traceback.format_exception(caught.value)) + caplog.text + "".join(capfd.readouterr()) + repr(REQUEST)
    assert WORDS not in told
    assert "heron" not in told


# --- Native sizes -----------------------------------------------------------------------------------------------


@given(
    width=st.integers(32, 2048).map(lambda half: 2 * half),
    height=st.integers(32, 2048).map(lambda half: 2 * half),
    frames=st.integers(1, 600),
    long_side=st.integers(64, 1920),
    multiple=st.sampled_from([1, 8, 16, 32]),
    step=st.sampled_from([1, 4, 8]),
)
def test_native_sizes_obey_the_model_and_hold_what_was_asked(width, height, frames, long_side, multiple, step):
    entry = dataclasses.replace(ENTRY, native_long_side=long_side, native_multiple=multiple, frame_multiple=step)
    size = native(entry, dataclasses.replace(REQUEST, width=width, height=height, frame_count=frames))
    assert size.width % multiple == size.height % multiple == 0
    assert size.frames % step == 1 % step
    assert frames <= size.frames < frames + step
    # Each side holds the asked aspect at the native scale, and not a whole multiple more.
    scale = min(1, long_side / max(width, height))
    assert -0.001 <= size.width - width * scale < multiple
    assert -0.001 <= size.height - height * scale < multiple


@pytest.mark.parametrize("size", ENTRY.sizes)
def test_every_size_on_offer_renders_without_a_correction_by_the_pipeline(engine, size: str, caplog):
    width, height = catalogue.dimensions(size)
    rendered = engine.render(dataclasses.replace(REQUEST, width=width, height=height, frame_count=1, steps=1), no_news)
    (frame,) = rendered.frames
    assert frame.shape == (rendered.native_height, rendered.native_width, 3)
    assert not caplog.records
