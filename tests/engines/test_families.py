"""Every family with its real pipeline classes, tiny and of random weights: what a worker may rely on."""

from __future__ import annotations

import logging
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from generation import media
from generation.catalogue import CatalogueError, StepCache
from generation.engines import registry
from generation.engines.base import OutOfMemory
from generation.engines.diffusion import DiffusersEngine
from tests.engines.families import FAMILIES, PICTURE, PROMPT, Family, Stable, no_news, pixels

pytestmark = [
    # On the CPU some pipelines ask for an autocast that only a GPU has.
    pytest.mark.filterwarnings("ignore:In CPU autocast"),
    pytest.mark.filterwarnings("ignore:CPU Autocast"),
    pytest.mark.filterwarnings("ignore:Mismatch dtype"),
    pytest.mark.filterwarnings("ignore:torch.meshgrid"),
]
each_family = pytest.mark.parametrize("family", FAMILIES, ids=str)
FIRST = tuple({family.engine: family for family in reversed(FAMILIES)}.values())
first_of_each_engine = pytest.mark.parametrize("family", FIRST, ids=str)
each_checkpoint = pytest.mark.parametrize("family", {family.name: family for family in FAMILIES}.values(), ids=str)
CACHES = {
    "first-block": StepCache("first-block", (("threshold", 1e6),)),
    "mag": StepCache(
        "mag", (("mag_ratios", (1.0, 1.0, 1.0)), ("max_skip_steps", 2), ("retention_ratio", 0.1), ("threshold", 1e6))
    ),
    "taylorseer": StepCache("taylorseer", (("cache_interval", 2), ("disable_cache_before_step", 1))),
    "faster": StepCache(
        "faster",
        (
            ("attention_weight", 0.5),
            ("spatial_attention_block_skip_range", 2),
            ("spatial_attention_timestep_skip_range", (-1, 1000)),
            ("unconditional_batch_skip_range", 2),
            ("unconditional_batch_timestep_skip_range", (-1, 1000)),
        ),
    ),
    "pyramid": StepCache(
        "pyramid",
        (("spatial_attention_block_skip_range", 2), ("spatial_attention_timestep_skip_range", (-1, 1000))),
    ),
}


class Stop(Exception):
    """What a worker raises in a step."""


def stop_at(step: int):
    def on_step(done: int, total: int) -> None:
        if done == step:
            raise Stop

    return on_step


def steps_of(family: Family) -> int:
    return 3 + len(family.options.refine_sigmas)


@each_family
def test_a_clip_obeys_the_rules_reports_each_step_and_is_delivered_exactly(
    family: Family, stable: Stable, tmp_path: Path, caplog
):
    news: list[tuple[int, int]] = []
    engine = stable.shared(family)
    caplog.clear()
    rendered = engine.render(family.request(), lambda done, total: news.append((done, total)))
    assert news == [(step, steps_of(family)) for step in range(1, steps_of(family) + 1)]
    assert rendered.native_width % family.multiple == rendered.native_height % family.multiple == 0
    assert rendered.native_frames % family.frame_multiple == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING], "corrected by the pipeline"

    encoded = media.encode(
        _checked(rendered), folder=tmp_path, width=96, height=64, fps=4, frame_count=8, sound=lambda: rendered.sound
    )
    with av.open(str(encoded.original)) as movie:
        stream = movie.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (96, 64, 4)
        assert sum(1 for _ in movie.decode(stream)) == 8
    assert rendered.timings.keys() == {"load", "text", "denoise", "decode"}


def _checked(rendered):
    shape = (rendered.native_height, rendered.native_width, 3)
    count = 0
    for frame in rendered.frames:
        assert (frame.shape, frame.dtype) == (shape, np.uint8)
        count += 1
        yield frame
    assert count == rendered.native_frames


@each_family
def test_frames_are_what_the_pipeline_itself_would_have_decoded(family: Family, stable: Stable):
    if family.options.upsampler:
        family = next(other for other in FAMILIES if other.name == "ltx2" and other.mode == family.mode)
    engine = stable.fresh(family)
    vae = engine.pipeline.vae
    if hasattr(vae, "use_framewise_decoding"):
        vae.tile_sample_min_num_frames, vae.tile_sample_stride_num_frames = 16, 8
        vae.use_framewise_decoding = family.name != "mochi"
    request = family.request(frame_count=25, steps=2)
    size = engine.native_size(request)
    pipeline = engine.image_pipeline if family.mode == "image" else engine.pipeline
    arguments = engine.arguments(request, size) | engine.encode_text(request) | engine.image_argument(request, size)
    if "hunyuan" in family.name:
        pipeline.guider.guidance_scale = request.guidance
    with torch.no_grad():
        whole = pipeline(**arguments, generator=engine.generator(request), output_type="np").frames[0]
    ours = pixels(engine, request)
    assert len(ours) == len(whole) == size.frames
    # Half a level up or down is the same picture.
    assert np.abs(ours.astype(int) - np.round(whole * 255).astype(int)).max() <= 1
    assert ours.std() > 1


def cached() -> list[tuple[Family, str]]:
    """Every kind of cache for the first family of each engine, one for its relatives; none where there is none."""
    pairs = []
    for family in FAMILIES:
        kinds = list(registry.engine_class(family.entry()).step_caches) or [""]
        pairs += [(family, kind) for kind in (kinds if family in FIRST else kinds[:1])]
    return pairs


