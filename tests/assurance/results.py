"""Where campaigns put what they found, for docs/assurance.md (`make assurance`)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

IS_WHOLE = os.environ.get("PORTAL_CAMPAIGN") == "full"
SHARE = 1 if IS_WHOLE else 20  # the suite runs a twentieth
MUTATIONS = 10_000  # attacks of a whole tamper campaign
CLEAN_RUNS = 1_000


def folder() -> Path | None:
    """The directory of results (PORTAL_ASSURANCE_DIR), None where nobody collects them."""
    path = os.environ.get("PORTAL_ASSURANCE_DIR", "")
    return Path(path) if path else None


def save(campaign: str, **values: Any) -> None:
    """Keep what a campaign found so far; told again by the same campaign, the later stands.

    `values` is JSON. A campaign that runs on both databases names them apart.
    """
    place = folder()
    if place is None:
        return
    place.mkdir(parents=True, exist_ok=True)
    new = place / f"{campaign}.new"
    new.write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")
    new.replace(place / f"{campaign}.json")


def database() -> str:
    """The database of this run, as results name it."""
    from django.db import connection

    return connection.vendor
