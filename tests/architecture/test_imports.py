"""What imports what, beyond the layers that import-linter holds."""

from __future__ import annotations

import subprocess
import sys
import tomllib

from tests.architecture.code import ROOT

# Runs in a process of its own in which torch and diffusers cannot be imported at all, as on a web machine.
A_WEB_PROCESS = """
import importlib, os, sys

NOT_INSTALLED = {"django_stubs_ext", "rest_framework_stubs", "pytest", "hypothesis", "factory"}  # the extra dev's

class Absent:
    def find_spec(self, name, path=None, target=None):
        workers = {"torch", "diffusers", "transformers", "accelerate", "safetensors"}
        if name.partition(".")[0] in workers | NOT_INSTALLED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import config.asgi
from django.urls import get_resolver

def walk(patterns):
    for pattern in patterns:
        yield from walk(pattern.url_patterns) if hasattr(pattern, "url_patterns") else [pattern.callback]

views = list(walk(get_resolver().url_patterns))
from generation import catalogue, services
from config.celery import app
import django.forms.renderers
django.forms.renderers.DjangoTemplates().engine
print(len(views), len(catalogue.entries()))
"""

# The worker's own: the engines, the demo model, what runs them, and the tasks that a worker alone imports. One of the
# commands is what a worker starts; the contract names the others.
KNOW_TORCH = {
    *("generation.engines", "generation.demo_model", "generation.worker", "generation.tasks"),
    "generation.management",
}


def test_a_web_process_starts_without_torch():
    done = subprocess.run(
        [sys.executable, "-c", A_WEB_PROCESS],
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    views, entries = map(int, done.stdout.split())
    assert views > 20
    assert entries >= 1


def test_the_contract_about_torch_names_every_module_of_ours():
    """Whoever adds a module says in pyproject.toml that it stays free of torch, or here that it does not."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (named,) = [set(one["source_modules"]) for one in rules["contracts"] if "torch" in one.get("forbidden_modules", [])]
    inside = {path.stem for path in (ROOT / "generation").iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    ours = {f"generation.{name}" for name in inside - {"__init__"}} | set(rules["root_packages"]) - {"generation"}
    assert ours - named == KNOW_TORCH
    assert not named & KNOW_TORCH
