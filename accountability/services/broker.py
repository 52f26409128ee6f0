"""The embedded broker's own housekeeping; Redis needs none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from django.conf import settings

SCHEME = "sqla+sqlite:///"


def purge_delivered() -> int:
    """Delete the messages that were delivered: kombu's sqla transport keeps them for ever.

    They are worth nothing afterwards: the job rows are the truth, and what a
    worker lost the reconciler finds there.
    """
    url = str(settings.CELERY_BROKER_URL)
    if not url.startswith(SCHEME):
        return 0
    path = Path(url.removeprefix(SCHEME))
    if not path.is_file():
        return 0
    queue = sqlite3.connect(path, timeout=5)
    try:
        with queue:
            return queue.execute("DELETE FROM kombu_message WHERE visible = 0").rowcount
    except sqlite3.OperationalError:  # busy, or no message was ever sent: the next round
        return 0
    finally:
        queue.close()
