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
from generation.checkpoints.parcels import Parcel, for_all, parcels_of, sharing
from generation.checkpoints.pull import Plan, carry_out, check_disk, in_units, make_plan
from generation.checkpoints.sources import Source
from generation.engines.base import CheckpointUnavailable
from generation.engines.checkpoint import is_here, locate, noted_revision, unsound
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
            for parcel in parcels_of(entry):
                self.stdout.write(f"    from     {_origin(parcel)}")
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
                self._pull_entry(entry, mirror, upgrade=options["upgrade"])
            except PullFailed as sentence:
                raise CommandError(str(sentence)) from sentence

    def _pull_entry(self, entry: CatalogueEntry, mirror: Path | None, *, upgrade: bool) -> None:
        """All of its parcels, or none is begun: what does not fit together is said first."""
        models_dir = Path(settings.MODELS_DIR)
        wanted = []
        for parcel in parcels_of(entry):
            source = _source(parcel, mirror)
            whole = for_all(parcel, catalogue.entries())
            plan = make_plan(parcel=whole, source=source, models_dir=models_dir, upgrade=upgrade)
            if _is_here(plan):
                self.stdout.write(f"{_called(parcel)}: revision {plan.listing.revision} is here already.")
            else:
                wanted.append((plan, source))
        free = check_disk(plans=[plan for plan, _source in wanted], models_dir=models_dir) if wanted else 0
        for plan, source in wanted:
            self._pull_one(plan, source, free)

    def _pull_one(self, plan: Plan, source: Source, free: int) -> None:
        name = _called(plan.parcel)
        self.stdout.write(
            f"{name}: {len(plan.files)} files of revision {plan.listing.revision}, {in_units(plan.size)}; "
            f"{in_units(plan.missing)} to come, {in_units(free)} free."
        )
        with _bar(plan, shown=sys.stderr.isatty()) as bar:
            folder = carry_out(
                plan=plan,
                source=source,
                models_dir=Path(settings.MODELS_DIR),
                on_bytes=bar.update,
                shared_by=_locked_with(plan.parcel),
            )
        self.stdout.write(f"{name}: complete at {folder}, every file's hash noted.")

    def _have_licence_accepted(self, entry: CatalogueEntry, actor: Actor, *, is_given: bool) -> None:
        if has_accepted_licence(entry=entry):
            return
        licence = entry.licence or "not stated in the catalogue"
        repositories = ", ".join(parcel.repository for parcel in parcels_of(entry))
        self.stdout.write(f"The weights of {entry.key!r} ({repositories}) are under this licence: {licence}.")
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
        entries = _chosen(options["keys"])
        chosen = {entry.key for entry in entries}
        shared = {parcel.folder: _others(parcel, chosen) for entry in entries for parcel in parcels_of(entry)}
        for entry in entries:
            own, *loras = parcels_of(entry)
            # Its LoRAs may be all that it has for itself; then they go, and the weights stay.
            if shared[own.folder] and all(shared[lora.folder] for lora in loras):
                folder = Path(settings.MODELS_DIR) / own.folder
                names = ", ".join(shared[own.folder])
                raise CommandError(f"{names} runs from {folder} too: name it as well, or keep both.")
        for entry in entries:
            for parcel in parcels_of(entry):
                self._remove_one(parcel, shared[parcel.folder])

    def _remove_one(self, parcel: Parcel, others: list[str]) -> None:
        folder = Path(settings.MODELS_DIR) / parcel.folder
        if others:
            self.stdout.write(f"{_called(parcel)}: stays at {folder}, since {', '.join(others)} runs from it too.")
            return
        if folder.is_dir():
            shutil.rmtree(folder)
            self.stdout.write(f"{_called(parcel)}: removed from {folder}.")
        else:
            self.stdout.write(f"{_called(parcel)}: is not here.")
        forget_revision(Path(settings.MODELS_DIR), parcel.lock_key)


def _chosen(keys: list[str]) -> list[CatalogueEntry]:
    entries = {entry.key: entry for entry in catalogue.entries()}
    if unknown := [key for key in keys if key not in entries]:
        raise CommandError(f"The catalogue has no model {', '.join(unknown)}; it has {', '.join(entries)}.")
    return [entries[key] for key in dict.fromkeys(keys)]


def _here() -> list[CatalogueEntry]:
    return [entry for entry in catalogue.entries() if is_here(entry, Path(settings.MODELS_DIR))]


