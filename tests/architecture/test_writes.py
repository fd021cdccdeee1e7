"""Only services write: views, API, admin, forms, selectors, policies and tasks call them, and write nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib import admin
from unfold.admin import ModelAdmin

from tests.architecture.code import apps, name_of, python_files

WRITES = {
    *("save", "create", "update", "delete", "get_or_create", "update_or_create", "bulk_create", "bulk_update"),
    *("asave", "acreate", "aupdate", "adelete", "aget_or_create", "aupdate_or_create", "abulk_create", "abulk_update"),
    *("_raw_delete", "save_m2m", "compare_and_set"),
}
# What has such a method and is no model: files, the cache, engines by name, and what is counted.
NO_MODELS = {"storage", "_storage()", "cache", "registry", "running"}
# Films, pictures, tensors and detectors: nothing in here knows a model of ours, as the test below sees.
WITHOUT_MODELS = (
    *("generation/engines/", "generation/demo_model/", "generation/checkpoints/", "generation/media/"),
    *("generation/pictures/", "review/signals/"),
)
ALLOWED = {
    # What services move states with.
    "platform/common/db.py: queryset.filter(**expected).update",
}


def layers() -> Iterator[Path]:
    """Every file of our apps that is no service."""
    for file in python_files("platform", "generation", "review"):
        name = name_of(file)
        if any(file.is_relative_to(app) for app in apps()) and not name.startswith(WITHOUT_MODELS):
            inside = file.relative_to(next(app for app in apps() if file.is_relative_to(app)))
            if inside.parts[0] not in {"services", "services.py", "migrations"}:
                yield file


def writes(source: str) -> list[str]:
    """The calls in it that would change a row, as they are written."""
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    methods = [call for call in calls if isinstance(call, ast.Attribute) and call.attr in WRITES]
    names = [call.id for call in calls if isinstance(call, ast.Name) and call.id == "compare_and_set"]
    return names + [ast.unparse(call) for call in methods if ast.unparse(call.value) not in NO_MODELS]


def test_nothing_but_services_writes():
    files = list(layers())
    assert {"views.py", "api.py", "admin.py", "tasks.py", "policies.py", "forms.py"} <= {file.name for file in files}
    found = {f"{name_of(file)}: {call}" for file in files for call in writes(file.read_text(encoding="utf-8"))}
    assert found == ALLOWED


def test_what_is_left_out_knows_no_model():
    knowing = [
        name_of(file)
        for file in python_files("generation", "review")
        if name_of(file).startswith(WITHOUT_MODELS) and ".objects" in file.read_text(encoding="utf-8")
    ]
    assert knowing == []


@pytest.mark.parametrize(
    "line",
    ["video.save()", "Video.objects.create(x=1)", "rows.filter(a=1).update(a=2)", "compare_and_set(rows)", "f.save()"],
)
def test_a_write_is_seen(line):
    assert len(writes(f"def view(request):\n    {line}")) == 1


def test_the_admin_writes_by_services_alone(rf, django_user_model):
    """Django's panel writes by itself whatever it is allowed to: it may only where the write is handed to a service."""
    request = rf.get("/")
    request.user = django_user_model(staff_role="admin", is_active=True)
    loose = []
    for model, panel in admin.site._registry.items():
        own = type(panel)
        writes_itself = own.save_model is ModelAdmin.save_model
        may_add = panel.has_add_permission(request) and _owner(own, "add_view") is ModelAdmin
        if writes_itself and (may_add or panel.has_change_permission(request)):
            loose.append(f"{model.__name__} is saved")
        deletes_itself = ModelAdmin in {_owner(own, "delete_model"), _owner(own, "delete_queryset")}
        if panel.has_delete_permission(request) and deletes_itself:
            loose.append(f"{model.__name__} is deleted")
    assert loose == []


def _owner(panel: type, method: str) -> type:
    """ModelAdmin where it is Django's own method, else the class that has it."""
    defining = next(cls for cls in panel.__mro__ if method in vars(cls))
    return defining if defining.__module__.split(".")[0] not in {"django", "unfold"} else ModelAdmin