@pytest.mark.parametrize(("family", "kind"), cached(), ids=lambda value: str(value) or "no cache")
def test_a_stopped_and_a_failed_run_leave_no_trace(family: Family, kind: str, stable: Stable, monkeypatch):
    engine = stable.fresh(family, **({"step_cache": CACHES[kind]} if kind else {}))
    request = family.request()
    expected = pixels(engine, request)
    if kind:
        assert not np.array_equal(expected, pixels(stable.shared(family), request)), "the cache must do something"

    decoded = []
    monkeypatch.setattr(engine, "decode", decoded.append)
    with pytest.raises(Stop):
        engine.render(family.request(seed=99, prompt="somebody else's"), stop_at(2))
    assert decoded == []
    monkeypatch.undo()

    hook = engine.pipeline.transformer.register_forward_pre_hook(_fails_at(2))
    with pytest.raises(OutOfMemory):
        engine.render(family.request(seed=98), no_news)
    hook.remove()
    assert np.array_equal(pixels(engine, request), expected)


def _fails_at(call: int):
    calls = []

    def hook(*_) -> None:
        calls.append(1)
        if len(calls) == call:
            raise torch.OutOfMemoryError("CUDA out of memory")

    return hook


@first_of_each_engine
def test_text_can_be_encoded_before_its_turn(family: Family, stable: Stable):
    engine, request = stable.shared(family), family.request(steps=2)
    encoded = engine.encode(request)
    rendered = engine.render(request, no_news, encoded)
    assert np.array_equal(np.stack(list(rendered.frames)), pixels(engine, request))
    assert rendered.timings["text"] == encoded.seconds > 0


@first_of_each_engine
def test_memory_is_measured_saved_and_given_back(family: Family, stable: Stable):
    engine = stable.fresh(family)
    assert engine.memory_mib() >= 1
    assert engine.economise()
    assert not engine.economise()
    rendered = engine.render(family.request(steps=2), no_news)
    assert len(list(rendered.frames)) == rendered.native_frames
    assert rendered.peak_memory_mib > 0
    assert rendered.settings["frugal"] is True
    engine.unload()
    assert engine.memory_mib() == 0


@each_family
def test_the_precision_of_a_gpu_fits_together(family: Family, stable: Stable, monkeypatch):
    """bfloat16, and float32 for some VAEs: here on the CPU, so that no piece meets one of another kind unseen."""
    monkeypatch.setattr(DiffusersEngine, "precision", lambda self: {"default": torch.bfloat16, "vae": self.vae_dtype})
    engine = stable.fresh(family)
    assert engine.pipeline.transformer.dtype == torch.bfloat16
    assert pixels(engine, family.request(steps=2)).std() > 1


@each_checkpoint
def test_the_prompt_is_in_no_log_and_no_output(family: Family, stable: Stable, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    words = f"{PROMPT}. " * 60
    list(stable.shared(family).render(family.request(prompt=words, steps=2, frame_count=1), no_news).frames)
    told = caplog.text + "".join(capfd.readouterr())
    assert "heron" not in told
    assert "nobody" not in told


@each_checkpoint
def test_no_guidance_is_possible(family: Family, stable: Stable):
    assert pixels(stable.shared(family), family.request(guidance=1.0, steps=2)).std() > 1


def test_with_sound_a_film_has_a_sound_track(stable: Stable, tmp_path: Path):
    family = next(family for family in FAMILIES if family.name == "ltx2")
    rendered = stable.shared(family).render(family.request(), no_news)
    assert rendered.sound is None
    media.encode(
        rendered.frames, folder=tmp_path, width=96, height=64, fps=4, frame_count=8, sound=lambda: rendered.sound
    )
    assert rendered.sound.samples.shape[0] == 2
    assert rendered.sound.samples.dtype == np.float32
    assert np.abs(rendered.sound.samples).max() <= 1
    with av.open(str(tmp_path / "original.mp4")) as movie:
        assert movie.streams.audio


@pytest.mark.parametrize("name", ["wan", "ltx2", "ltx2-upsampled", "mochi"])
def test_an_entry_that_breaks_the_models_rules_is_refused(name: str, stable: Stable):
    family = next(family for family in FAMILIES if family.name == name)
    for broken in ({"multiple": family.multiple // 2}, {"frame_multiple": family.frame_multiple + 1}):
        entry = Family(**vars(family) | broken).entry()
        with pytest.raises(CatalogueError, match=f"'{name}': (native_multiple|frame_multiple) is .* needs a multiple"):
            registry.create(entry).load(entry, stable.folder)


def test_an_engine_without_image_mode_says_so(stable: Stable):
    mochi = FAMILIES[-1]
    entry = Family(**vars(mochi) | {"modes": ("text", "image")}).entry()
    with pytest.raises(CatalogueError, match="'mochi': its engine cannot start from an image"):
        registry.create(entry).load(entry, stable.folder)
    with pytest.raises(ValueError, match="cannot start from an image"):
        stable.shared(mochi).render(mochi.request(image=PICTURE), no_news)


def test_an_engine_for_images_alone_asks_for_one(stable: Stable):
    family = next(family for family in FAMILIES if family.modes == ("image",))
    with pytest.raises(ValueError, match="needs an image"):
        stable.shared(family).render(family.request(image=None), no_news)


def test_the_distilled_hunyuan_is_told_where_each_step_ends_and_runs_once_a_step(stable: Stable):
    family = next(family for family in FAMILIES if family.name == "hunyuan-image-distilled")
    engine = stable.shared(family)
    times: list[tuple[float, float]] = []
    hook = engine.pipeline.transformer.register_forward_pre_hook(
        lambda _module, _args, given: times.append((float(given["timestep"][0]), float(given["timestep_r"][0]))),
        with_kwargs=True,
    )
    engine.render(family.request(guidance=1.0), no_news)
    hook.remove()
    assert len(times) == 3
    assert [end for _start, end in times] == [start for start, _end in times[1:]] + [0.0]
