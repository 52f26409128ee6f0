"""Keyset paging (performance.md 1): a page begins after a row, never at an offset.

A cursor is opaque to the reader: the order fields of the row at the page's
edge. Rows added or finished meanwhile neither repeat nor hide others.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, BooleanField, F, Func, Q, QuerySet, Value

from accountability.refusals import Invalid

COUNTED_AT_MOST = 1000
BAD_CURSOR = "页码标记有误，请从第一页重新查看。"


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its rows, and the cursors of its neighbours ("" where there is none)."""

    rows: list[dict[str, Any]]
    next_cursor: str
    previous_cursor: str


def cursor_of(row: dict[str, Any], fields: Sequence[str]) -> str:
    """The opaque text of a row's place in the order."""
    plain = ".".join(str(row[name]) for name in fields)
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def place_of(cursor: str, fields: Sequence[str]) -> list[int]:
    """The order values that a cursor stands for; `Invalid` for anything else."""
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        values = [int(part) for part in plain.split(".")]
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise Invalid(BAD_CURSOR) from error
    if len(values) != len(fields) or any(not 0 <= value < 2**63 for value in values):
        raise Invalid(BAD_CURSOR)
    return values


def beyond(fields: Sequence[str], values: Sequence[int], *, back: bool = False) -> Q:
    """The rows after (before) a place in the ascending order of `fields`.

    As one comparison of rows, `(a, b) > (1, 2)`: written with OR, the index was
    entered at the first field alone and every row of a long paper gone through.
    """

    def row(parts: Iterable[F | Value]) -> Func:
        return Func(*parts, function="", output_field=BigIntegerField())

    return Q(
        Func(
            row(F(name) for name in fields),
            row(Value(value, output_field=BigIntegerField()) for value in values),
            template="%(expressions)s",
            arg_joiner=" < " if back else " > ",
            output_field=BooleanField(),
        )
    )


def page(
    rows: QuerySet[Any],
    columns: Sequence[str],
    *,
    fields: Sequence[str],
    after: str = "",
    before: str = "",
    size: int = 50,
) -> Page:
    """The page of `rows` after or before a cursor, as values; one query."""
    back = bool(before) and not after
    if after or before:
        rows = rows.filter(beyond(fields, place_of(after or before, fields), back=back))
    order = [f"-{name}" if back else name for name in fields]
    found = list(rows.order_by(*order).values(*columns)[: size + 1])
    has_more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    if not found:
        return Page([], "", "")
    has_next = back or has_more
    has_previous = has_more if back else bool(after)
    return Page(
        found,
        cursor_of(found[-1], fields) if has_next else "",
        cursor_of(found[0], fields) if has_previous else "",
    )


def capped_count(rows: QuerySet[Any]) -> str:
    """How many rows there are, 1000+ beyond a thousand: the count is never O(rows)."""
    count = rows.order_by().values("pk")[: COUNTED_AT_MOST + 1].count()
    return f"{COUNTED_AT_MOST}+" if count > COUNTED_AT_MOST else str(count)
