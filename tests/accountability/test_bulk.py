"""Set-wise writes: values arrive, history is written, nothing outside the door."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accountability.door import Act, Actor, DoorClosed, acting
from accountability.models import GroupMembership, Unit
from accountability.services import bulk
from tests.world import World

pytestmark = pytest.mark.django_db


def test_update_writes_values_of_every_type_and_their_history(world: World, system: Actor) -> None:
    units = list(Unit.objects.order_by("id"))
    for number, unit in enumerate(units):
        unit.name = f"单位'{number}；%s"
        unit.aliases = [f"别名{number}", '"引号"'] if number % 2 else []
        unit.precedence = number
        unit.valid_to = date(2030, 1, number + 1) if number % 2 else None
        unit.parent = units[0] if number == 1 else None
    fields = ["name", "aliases", "precedence", "valid_to", "parent"]
    with acting(by=system, reason="改名") as act:
        act.unchanged()
        with CaptureQueriesContext(connection) as queries:
            assert bulk.update(units, fields) == len(units)
    assert len(queries) <= 4
    for unit in units:
        found = Unit.objects.get(pk=unit.pk)
        assert [getattr(found, f) for f in fields] == [getattr(unit, f) for f in fields]
        latest = found.history.latest("history_id")
        assert (latest.history_type, latest.name) == ("~", unit.name)
        assert latest.history_change_reason == "改名"


def test_delete_takes_rows_away_with_their_history(world: World, system: Actor) -> None:
    rows = list(GroupMembership.objects.all())
    keys = [row.pk for row in rows]
    with acting(by=system) as act:
        act.unchanged()
        assert bulk.delete(rows) == len(keys)
    assert not GroupMembership.objects.exists()
    gone = GroupMembership.history.filter(history_type="-")
    assert sorted(gone.values_list("id", flat=True)) == sorted(keys)


def test_nothing_is_written_outside_the_door(world: World) -> None:
    rows = list(Unit.objects.all())
    with pytest.raises(DoorClosed):
        bulk.update(rows, ["name"])
    with pytest.raises(DoorClosed):
        bulk.delete(rows)


def test_no_rows_take_no_query(door: Act) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert (bulk.create([]), bulk.update([], ["name"]), bulk.delete([])) == ([], 0, 0)
    assert len(queries) == 0
