"""The recipe in small: that a training can be left off and taken up, and that every stage learns something."""

from __future__ import annotations

import csv
import dataclasses
import importlib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from torch import nn

from generation.demo_model.autoencoder import SceneAutoencoder
from generation.demo_model.pipeline import SceneVideoPipeline
from generation.demo_model.scenes import draw, held_out
from generation.demo_model.text_encoder import SceneTextEncoder
from generation.demo_model.training import fingerprints, first, run, second, third
from generation.demo_model.training.encoder import BOUND, SceneEncoder
from generation.demo_model.training.run import Plan, Run
from generation.demo_model.transformer import SceneTransformer
from generation.demo_model.vocabulary import WORDS
from generation.engines.checkpoint import digest

training = importlib.import_module("generation.demo_model.training.__main__")


class Interrupted(Exception):
    pass


def small(seed: int = 1) -> nn.ModuleDict:
    torch.manual_seed(seed)
    return nn.ModuleDict({"line": nn.Linear(3, 1)})


def stage(folder: Path, *, steps: int = 12, stop_at: int | None = None) -> Run:
    """A stage that fits a line, from models that differ each time unless a checkpoint is taken up."""
    made = Run(Plan(name="small", steps=steps, rate=0.1, seed=4, warm_up=2), small(7 if stop_at is None else 1), folder)

    def losses(generator: torch.Generator) -> dict[str, torch.Tensor]:
        if made.step == stop_at:
            raise Interrupted
        points = torch.randn(8, 3, generator=generator)
        return {"line": (made.models["line"](points)[:, 0] - points.sum(1)).square().mean()}

    made.go(losses)
    return made


def test_what_is_left_off_and_taken_up_ends_where_one_run_would_have(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "SAVED_EVERY", -1.0)
    with pytest.raises(Interrupted):
        stage(tmp_path / "two", stop_at=5)
    taken_up = stage(tmp_path / "two").averaged().state_dict()
    monkeypatch.setattr(f"{__name__}.small", lambda _seed, made=small: made(1))
    whole = stage(tmp_path / "one").averaged().state_dict()
    assert all(torch.equal(taken_up[name], whole[name]) for name in whole)


def test_a_stage_that_is_done_is_not_trained_again_and_leaves_a_curve(tmp_path):
    before = stage(tmp_path).averaged().state_dict()
    again = Run(Plan(name="small", steps=12, rate=0.1, seed=4), small(9), tmp_path)
    assert again.is_done
    assert torch.equal(again.averaged().state_dict()["line.weight"], before["line.weight"])
    with (tmp_path / "curve.csv").open() as file:
        (line,) = csv.DictReader(file)
    assert (line["stage"], line["step"], line["measure"]) == ("small", "12", "line")


