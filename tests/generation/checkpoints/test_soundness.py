"""A missing or altered file is found: cheaply before a model is loaded, and byte by byte by `verify`."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError

from generation import catalogue
from generation.checkpoints import manifest
from generation.engines.base import CheckpointUnavailable
from generation.engines.checkpoint import locate, unavailable
from tests.architecture.code import ROOT

WEIGHTS = "vae/diffusion_pytorch_model.safetensors"


@pytest.fixture
def folder(models, models_dir, mirror):
    models("pull", "pinned", "--accept-licence", "--from", str(mirror))
    return models_dir / "tiny-pinned"


def refusal(models_dir) -> str:
    with pytest.raises(CheckpointUnavailable) as caught:
        locate(catalogue.get("pinned"), models_dir)
    return str(caught.value)


def test_a_missing_file_is_named_in_one_sentence(folder, models_dir):
    (folder / WEIGHTS).unlink()
    assert refusal(models_dir) == (f"The model 'pinned' at {folder} is not what was put there: {WEIGHTS} is missing.")


def test_an_altered_file_is_found_by_its_size_or_by_its_time_and_hash(folder, models_dir):
    data = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(data + b"x")
    assert "is altered: it has 3001 bytes, not 3000" in refusal(models_dir)
    (folder / WEIGHTS).write_bytes(data[::-1])
    assert "is altered: its SHA-256 is another" in refusal(models_dir)


def test_a_start_reads_no_weights_and_forgives_a_new_time(folder, models_dir, monkeypatch):
    read = []
    sha256_of = manifest.sha256_of
    monkeypatch.setattr(manifest, "sha256_of", lambda path: read.append(path.name) or sha256_of(path))
    locate(catalogue.get("pinned"), models_dir)
    assert read == []
    os.utime(folder / WEIGHTS, (1, 1))
    locate(catalogue.get("pinned"), models_dir)
    locate(catalogue.get("pinned"), models_dir)
    assert read == ["diffusion_pytorch_model.safetensors"], "hashed once, then known again"


def test_only_verify_finds_an_alteration_that_kept_size_and_time(folder, models, models_dir):
    data, time = (folder / WEIGHTS).read_bytes(), (folder / WEIGHTS).stat().st_mtime_ns
    assert "1 verified." in models("verify")
    (folder / WEIGHTS).write_bytes(data[::-1])
    os.utime(folder / WEIGHTS, ns=(time, time))
    locate(catalogue.get("pinned"), models_dir)
    with pytest.raises(CommandError, match="1 of 1 models are not sound"):
        models("verify", "pinned")


def test_verify_finds_pickles_and_programs_that_nobody_fetched(folder, models):
    (folder / "transformer" / "model.bin").write_bytes(b"x")
    with pytest.raises(CommandError, match="not sound"):
        models("verify")


def test_a_checkpoint_without_its_manifest_or_of_another_revision_is_refused(folder, models_dir):
    (folder / "dailies-manifest.json").write_text("{")
    assert "dailies-manifest.json, which lists its files, is missing" in refusal(models_dir)
    (folder / "REVISION").write_text("c3" * 20)
    assert "the catalogue asks for" in refusal(models_dir)


def test_what_is_made_here_is_held_to_its_own_digest(models_dir):
    folder = models_dir / "homemade"
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(b"x")
    (folder / "REVISION").write_text("d4" * 32)
    assert set(unavailable(catalogue.entries(), models_dir)) == {"locked", "sister", "pinned", "homemade"}
    assert "its files are altered" in unavailable(catalogue.entries(), models_dir)["homemade"]


def test_the_list_says_what_is_here(folder, models, models_dir):
    out = models("list")
    assert "made here" in out
    assert "its newest revision, which pull will lock" in out
    assert "Tiny Licence 1.0 (accepted)" in out
    assert "131.0 KiB in 6 files from the mirror" in out
    (folder / WEIGHTS).unlink()
    assert "NOT SOUND" in models("list")


def test_remove_deletes_what_no_other_entry_needs(folder, models, models_dir, mirror):
    models("pull", "locked", "--accept-licence", "--from", str(mirror))
    with pytest.raises(CommandError, match="sister runs from"):
        models("remove", "locked")
    models("remove", "locked", "sister", "pinned")
    assert not (models_dir / "tiny").exists()
    assert not folder.exists()
    assert "is not here" in models("remove", "pinned")
    assert "0 verified." in models("verify")


def test_no_web_process_imports_the_hubs_client():
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; import config.asgi;"
        "import generation.engines.checkpoint; print('huggingface_hub' in sys.modules)"
    )
    environment = {"PATH": "", "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
