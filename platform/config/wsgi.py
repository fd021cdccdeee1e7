"""For servers that speak WSGI."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# Not before Django is set up. A bad catalogue stops the start here, and not the first artist's request.
from generation import catalogue  # noqa: E402

catalogue.entries()
