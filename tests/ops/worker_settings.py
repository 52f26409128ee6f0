"""The embedded profile with the tests' own kind of job, for workers started as processes."""

import os

from config.settings.embedded import *  # noqa: F403
from config.settings.embedded import CELERY_BROKER_TRANSPORT_OPTIONS, INSTALLED_APPS

if path := os.environ.get("TEST_CLOCK"):
    from tests.ops.echo import clock

    clock.follow(path)
INSTALLED_APPS = [*INSTALLED_APPS, "tests.ops.echo.apps.EchoConfig"]
if os.environ.get("REDIS_URL"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        **CELERY_BROKER_TRANSPORT_OPTIONS,
        "global_keyprefix": os.environ["TEST_REDIS_PREFIX"],
    }