def _actor(email: str | None) -> Actor:
    """Who accepts a licence: a programme admin by name, or whoever has a shell on this machine."""
    if email is None:
        return System(f"operator {getpass.getuser()}"[:64])
    admin = User.objects.filter(email__iexact=email, is_active=True, staff_role=StaffRole.ADMIN).first()
    if admin is None:
        raise CommandError(f"--by {email}: no active programme admin has this address.")
    return admin


def _called(parcel: Parcel) -> str:
    """At the beginning of a line."""
    return f"{parcel.entry_key}, LoRA {parcel.repository}" if parcel.is_lora else parcel.entry_key


def _source(parcel: Parcel, mirror: Path | None) -> Source:
    if mirror is not None:
        from generation.checkpoints.mirror import MirrorSource

        return MirrorSource(mirror, parcel.repository, is_pipeline=not parcel.is_lora)
    try:
        from generation.checkpoints.hub import HubSource
    except ModuleNotFoundError as error:
        raise CommandError(
            f"The Hub's client comes with the worker's packages, which are not here ({error})."
        ) from error
    return HubSource(parcel.repository)


def _bar(plan: Plan, *, shown: bool) -> Any:
    from tqdm import tqdm

    return tqdm(
        total=plan.size,
        initial=plan.size - plan.missing,
        desc=_called(plan.parcel),
        unit="B",
        unit_scale=True,
        disable=not shown,
    )


def _is_here(plan: Plan) -> bool:
    models_dir = Path(settings.MODELS_DIR)
    parcel, folder, revision = plan.parcel, models_dir / plan.parcel.folder, plan.listing.revision
    if noted_revision(folder) != revision or unsound(parcel, folder, revision):
        return False
    # Another entry may have brought the folder; its revision is noted for this one too.
    return parcel.revision != LOCKED_REVISION or locked_revision(models_dir, parcel.lock_key) is not None


def _others(parcel: Parcel, chosen: set[str]) -> list[str]:
    """Entries that run from this folder and were not named."""
    return [other.key for other in sharing(parcel, catalogue.entries()) if other.key not in chosen]


def _locked_with(parcel: Parcel) -> tuple[str, ...]:
    """The lines of the lock that tell this folder's revision."""
    if parcel.is_lora:
        return (parcel.lock_key,) if parcel.revision == LOCKED_REVISION else ()
    others = sharing(parcel, catalogue.entries())
    return tuple(other.key for other in others if other.revision == LOCKED_REVISION)


def _origin(parcel: Parcel) -> str:
    if not parcel.repository:
        return "made here"
    name = f"{parcel.repository}{' (LoRA)' if parcel.is_lora else ''}"
    if parcel.revision == LOCKED_REVISION:
        noted = locked_revision(Path(settings.MODELS_DIR), parcel.lock_key)
        return f"{name} at {f'{noted} (locked)' if noted else 'its newest revision, which pull will lock'}"
    return f"{name} at {parcel.revision}"


def _state(entry: CatalogueEntry) -> str:
    models_dir = Path(settings.MODELS_DIR)
    parcels = parcels_of(entry)
    if noted_revision(models_dir / entry.checkpoint) is None:
        return "nothing"
    if not is_here(entry, models_dir):
        return f"not all: `manage.py models pull {entry.key}` fetches the rest"
    try:
        _folder, revision = locate(entry, models_dir)
    except CheckpointUnavailable as sentence:
        return f"NOT SOUND: {sentence}"
    manifests = [read_manifest(models_dir / parcel.folder) for parcel in parcels]
    found = [manifest for manifest in manifests if manifest is not None]
    if not found:
        return f"built here, revision {revision[:12]}"
    size, count = sum(manifest.size for manifest in found), sum(len(manifest.files) for manifest in found)
    sources = " and the ".join(dict.fromkeys(manifest.source for manifest in found))
    return f"{in_units(size)} in {count} files from the {sources}, {revision[:12]}"


def _all_problems(entry: CatalogueEntry, models_dir: Path) -> list[str]:
    """Every byte hashed; a locked or pinned revision asked for."""
    found = [sentence for parcel in parcels_of(entry) for sentence in _problems_of(parcel, models_dir / parcel.folder)]
    if not found:
        try:
            locate(entry, models_dir)
        except CheckpointUnavailable as sentence:
            found.append(str(sentence))
    return found


def _problems_of(parcel: Parcel, folder: Path) -> list[str]:
    revision = noted_revision(folder)
    if revision is None:
        return [f"{f'the LoRA {parcel.repository} ' if parcel.is_lora else ''}is not here."]
    found = [f"{problem}." for problem in unsound(parcel, folder, revision, thorough=True)]
    if manifest := read_manifest(folder):
        found += [f"{name} was put there by somebody else." for name in strangers(folder, manifest)]
    return found
