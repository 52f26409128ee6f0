"""What the personal page shows."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..models import Portfolio, RoleGrant, Tenure, User
from ..models.dated import holds_on


def own_page(user: User, *, on: date) -> dict[str, Any]:
    """Posts, roles and portfolio of `user` on a day; five queries at most."""
    tenures = (
        list(
            Tenure.objects.filter(holds_on(on), person_id=user.person_id)
            .select_related("post__unit")
            .order_by("post__precedence", "id")
        )
        if user.person_id
        else []
    )
    return {
        "tenures": tenures,
        "grants": list(
            RoleGrant.objects.filter(holds_on(on), user=user).select_related("unit").order_by("id")
        ),
        "portfolio": list(
            Portfolio.objects.filter(holds_on(on), post_id__in=[t.post_id for t in tenures])
            .select_related("unit")
            .order_by("id")
        ),
    }
