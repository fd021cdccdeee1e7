"""What uvicorn serves."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()

# Not before Django is set up. A bad catalogue stops the start here, and not the first artist's request.
from generation import catalogue  # noqa: E402

catalogue.entries()
