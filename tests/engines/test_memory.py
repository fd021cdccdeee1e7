"""How much of a film is in memory at once while it is decoded: the largest tensor that any operation makes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from generation.catalogue.native import IN_STRETCHES
from generation.engines import diffusion
from tests.engines.families import FAMILIES, Family, Stable, no_news

pytestmark = [
    pytest.mark.filterwarnings("ignore:In CPU autocast"),
    pytest.mark.filterwarnings("ignore:CPU Autocast"),
]
SHORT, LONG = 25, 73  # frames
TEXT = {family.name: family for family in FAMILIES if family.mode == "text"}
ONE_EACH = [TEXT[name] for name in ("wan", "ltx2", "hunyuan", "sana", "kandinsky", "cogvideox", "mochi")]


class Largest(TorchDispatchMode):
    """Notes the most bytes that one result of an operation holds."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for one in tree_flatten(made)[0]:
            if isinstance(one, torch.Tensor):
                self.size = max(self.size, one.numel() * one.element_size())
        return made


def largest(engine: Any, family: Family, frames: int) -> int:
    """While the frames are taken, of a film of this length."""
    rendered = engine.render(family.request(frame_count=frames, steps=2, guidance=1.0), no_news)
    engine.sound = lambda *_: None  # its samples are no pictures, and here they outweigh them
    with Largest() as seen:
        assert len(list(rendered.frames)) >= frames
    return seen.size


def growth(engine: Any, family: Family) -> float:
    if hasattr(engine.pipeline.vae, "use_framewise_decoding"):
        # As the real ones in relation to their films, which are many stretches long.
        vae = engine.pipeline.vae
        vae.tile_sample_min_num_frames, vae.tile_sample_stride_num_frames = 16, 8
    return largest(engine, family, LONG) / largest(engine, family, SHORT)


@pytest.mark.parametrize("family", ONE_EACH, ids=str)
def test_an_engine_that_is_said_to_decode_in_stretches_needs_no_more_for_a_longer_film(family: Family, stable: Stable):
    """Tiled too, as it becomes when it has to save memory. Of the others the catalogue's bound is true and needed."""
    engine = stable.fresh(family)
    engine.economise()
    if family.entry().engine in IN_STRETCHES:
        assert growth(engine, family) < 1.1
    else:
        assert growth(engine, family) > 2


@pytest.mark.parametrize("name", ["wan", "sana", "cogvideox"])
def test_untiled_these_decode_a_few_frames_at_a_time(name: str, stable: Stable):
    assert growth(stable.fresh(TEXT[name]), TEXT[name]) < 1.1


@pytest.mark.parametrize("family", ONE_EACH, ids=str)
def test_frames_leave_the_engine_as_bytes_and_a_few_at_a_time(family: Family, stable: Stable):
    rendered = stable.shared(family).render(family.request(frame_count=SHORT, steps=2), no_news)
    for frame in rendered.frames:
        assert frame.dtype.itemsize == 1
        base = frame.base if frame.base is not None else frame
        assert base.nbytes <= 64 * frame.nbytes


def test_each_tells_its_own_peak_though_the_next_one_starts_the_counter_anew(stable: Stable, monkeypatch):
    """The next one denoises while the frames of this one are taken: the device has one counter for both."""
    family, counter = TEXT["wan"], {"peak": 0}
    engine = stable.fresh(family)
    denoise = engine.denoise

    def denoise_and_count(request, *more):
        counter["peak"] = max(counter["peak"], request.seed)
        return denoise(request, *more)

    monkeypatch.setattr(diffusion, "start_peak", lambda: counter.update(peak=0))
    monkeypatch.setattr(diffusion, "peak_mib", lambda: counter["peak"])
    monkeypatch.setattr(engine, "denoise", denoise_and_count)
    first = engine.render(family.request(seed=900, steps=2), no_news)
    next(first.frames)
    second = engine.render(family.request(seed=300, steps=2), no_news)
    assert len([*first.frames, *second.frames]) > 2
    assert (first.peak_memory_mib, second.peak_memory_mib) == (900, 300)
