"""What must be right before the site or a worker starts."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error

from generation import catalogue


def catalogue_is_sound(**kwargs: Any) -> list[CheckMessage]:
    """Every command of manage.py asks this; asgi.py, wsgi.py and celery.py read the catalogue themselves at start."""
    try:
        catalogue.entries()
    except catalogue.CatalogueError as error:
        return [Error(str(error), id="generation.E001")]
    return []
