"""What a fresh installation needs before the first person comes: terms, a sharing policy, a cohort, a model.

Each step does nothing where the thing is there already, whatever it says by now.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import Cohort
from accounts.selectors import current_terms
from accounts.services import publish_terms, save_cohort
from common.actors import System
from generation.demo_model import placing
from generation.engines.checkpoint import digest, noted_revision
from review.models import Policy
from review.services import Reason, publish_policy

FOUNDER = System("bootstrap")
TEXTS = Path(__file__).parent
# Only a machine with the `worker` extra can import it, so it is named here as the catalogue names its engines.
SKETCH = "sketch"
SKETCH_BUILDER = "generation.engines.sketch.build"
WORKER_PACKAGES = frozenset({"torch", "diffusers", "transformers"})


def found_terms() -> str:
    """The first version of the terms."""
    if version := current_terms():
        return _("Terms: version %(number)d is in force.") % {"number": version.number}
    publish_terms(actor=FOUNDER, title=_("Programme terms"), body=(TEXTS / "terms.txt").read_text(encoding="utf-8"))
    return _("Terms: published version 1.")


def found_policy() -> str:
    """The first version of the sharing policy, with its reasons."""
    rules = tomllib.loads((TEXTS / "sharing_policy.toml").read_text(encoding="utf-8"))
    if Policy.objects.filter(slug=rules["slug"]).exists():
        return _("Sharing policy: there is one.")
    reasons = [Reason(**reason) for reason in rules["reasons"]]
    publish_policy(actor=FOUNDER, slug=rules["slug"], title=rules["title"], body=rules["body"], reasons=reasons)
    return _("Sharing policy: published version 1 with %(count)d reasons.") % {"count": len(reasons)}


def found_cohort() -> str:
    """The cohort that people join when no other is named."""
    if Cohort.objects.exists():
        return _("Cohort: there is one.")
    cohort = save_cohort(actor=FOUNDER, name=_("First cohort"), weight=1, monthly_credits=300, max_queued=20)
    return _("Cohort: made “%(name)s” with %(credits)d credits a month.") % {
        "name": cohort.name,
        "credits": cohort.monthly_credits,
    }


def found_model() -> str:
    """The sketch model's checkpoint, where this machine can build it."""
    folder = Path(settings.MODELS_DIR) / SKETCH
    if (revision := noted_revision(folder)) and revision == digest(folder):
        return _("Sketch model: there and whole.")
    try:
        build = import_string(SKETCH_BUILDER)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in WORKER_PACKAGES:
            raise
        return _("Sketch model: left to a machine with the worker's packages.")
    build(Path(settings.MODELS_DIR))
    return _("Sketch model: built.")


def found_demo_model() -> str:
    """The demo model's checkpoint, which is in the repository."""
    models_dir = Path(settings.MODELS_DIR)
    if placing.is_placed(models_dir):
        return _("Demo model: there and whole.")
    placing.place(models_dir)
    return _("Demo model: put in its place.")


STEPS = (found_terms, found_policy, found_cohort, found_model, found_demo_model)
