"""Weights come whole, or not at all, and go on from where they broke off."""

from __future__ import annotations

import errno
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from django.core.management import CommandError

from audit.models import AuditEvent
from generation import catalogue
from generation.checkpoints.lock import locked_revision
from generation.checkpoints.manifest import read_manifest
from generation.engines.checkpoint import locate
from generation.models import LicenceAcceptance
from tests.factories import AdminFactory
from tests.generation.checkpoints.conftest import FILES, REPOSITORY, WANTED
from tests.generation.checkpoints.hub import COMMIT

WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"


def here(folder: Path) -> list[str]:
    notes = {"REVISION", "dailies-manifest.json"}
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name not in notes
    )


def test_a_pull_brings_safetensors_and_texts_and_never_a_pickle(models, models_dir, hub):
    out = models("pull", "pinned", "--accept-licence")
    assert here(models_dir / "tiny-pinned") == WANTED
    assert sorted(hub.fetched()) == WANTED
    assert all((models_dir / "tiny-pinned" / path).read_bytes() == FILES[path] for path in WANTED)
    assert "6 files of revision" in out
    assert "free" in out
    entry = catalogue.get("pinned")
    assert locate(entry, models_dir) == (models_dir / "tiny-pinned", COMMIT)
    assert {file.path for file in read_manifest(models_dir / "tiny-pinned").files} == set(WANTED)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_person_at_a_terminal_sees_how_far_it_is(models, hub, monkeypatch, capsys, is_terminal):
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal, raising=False)
    models("pull", "pinned", "--accept-licence")
    shown = capsys.readouterr().err
    assert ("100%" in shown and "pinned" in shown) is is_terminal


def test_a_locked_entry_notes_its_commit_for_all_who_share_its_weights(models, models_dir, hub):
    models("pull", "locked", "--accept-licence")
    assert locked_revision(models_dir, "locked") == locked_revision(models_dir, "sister") == COMMIT
    assert locate(catalogue.get("sister"), models_dir)[1] == COMMIT
    # Another machine with this lock asks for exactly this commit, which this Hub has moved on from.
    shutil.rmtree(models_dir / "tiny")
    hub.commit = "b2" * 20
    with pytest.raises(CommandError, match=f"has no revision {COMMIT}"):
        models("pull", "locked")
    models("pull", "locked", "--upgrade")
    assert locked_revision(models_dir, "locked") == "b2" * 20


def test_an_interrupted_pull_goes_on_where_it_broke_off(models, models_dir, hub, monkeypatch):
    # The client would try again by itself within seconds; here the line stays dead.
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: hub.cut.update({WEIGHTS: 0}))
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 10_000)  # nothing smaller is written
    hub.cut[WEIGHTS] = 70_000
    with pytest.raises(CommandError, match="broke off after 70000 of 131072 bytes"):
        models("pull", "pinned", "--accept-licence")
    assert not (models_dir / "tiny-pinned").exists()
    monkeypatch.undo()
    hub.cut.clear()
    hub.requests.clear()
    monkeypatch.setattr("generation.checkpoints.hub.ENDPOINT", hub.url)
    out = models("pull", "pinned")
    assert (f"/{REPOSITORY}/resolve/{COMMIT}/{WEIGHTS}", "bytes=70000-") in hub.requests
    assert "model_index.json" not in hub.fetched()  # it was whole already
    assert "62.6 KiB to come" in out
    assert (models_dir / "tiny-pinned" / WEIGHTS).read_bytes() == FILES[WEIGHTS]
    assert not list((models_dir / ".pull").glob("*"))


def test_a_file_that_differs_from_the_listing_is_thrown_away(models, models_dir, hub):
    hub.lies[WEIGHTS] = FILES[WEIGHTS][::-1]
    with pytest.raises(CommandError, match=f"{WEIGHTS} of {REPOSITORY} did not come as the hub lists it"):
        models("pull", "pinned", "--accept-licence")
    hub.lies = {"model_index.json": b"x" * len(FILES["model_index.json"])}
    shutil.rmtree(models_dir / ".pull")
    with pytest.raises(CommandError, match=r"model_index\.json of .* did not come"):
        models("pull", "pinned")
    assert not (models_dir / "tiny-pinned").exists()


def test_a_part_that_exists_as_a_pickle_only_is_refused(models, hub):
    del hub.files[WEIGHTS]
    with pytest.raises(CommandError, match=r"weights in transformer as a pickle only"):
        models("pull", "pinned", "--accept-licence")
    assert hub.fetched() == []


def test_a_name_that_leads_out_of_the_folder_is_refused(models, hub):
    hub.files["../outside.json"] = b"{}"
    with pytest.raises(CommandError, match="names a file outside of itself"):
        models("pull", "pinned", "--accept-licence")


def test_the_disk_is_asked_before_anything_comes(models, hub, monkeypatch):
    usage = namedtuple("usage", "total used free")(100, 0, 256 * 1024**2)
    monkeypatch.setattr("generation.checkpoints.pull.shutil.disk_usage", lambda _: usage)
    with pytest.raises(CommandError, match=r"needs 131\.0 KiB more at .*256\.0 MiB are free"):
        models("pull", "pinned", "--accept-licence")
    assert hub.fetched() == []


