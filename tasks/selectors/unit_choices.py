"""The units in use, as the options of a filter or a form."""

from __future__ import annotations

from datetime import date

from accountability.models import Unit, User
from accountability.models.dated import holds_on


def unit_choices(user: User, *, on: date) -> list[tuple[int, str]]:
    """(id, name) of the county's units on a day, in their order; one query."""
    rows = Unit.objects.visible_to(user).filter(holds_on(on))
    return list(rows.order_by("precedence", "id").values_list("id", "name"))
