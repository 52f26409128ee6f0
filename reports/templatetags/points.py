"""Points on pages."""

from __future__ import annotations

from decimal import Decimal

from django import template

from reports.assessment import points, shown

register = template.Library()


@register.filter
def plain(value: Decimal | None) -> str:
    """A number of a scheme without needless zeros: 90, 4.5."""
    return "" if value is None else points.plain(value)


@register.filter
def score(value: Decimal | None) -> str:
    """A score to the hundredth: 87.50; -- for none."""
    return shown(value)
