"""`manage.py bootstrap` makes an installation usable, once."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Cohort, TermsVersion
from audit.models import AuditEvent
from review.models import Policy, ReasonCode
from web import founding

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def models_dir(settings, tmp_path):
    settings.MODELS_DIR = tmp_path / "models"
    return settings.MODELS_DIR


def bootstrap() -> str:
    out = StringIO()
    call_command("bootstrap", stdout=out)
    return out.getvalue()


def test_a_fresh_installation_gets_terms_a_policy_a_cohort_and_a_model(models_dir):
    said = bootstrap()
    assert TermsVersion.objects.get().number == 1
    assert "yours" in TermsVersion.objects.get().body
    assert Policy.objects.get().slug == "sharing"
    assert ReasonCode.objects.count() == 12
    assert Cohort.objects.get().monthly_credits > 0
    assert (models_dir / "sketch" / "model_index.json").is_file()
    assert (models_dir / "demo" / "model_index.json").is_file()
    assert len(said.splitlines()) == len(founding.STEPS)
    assert set(AuditEvent.objects.values_list("actor_kind", "actor_id")) == {("system", "bootstrap")}


def test_a_second_time_changes_nothing():
    bootstrap()
    events, built = AuditEvent.objects.count(), Cohort.objects.get()
    said = bootstrap()
    assert "Sketch model: there and whole." in said
    assert "Demo model: there and whole." in said
    assert AuditEvent.objects.count() == events
    assert [TermsVersion.objects.count(), Policy.objects.count(), Cohort.objects.get()] == [1, 1, built]


def test_a_model_that_was_damaged_is_built_again(models_dir):
    bootstrap()
    weights = next((models_dir / "sketch").rglob("*.safetensors"))
    copied = next((models_dir / "demo").rglob("*.safetensors"))
    weights.write_bytes(b"damaged")
    copied.write_bytes(b"damaged")
    said = bootstrap()
    assert "Sketch model: built." in said
    assert "Demo model: put in its place." in said
    assert b"damaged" not in {weights.read_bytes(), copied.read_bytes()}


def test_criticism_is_named_as_no_reason_and_no_reason_is_about_it():
    bootstrap()
    assert "criticism" in Policy.objects.get().versions.get().body
    assert not ReasonCode.objects.filter(description__icontains="criticis").exists()


def test_a_machine_without_the_workers_packages_is_told_so(settings, tmp_path, monkeypatch):
    (tmp_path / "no_torch_here.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(founding, "SKETCH_BUILDER", "no_torch_here.build")
    assert "left to a machine with the worker's packages" in bootstrap()


def test_any_other_missing_module_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(founding, "SKETCH_BUILDER", "no_such_module_of_ours.build")
    with pytest.raises(ModuleNotFoundError):
        bootstrap()
