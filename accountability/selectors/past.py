"""Rows as they stood at a place in the ledger: by its order, not by the clock.

The images of the ledger's own rows are read, whatever way a row was written.
A day is a place in the ledger: that of the last row written by its end among
those asked for. Everything before that place counts and nothing after it, so
that what is shown stood so together, even where the clock was put back.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db.models import DateTimeField, JSONField, Model, Q
from django.utils import timezone

from ..models import LedgerRow

M = TypeVar("M", bound=Model)
UNLINKED = 1 << 60  # rows that wait for their link, in the transaction that wrote them


@dataclass(slots=True)
class _Lives:
    """The images of one row: their places in ascending order, None where it was deleted."""

    places: list[int] = field(default_factory=list)
    images: list[str | None] = field(default_factory=list)
    first_at: str = ""


class Past:
    """The lives of chosen rows of one county; one query."""

    def __init__(self, wanted: Mapping[type[Model], Collection[int]]) -> None:
        self._models = {model._meta.db_table: model for model in wanted}
        self._lives: dict[tuple[str, str], _Lives] = defaultdict(_Lives)
        self._times: list[tuple[int, str]] = []
        asked = Q(pk__in=[])
        for model, keys in wanted.items():
            asked |= Q(table=model._meta.db_table, key__in=[str(key) for key in keys])
        rows = sorted(
            (UNLINKED + pk if seq is None else seq, table, key, op, image, at)
            for pk, seq, table, key, op, image, at in LedgerRow.objects.filter(asked).values_list(
                "id", "link__seq", "table", "key", "op", "image", "at"
            )
        )
        for place, table, key, op, image, at in rows:
            lives = self._lives[table, key]
            lives.places.append(place)
            lives.images.append(None if op == "D" else image)
            lives.first_at = lives.first_at or at
            self._times.append((place, at))

    def values(self, model: type[Model], column: str) -> set[int]:
        """What ever stood in a foreign key's column of the rows of a table."""
        images = [
            image
            for (table, _), lives in self._lives.items()
            if table == model._meta.db_table
            for image in lives.images
            if image is not None
        ]
        return {int(value) for image in images if (value := json.loads(image).get(column))}

    def place_of(self, day: date) -> int:
        """The place in the ledger at the end of `day` in the county's time; 0 before all."""
        midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        end = f"{midnight.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        return max((place for place, at in self._times if at < end), default=0)

    def first_day(self, model: type[Model], pk: int) -> date | None:
        """The day on which the row was first written down, in the county's time."""
        lives = self._lives.get((model._meta.db_table, str(pk)))
        if lives is None:
            return None
        return timezone.localtime(datetime.fromisoformat(lives.first_at)).date()

    def at(self, place: int | None) -> Standing:
        """All rows as they stood at a place; None is the ledger's end."""
        found: dict[str, dict[int, Model]] = defaultdict(dict)
        for (table, key), lives in self._lives.items():
            last = len(lives.places) if place is None else bisect_right(lives.places, place)
            image = lives.images[last - 1] if last else None
            if image is not None:
                found[table][int(key)] = _row(self._models[table], image)
        return Standing(found)


class Standing:
    """Rows as they stood together; none of them is to be saved."""

    def __init__(self, rows: Mapping[str, Mapping[int, Model]]) -> None:
        self._rows = rows

    def all(self, model: type[M]) -> list[M]:
        """The rows of a table that were there, by their number."""
        rows: Any = self._rows.get(model._meta.db_table, {})
        return [rows[key] for key in sorted(rows)]

    def get(self, model: type[M], pk: int | None) -> M | None:
        """One row, if it was there."""
        rows: Any = self._rows.get(model._meta.db_table, {})
        found: M | None = rows.get(pk)
        return found


def _row(model: type[Model], image: str) -> Model:
    """A row out of its image; moments are left out, columns of another time ignored."""
    kept = json.loads(image)
    values: dict[str, Any] = {}
    for column in model._meta.concrete_fields:
        if column.column not in kept or isinstance(column, DateTimeField):
            continue
        value = kept[column.column]
        if isinstance(column, JSONField):
            value = json.loads(value) if isinstance(value, str) else value
        values[column.attname] = column.to_python(value)
    return model(**values)