def test_the_first_stage_learns_colours_and_places(monkeypatch):
    monkeypatch.setattr(first, "BATCH", 32)
    torch.manual_seed(1)
    models = nn.ModuleDict({"encoder": SceneEncoder(), "decoder": SceneAutoencoder()})
    optimiser = torch.optim.AdamW(models.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(1)
    seen = []
    for _ in range(60):
        parts = first.losses(models, generator, nullcontext())
        optimiser.zero_grad()
        torch.stack(list(parts.values())).sum().backward()
        optimiser.step()
        seen.append({name: float(value.detach()) for name, value in parts.items()})
    for name in ("pixels", "path", "colours"):
        assert seen[-1][name] < 0.7 * seen[0][name], name


def test_tokens_are_bounded_and_say_nothing_of_what_is_not_there():
    scenes = draw(64, torch.Generator().manual_seed(3), two=0.0)
    tokens = SceneEncoder()(scenes)
    assert float(tokens.detach().abs().max()) <= BOUND
    assert torch.equal(tokens[:, 2], tokens[:1, 2].expand(64, -1))


def test_the_denoiser_never_learns_from_what_is_held_out():
    scenes = second.lessons(300, torch.Generator().manual_seed(4))
    assert len(scenes) == 300
    assert not bool(held_out(scenes).any())


def test_the_second_and_third_stage_learn(monkeypatch, tmp_path):
    monkeypatch.setattr(second, "BATCH", 16)
    monkeypatch.setattr(third, "BATCH", 16)
    torch.manual_seed(2)
    encoder, decoder = SceneEncoder().eval(), SceneAutoencoder().eval()
    first.measure_tokens(encoder, decoder)
    text, transformer = SceneTextEncoder(words=WORDS, layers=1), SceneTransformer(width=32, layers=1)
    models = nn.ModuleDict({"text": text, "transformer": transformer})
    generator = torch.Generator().manual_seed(2)
    optimiser = torch.optim.AdamW(models.parameters(), lr=3e-3)

    def learn(losses) -> list[float]:
        seen = []
        for _ in range(25):
            parts = losses()
            optimiser.zero_grad()
            torch.stack(list(parts.values())).sum().backward()
            optimiser.step()
            seen.append(float(parts[next(iter(parts))].detach()))
        return seen

    flow = learn(lambda: second.losses(models, encoder, decoder, generator, nullcontext()))
    assert flow[-1] < 0.9 * flow[0]
    words = second.captions(second.lessons(16, generator), generator)
    noise = torch.randn(16, 3, 24, generator=generator)
    pairs = third.Pairs(words, noise, 0.2 * noise)
    way = learn(lambda: third.losses(models, text, pairs, generator, nullcontext()))
    assert way[-1] < 0.9 * way[0]


def test_the_curve_forgets_what_was_noted_after_the_checkpoint(tmp_path):
    for name in ("small", "other"):
        for step in (100, 200):
            run.note(tmp_path, name, step, 60.0, {"line": 0.5})
    run.forget(tmp_path, "small", after=150)
    with (tmp_path / "curve.csv").open() as file:
        kept = [(line["stage"], line["step"]) for line in csv.DictReader(file)]
    assert kept == [("small", "100"), ("other", "100"), ("other", "200")]


def test_a_plan_warms_up_and_ends_near_nothing():
    plan = dataclasses.replace(first.PLAN, steps=1000, warm_up=10, rate=1.0)
    rates = [plan.rate_at(step) for step in range(1000)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.02, abs=1e-3)


@pytest.fixture
def tiny(monkeypatch, tmp_path) -> Callable[..., None]:
    """The whole training, of two steps a stage, from `work` to `out` in a folder of its own."""
    for part in (first, second, third):
        monkeypatch.setattr(part, "PLAN", dataclasses.replace(part.PLAN, steps=2))
        monkeypatch.setattr(part, "BATCH", 4)
    monkeypatch.setattr(third, "PAIRS", 4)
    monkeypatch.setattr(third, "AT_ONCE", 4)
    threads = torch.get_num_threads()
    return lambda *more: training.main(
        ["--work", str(tmp_path / "work"), "--out", str(tmp_path / "out"), "--threads", str(threads), *more]
    )


def test_a_training_ends_with_a_model_that_diffusers_loads_and_touches_nothing_else(tiny, tmp_path, capsys):
    curve = (training.HERE / "curve.csv").read_bytes()
    before = digest(training.WEIGHTS)
    tiny()
    pipeline = SceneVideoPipeline.from_pretrained(tmp_path / "out", local_files_only=True, use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    assert pipeline("a star", width=16, height=16, num_frames=2, num_inference_steps=1).frames.shape[1] == 2
    assert SceneTransformer.from_pretrained(tmp_path / "out", subfolder="transformer_turbo")
    assert (training.HERE / "curve.csv").read_bytes() == curve
    assert digest(training.WEIGHTS) == before
    made = digest(tmp_path / "out")
    capsys.readouterr()
    tiny()
    # Nothing was left to train.
    assert capsys.readouterr().out == f"The model lies in {tmp_path / 'out'}.\n"
    assert digest(tmp_path / "out") == made
    with pytest.raises(SystemExit):
        tiny("--until", "denoiser")
    assert "holds a turbo" in capsys.readouterr().err
    assert digest(tmp_path / "out") == made


def test_what_does_not_fit_together_is_refused_with_advice(tiny, tmp_path, monkeypatch):
    tiny("--until", "denoiser")
    work = tmp_path / "work"
    kept = {name: (work / name).read_bytes() for name in ("autoencoder.pt", "denoiser.pt")}

    (work / "autoencoder.pt").unlink()
    with pytest.raises(SystemExit, match=r"denoiser\.pt builds on .*autoencoder\.pt, which is gone\. Remove the file"):
        tiny("--until", "denoiser")

    (work / "denoiser.pt").unlink()
    monkeypatch.setattr(first, "PLAN", dataclasses.replace(first.PLAN, seed=99))
    tiny("--until", "autoencoder")
    (work / "denoiser.pt").write_bytes(kept["denoiser.pt"])
    with pytest.raises(SystemExit, match=r"denoiser\.pt is of another autoencoder"):
        tiny("--until", "denoiser")

    (work / "autoencoder.pt").write_bytes(kept["autoencoder.pt"])
    with pytest.raises(SystemExit, match=r"autoencoder\.pt is of another recipe"):
        tiny("--until", "denoiser")

    for broken in (kept["autoencoder.pt"][:5000], b"", b"something else"):
        (work / "autoencoder.pt").write_bytes(broken)
        with pytest.raises(SystemExit, match=r"autoencoder\.pt cannot be read\. Remove the file"):
            tiny("--until", "denoiser")


def test_a_recipe_is_of_the_code_but_not_of_its_comments(tmp_path, monkeypatch):
    for path in fingerprints.MODEL.rglob("*.py"):
        copy = tmp_path / path.relative_to(fingerprints.MODEL)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    plans = (first.PLAN, second.PLAN, third.PLAN)
    before = [fingerprints.of_recipe(plan) for plan in plans]
    monkeypatch.setattr(fingerprints, "MODEL", tmp_path)
    captions = tmp_path / "captions.py"
    captions.write_text(captions.read_text() + "\n# a remark\n")
    assert [fingerprints.of_recipe(plan) for plan in plans] == before
    captions.write_text(captions.read_text().replace("UNSAID_COLOUR", "UNTOLD_COLOUR"))
    assert [fingerprints.of_recipe(plan) == same for plan, same in zip(plans, before, strict=True)] == [1, 0, 0]


def test_a_stage_keeps_the_precision_that_it_began_with(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "is_half_quicker", lambda: True)
    assert stage(tmp_path).is_half
    monkeypatch.setattr(run, "is_half_quicker", lambda: pytest.fail("asked again"))
    assert stage(tmp_path).is_half
