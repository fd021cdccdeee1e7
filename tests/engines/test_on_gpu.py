"""One real model of each family on CUDA, with the weights in MODELS_DIR. Left out, and said so, without either."""

from __future__ import annotations

import numpy as np
import pytest
from django.conf import settings

from generation import catalogue
from generation.engines import registry
from generation.engines.base import EngineRequest
from tests import gpu
from tests.engines.families import PICTURE, pixels

pytestmark = pytest.mark.gpu


class Stop(Exception):
    """What a worker raises in a step."""


@pytest.mark.parametrize("entry", gpu.one_of_each_family(), ids=lambda entry: entry.key)
def test_a_real_model_renders_stops_and_renders_the_same_again(entry):
    width, height = catalogue.dimensions(min(entry.sizes, key=lambda size: np.prod(catalogue.dimensions(size))))
    request = EngineRequest(
        prompt="a heron lands on a wet tin roof at dawn",
        seed=7,
        width=width,
        height=height,
        fps=entry.fps,
        frame_count=entry.fps * min(entry.seconds),
        steps=entry.steps,
        guidance=entry.guidance,
        image=None if "text" in entry.modes else PICTURE,
    )
    engine = registry.create(entry)
    engine.load(entry, settings.MODELS_DIR)
    try:
        news = []
        rendered = engine.render(request, lambda done, total: news.append((done, total)))
        first = np.stack(list(rendered.frames))
        assert [done for done, _total in news] == list(range(1, news[-1][1] + 1))
        assert len(first) == rendered.native_frames >= request.frame_count
        assert first.std() > 5
        assert engine.memory_mib() > 0
        assert rendered.peak_memory_mib > 0
        assert (rendered.sound is not None) == entry.sound

        def stop(done: int, total: int) -> None:
            if done == 2:
                raise Stop

        with pytest.raises(Stop):
            engine.render(request, stop)
        assert np.array_equal(pixels(engine, request), first)
    finally:
        engine.unload()
