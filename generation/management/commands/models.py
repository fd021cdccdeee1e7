"""`manage.py models list | pull | verify | remove`: the weights on this machine."""

from __future__ import annotations

import getpass
import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.states import StaffRole
from common.actors import Actor, System
from common.errors import DailiesError
from generation import catalogue
from generation.catalogue import LOCKED_REVISION, CatalogueEntry
from generation.checkpoints.errors import PullFailed
from generation.checkpoints.lock import forget_revision, locked_revision
from generation.checkpoints.manifest import read_manifest, strangers
from generation.checkpoints.pull import Plan, carry_out, check_disk, in_units, make_plan
from generation.checkpoints.sources import Source
from generation.engines.base import CheckpointUnavailable
from generation.engines.checkpoint import locate, noted_revision, unsound
from generation.services.licences import accept_licence, has_accepted_licence


class Command(BaseCommand):
    help = "List, pull, verify and remove the weights of the catalogue's models on this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="list | pull | verify | remove")
        commands.add_parser("list", help="every entry of the catalogue, and what is here of it")
        pull = commands.add_parser("pull", help="fetch weights, from the Hub or from a mirror folder")
        pull.add_argument("keys", nargs="+", metavar="MODEL", help="keys of the catalogue")
        pull.add_argument("--from", dest="mirror", metavar="FOLDER", type=Path, help="instead of the Hub")
        pull.add_argument("--accept-licence", action="store_true", help="without being asked; it is recorded")
        pull.add_argument("--by", metavar="EMAIL", help="the admin who accepts; without it, this system's account")
        pull.add_argument("--upgrade", action="store_true", help="a locked model's newest revision, not the noted one")
        verify = commands.add_parser("verify", help="hash every file; exit code 1 when one is missing or altered")
        verify.add_argument("keys", nargs="*", metavar="MODEL", help="without any: all that are here")
        remove = commands.add_parser("remove", help="delete weights from this machine")
        remove.add_argument("keys", nargs="+", metavar="MODEL")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['command']}")(options)

    # --- list ---------------------------------------------------------------------------------------------------------

    def _list(self, _options: dict[str, Any]) -> None:
        for entry in catalogue.entries():
            self.stdout.write(f"{entry.key}  ({entry.name}; pool {entry.pool})")
            self.stdout.write(f"    from     {_origin(entry)}")
            if entry.licence:
                accepted = "accepted" if has_accepted_licence(entry=entry) else "not accepted yet"
                self.stdout.write(f"    licence  {entry.licence} ({accepted})")
            self.stdout.write(f"    here     {_state(entry)}")

    # --- pull ---------------------------------------------------------------------------------------------------------

    def _pull(self, options: dict[str, Any]) -> None:
        entries = _chosen(options["keys"])
        mirror: Path | None = options["mirror"] or settings.MODELS_MIRROR
        actor = _actor(options["by"])
        for entry in entries:
            if not entry.repository:
                raise CommandError(
                    f"The model {entry.key!r} is made here and comes from nowhere: `manage.py bootstrap` builds it."
                )
            self._have_licence_accepted(entry, actor, is_given=options["accept_licence"])
            try:
                self._pull_one(entry, _source(entry, mirror), upgrade=options["upgrade"])
            except PullFailed as sentence:
                raise CommandError(str(sentence)) from sentence

    def _pull_one(self, entry: CatalogueEntry, source: Source, *, upgrade: bool) -> None:
        models_dir = Path(settings.MODELS_DIR)
        plan = make_plan(entry=entry, source=source, models_dir=models_dir, upgrade=upgrade)
        if _is_here(entry, plan):
            self.stdout.write(f"{entry.key}: revision {plan.listing.revision} is here already.")
            return
        free = check_disk(plan=plan, models_dir=models_dir)
        self.stdout.write(
            f"{entry.key}: {len(plan.files)} files of revision {plan.listing.revision}, {in_units(plan.size)}; "
            f"{in_units(plan.missing)} to come, {in_units(free)} free."
        )
        with _bar(plan, shown=sys.stderr.isatty()) as bar:
            folder = carry_out(
                plan=plan, source=source, models_dir=models_dir, on_bytes=bar.update, shared_by=_locked_with(entry)
            )
        self.stdout.write(f"{entry.key}: complete at {folder}, every file's hash noted.")

    def _have_licence_accepted(self, entry: CatalogueEntry, actor: Actor, *, is_given: bool) -> None:
        if has_accepted_licence(entry=entry):
            return
        licence = entry.licence or "not stated in the catalogue"
        self.stdout.write(f"The weights of {entry.key!r} ({entry.repository}) are under this licence: {licence}.")
        if entry.forbids:
            self.stdout.write(f"It forbids: {entry.forbids}")
        if not is_given:
            if not sys.stdin.isatty():
                raise CommandError("Nothing was fetched: accept the licence with --accept-licence.")
            if input("Do you accept it for this programme? [y/N] ").strip().lower() not in {"y", "yes"}:
                raise CommandError("Nothing was fetched: the licence was not accepted.")
        try:
            accept_licence(actor=actor, entry=entry)
        except DailiesError as error:
            raise CommandError(error.message) from error

    # --- verify, remove -----------------------------------------------------------------------------------------------

    def _verify(self, options: dict[str, Any]) -> None:
        models_dir = Path(settings.MODELS_DIR)
        entries = _chosen(options["keys"]) if options["keys"] else _here()
        bad = 0
        for entry in entries:
            found = _all_problems(entry, models_dir)
            bad += bool(found)
            for sentence in found or ["every file is what was put there."]:
                self.stdout.write(f"{entry.key}: {sentence}")
        if bad:
            raise CommandError(f"{bad} of {len(entries)} models are not sound: pull them again.")
        self.stdout.write(f"{len(entries)} verified.")

    def _remove(self, options: dict[str, Any]) -> None:
        models_dir = Path(settings.MODELS_DIR)
        entries = _chosen(options["keys"])
        chosen = {entry.key for entry in entries}
        for entry in entries:
            folder = models_dir / entry.checkpoint
            others = [other.key for other in _sharing(entry) if other.key not in chosen]
            if others:
                raise CommandError(f"{', '.join(others)} runs from {folder} too: name it as well, or keep both.")
        for entry in entries:
            folder = models_dir / entry.checkpoint
            if folder.is_dir():
                shutil.rmtree(folder)
                self.stdout.write(f"{entry.key}: removed from {folder}.")
            else:
                self.stdout.write(f"{entry.key}: is not here.")
            forget_revision(models_dir, entry.key)


