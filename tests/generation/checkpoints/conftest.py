"""A catalogue with two entries that share weights on a Hub, one pinned, and one that is made here."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from generation import catalogue
from generation.catalogue import CatalogueEntry
from tests.generation.checkpoints.hub import COMMIT, FakeHub, serving

REPOSITORY = "studio/tiny-video"
FILES = {
    "model_index.json": b'{"_class_name": "WanPipeline"}',
    "transformer/config.json": b"{}",
    "transformer/diffusion_pytorch_model.safetensors": bytes(range(256)) * 512,
    "transformer/diffusion_pytorch_model.bin": b"a pickle",
    "vae/diffusion_pytorch_model.safetensors": b"vae" * 1000,
    "vae/diffusion_pytorch_model.fp16.safetensors": b"half",
    "tokenizer/spiece.model": b"pieces",
    "all-in-one.safetensors": b"the same once more",
    "LICENSE.md": b"Be good.",
    "script.py": b"print()",
    ".gitattributes": b"",
    "optimizer.pt": b"a pickle too",
}
WANTED = [
    "LICENSE.md",
    "model_index.json",
    "tokenizer/spiece.model",
    "transformer/config.json",
    "transformer/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
]
ENTRY = """
[{key}]
name = "{key}"
description = "For tests."
notice = ""
engine = "tests.worker.fake_engine:FakeEngine"
checkpoint = "{checkpoint}"
revision = "{revision}"
sizes = ["320x192"]
seconds = [2]
fps = 8
steps = 4
guidance = 1.0
cost_factor = 1.0
native_long_side = 320
native_multiple = 32
frame_multiple = 4
"""
HUB_KEYS = f'repository = "{REPOSITORY}"\nlicence = "Tiny Licence 1.0"\nforbids = "Selling umbrellas."\n'


@pytest.fixture
def models_dir(settings, tmp_path: Path) -> Path:
    file = tmp_path / "catalogue.toml"
    file.write_text(
        ENTRY.format(key="locked", checkpoint="tiny", revision="locked")
        + HUB_KEYS
        + ENTRY.format(key="sister", checkpoint="tiny", revision="locked")
        + HUB_KEYS
        + ENTRY.format(key="pinned", checkpoint="tiny-pinned", revision=COMMIT)
        + HUB_KEYS
        + ENTRY.format(key="homemade", checkpoint="homemade", revision="local")
    )
    settings.CATALOGUE_FILE = file
    settings.MODELS_DIR = tmp_path / "models"
    settings.MODELS_MIRROR = None
    return settings.MODELS_DIR


@pytest.fixture
def entry(models_dir: Path) -> CatalogueEntry:
    found = catalogue.get("locked")
    assert found is not None
    return found


@pytest.fixture
def hub(monkeypatch):
    with serving(FakeHub(REPOSITORY, dict(FILES))) as fake:
        monkeypatch.setattr("generation.checkpoints.hub.ENDPOINT", fake.url)
        yield fake


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A folder with the repository under its name."""
    folder = tmp_path / "mirror"
    for path, data in FILES.items():
        file = folder / REPOSITORY / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (folder / REPOSITORY / "REVISION").write_text(COMMIT)
    return folder


@pytest.fixture
def models(db, models_dir: Path):
    """`manage.py models …`: returns what it printed."""

    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("models", *arguments, stdout=out)
        return out.getvalue()

    return run
