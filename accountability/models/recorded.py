"""The base of every business model: history kept, written only through the door."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from simple_history.models import HistoricalRecords

from ..door import current_act, require_act
from ..year_guard import must_be_open


def acting_user(**_: Any) -> Any:
    """The user of the open door, for simple-history's `history_user`."""
    act = current_act()
    return act.actor.user if act else None


class RecordedQuerySet(models.QuerySet[Any]):
    """Refuses the bulk writes that simple-history does not see.

    Set-wise writes go through `accountability.services.bulk`, which writes
    the history rows in the same step.
    """

    _bulk_allowed = False

    def recorded_bulk(self) -> Self:
        """A copy on which bulk writes are allowed; only `services.bulk` calls this."""
        clone = self._chain()
        clone._bulk_allowed = True
        return clone

    def _refuse(self, what: str) -> None:
        if not self._bulk_allowed:
            raise TypeError(f"{what}() leaves no history: use accountability.services.bulk")

    def update(self, **kwargs: Any) -> int:
        self._refuse("update")
        return super().update(**kwargs)

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[Any]:
        self._refuse("bulk_create")
        must_be_open(require_act(), list(objs))
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs: Any, *args: Any, **kwargs: Any) -> int:
        self._refuse("bulk_update")
        must_be_open(require_act(), list(objs))
        self._bulk_allowed = True  # bulk_update calls update() on its own copies
        return super().bulk_update(objs, *args, **kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._refuse("delete")
        require_act()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _chain(self, **kwargs: Any) -> Self:
        clone = super()._chain(**kwargs)
        clone._bulk_allowed = self._bulk_allowed
        return clone


def kept_history(**options: Any) -> HistoricalRecords:
    """History with bigint ids and the door's actor; `options` are simple-history's."""
    return HistoricalRecords(
        history_id_field=models.BigAutoField(),
        history_change_reason_field=models.TextField(null=True),
        user_db_constraint=False,
        get_user=acting_user,
        **options,
    )


class DoorModel(models.Model):
    """A row that is written only while the door is open, and while its year is."""

    # The way to the row with county and year, for what closes with its year (year_guard).
    year_path: ClassVar[str | None] = None

    objects = RecordedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        must_be_open(require_act(), [self])
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        must_be_open(require_act(), [self])
        return super().delete(*args, **kwargs)


class RecordedModel(DoorModel):
    """A row whose every version is kept and whose writer is known."""

    history = kept_history(inherit=True)

    class Meta:
        abstract = True
        base_manager_name = "objects"
