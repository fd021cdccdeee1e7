"""What imports what, beyond the layers that import-linter holds."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.code import ROOT, name_of, python_files

# Runs in a process of its own, in which what an installation does not bring cannot be imported: first as on a web
# machine, where there is no torch, and then as on a machine that has typed `make demo`, where there is no dev.
AS_INSTALLED = """
import importlib, json, os, pkgutil, sys
from importlib.machinery import PathFinder

class Installed(PathFinder):
    without = frozenset()
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in cls.without else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
on_web, on_demo = (frozenset(json.loads(argument)) for argument in sys.argv[1:])
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

Installed.without = on_web
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

Installed.without = on_demo
packages = [importlib.import_module(name) for name in ("config.demo", "generation", "review")]
found = [module.name for one in packages for module in pkgutil.walk_packages(one.__path__, f"{one.__name__}.")]
modules = [name for name in found if not name.startswith("generation.simulation")]  # `make simulate` brings dev
for name in modules:
    importlib.import_module(name)
print(len(views), len(catalogue.entries()), len(modules))
"""

# The worker's own: the engines, the demo model, what runs them, and the tasks that a worker alone imports. One of the
# commands is what a worker starts; the contract names the others.
KNOW_TORCH = {
    *("generation.engines", "generation.demo_model", "generation.worker", "generation.tasks"),
    "generation.management",
}


def brought_by(*extras: str) -> set[str]:
    """The distributions that an installation with these extras brings, and what those ask for in turn."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    found: set[tuple[str, str]] = set()
    waiting = [Requirement(line) for line in asked]
    while waiting:
        wanted = waiting.pop()
        for extra in {"", *wanted.extras}:
            if (wanted.name, extra) not in found:
                found.add((wanted.name, extra))
                theirs = map(Requirement, metadata.requires(wanted.name) or [])
                waiting += [one for one in theirs if one.marker is None or one.marker.evaluate({"extra": extra})]
    return {canonicalize_name(name) for name, _extra in found}


def not_brought_by(*extras: str) -> str:
    """The names that cannot be imported where only these extras are installed, though they can here."""
    brought = brought_by(*extras)
    here = metadata.packages_distributions()
    return json.dumps([name for name, by in here.items() if not brought & {canonicalize_name(one) for one in by}])


def test_web_and_demo_start_with_what_their_installation_brings():
    """Nothing of ours asks the web process for torch, nor a fresh machine for what only developers have."""
    done = subprocess.run(
        [sys.executable, "-c", AS_INSTALLED, not_brought_by(), not_brought_by("worker", "signals")],
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    views, entries, modules = map(int, done.stdout.split())
    assert views > 20
    assert entries >= 1
    assert modules > 200


def test_no_function_imports_what_only_developers_have():
    """An import inside a function is not met by the start: it would fail in the middle of somebody's film."""
    missing = set(json.loads(not_brought_by("worker", "signals", "quantization")))
    found = {
        f"{name_of(file)}: {name}"
        for file in python_files("platform", "generation", "review")
        if "simulation" not in file.parts
        for name in imported_by(file)
        if name in missing
    }
    assert found == set()


def imported_by(file: Path) -> set[str]:
    """The packages that a file imports, anywhere in it but for the type checker."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    checks = [node for node in nodes if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    never_run = {inner for check in checks for inner in ast.walk(check)}
    run = [node for node in nodes if node not in never_run]
    names = {alias.name for node in run if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in run if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def test_the_contract_about_torch_names_every_module_of_ours():
    """Whoever adds a module says in pyproject.toml that it stays free of torch, or here that it does not."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (named,) = [set(one["source_modules"]) for one in rules["contracts"] if "torch" in one.get("forbidden_modules", [])]
    inside = {path.stem for path in (ROOT / "generation").iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    ours = {f"generation.{name}" for name in inside - {"__init__"}} | set(rules["root_packages"]) - {"generation"}
    assert ours - named == KNOW_TORCH
    assert not named & KNOW_TORCH
