"""Settings that contradict each other stop the start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error
from django.core.files.storage import FileSystemStorage, storages
from django.utils.module_loading import import_string


def delivery_fits_storage(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A folder has no presigned addresses, and nginx cannot read a bucket."""
    configured: Any = storages.backends
    in_a_folder = issubclass(import_string(configured["private"]["BACKEND"]), FileSystemStorage)
    if settings.MEDIA_DELIVERY == "presigned" and in_a_folder:
        return [Error("MEDIA_DELIVERY is 'presigned', which needs an s3:// STORAGE_URL.", id="videos.E001")]
    if settings.MEDIA_DELIVERY == "nginx" and not in_a_folder:
        return [Error("MEDIA_DELIVERY is 'nginx', which needs a file:// STORAGE_URL.", id="videos.E002")]
    return []
