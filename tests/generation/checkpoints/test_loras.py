"""A LoRA from another repository is fetched, checked and removed like the weights that it goes with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError

from generation import catalogue
from generation.catalogue import CatalogueError
from generation.checkpoints.lock import locked_revision
from generation.checkpoints.manifest import read_manifest
from generation.engines.base import CheckpointUnavailable
from generation.engines.checkpoint import locate
from generation.worker.abilities import abilities
from generation.worker.signals import on_set_up
from tests.generation.checkpoints.conftest import ENTRY, HUB_KEYS, WANTED
from tests.generation.checkpoints.hub import COMMIT, FakeHub
from tests.generation.checkpoints.test_worker_start import celery

LORAS = "studio/few.steps"
LORA_COMMIT = "e5" * 20
LORA_FILES = {
    "four/high.safetensors": b"high" * 1000,
    "four/low.safetensors": b"low" * 1000,
    "eight/high.safetensors": b"eight" * 1000,
    "four/workflow.json": b"{}",
    "four/high.bin": b"a pickle",
    "README.md": b"Four steps.",
}
FOLDER = "loras/studio--few.steps"


def options(*files: str, revision: str = "locked") -> str:
    each = (f'{{ repository = "{LORAS}", revision = "{revision}", file = "{file}" }}' for file in files)
    return f"options = {{ loras = [{', '.join(each)}] }}\n"


def write(file: Path, *turbos: tuple[str, str]) -> None:
    standard = ENTRY.format(key="standard", checkpoint="tiny", revision="locked") + HUB_KEYS
    others = (ENTRY.format(key=key, checkpoint="tiny", revision="locked") + HUB_KEYS + loras for key, loras in turbos)
    file.write_text("".join((standard, *others)))


@pytest.fixture(autouse=True)
def turbo(settings, models_dir: Path):
    settings.CATALOGUE_FILE = models_dir.parent / "turbo.toml"
    write(settings.CATALOGUE_FILE, ("turbo", options("four/high.safetensors", "four/low.safetensors")))


@pytest.fixture
def loras(hub) -> FakeHub:
    other = FakeHub(LORAS, dict(LORA_FILES), LORA_COMMIT)
    hub.beside.append(other)
    return other


def brought(models, models_dir: Path) -> Path:
    models("pull", "turbo", "--accept-licence")
    return models_dir / FOLDER


def test_a_pull_brings_the_named_files_alone_and_notes_both_commits(models, models_dir, hub, loras):
    out = models("pull", "turbo", "--accept-licence")
    assert "studio/tiny-video, studio/few.steps" in out
    assert sorted(hub.fetched()) == WANTED
    assert sorted(loras.fetched()) == ["README.md", "four/high.safetensors", "four/low.safetensors"]
    assert (models_dir / FOLDER / "four/low.safetensors").read_bytes() == LORA_FILES["four/low.safetensors"]
    assert locate(catalogue.get("turbo"), models_dir) == (models_dir / "tiny", COMMIT)
    assert locked_revision(models_dir, LORAS) == LORA_COMMIT
    assert locked_revision(models_dir, "turbo") == locked_revision(models_dir, "standard") == COMMIT
    assert f"turbo, LoRA {LORAS}: revision {LORA_COMMIT} is here already." in models("pull", "turbo")
    assert "2 verified." in models("verify")
    listed = models("list")
    assert f"{LORAS} (LoRA) at {LORA_COMMIT} (locked)" in listed
    assert "in 9 files from the hub" in listed


def test_a_locked_lora_stays_at_its_commit_and_is_upgraded_on_demand(models, models_dir, loras):
    brought(models, models_dir)
    shutil.rmtree(models_dir / FOLDER)
    loras.commit = "f6" * 20
    with pytest.raises(CommandError, match=f"has no revision {LORA_COMMIT}"):
        models("pull", "turbo")
    models("pull", "turbo", "--upgrade")
    assert locked_revision(models_dir, LORAS) == read_manifest(models_dir / FOLDER).revision == "f6" * 20


def test_the_disk_is_asked_for_all_of_it_before_anything_comes(models, hub, loras, monkeypatch):
    loras.files["four/low.safetensors"] = b"x" * 40_000
    free = 256 * 1024**2 + 150_000  # enough for either, not for both
    monkeypatch.setattr("generation.checkpoints.pull.shutil.disk_usage", lambda _: type("Disk", (), {"free": free}))
    with pytest.raises(CommandError, match="The model 'turbo' needs"):
        models("pull", "turbo", "--accept-licence")
    assert hub.fetched() == loras.fetched() == []


def test_a_file_that_the_repository_lacks_or_sends_otherwise_is_refused(models, models_dir, hub, loras):
    del loras.files["four/low.safetensors"]
    with pytest.raises(CommandError, match=r"studio/few.steps has no file four/low.safetensors, which 'turbo' needs"):
        models("pull", "turbo", "--accept-licence")
    assert hub.fetched() == []
    loras.files |= LORA_FILES
    loras.lies["four/high.safetensors"] = LORA_FILES["four/high.safetensors"][::-1]
    with pytest.raises(
        CommandError, match=r"four/high.safetensors of studio/few.steps did not come as the hub lists it"
    ):
        models("pull", "turbo")
    assert not (models_dir / FOLDER).exists()


def test_a_mirror_folder_serves_it_too(models, models_dir, mirror):
    folder = mirror / LORAS
    with pytest.raises(CommandError, match=f"has no {LORAS}/"):
        models("pull", "turbo", "--accept-licence", "--from", str(mirror))
    for path, data in LORA_FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    models("pull", "turbo", "--from", str(mirror))
    locate(catalogue.get("turbo"), models_dir)
    # Nobody says which commit it is, so it is named by what it holds.
    assert len(locked_revision(models_dir, LORAS)) == 64


def test_a_worker_takes_the_entry_only_with_its_lora_and_starts_without(models, models_dir, loras):
    models("pull", "standard", "--accept-licence")
    assert abilities().model_keys == ["standard"]
    on_set_up(instance=celery("generation"))
    assert "not all: `manage.py models pull turbo`" in models("list")
    with pytest.raises(CheckpointUnavailable, match=f"The LoRA {LORAS} of 'turbo' is not at .* pull turbo"):
        locate(catalogue.get("turbo"), models_dir)
    with pytest.raises(CommandError, match="1 of 1 models are not sound"):
        models("verify", "turbo")
    models("pull", "turbo", "--accept-licence")
    assert abilities().model_keys == ["standard", "turbo"]


def test_a_worker_does_not_begin_with_a_missing_or_altered_lora(models, models_dir, loras, capsys):
    file = brought(models, models_dir) / "four/low.safetensors"
    file.write_bytes(b"x")
    with pytest.raises(SystemExit):
        on_set_up(instance=celery("generation"))
    said = capsys.readouterr().err
    assert said.startswith(f"This worker does not start. The LoRA {LORAS} of 'turbo' at ")
    assert said.endswith("four/low.safetensors is altered: it has 1 bytes, not 3000.\n")
    file.unlink()
    with pytest.raises(SystemExit):
        on_set_up(instance=celery("generation"))
    assert "four/low.safetensors is missing" in capsys.readouterr().err
    with pytest.raises(CommandError, match="1 of 2 models are not sound"):
        models("verify")


def test_entries_share_a_repository_and_each_file_of_it(models, models_dir, loras, settings):
    four = ("turbo", options("four/high.safetensors", "four/low.safetensors"))
    brought(models, models_dir)
    # A catalogue that came to want another file: not here until it is pulled, and then beside the others.
    settings.CATALOGUE_FILE = models_dir.parent / "both.toml"
    write(settings.CATALOGUE_FILE, four, ("eighth", options("eight/high.safetensors")))
    assert abilities().model_keys == ["standard", "turbo"]
    models("pull", "eighth", "--accept-licence")
    assert abilities().model_keys == ["standard", "turbo", "eighth"]
    assert "3 verified." in models("verify")


def test_remove_takes_what_no_other_entry_runs_from(models, models_dir, loras):
    folder = brought(models, models_dir)
    with pytest.raises(CommandError, match="turbo runs from"):
        models("remove", "standard")
    assert "turbo: stays at" in models("remove", "turbo")
    assert not folder.exists()
    assert (models_dir / "tiny").is_dir()
    assert locked_revision(models_dir, LORAS) is None
    models("remove", "standard", "turbo")
    assert not (models_dir / "tiny").exists()


@pytest.mark.parametrize(
    ("turbos", "sentence"),
    [
        (
            [f'options = {{ loras = [{{ repository = "{LORAS}", file = "a.safetensors" }}] }}\n'],
            "with a revision wherever",
        ),
        ([options("a.safetensors", revision="main")], "options.loras is"),
        ([options("a.bin")], "options.loras is"),
        ([options("a.safetensors"), options("a.safetensors", revision=COMMIT)], "it must be one revision"),
    ],
)
def test_a_catalogue_that_cannot_be_pulled_stops_the_start(settings, tmp_path, turbos, sentence):
    settings.CATALOGUE_FILE = tmp_path / "wrong.toml"
    write(settings.CATALOGUE_FILE, *((f"turbo-{number}", loras) for number, loras in enumerate(turbos)))
    with pytest.raises(CatalogueError, match=sentence):
        catalogue.entries()


def test_what_is_made_here_has_no_lora_from_elsewhere(settings, tmp_path):
    settings.CATALOGUE_FILE = tmp_path / "wrong.toml"
    entry = ENTRY.format(key="homemade", checkpoint="homemade", revision="local")
    settings.CATALOGUE_FILE.write_text(entry + options("a.safetensors"))
    with pytest.raises(CatalogueError, match="need the entry's own repository"):
        catalogue.entries()
