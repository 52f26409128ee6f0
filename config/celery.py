"""The Celery app. Beat calls only the reconciler; the job rows are the truth."""

import os
from typing import Any

from celery import Celery

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
