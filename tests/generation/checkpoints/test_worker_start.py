"""A worker takes what it has the weights of, and does not begin with weights that are not what was pulled."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from generation.worker.abilities import abilities
from generation.worker.signals import on_set_up

WEIGHTS = "vae/diffusion_pytorch_model.safetensors"


def celery(*queues: str) -> SimpleNamespace:
    """As much of a Celery worker as the signal's receiver looks at."""
    consumed = SimpleNamespace(consume_from=dict.fromkeys(queues))
    return SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=consumed)))


@pytest.fixture
def folder(models, models_dir, mirror):
    models("pull", "pinned", "--accept-licence", "--from", str(mirror))
    return models_dir / "tiny-pinned"


def test_it_is_given_only_what_is_here(folder):
    assert abilities().model_keys == ["pinned", "homemade"]
    on_set_up(instance=celery("generation", "default"))


def test_it_does_not_begin_with_altered_weights_and_says_so_in_one_sentence(folder, capsys):
    (folder / WEIGHTS).write_bytes(b"x")
    with pytest.raises(SystemExit) as stopped:
        on_set_up(instance=celery("generation"))
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("This worker does not start. The model 'pinned' at ")
    assert said.endswith(f"{WEIGHTS} is altered: it has 1 bytes, not 3000.\n")
    on_set_up(instance=celery("default"))  # what renders nothing needs no weights


def test_it_does_not_begin_when_none_of_its_models_is_here(models_dir, settings, capsys):
    text = settings.CATALOGUE_FILE.read_text().partition("\n[homemade]")[0]
    (settings.CATALOGUE_FILE.parent / "hub-only.toml").write_text(text)
    settings.CATALOGUE_FILE = settings.CATALOGUE_FILE.parent / "hub-only.toml"
    with pytest.raises(SystemExit):
        on_set_up(instance=celery("generation"))
    assert "pull one of locked, sister, pinned" in capsys.readouterr().err
