"""The Celery app. Beat calls only the reconciler; the job rows are the truth."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Our entry points live in modules called `jobs`; autodiscovery would look for `tasks`.
app.autodiscover_tasks(["accountability"], related_name="jobs.entry")


@app.on_after_configure.connect
def poll_often(sender: Celery, **_: Any) -> None:
    """The sqlalchemy transport takes its interval from the class, not from the options."""
    if str(sender.conf.broker_url).startswith("sqla+"):
        from kombu.transport.sqlalchemy import Transport

        Transport.polling_interval = 0.2


@worker_ready.connect
def look_at_typefaces(**_: Any) -> None:
    """字体自检, once for the worker with its children, beside its work; stderr tells of a failure.

    A process of its own, because setting a paper would leave 100 MB in every child.
    """
    manage = Path(__file__).resolve().parent.parent / "manage.py"
    command = [sys.executable, str(manage), "check_documents"]
    Thread(
        target=subprocess.run,
        args=(command,),
        kwargs={"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "check": False},
        daemon=True,
    ).start()
