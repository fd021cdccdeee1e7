"""The catalogue's file: what it offers, what it costs, and how loudly a bad one is refused."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from hypothesis import given
from hypothesis import strategies as st

from generation import catalogue
from generation.catalogue import CatalogueEntry, CatalogueError
from generation.checks import catalogue_is_sound

BUILT_IN = (django_settings.BASE_DIR / "generation" / "catalogue.toml").read_text(encoding="utf-8")
SKETCH = "[sketch]\n" + BUILT_IN.partition("\n[sketch]\n")[2]


@pytest.fixture
def catalogue_of(settings, tmp_path: Path):
    """`catalogue_of(text)` reads a catalogue file with that text."""

    def read(text: str) -> tuple[CatalogueEntry, ...]:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.toml"
        file.write_text(text, encoding="utf-8")
        settings.CATALOGUE_FILE = file
        return catalogue.entries()

    return read


def with_value(key: str, toml: str) -> str:
    """The sketch's entry with one value replaced."""
    lines = [f"{key} = {toml}" if line.startswith(f"{key} =") else line for line in SKETCH.splitlines()]
    return "\n".join(lines)


def test_the_sketch_is_offered_and_says_what_it_is():
    sketch = catalogue.get("sketch")
    assert "sketch" in sketch.notice.lower()
    assert "not been trained" in sketch.notice
    assert {"320x192", "640x360", "360x640", "1280x720", "1920x1080"} <= set(sketch.sizes)
    assert sketch.seconds == (2, 4, 6, 8, 10)
    assert sketch.fps == 8


def test_the_built_in_models_come_in_order_and_the_turbo_with_its_standard():
    assert [(entry.key, entry.turbo_of) for entry in catalogue.entries()] == [
        ("demo", ""),
        ("demo-turbo", "demo"),
        ("sketch", ""),
    ]


def test_an_unknown_model_is_none():
    assert catalogue.get("sora") is None


def test_entries_keep_the_order_of_the_file_and_are_read_once(catalogue_of):
    two = catalogue_of(SKETCH.replace("[sketch]", "[zebra]") + "\n" + SKETCH.replace("[sketch]", "[ape]"))
    assert [entry.key for entry in two] == ["zebra", "ape"]
    assert catalogue.entries() is two


@pytest.mark.parametrize("key", sorted(tomllib.loads(SKETCH)["sketch"]))
def test_a_missing_key_is_named_with_its_entry(catalogue_of, key: str):
    text = "\n".join(line for line in SKETCH.splitlines() if not line.startswith(f"{key} ="))
    with pytest.raises(CatalogueError, match=rf"'sketch' lacks the key '{key}'"):
        catalogue_of(text)


def test_an_unknown_key_is_named_with_its_entry(catalogue_of):
    with pytest.raises(CatalogueError, match="'sketch' has the unknown key 'stepps'"):
        catalogue_of(SKETCH + "\nstepps = 4\n")


@pytest.mark.parametrize(
    ("key", "toml"),
    [
        ("name", '""'),
        ("name", "7"),
        ("notice", "[]"),
        ("engine", '"generation.engines.wan"'),
        ("engine", '"os; import shutil:rmtree"'),
        ("checkpoint", '"../elsewhere"'),
        ("checkpoint", '"/etc"'),
        ("revision", '"main"'),
        ("sizes", "[]"),
        ("sizes", '"640x360"'),
        ("sizes", '["640x361"]'),
        ("sizes", '["640 x 360"]'),
        ("sizes", '["0x360"]'),
        ("sizes", '["99999x360"]'),
        ("sizes", '["640x360", "640x360"]'),
        ("sizes", "[640]"),
        ("seconds", "[0]"),
        ("seconds", "[2.5]"),
        ("seconds", "[true]"),
        ("fps", "0"),
        ("fps", "true"),
        ("steps", "-1"),
        ("guidance", '"3"'),
        ("guidance", "nan"),
        ("cost_factor", "-0.5"),
        ("cost_factor", "inf"),
        ("native_long_side", "32"),
        ("native_multiple", "0"),
        ("frame_multiple", "0"),
    ],
)
def test_a_bad_value_is_named_with_its_entry_and_key(catalogue_of, key: str, toml: str):
    with pytest.raises(CatalogueError, match=rf"'sketch': {key} is .*; it must be "):
        catalogue_of(with_value(key, toml))


@pytest.mark.parametrize("text", ["", "[sketch", "sketch = 7", "[Sketch]\n", '["a b"]\n'])
def test_a_file_that_is_no_catalogue_is_refused(catalogue_of, text: str):
    with pytest.raises(CatalogueError, match="catalogue"):
        catalogue_of(text)


def test_a_missing_file_is_refused(settings, tmp_path: Path):
    settings.CATALOGUE_FILE = tmp_path / "nowhere.toml"
    with pytest.raises(CatalogueError, match=r"nowhere\.toml cannot be read"):
        catalogue.entries()


