"""The shape of the house: where things are, how long they are, what they are called."""

from __future__ import annotations

import ast

from tests.architecture.code import ROOT, apps, functions, name_of, python_files

LONGEST_FILE = 500  # lines
SCREEN_FILES = ("*.css", "*.js")
LONGEST_FUNCTION = 50  # lines
NOT_A_WRITE = {"event_hash"}
NAMES_THAT_SAY_NOTHING = {"utils.py", "util.py", "helpers.py", "helper.py", "misc.py"}


def test_platform_is_a_path_root_and_never_a_package():
    # The standard library owns the name: with an __init__.py Django fails with a riddle about `platform.system`.
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_no_file_is_too_long():
    files = [*python_files(), *(file for app in apps() for kind in SCREEN_FILES for file in app.rglob(kind))]
    lengths = {name_of(file): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long():
    too_long = {
        f"{name_of(file)}:{function.lineno} {function.name}": length
        for file in python_files()
        for function in functions(file)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_every_file_name_says_what_is_in_it():
    assert [name_of(file) for file in python_files() if file.name in NAMES_THAT_SAY_NOTHING] == []


def test_services_take_keyword_arguments_only():
    loose = [
        f"{name_of(file)} {function.name}"
        for app in apps()
        for file in [app / "services.py", *(app / "services").glob("*.py")]
        if file.exists()
        for function in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(function, ast.FunctionDef) and is_exported(app, function.name)
        if function.args.args or function.args.posonlyargs
    ]
    assert loose == []


def is_exported(app, name: str) -> bool:
    """Whether `name` is one of the app's services: not a private step, and re-exported where they are a package."""
    if name.startswith("_") or name in NOT_A_WRITE:
        return False
    package = app / "services" / "__init__.py"
    return not package.exists() or f'"{name}"' in package.read_text(encoding="utf-8")


def test_nothing_is_left_open_in_the_code():
    words = ("TO" + "DO", "FIX" + "ME", "X" + "XX")
    left = [name_of(file) for file in python_files() if any(word in file.read_text(encoding="utf-8") for word in words)]
    assert left == []
