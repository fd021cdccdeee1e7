"""deploy/catalogue.toml loads, keeps the rules of its engines, and says what an artist must know."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest
from django.conf import settings

from generation import catalogue
from generation.catalogue.native import IN_STRETCHES, MOST_AT_ONCE, native_size
from generation.catalogue.reading import read
from generation.engines import registry
from generation.engines.base import EngineRequest
from generation.engines.native import native

ENTRIES = read(settings.BASE_DIR / "deploy" / "catalogue.toml")
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)


@each_entry
def test_an_entry_is_complete_and_keeps_its_engines_rules(entry):
    assert entry.repository
    assert entry.licence
    assert entry.forbids
    assert entry.memory_gib > 0
    assert entry.revision == catalogue.LOCKED_REVISION
    assert all(lora.revision == catalogue.LOCKED_REVISION for lora in entry.options.loras)
    engine = registry.create(entry)
    engine._entry = entry
    engine._check_rules()
    if entry.options.step_cache is not None:
        assert entry.options.step_cache.kind in engine.step_caches


@each_entry
def test_every_request_on_offer_has_a_native_size_that_holds_it(entry):
    for size in entry.sizes:
        width, height = catalogue.dimensions(size)
        assert width * height <= 1920 * 1080
        for seconds in entry.seconds:
            request = EngineRequest("", 1, width, height, entry.fps, entry.fps * seconds, entry.steps, entry.guidance)
            rendered = native(entry, request)
            assert rendered.frames >= request.frame_count
            assert max(rendered.width, rendered.height) <= entry.native_long_side + entry.native_multiple


@each_entry
def test_each_model_offers_landscape_portrait_and_square(entry):
    sides = [catalogue.dimensions(size) for size in entry.sizes]
    shapes = {(width > height) - (width < height) for width, height in sides}
    assert shapes == {1, -1, 0}


@each_entry
def test_no_film_is_whole_in_memory_beyond_the_bound(entry):
    for size in entry.sizes:
        width, height = catalogue.dimensions(size)
        for seconds in entry.seconds:
            for fps in entry.frame_rates:
                rendered = native_size(entry, width=width, height=height, frame_count=fps * seconds)
                assert rendered.size_bytes <= MOST_AT_ONCE or entry.engine in IN_STRETCHES


def test_ten_seconds_at_1080p_are_offered_and_never_whole():
    whole = native_size(replace(ENTRIES[0], native_long_side=1920), width=1920, height=1080, frame_count=240)
    assert whole.size_bytes > 2 * MOST_AT_ONCE
    longest = [entry for entry in ENTRIES if "1920x1080" in entry.sizes and max(entry.seconds) == 10]
    assert longest
    assert all(entry.engine in IN_STRETCHES for entry in longest)


def test_turbo_variants_are_quicker_cheaper_unguided_and_share_what_they_can():
    turbos = [entry for entry in ENTRIES if entry.turbo_of]
    assert turbos
    for turbo in turbos:
        standard = next(entry for entry in ENTRIES if entry.key == turbo.turbo_of)
        assert turbo.pool == "turbo"
        assert turbo.steps < standard.steps
        assert turbo.cost_factor < standard.cost_factor
        assert turbo.guidance <= 1
        assert (turbo.sizes, turbo.seconds) == (standard.sizes, standard.seconds)
        assert set(turbo.modes) <= set(standard.modes)
        if turbo.repository == standard.repository:
            assert turbo.checkpoint == standard.checkpoint


def test_a_few_step_lora_goes_into_every_transformer_with_its_fixed_steps():
    for entry in (entry for entry in ENTRIES if entry.options.loras):
        assert entry.turbo_of
        assert len(entry.options.sigmas) == entry.steps
        two = any(other.options.guidance_2 for other in ENTRIES if other.checkpoint == entry.checkpoint)
        expected = ["transformer", "transformer_2"] if two else ["transformer"]
        assert [lora.component for lora in entry.options.loras] == expected


def test_one_folder_is_one_repository():
    folders = {entry.checkpoint: entry.repository for entry in ENTRIES}
    assert all(folders[entry.checkpoint] == entry.repository for entry in ENTRIES)


def test_the_issue_is_covered():
    families = {entry.engine.split(":")[1] for entry in ENTRIES}
    assert len(families) == 7
    tallest = next(entry for entry in ENTRIES if entry.key == "ltx2")
    assert {"1920x1080", "1080x1920", "1080x1080"} <= set(tallest.sizes)
    assert max(tallest.seconds) == 10
    assert tallest.sound
    request = EngineRequest("", 1, 1920, 1080, 24, 240, 30, 3.0)
    size = native(tallest, request)
    assert dataclasses.astuple(size) == (1920, 1088, 241)
