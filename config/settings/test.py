"""Settings of the test suite: a SQLite file or DATABASE_URL, quick hashing."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "DATA_DIR" not in os.environ:
    # Made by the first process of a run, shared with its helpers, gone at its end.
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="portal-test-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from .base import *  # noqa: F403
from .base import STATIC_ROOT, STORAGES, database

DATABASES = {"default": database()}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # type: ignore[attr-defined]
    DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["DATA_DIR"]) / "test.sqlite3")}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # nothing is collected; WhiteNoise asks for it
SECRET_KEY = "only-for-the-test-suite-" + "x" * 40
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = "memory://"
DEMO = True
ALLOWED_HOSTS = ["*"]
RESET_FOR_TESTS = "tests.reset.reset"