@pytest.mark.parametrize(
    ("size", "seconds", "factor", "credits"),
    [
        ("320x192", 2, "1", 2),  # smaller than the unit costs as much as the unit
        ("640x360", 10, "1", 10),
        ("642x360", 2, "1", 3),  # the size factor is 1.25, and credits are whole
        ("1280x720", 2, "1", 8),
        ("1920x1080", 10, "1", 90),
        ("1920x1080", 10, "0.1", 9),  # exactly: no binary fraction makes it 10
        ("640x360", 3, "0.5", 2),
        ("640x360", 10, "0", 0),
    ],
)
def test_the_price(catalogue_of, size: str, seconds: int, factor: str, credits: int):
    (entry,) = catalogue_of(with_value("cost_factor", factor))
    width, height = catalogue.dimensions(size)
    assert catalogue.price(entry=entry, width=width, height=height, seconds=seconds) == credits


sides = st.integers(64, 4096)


@given(width=sides, height=sides, more=st.integers(0, 500), seconds=st.integers(1, 60))
def test_a_price_is_whole_fair_and_never_falls_with_size_or_length(width: int, height: int, more: int, seconds: int):
    entry = catalogue.get("sketch")

    def cost(width: int, height: int, seconds: int) -> int:
        return catalogue.price(entry=entry, width=width, height=height, seconds=seconds)

    exact = Decimal(seconds * width * height) / (640 * 360)
    assert seconds <= cost(width, height, seconds)
    assert exact <= cost(width, height, seconds) < max(exact + Decimal(seconds) / 4, seconds) + 1
    assert cost(width, height, seconds) <= cost(width + more, height, seconds)
    assert cost(width, height, seconds) <= cost(width, height, seconds + 1)
    assert cost(width, height, seconds) == cost(height, width, seconds)


def test_no_torch_is_needed_to_read_the_catalogue():
    code = (
        "import sys, django; django.setup()\n"
        "from generation import catalogue, media; from generation.engines import base, native, registry\n"
        "assert catalogue.entries(); assert 'torch' not in sys.modules and 'diffusers' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=django_settings.BASE_DIR / "platform", env=_environment()
    )


def _environment() -> dict[str, str]:
    import os

    root = django_settings.BASE_DIR
    return os.environ | {"PYTHONPATH": f"{root}:{root / 'platform'}", "DJANGO_SETTINGS_MODULE": "config.settings"}


# --- Optional keys ----------------------------------------------------------------------------------------------

TURBO = SKETCH.replace("[sketch]", "[quick]") + '\nturbo_of = "sketch"\npool = "turbo"\n'


def test_what_may_be_left_out_has_a_default():
    sketch = catalogue.get("sketch")
    assert (sketch.repository, sketch.licence, sketch.forbids, sketch.turbo_of) == ("", "", "", "")
    assert (sketch.prompt_languages, sketch.modes, sketch.frame_rates) == (("en",), ("text",), (sketch.fps,))
    assert (sketch.pool, sketch.memory_gib, sketch.max_running) == ("standard", 0.0, 0)
    assert (sketch.sound, sketch.av1) == (False, False)
    assert sketch.options == catalogue.EngineOptions()


