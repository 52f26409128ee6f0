"""`{% chart chart %}`: a drawing as SVG in the page, with its words for who cannot see it."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from reports.charts import Chart, to_svg

register = template.Library()


@register.simple_tag
def chart(shown: Chart) -> SafeString:
    """`to_svg` escapes every text."""
    return mark_safe(to_svg(shown.drawing))  # noqa: S308 - every text is escaped by to_svg
