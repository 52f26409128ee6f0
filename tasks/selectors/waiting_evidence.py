"""工作台 of the inspectors: files with a 密级 mark wait to be looked at."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from accountability.access import Action, scope_for
from accountability.models import User
from tasks.models import Evidence, EvidenceState
from tasks.selectors.home_banners import Banner


def held_files(user: User, on: date) -> Banner | None:
    """How many are in quarantine; asks nothing for whoever may not release them."""
    if not scope_for(user).may(Action.EVIDENCE_RELEASE):
        return None
    held = Evidence.objects.visible_to(user).filter(state=EvidenceState.QUARANTINED).count()
    if not held:
        return None
    return Banner(
        "隔离文件", f"{held} 件上传文件带密级标志，待核对", reverse("quarantine"), "核对", "shield"
    )