def test_what_an_operator_adds_is_read(catalogue_of):
    sketch, quick = catalogue_of(
        with_value("revision", '"locked"')
        + """
repository = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"
licence = "Apache-2.0"
prompt_languages = ["en", "zh"]
modes = ["text", "image"]
frame_rates = [8, 16]
memory_gib = 13.5
max_running = 4
sound = true
av1 = true
[sketch.options]
scheduler = "UniPCMultistepScheduler"
flow_shift = 3
sigmas = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1]
step_cache = { kind = "taylorseer", cache_interval = 4, use_lite_mode = true }
loras = [{ file = "loras/high.safetensors" }, { file = "low.safetensors", component = "transformer_2", scale = 0.5 }]
offload = "group"
vae_tiling = true
"""
        + TURBO
    )
    assert sketch.modes == ("text", "image")
    assert sketch.frame_rates == (8, 16)
    assert sketch.memory_gib == 13.5
    options = sketch.options
    assert options.flow_shift == 3.0
    assert len(options.sigmas) == sketch.steps
    assert options.step_cache == catalogue.StepCache("taylorseer", (("cache_interval", 4), ("use_lite_mode", True)))
    assert [lora.component for lora in options.loras] == ["transformer", "transformer_2"]
    assert (options.offload, options.vae_tiling, options.compile) == ("group", True, False)
    assert (quick.turbo_of, quick.pool) == ("sketch", "turbo")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('modes = ["text", "dance"]', "modes is .* one of text, image"),
        ('pool = "slow"', "pool is 'slow'; it must be one of standard, turbo"),
        ('turbo_of = "nobody"', "turbo_of is 'nobody'"),
        ('turbo_of = "sketch"', "turbo_of is 'sketch'"),
        ("frame_rates = [16, 24]", "frame_rates must hold its fps"),
        ("frame_rates = [8, 8]", "frame_rates is .* without repeats"),
        ('prompt_languages = ["English"]', "prompt_languages is"),
        ('repository = "nowhere"', "repository is 'nowhere'"),
        ('repository = "a/b"', "a repository needs a licence"),
        ('repository = "a/b"\nlicence = "Apache-2.0"', "a repository needs a pinned revision"),
        ("memory_gib = -1", "memory_gib is -1"),
        ("max_running = 1.5", r"max_running is 1\.5"),
        ('sound = "yes"', "sound is 'yes'; it must be true or false"),
        ("options = 4", "options is 4; it must be a table"),
    ],
)
def test_a_bad_optional_value_is_named(catalogue_of, line: str, sentence: str):
    with pytest.raises(CatalogueError, match=f"'sketch': {sentence}"):
        catalogue_of(f"{SKETCH}\n{line}\n")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("scheduller = 1", " has the unknown option 'scheduller'"),
        ('scheduler = "os.system"', ": options.scheduler is"),
        ("flow_shift = 0", ": options.flow_shift is 0; it must be a number from 0.01 to 100"),
        ("sigmas = [0.5, 1.0]", r": options.sigmas is \[0\.5, 1\.0\]; it must be a list of falling numbers"),
        ("sigmas = [1.0, 0.5]", ": options.sigmas must be as many as its steps"),
        ("renoise = true", ": options.renoise needs options.sigmas"),
        ("refine_sigmas = [1.0, 0.5]", ": options.refine_sigmas need an options.upsampler"),
        ('step_cache = "mag"', ": options.step_cache is 'mag'; it must be a table whose kind"),
        ('step_cache = { kind = "first-block", treshold = 1 }', ".* unknown setting 'treshold'"),
        ('step_cache = { kind = "mag" }', ".* with a mag_ratios"),
        ('quantization = "int3"', ": options.quantization is"),
        ('offload = "disk"', ": options.offload is"),
        ('offload = "group"\nquantization = "int8-weight-only"', ": .* exclude each other"),
        ('loras = [{ file = "../key.safetensors" }]', ": options.loras is"),
        ('loras = [{ file = "a.bin" }]', ": options.loras is"),
        ('loras = [{ file = "a.safetensors", weight = 1 }]', ".* unknown key 'weight'"),
        ('attention_backend = "Flash!"', ": options.attention_backend is"),
        ('transformer = "/etc"', ": options.transformer is"),
    ],
)
def test_a_bad_option_is_named_with_its_entry(catalogue_of, line: str, sentence: str):
    with pytest.raises(CatalogueError, match=f"'sketch'{sentence}"):
        catalogue_of(f"{SKETCH}\n[sketch.options]\n{line}\n")


def test_a_film_that_would_be_whole_in_memory_and_too_large_is_refused(catalogue_of):
    tall = with_value("native_long_side", "1920").replace("fps = 8", "fps = 24")
    with pytest.raises(CatalogueError, match=r"'sketch': its engine decodes a film whole, and 241 frames .* 5\.6 GiB"):
        catalogue_of(tall)
    catalogue_of(tall.replace("wan:WanEngine", "ltx:LTX2Engine"))


def test_a_turbo_of_a_turbo_is_refused(catalogue_of):
    with pytest.raises(CatalogueError, match="'quickest': turbo_of is 'quick'"):
        catalogue_of(SKETCH + TURBO + TURBO.replace("[quick]", "[quickest]").replace('"sketch"\np', '"quick"\np'))


# --- At the start -----------------------------------------------------------------------------------------------


def test_a_bad_catalogue_is_one_sentence_of_the_system_check(catalogue_of):
    assert catalogue_is_sound() == []
    with pytest.raises(CatalogueError):
        catalogue_of(with_value("fps", "0"))
    (error,) = catalogue_is_sound()
    assert error.is_serious()
    assert re.fullmatch(r"The catalogue's entry 'sketch': fps is 0; it must be a whole number .*\.", error.msg)


@pytest.mark.parametrize(
    "command",
    [
        ("manage.py", "check"),
        ("-c", "import config.asgi"),
        ("-c", "import config.wsgi"),
        ("-m", "celery", "-A", "config", "worker", "--pool", "solo"),
    ],
    ids=("manage.py", "asgi", "wsgi", "worker"),
)
def test_a_bad_catalogue_stops_every_start(tmp_path: Path, command: tuple[str, ...]):
    bad = tmp_path / "catalogue.toml"
    bad.write_text(SKETCH + "\nstepps = 4\n")
    done = subprocess.run(
        [sys.executable, *command],
        env=_environment() | {"CATALOGUE_FILE": str(bad), "REDIS_URL": "redis://127.0.0.1:1/0"},
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "The catalogue's entry 'sketch' has the unknown key 'stepps'." in done.stderr
