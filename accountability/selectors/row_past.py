"""以往情况 of any object with a trail: its row and the rows that belong to it, field by field.

Tasks, units and seats have pages written for them (`as_of`); for every other
kind the names of the fields are the page's. Moments are left out: they are the
trail's. Apps register the kinds; what belongs to a row is a `Part`.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import DateTimeField, DecimalField, Field, ForeignKey, JSONField, Model

from ..models import Person, Post, Unit, UnitGroup, User
from .as_of import NONE, AsOf, Names, compared, day, long
from .past import Past

# What says nothing to a reader, or what the page says already.
NEVER = frozenset({"county", "content", "digest", "version", "revision"})
DATED: tuple[type[Model], ...] = (Unit, Post, Person, UnitGroup)


def _nobody(user: User, now: Any, then: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong to an object: one line each, labelled by its field `by`."""

    model: type[Model]
    to: str  # the foreign key to the object
    by: str = ""
    without: frozenset[str] = frozenset()
    shown: Mapping[str, Callable[[Any], str]] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How a kind is shown. `is_hidden(user, now, then)`: what was not his to read on that day."""

    model: type[Model]
    parts: tuple[Part, ...] = ()
    without: frozenset[str] = frozenset()
    shown: Mapping[str, Callable[[Any], str]] | None = None  # fields with words of their own
    is_hidden: Callable[[User, Any, Any], bool] = _nobody
    hidden: str = "还没有送出"


_SHAPES: dict[str, Shape] = {}


def register(code: str, shape: Shape) -> None:
    """Let a kind of objects with a trail show its past; called when an app is ready."""
    _SHAPES[code] = shape


def has(code: str) -> bool:
    """Whether the kind's past is shown by its fields."""
    return code in _SHAPES


def labelled(field: str, choices: Sequence[tuple[Any, Any]]) -> Callable[[Any], str]:
    """Words for a field that holds a list of codes."""
    labels = {code: str(label) for code, label in choices}

    def words(row: Any) -> str:
        return "、".join(labels.get(code, str(code)) for code in getattr(row, field)) or NONE

    return words


def of_row(user: User, code: str, label: str, row: Any, *, on: date) -> AsOf:
    """The object on `on` beside today. The number of queries does not grow with its rows."""
    shape = _SHAPES[code]
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    wanted[shape.model].add(row.pk)
    for part in shape.parts:
        wanted[part.model] |= _keys(part, row.pk)
    own = Past(wanted)
    others: dict[type[Model], set[int]] = defaultdict(set)
    for model in list(wanted):
        for key in _foreign(model):
            if key.remote_field.model not in wanted:
                others[key.remote_field.model] |= own.values(model, key.column)
    past = Past(wanted | {m: keys for m, keys in others.items() if m in DATED})
    said = _said(user, {m: keys for m, keys in others.items() if m not in DATED})

    def lines(names: Names) -> Iterable[tuple[str, str]]:
        then: Any = names.standing.get(shape.model, row.pk)
        assert then is not None
        yield from _fields(then, shape.without, names, said, shape.shown or {})
        for part in shape.parts:
            yield from _belonging(part, names, said)

    found = compared(past, shape.model, row.pk, on=on, what=label, lines=lines)
    if found.told:
        return found
    if shape.is_hidden(user, row, past.at(found.place).get(shape.model, row.pk)):
        told = f"{long(on)}这个{label}{shape.hidden}，请选以后的日期。"
        return AsOf(on, told=told, first_day=found.first_day)
    return found


def _keys(part: Part, pk: int) -> set[int]:
    """The rows that ever belonged to the object, those that were taken out too."""
    rows: Any = part.model
    keys = set(rows.objects.filter(**{f"{part.to}_id": pk}).values_list("pk", flat=True))
    return keys | set(rows.history.filter(**{f"{part.to}_id": pk}).values_list("id", flat=True))


def _foreign(model: type[Model]) -> list[Any]:
    return [
        f for f in model._meta.concrete_fields if isinstance(f, ForeignKey) and f.name not in NEVER
    ]


Said = Mapping[type[Model], Mapping[int, str]]


def _said(user: User, wanted: Mapping[type[Model], set[int]]) -> Said:
    """What rows of other tables are called today, as far as `user` sees them; a query a table."""
    found = {}
    for model, keys in wanted.items():
        manager: Any = model._default_manager
        rows: Any = manager.filter(pk__in=keys)
        if model is User:
            rows = rows.select_related("person")
        elif hasattr(rows, "visible_to"):
            rows = rows.filter(pk__in=manager.visible_to(user).order_by().values("pk"))
        found[model] = {
            row.pk: row.display_name if isinstance(row, User) else str(row) for row in rows
        }
    return found


def _belonging(part: Part, names: Names, said: Said) -> Iterable[tuple[str, str]]:
    """A line for each row of a part; a second one of the same name is numbered."""
    seen: Counter[str] = Counter()
    for row in names.standing.all(part.model):
        label = str(part.model._meta.verbose_name)
        if part.by:
            named: Any = row._meta.get_field(part.by)
            label = f"{label} {_text(row, named, names, said)}"
        seen[label] += 1
        told = _fields(row, part.without | {part.to, part.by}, names, said, part.shown or {})
        yield (
            label if seen[label] == 1 else f"{label}（{seen[label]}）",
            "；".join(f"{name}：{text}" for name, text in told if text != NONE) or NONE,
        )


def _fields(
    row: Any,
    without: frozenset[str],
    names: Names,
    said: Said,
    shown: Mapping[str, Callable[[Any], str]],
) -> list[tuple[str, str]]:
    return [
        (
            str(field.verbose_name),
            shown[field.name](row) if field.name in shown else _text(row, field, names, said),
        )
        for field in row._meta.concrete_fields
        if not field.primary_key
        and not isinstance(field, DateTimeField)
        and field.name not in NEVER | without
        and getattr(field, "editable", True)
    ]


def _text(row: Any, field: Field[Any, Any], names: Names, said: Said) -> str:
    value = getattr(row, field.attname)
    if value is None or value == "":
        return NONE
    if isinstance(field, ForeignKey):
        return _called(field.remote_field.model, value, names, said)
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return day(value)
    if isinstance(field, JSONField):
        return _json(value) or NONE
    if isinstance(field, DecimalField):
        return f"{value:.{field.decimal_places}f}"
    return str(value)


def _called(model: Any, pk: int, names: Names, said: Said) -> str:
    """The name of what a foreign key leads to: of units, seats, people as it was then."""
    if model is Unit:
        return names.unit(pk)
    if model is Post:
        return names.seat(pk)
    if model is UnitGroup or model is Person:
        found: Any = names.standing.get(model, pk) or names.end.get(model, pk)
        return found.name if found else NONE
    return said.get(model, {}).get(pk, NONE)


def _json(value: Any) -> str:
    """Lists and plain values in reading order; the keys of the stored form are the portal's."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return "，".join(text for text in map(_json, value.values()) if text)
    if isinstance(value, Sequence):
        return "、".join(text for text in map(_json, value) if text)
    return "" if value is None else json.dumps(value, ensure_ascii=False)
