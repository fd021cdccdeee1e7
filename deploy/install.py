"""Makes the virtual environment: `python3.11 deploy/install.py .venv worker dev`. Only the standard library.

Each extra leaves a stamp with the hash of what it was installed from, so that the next start takes no time.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("pyproject.toml", "requirements.lock")
# The one that Python 3.11 brings (23.2) takes three times as long to find out what belongs together.
PIP = "pip==26.3"


def fingerprint() -> str:
    """What an installation depends on: our two files and this Python."""
    digest = hashlib.sha256(sys.version.encode())
    for name in SOURCES:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def stamp(folder: Path, extra: str) -> Path:
    return folder / f"installed-{extra}"


def is_installed(folder: Path, extra: str, wanted: str) -> bool:
    file = stamp(folder, extra)
    return file.is_file() and file.read_text() == wanted


def create(folder: Path) -> str:
    """Make the environment if there is none; returns a sentence when that fails."""
    if (folder / "bin" / "python").exists():
        return ""
    try:
        venv.create(folder, with_pip=True)
    except (subprocess.CalledProcessError, OSError):
        return (
            "A virtual environment could not be made: this Python has no `ensurepip`. "
            "On Debian and Ubuntu it comes with the package python3.11-venv."
        )
    return ""


def install(folder: Path, extras: list[str]) -> int:
    """Install the project with these extras at the locked versions."""
    if failed := pip_install(folder, "--upgrade", PIP):
        return failed
    # Of 22,000 modules a fifth is ever imported, and that one is compiled at its first import.
    return pip_install(folder, "--no-compile", "-c", "requirements.lock", "-e", f".[{','.join(extras)}]")


def pip_install(folder: Path, *what: str) -> int:
    """Run pip in the environment; its exit code."""
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603  our own command


def main(arguments: list[str]) -> int:
    folder, extras = ROOT / arguments[0], arguments[1:]
    wanted = fingerprint()
    missing = [extra for extra in extras if not is_installed(folder, extra, wanted)]
    if not missing:
        return 0
    sys.stderr.write(f"Installing Python packages into {arguments[0]} (the first time takes some minutes) …\n")
    if sentence := create(folder):
        sys.stderr.write(f"{sentence}\n")
        return 1
    if install(folder, missing):
        sys.stderr.write("The packages could not be installed; pip says why above.\n")
        return 1
    for extra in missing:
        stamp(folder, extra).write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
