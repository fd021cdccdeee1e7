"""What imports what, beyond the layers that import-linter holds."""

from __future__ import annotations

import subprocess
import sys

from tests.architecture.code import ROOT

# Runs in a process of its own in which torch and diffusers cannot be imported at all, as on a web machine.
A_WEB_PROCESS = """
import importlib, os, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "diffusers", "transformers", "accelerate", "safetensors"}:
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
print(len(views), len(catalogue.entries()))
"""


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
