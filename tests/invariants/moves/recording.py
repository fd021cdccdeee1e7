"""Where the services append to the audit log, read from their source and found again in a running stack."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from tests.architecture.code import ROOT, FunctionNode, apps, name_of

Site = tuple[str, str]  # file and function
RECORD = "record"


def service_files() -> list[Path]:
    """The services of every app but the log itself."""
    found = [file for app in apps() for file in [app / "services.py", *(app / "services").glob("*.py")]]
    return sorted(file for file in found if file.exists() and "audit" not in file.parts)


def sites() -> set[Site]:
    """The functions that say what happened. One that passes on its caller's words is not meant, but its callers."""
    hands = _hands()
    return {
        (name_of(file), node.name)
        for file in service_files()
        for node in _functions(file)
        if (name_of(file), node.name) not in hands
        for call in _calls(node)
        if call == RECORD or _is_one_of(call, name_of(file), hands)
    }


def site_of(frame: FrameType) -> Site:
    """The site on whose behalf the log is written to, from the frame that called `record`."""
    ours, hands = _service_names(), _hands()
    here: FrameType | None = frame
    while here is not None:
        site = _named(here)
        if site[0] in ours and site not in hands:
            return site
        here = here.f_back
    return _named(frame)


@functools.cache
def _service_names() -> set[str]:
    return {name_of(file) for file in service_files()}


@functools.cache
def _hands() -> set[Site]:
    """Those that pass on their caller's words."""
    return {(name_of(file), node.name) for file in service_files() for node in _functions(file) if _passes_on(node)}


def _named(frame: FrameType) -> Site:
    file = Path(frame.f_code.co_filename)
    return (name_of(file) if file.is_relative_to(ROOT) else file.name, frame.f_code.co_name)


def _functions(file: Path) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef))


def _calls(node: FunctionNode) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            yield ast.unparse(call.func).rpartition(".")[2]


def _passes_on(node: FunctionNode) -> bool:
    """Whether what it records was said by its caller: its action is made of its own parameters."""
    parameters = {one.arg for one in [*node.args.args, *node.args.kwonlyargs]}
    actions = [
        keyword.value
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == RECORD
        for keyword in call.keywords
        if keyword.arg == "action"
    ]
    names = {name.id for action in actions for name in ast.walk(action) if isinstance(name, ast.Name)}
    return bool(names & (parameters | {"change"}))


def _is_one_of(call: str, file: str, hands: set[Site]) -> bool:
    """Private ones are called in their own file alone."""
    return any(call == name and (not name.startswith("_") or where == file) for where, name in hands)
