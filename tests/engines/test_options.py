"""An entry's options take effect, or the model is not loaded and a sentence says which option and why."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from generation.catalogue import CatalogueError, Lora, StepCache
from generation.engines import registry, tuning
from generation.engines.checkpoint import REVISION_FILE, digest
from generation.engines.lora import LoraMismatch, merge
from generation.engines.measuring import size_bytes, timed
from generation.engines.schedule import FixedFlowSchedule
from tests.engines.families import FAMILIES, Stable, no_news, pixels

pytestmark = [
    pytest.mark.filterwarnings("ignore:CPU Autocast"),
    pytest.mark.filterwarnings("ignore:In CPU autocast"),
]
FAMILY = {str(family): family for family in FAMILIES}
WAN = FAMILY["wan"]
FLOAT32_VAE = (WAN,)


def refused(stable: Stable, sentence: str, family=WAN, **options) -> None:
    with pytest.raises(CatalogueError, match=rf"'{family.name}': options\.{sentence}"):
        stable.fresh(family, **options)


# --- Schedules --------------------------------------------------------------------------------------------------


def test_another_scheduler_and_shift(stable: Stable):
    engine = stable.fresh(WAN, scheduler="FlowMatchEulerDiscreteScheduler", flow_shift=8.0)
    assert type(engine.pipeline.scheduler).__name__ == "FlowMatchEulerDiscreteScheduler"
    assert engine.pipeline.scheduler.config.shift == 8.0
    assert stable.fresh(WAN, flow_shift=8.0).pipeline.scheduler.config.flow_shift == 8.0
    assert not np.array_equal(pixels(engine, WAN.request()), pixels(stable.shared(WAN), WAN.request()))


def test_a_scheduler_that_is_none_or_cannot_be_shifted_is_refused(stable: Stable):
    refused(stable, "scheduler: .*NoSuchScheduler", scheduler="NoSuchScheduler")
    refused(stable, "flow_shift: CogVideoXDDIMScheduler has no shift", FAMILY["cogvideox"], flow_shift=3.0)


@pytest.mark.parametrize("name", ["wan", "ltx2-text", "hunyuan", "sana-text", "kandinsky", "mochi"])
def test_fixed_sigmas_are_walked_exactly_whatever_the_pipeline_asks_for(name: str, stable: Stable):
    engine = stable.fresh(FAMILY[name], sigmas=(1.0, 0.8, 0.3))
    seen = []
    engine.render(FAMILY[name].request(guidance=1.0), lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    sigmas = engine.pipeline.scheduler.sigmas
    expected = torch.tensor([1.0, 0.8, 0.3, 0.0])
    assert torch.allclose(sigmas, 1 - expected if name == "mochi" else expected)


def test_with_fresh_noise_each_step_starts_at_the_film_that_is_foreseen(stable: Stable):
    """As DMD samples: x = (1 - next) · foreseen + next · noise, the noise by the seed; the last step keeps the film."""
    sigmas = (1.0, 0.757, 0.522)
    engine, euler = (stable.fresh(FAMILY["wan-ti2v-text"], sigmas=sigmas, renoise=each) for each in (True, False))
    request = FAMILY["wan-ti2v-text"].request(guidance=1.0)
    scheduler, steps = engine.pipeline.scheduler, []
    step = scheduler.step

    def look(output, timestep, sample, **given):
        made = step(output, timestep, sample, **given)
        steps.append((sample - scheduler.sigmas[len(steps)] * output, made[0]))
        return made

    scheduler.step = look
    first = pixels(engine, request)
    for (foreseen, made), level in zip(steps, (*sigmas[1:], 0.0), strict=True):
        noise = (made - (1 - level) * foreseen) / (level or 1)
        assert noise.std() == pytest.approx(1 if level else 0, abs=0.1)
    del scheduler.step
    assert np.array_equal(pixels(engine, request), first)
    assert not np.array_equal(pixels(euler, request), first)


def test_a_shift_that_follows_the_size(stable: Stable):
    family = FAMILY["ltx2-text"]
    engine = stable.fresh(family, dynamic_shift=True, shift_terminal=0.1)
    assert engine.pipeline.scheduler.config.use_dynamic_shifting
    engine.render(family.request(), no_news)
    assert float(engine.pipeline.scheduler.sigmas[-2]) == pytest.approx(0.1)
    refused(stable, "dynamic_shift: CogVideoXDDIMScheduler has no", FAMILY["cogvideox"], dynamic_shift=True)


def test_the_second_stage_may_have_a_transformer_of_its_own(stable: Stable, tmp_path):
    family = FAMILY["ltx2-upsampled-text"]
    plain, with_second = stable.shared(family), Stable(tmp_path)
    folder = with_second.checkpoint(family)
    other = copy.deepcopy(plain.pipeline.transformer)
    torch.nn.init.ones_(other.proj_out.bias)
    other.save_pretrained(folder / "transformer_quick")
    (folder / REVISION_FILE).write_text(digest(folder))
    engine = with_second.fresh(family, refine_transformer="transformer_quick")
    first = engine.pipeline.transformer
    seen = []
    changed = pixels(engine, family.request())
    engine.render(family.request(), lambda done, total: seen.append(engine.pipeline.transformer is first))
    assert seen == [True] * 3 + [False] * 2
    assert engine.pipeline.transformer is first
    assert not np.array_equal(changed, pixels(plain, family.request()))
    assert engine.memory_mib() >= plain.memory_mib()


def test_fixed_sigmas_need_flow_matching(stable: Stable):
    refused(stable, "sigmas: CogVideoXDDIMScheduler is no flow-matching", FAMILY["cogvideox"], sigmas=(1.0, 0.5, 0.1))


def test_the_second_stage_has_its_own_schedule_and_gives_the_first_back(stable: Stable):
    engine = stable.fresh(FAMILY["ltx2-upsampled-text"], sigmas=(1.0, 0.8, 0.3))
    request = FAMILY["ltx2-upsampled-text"].request()
    schedules = []
    engine.render(request, lambda done, total: schedules.append(engine.pipeline.scheduler.fixed))
    assert schedules == [(1.0, 0.8, 0.3)] * 3 + [(0.9, 0.5)] * 2

    def fail(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.render(request, fail)
    assert isinstance(engine.pipeline.scheduler, FixedFlowSchedule)
    assert engine.pipeline.scheduler.fixed == (1.0, 0.8, 0.3)


def test_the_second_transformer_has_its_own_guidance(stable: Stable):
    family = FAMILY["wan-a14b"]
    usual = pixels(stable.shared(family), family.request())
    assert not np.array_equal(pixels(stable.fresh(family, guidance_2=9.0), family.request()), usual)


def test_what_only_another_family_could_do_is_refused(stable: Stable):
    refused(stable, "guidance_2: .*MochiEngine has no use for it", FAMILY["mochi"], guidance_2=2.0)
    refused(stable, "upsampler: .*WanEngine has no use for it", upsampler="latent_upsampler")
    refused(stable, "guidance_2: WanPipeline has one transformer here", guidance_2=2.0)


def test_a_negative_prompt_has_an_effect(stable: Stable):
    usual = pixels(stable.shared(WAN), WAN.request())
    assert not np.array_equal(pixels(stable.fresh(WAN, negative_prompt="blurred"), WAN.request()), usual)


# --- Weights ----------------------------------------------------------------------------------------------------


def test_a_lora_is_merged_into_its_layer(stable: Stable, tmp_path):
    family = FAMILY["wan-a14b"]
    plain, with_file = stable.shared(family), Stable(tmp_path)
    torch.manual_seed(1)
    down, up = torch.randn(2, 24), torch.randn(24, 2)
    layer = "transformer.blocks.0.attn1.to_q"
    folder = with_file.checkpoint(family)
    save_file({f"{layer}.lora_A.weight": down, f"{layer}.lora_B.weight": up}, folder / "quick.safetensors")
    (folder / REVISION_FILE).write_text(digest(folder))
    engine = with_file.fresh(family, loras=(Lora("quick.safetensors", "transformer_2", 0.5),))
    before, after = (each.pipeline.transformer_2.blocks[0].attn1.to_q.weight for each in (plain, engine))
    assert torch.allclose(after - before, 0.5 * up @ down, atol=1e-5)
    first = (each.pipeline.transformer.blocks[0].attn1.to_q.weight for each in (plain, engine))
    assert torch.equal(*first)


def test_a_lora_that_is_missing_or_of_another_model_is_refused(stable: Stable):
    refused(stable, "loras: quick.safetensors is not in ", loras=(Lora("quick.safetensors"),))
    refused(stable, "loras: WanPipeline has no transformer_2", loras=(Lora("a.safetensors", "transformer_2"),))
    other = torch.nn.Sequential(torch.nn.Linear(4, 4, bias=False))
    for state, sentence in (
        ({"0.lora_A.weight": torch.ones(1, 5), "0.lora_B.weight": torch.ones(4, 1)}, "another shape"),
        ({"0.lora_A.weight": torch.ones(1, 4)}, "half of its 0"),
        ({"9.lora_A.weight": torch.ones(1, 4), "9.lora_B.weight": torch.ones(4, 1)}, "no layer 9"),
        ({"0.weight": torch.ones(4, 4)}, "no part of a LoRA"),
        ({}, "holds nothing"),
    ):
        with pytest.raises(LoraMismatch, match=sentence):
            merge(other, state, 1.0)


def test_a_loras_own_strength_counts():
    layer = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False))
    torch.nn.init.zeros_(layer[0].weight)
    state = {"0.lora_A.weight": torch.ones(2, 2), "0.lora_B.weight": torch.ones(2, 2), "0.alpha": torch.tensor(1.0)}
    merge(layer, state, 1.0)
    assert torch.equal(layer[0].weight, torch.ones(2, 2))


def test_another_transformer_of_the_same_checkpoint(stable: Stable):
    family = FAMILY["wan-a14b"]
    engine = stable.fresh(family, transformer="transformer_2")
    first, second = (engine.pipeline.transformer, engine.pipeline.transformer_2)
    assert torch.equal(first.proj_out.weight, second.proj_out.weight)
    refused(stable, "transformer: .*nowhere", transformer="nowhere")


def test_an_upsampler_that_is_not_there_is_refused(stable: Stable):
    refused(stable, "upsampler: ", FAMILY["ltx2-upsampled-text"], upsampler="nowhere")


def test_quantization_without_its_library_is_refused(stable: Stable, monkeypatch):
    monkeypatch.setattr(tuning.importlib.util, "find_spec", lambda name: None)
    refused(stable, "quantization: int8-weight-only needs torchao", quantization="int8-weight-only")


def test_quantized_weights_hold_a_quarter_and_draw_nearly_the_same(stable: Stable):
    engine, plain = stable.fresh(WAN, quantization="int8-weight-only"), stable.shared(WAN)
    layer = "blocks.1.ffn.net.2"
    quantized, usual = (size_bytes(each.pipeline.transformer.get_submodule(layer).weight) for each in (engine, plain))
    assert quantized < 0.4 * usual  # and a scale for each row of 32
    drawn, expected = pixels(engine, WAN.request()), pixels(plain, WAN.request())
    assert 0 < np.abs(drawn.astype(int) - expected.astype(int)).max() < 32
    assert np.array_equal(pixels(engine, WAN.request()), drawn)


def test_weights_that_could_hold_a_program_are_refused(stable: Stable, tmp_path):
    """A pickle runs what its maker wants: only safetensors are read, however well the revision fits."""
    folder = tmp_path / WAN.entry().checkpoint
    engine = stable.fresh(WAN)
    engine.pipeline.save_pretrained(folder, safe_serialization=True)
    for weights in (folder / "transformer").glob("*.safetensors*"):
        weights.unlink()
    torch.save(engine.pipeline.transformer.state_dict(), folder / "transformer" / "diffusion_pytorch_model.bin")
    (folder / REVISION_FILE).write_text(digest(folder) + "\n", encoding="ascii")
    with pytest.raises(OSError, match="safetensors"):
        registry.create(WAN.entry()).load(WAN.entry(), tmp_path)


@pytest.mark.parametrize("family", [WAN, FAMILY["ltx2-text"], FAMILY["hunyuan"], FAMILY["mochi"]], ids=str)
def test_on_a_gpu_everything_is_bfloat16_but_the_vae_as_its_family_says(family):
    engine = registry.create(family.entry())
    assert engine.precision() == {"default": torch.float32}
    engine._device = torch.device("cuda")
    assert engine.precision() == {"default": torch.bfloat16, "vae": engine.vae_dtype}
    assert (engine.vae_dtype == torch.float32) is (family in FLOAT32_VAE)


# --- Speed and memory -------------------------------------------------------------------------------------------


def test_layers_that_take_turns_give_the_same_pictures(stable: Stable):
    """On the CPU they take turns in place; the hooks and the order are those of a GPU."""
    engine = stable.fresh(WAN, offload="group")
    assert np.array_equal(pixels(engine, WAN.request()), pixels(stable.shared(WAN), WAN.request()))
    assert not engine.decodes_alongside
    assert stable.shared(WAN).decodes_alongside


@pytest.mark.parametrize("mode", ["text", "image"])
def test_two_pipelines_and_two_stages_share_layers_that_take_turns(mode: str, stable: Stable):
    family = FAMILY[f"ltx2-upsampled-{mode}"]
    engine = stable.fresh(family, offload="group", refine_transformer="transformer")
    assert np.array_equal(pixels(engine, family.request()), pixels(stable.shared(family), family.request()))


@pytest.mark.parametrize(("offload", "changes"), [("", True), ("model", True), ("group", False)])
def test_a_second_try_goes_on_to_layers_that_take_turns(offload: str, changes: bool, stable: Stable, monkeypatch):
    """On a GPU, with tiling on already: the calls alone, since there is none here."""
    engine = stable.fresh(WAN, vae_tiling=True, offload=offload)
    gate, calls, pipeline, cuda = engine._gate, [], engine.pipeline, torch.device("cuda")
    monkeypatch.setattr(engine, "_device", cuda)
    monkeypatch.setattr(type(pipeline.vae), "to", lambda _vae, device: calls.append(("vae", device)))

    def enable_group_offload(**settings: Any) -> None:
        assert not any(hasattr(part, "_hf_hook") for part in pipeline.components.values())
        calls.append((settings["offload_type"], settings["onload_device"], settings["use_stream"]))

    monkeypatch.setattr(pipeline, "enable_group_offload", enable_group_offload)
    assert engine.economise() is changes
    assert calls == ([("leaf_level", cuda, True), ("vae", cuda)] if changes else [])
    assert not engine.decodes_alongside
    assert not offload or engine._gate is gate  # somebody may be waiting at it
    assert not engine.economise()


def test_what_waits_in_main_memory_counts_there_and_its_largest_part_on_the_device(stable: Stable, monkeypatch):
    """On a GPU, at rest: all parts are in main memory, since there is no GPU here to be on."""
    for offload in ("model", "group"):
        engine = stable.fresh(WAN, offload=offload)
        whole = engine.memory_mib()
        assert engine.host_mib() == 0, "the CPU's own memory is the device's"
        monkeypatch.setattr(engine, "_device", torch.device("cuda"))
        assert engine.host_mib() == whole
        assert engine.memory_mib() == (1 if offload == "model" else 0)
        engine.unload()
        assert engine.host_mib() == 0


def test_timing_a_stage_waits_for_its_own_stream_alone(monkeypatch):
    waited: list[str] = []
    stream = SimpleNamespace(synchronize=lambda: waited.append("own"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waited.append("device"))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: stream)
    timings: dict[str, float] = {}
    with timed(timings, "decode"):
        assert waited == []
    assert (waited, list(timings)) == (["own"], ["decode"])


def test_vae_tiling_is_switched_on(stable: Stable):
    engine = stable.fresh(WAN, vae_tiling=True)
    assert engine.pipeline.vae.use_tiling
    assert not engine.decodes_alongside
    assert stable.fresh(FAMILY["ltx2-text"], vae_tiling=True).decodes_alongside
    assert len(list(engine.render(WAN.request(), no_news).frames)) == 9


def test_attention_backends(stable: Stable):
    engine = stable.fresh(WAN, attention_backend="_native_math")
    assert pixels(engine, WAN.request()).std() > 1
    refused(stable, "attention_backend: .*nonsense", attention_backend="nonsense")


def test_the_repeated_blocks_are_compiled(stable: Stable, monkeypatch):
    compiled = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, *args, **kwargs: compiled.append(type(self).__name__))
    stable.fresh(WAN, compile=True)
    assert compiled == ["WanTransformerBlock"] * 2
    refused(stable, "compile: .*_repeated_blocks", FAMILY["cogvideox"], compile=True)


def test_a_step_cache_that_does_not_work_with_the_family_is_refused(stable: Stable):
    cache = StepCache("first-block", (("threshold", 0.1),))
    refused(stable, "step_cache: Kandinsky5T2VPipeline works with none", FAMILY["kandinsky"], step_cache=cache)
    refused(stable, "step_cache: LTX2Pipeline works with taylorseer", FAMILY["ltx2-text"], step_cache=cache)


def test_what_ran_is_told_with_its_options(stable: Stable):
    engine = stable.fresh(WAN, flow_shift=8.0, step_cache=StepCache("first-block", (("threshold", 0.1),)))
    told = engine.render(WAN.request(), no_news).settings["options"]
    assert told == {"flow_shift": 8.0, "step_cache": {"kind": "first-block", "threshold": 0.1}}
