"""Small tags of the portal's templates: icons, lamps, dates in the forms of ui.md 8.2."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString

register = template.Library()
WEEKDAYS = "一二三四五六日"


@register.simple_tag
def icon(name: str, css: str = "ic") -> SafeString:
    """An icon of the page's sprite; always stands beside a word."""
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', css, name)


@register.filter
def day(value: date | datetime | None) -> str:
    """4月15日; another year than this one is named; -- for none."""
    if value is None or value == "":
        return "--"
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    text = f"{value.month}月{value.day}日"
    return text if value.year == timezone.localdate().year else f"{value.year}年{text}"


@register.filter
def moment(value: datetime | None) -> str:
    """4月8日 09:12 in the county's time."""
    if not value:
        return "--"
    local = timezone.localtime(value)
    return f"{day(local)} {local:%H:%M}"


@register.filter
def long_day(value: date | None) -> str:
    """2026年4月9日 星期四."""
    if not value:
        return "--"
    return f"{value.year}年{value.month}月{value.day}日 星期{WEEKDAYS[value.weekday()]}"


@register.filter
def iso(value: date | None) -> str:
    """2026-04-15 in data columns; -- for none."""
    return value.isoformat() if value else "--"


@register.filter
def at(values: list[Any], position: int) -> Any:
    """The value at a position, for two lists that run side by side."""
    return values[position]


@register.filter
def under(values: dict[Any, Any], key: Any) -> Any:
    """The value under a key that is a variable; empty where there is none."""
    return values.get(key, "")


@register.filter
def first_word(value: str) -> str:
    """The first of several variants separated by spaces; -- for none."""
    return value.split(" ", 1)[0] if value else "--"


class _Plain(DjangoJSONEncoder):
    """Chinese as it is: escaped it takes twice the bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False, "separators": (",", ":")})


@register.filter
def json_data(value: Any, element_id: str) -> SafeString:
    """Data for a script, as Django's json_script (with its escapes), but half the size."""
    return json_script(value, element_id, encoder=_Plain)


@register.filter
def last_day(value: date | None) -> str:
    """The last day on which a row ending before `value` holds, as 2026-04-15."""
    return iso(value - timedelta(days=1)) if value else "--"