def _chosen(keys: list[str]) -> list[CatalogueEntry]:
    entries = {entry.key: entry for entry in catalogue.entries()}
    if unknown := [key for key in keys if key not in entries]:
        raise CommandError(f"The catalogue has no model {', '.join(unknown)}; it has {', '.join(entries)}.")
    return [entries[key] for key in dict.fromkeys(keys)]


def _here() -> list[CatalogueEntry]:
    return [entry for entry in catalogue.entries() if noted_revision(Path(settings.MODELS_DIR) / entry.checkpoint)]


def _actor(email: str | None) -> Actor:
    """Who accepts a licence: a programme admin by name, or whoever has a shell on this machine."""
    if email is None:
        return System(f"operator {getpass.getuser()}"[:64])
    admin = User.objects.filter(email__iexact=email, is_active=True, staff_role=StaffRole.ADMIN).first()
    if admin is None:
        raise CommandError(f"--by {email}: no active programme admin has this address.")
    return admin


def _source(entry: CatalogueEntry, mirror: Path | None) -> Source:
    if mirror is not None:
        from generation.checkpoints.mirror import MirrorSource

        return MirrorSource(mirror, entry.repository)
    try:
        from generation.checkpoints.hub import HubSource
    except ModuleNotFoundError as error:
        raise CommandError(
            f"The Hub's client comes with the worker's packages, which are not here ({error})."
        ) from error
    return HubSource(entry.repository)


def _bar(plan: Plan, *, shown: bool) -> Any:
    from tqdm import tqdm

    return tqdm(
        total=plan.size,
        initial=plan.size - plan.missing,
        desc=plan.entry.key,
        unit="B",
        unit_scale=True,
        disable=not shown,
    )


def _is_here(entry: CatalogueEntry, plan: Plan) -> bool:
    folder = Path(settings.MODELS_DIR) / entry.checkpoint
    if noted_revision(folder) != plan.listing.revision or unsound(entry, folder, plan.listing.revision):
        return False
    # Another entry may have brought the folder; its revision is noted for this one too.
    return entry.revision != LOCKED_REVISION or locked_revision(Path(settings.MODELS_DIR), entry.key) is not None


def _sharing(entry: CatalogueEntry) -> list[CatalogueEntry]:
    return [other for other in catalogue.entries() if other.checkpoint == entry.checkpoint]


def _locked_with(entry: CatalogueEntry) -> tuple[str, ...]:
    return tuple(other.key for other in _sharing(entry) if other.revision == LOCKED_REVISION)


def _origin(entry: CatalogueEntry) -> str:
    if not entry.repository:
        return "made here"
    if entry.revision == LOCKED_REVISION:
        noted = locked_revision(Path(settings.MODELS_DIR), entry.key)
        return f"{entry.repository} at {f'{noted} (locked)' if noted else 'its newest revision, which pull will lock'}"
    return f"{entry.repository} at {entry.revision}"


def _state(entry: CatalogueEntry) -> str:
    models_dir = Path(settings.MODELS_DIR)
    try:
        folder, revision = locate(entry, models_dir)
    except CheckpointUnavailable as sentence:
        return "nothing" if noted_revision(models_dir / entry.checkpoint) is None else f"NOT SOUND: {sentence}"
    manifest = read_manifest(folder)
    if manifest is None:
        return f"built here, revision {revision[:12]}"
    return f"{in_units(manifest.size)} in {len(manifest.files)} files from the {manifest.source}, {revision[:12]}"


def _all_problems(entry: CatalogueEntry, models_dir: Path) -> list[str]:
    """Every byte hashed; a locked or pinned revision asked for."""
    folder = models_dir / entry.checkpoint
    revision = noted_revision(folder)
    if revision is None:
        return ["is not here."]
    found = [f"{problem}." for problem in unsound(entry, folder, revision, thorough=True)]
    if manifest := read_manifest(folder):
        found += [f"{name} was put there by somebody else." for name in strangers(folder, manifest)]
    if not found:
        try:
            locate(entry, models_dir)
        except CheckpointUnavailable as sentence:
            found.append(str(sentence))
    return found
