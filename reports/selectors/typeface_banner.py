"""工作台 tells the office and the administrators of typefaces that failed their check."""

from __future__ import annotations

from datetime import date

from accountability.access import Action, scope_for
from accountability.models import User
from reports.services import typeface_check
from tasks.selectors.home_banners import Banner


def failed_typefaces(user: User, on: date) -> Banner | None:
    """The banner for who keeps the papers' forms or the system; no query."""
    scope = scope_for(user)
    if not (scope.may(Action.FORM_MANAGE) or scope.may(Action.SYSTEM_MANAGE)):
        return None
    told = typeface_check.sentence(typeface_check.problems())
    if not told:
        return None
    return Banner("公文字体异常", told, url="", button="", icon="clip", is_warning=True)
