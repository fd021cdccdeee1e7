"""The project's own Python files, for the tests of its shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("platform", "generation", "review", "tests", "deploy")
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    """Every file of ours, migrations left out."""
    found = [file for folder in folders or FOLDERS for file in (ROOT / folder).rglob("*.py")]
    return sorted(file for file in found if "migrations" not in file.parts)


def apps() -> list[Path]:
    """The folders of our Django apps."""
    return sorted(file.parent for folder in FOLDERS[:3] for file in (ROOT / folder).rglob("apps.py"))


def functions(file: Path) -> Iterator[FunctionNode]:
    tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    return (node for node in ast.walk(tree) if isinstance(node, FunctionNode))


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))