def test_a_disk_that_fills_up_meanwhile_costs_nothing_that_has_come(models, models_dir, hub, monkeypatch):
    from generation.checkpoints import hub as source

    fetch = source.HubSource.fetch

    def full(self, listing, file, part, on_bytes):
        if file.path == WEIGHTS:
            part.write_bytes(FILES[WEIGHTS][:1000])
            raise OSError(errno.ENOSPC, "No space left on device")
        fetch(self, listing, file, part, on_bytes)

    monkeypatch.setattr(source.HubSource, "fetch", full)
    with pytest.raises(CommandError, match=r"could not be written to .*No space left on device.*goes on from there"):
        models("pull", "pinned", "--accept-licence")
    monkeypatch.setattr(source.HubSource, "fetch", fetch)
    models("pull", "pinned")
    assert (f"/{REPOSITORY}/resolve/{COMMIT}/{WEIGHTS}", "bytes=1000-") in hub.requests


@pytest.mark.parametrize(
    ("gate", "sentence"), [(404, "There is no repository"), (403, "behind a gate"), (500, "could not be asked")]
)
def test_a_hub_that_refuses_is_quoted(models, hub, gate, sentence):
    hub.gate = gate
    with pytest.raises(CommandError, match=sentence):
        models("pull", "pinned", "--accept-licence")


def test_nothing_is_fetched_before_the_licence_is_accepted(models, models_dir, hub, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(CommandError, match="Nothing was fetched: accept the licence"):
        models("pull", "pinned")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    with pytest.raises(CommandError, match="was not accepted"):
        models("pull", "pinned")
    assert hub.requests == []
    assert not LicenceAcceptance.objects.exists()
    monkeypatch.setattr("builtins.input", lambda _: "y")
    out = models("pull", "pinned")
    assert "Tiny Licence 1.0" in out
    assert "Selling umbrellas." in out
    assert AuditEvent.objects.get(action="model.licence_accepted").actor_kind == "system"
    assert "Selling" not in models("pull", "pinned"), "it was accepted already"


def test_an_admin_accepts_by_name_and_nobody_else(models, hub):
    admin = AdminFactory()
    with pytest.raises(CommandError, match="no active programme admin"):
        models("pull", "pinned", "--accept-licence", "--by", "nobody@example.org")
    models("pull", "pinned", "--accept-licence", "--by", admin.email)
    event = AuditEvent.objects.get(action="model.licence_accepted")
    assert (event.actor_kind, event.actor_id) == ("person", str(admin.pk))
    assert event.data == {"model": "pinned", "repository": REPOSITORY, "licence": "Tiny Licence 1.0"}


def test_what_is_made_here_is_not_pulled(models):
    with pytest.raises(CommandError, match="'homemade' is made here"):
        models("pull", "homemade")
    with pytest.raises(CommandError, match="no model typo; it has locked, sister, pinned, homemade"):
        models("pull", "typo")


def test_a_mirror_folder_serves_instead_of_the_hub(models, models_dir, mirror, settings):
    models("pull", "pinned", "--accept-licence", "--from", str(mirror))
    assert here(models_dir / "tiny-pinned") == WANTED
    settings.MODELS_MIRROR = mirror / REPOSITORY  # a plain folder for the entry
    models("pull", "locked", "--accept-licence")
    assert locked_revision(models_dir, "locked") == COMMIT
    # What was pulled is a mirror itself, and its hashes are held to.
    pulled = models_dir / "tiny-pinned"
    (pulled / WEIGHTS).write_bytes(FILES[WEIGHTS][::-1])
    shutil.rmtree(models_dir / "tiny")
    settings.MODELS_MIRROR = pulled
    with pytest.raises(CommandError, match="did not come as the mirror lists it"):
        models("pull", "locked")


def test_a_mirror_of_another_or_of_no_revision(models, models_dir, mirror):
    (mirror / REPOSITORY / "REVISION").write_text("b2" * 20)
    with pytest.raises(CommandError, match=f"at revision {'b2' * 20}; the catalogue asks for {COMMIT}"):
        models("pull", "pinned", "--accept-licence", "--from", str(mirror))
    (mirror / REPOSITORY / "REVISION").unlink()
    models("pull", "locked", "--accept-licence", "--from", str(mirror))
    assert len(locked_revision(models_dir, "locked")) == 64
    models("pull", "locked", "--from", str(mirror))
    with pytest.raises(CommandError, match=r"neither studio/tiny-video/ nor a model_index\.json"):
        models("pull", "locked", "--from", str(mirror.parent))


def test_the_hub_clients_own_cache_is_a_mirror(models, models_dir, mirror, tmp_path):
    snapshot = tmp_path / "cache" / "models--studio--tiny-video" / "snapshots" / COMMIT
    shutil.copytree(mirror / REPOSITORY, snapshot)
    (snapshot / "REVISION").unlink()
    models("pull", "pinned", "--accept-licence", "--from", str(tmp_path / "cache"))
    assert locate(catalogue.get("pinned"), models_dir)[1] == COMMIT
