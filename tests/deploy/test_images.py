"""The images and the compose file say what this project really has."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from config.demo.house import COMMANDS
from tests.architecture.code import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
DOCKERFILES = sorted(file for file in DEPLOY.glob("Dockerfile.*") if file.suffix != ".dockerignore")


def lines(file: Path) -> list[str]:
    """A Dockerfile's instructions, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", file.read_text())
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_an_image_copies_only_what_there_is(file):
    allowed = (DEPLOY / f"{file.name}.dockerignore").read_text().split()
    copied = [name for line in lines(file) if line.startswith("COPY ") for name in line.split()[1:-1]]
    assert len(copied) > 5
    for name in copied:
        assert (ROOT / name).exists(), f"{file.name} copies {name}"
        assert f"!{name}" in allowed, f"{file.name}.dockerignore leaves out {name}"


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_an_image_runs_as_nobody_special_at_locked_versions(file):
    text = lines(file)
    assert "USER dailies" in text
    assert text.index("USER dailies") > max(number for number, line in enumerate(text) if line.startswith("RUN "))
    installs = [line for line in text if "pip install" in line]
    assert all("-c requirements.lock" in line for line in installs)
    assert not any("PASSWORD" in line or "SECRET" in line for line in text)


def test_only_the_workers_image_holds_torch():
    web, worker = (" ".join(lines(DEPLOY / f"Dockerfile.{name}")) for name in ("web", "worker"))
    assert 'EXTRAS="worker,signals"' in worker
    assert '".[$EXTRAS]"' in worker
    assert "pip install -c requirements.lock ." in web


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_an_image_starts_a_program_that_is_installed(file):
    command = json.loads(next(line for line in lines(file) if line.startswith("CMD ")).removeprefix("CMD "))
    assert command[0] in {"uvicorn", "celery"}
    assert command[1] == "config.asgi:application" or command[1:3] == ["-A", "config"]


def test_every_secret_volume_and_network_of_compose_is_declared():
    for name, service in COMPOSE["services"].items():
        for secret in service.get("secrets", []):
            assert secret in COMPOSE["secrets"], f"{name}: {secret}"
        for network in service["networks"]:
            assert network in COMPOSE["networks"], f"{name}: {network}"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            known = (DEPLOY / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]
            assert known, f"{name}: {volume}"
        for other in service.get("depends_on", {}):
            assert other in COMPOSE["services"], f"{name} waits for {other}"


def test_no_secret_stands_in_the_compose_file():
    for service in COMPOSE["services"].values():
        for name, value in service.get("environment", {}).items():
            if any(word in name for word in ("PASSWORD", "SECRET", "DATABASE_URL", "EMAIL_URL", "KEY")):
                assert str(value).startswith("/run/secrets/"), name


def test_only_nginx_is_reachable_from_outside():
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["nginx"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert COMPOSE["services"]["postgres"]["networks"] == COMPOSE["services"]["redis"]["networks"] == ["inside"]


def test_each_queue_has_somebody_and_there_is_one_clock():
    from django.conf import settings

    listening = set()
    for service in COMPOSE["services"].values():
        command = service.get("command", [])
        if isinstance(command, list) and "-Q" in command:
            listening.update(command[command.index("-Q") + 1].split(","))
    worker = json.loads(next(line for line in lines(DEPLOY / "Dockerfile.worker") if line.startswith("CMD "))[4:])
    listening.update(worker[worker.index("-Q") + 1].split(","))
    wanted = {settings.CELERY_TASK_DEFAULT_QUEUE, *(route["queue"] for route in settings.CELERY_TASK_ROUTES.values())}
    assert listening == wanted
    clocks = [name for name, service in COMPOSE["services"].items() if "beat" in (service.get("command") or [])]
    assert clocks == ["clock"]


def test_every_worker_works_in_threads():
    """CUDA does not survive a fork, and a signal is heard where the work is."""
    image = next(line for line in lines(DEPLOY / "Dockerfile.worker") if line.startswith("CMD "))
    commands = [json.loads(image.removeprefix("CMD ")), shlex.split(COMMANDS["worker"])]
    commands += [service["command"] for service in COMPOSE["services"].values() if "command" in service]
    workers = [command for command in commands if "celery" in command and "worker" in command]
    assert len(workers) == 4  # the image's own, the demo's, and compose's for mail and for detectors
    for command in workers:
        assert command[command.index("-P") + 1] == "threads"


def test_every_setting_of_compose_is_read_somewhere():
    text = (ROOT / "platform" / "config" / "settings.py").read_text()
    for name in COMPOSE["x-settings"]:
        assert f'"{name}"' in text or f'"{name.removesuffix("_FILE")}"' in text, name


def test_everything_that_compose_asks_of_dotenv_is_in_its_example():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    given = {line.split("=")[0] for line in (DEPLOY / ".env.example").read_text().splitlines() if "=" in line}
    assert asked <= given
    assert given <= asked


def test_weights_are_pulled_by_a_service_that_may_go_out():
    """The image is offline, and the worker's network leads nowhere: what pulls has to differ in both."""
    pull, worker = COMPOSE["services"]["pull"], COMPOSE["services"]["worker"]
    assert any("HF_HUB_OFFLINE=1" in line for line in lines(DEPLOY / "Dockerfile.worker"))
    assert "HF_HUB_OFFLINE" not in worker["environment"]
    assert pull["environment"]["HF_HUB_OFFLINE"] == "0"
    assert any(not (COMPOSE["networks"][name] or {}).get("internal") for name in pull["networks"])
    assert "inside" in pull["networks"]  # acceptance of a licence is written to the database
    assert pull["image"] == worker["image"]
    assert set(COMPOSE["x-settings"]) <= set(pull["environment"])
    assert set(pull["volumes"]) < set(worker["volumes"])
    assert pull["volumes"] == ["models:/models"]
    assert pull["profiles"] == ["tools"]  # `up` does not start it
    assert pull["entrypoint"] == ["python", "manage.py", "models", "pull"]
    assert "deploy" not in pull  # needs no GPU
    text = (DEPLOY / "RUNBOOK.md").read_text()
    assert "dc run --rm pull MODEL" in text
    assert not re.search(r"dc (run --rm|exec) worker python\s+manage\.py\s+models\s+pull", text)


def test_both_catalogues_are_in_the_images_that_read_them():
    """As .env names them: in the project's folder, which an image has as /app."""
    setting = COMPOSE["x-settings"]["CATALOGUE_FILE"]
    default = re.fullmatch(r"/app/\$\{CATALOGUE_FILE:-(.+)\}", setting)[1]
    for name in (default, "deploy/catalogue.toml"):
        assert (ROOT / name).is_file()
        for file in DOCKERFILES:
            copied = [place for line in lines(file) if line.startswith("COPY ") for place in line.split()[1:-1]]
            assert any(Path(name).is_relative_to(place) for place in copied), f"{file.name}: {name}"
            assert "WORKDIR /app" in lines(file)


def test_the_commands_of_the_runbook_exist():
    text = (DEPLOY / "RUNBOOK.md").read_text()
    commands = {shlex.split(found)[0] for found in re.findall(r"manage\.py ([^`\n]+)", text)}
    from django.core.management import get_commands

    assert commands <= set(get_commands())
    assert {"first_admin", "bootstrap", "audit_verify"} <= commands
