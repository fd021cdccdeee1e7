"""The project's own settings in a test process: a data folder of its own, and nothing of the developer's."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Short, since a socket's path is limited to about 100 characters; new in every process, xdist's workers included.
_DATA = Path(tempfile.mkdtemp(prefix="dly-test-"))
(_DATA / "static").mkdir()  # WhiteNoise warns of a folder that is missing
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
os.environ.update(
    DATA_DIR=str(_DATA),
    REDIS_URL=f"unix://{_DATA / 'redis.sock'}",
    STORAGE_URL=f"file://{_DATA / 'private'}",
    DEBUG="0",
    SECRET_KEY="test-" * 10,
    SITE_URL="http://testserver",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
)

from config.settings import *  # noqa: E402, F403

# A fast hash: tests make many people.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in production: Django's default for tests, shared memory, makes threads fail where a file makes
    # them wait for one another.
    DATABASES["default"]["TEST"] = {"NAME": str(_DATA / "test.sqlite3")}  # noqa: F405
    # No test cuts the power: waiting for the disk would only cost time.
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"  # noqa: F405
else:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off -c jit=off"  # noqa: F405
# Files as they lie in the tree: no collectstatic before a test.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
