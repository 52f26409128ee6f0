"""The one door for writing: no actor, no write; no event, no change."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from accountability.door import Act, Actor, DoorClosed, UnrecordedChange, acting, current_act
from accountability.models import AuditEvent, County, Unit
from accountability.services import bulk


def make_county(name: str = "门县", code: str = "990002") -> County:
    return County(
        name=name,
        short_name=name[:2],
        code=code,
        number_prefix="门政发",
        issuer=f"{name}人民政府",
        started_on=date(2026, 1, 1),
    )


@pytest.mark.django_db
def test_a_write_outside_the_door_is_refused() -> None:
    with pytest.raises(DoorClosed):
        make_county().save()
    assert County.objects.count() == 0


@pytest.mark.django_db
def test_a_change_without_an_event_is_rolled_back(system: Actor) -> None:
    with pytest.raises(UnrecordedChange), acting(by=system):
        make_county().save()
    assert County.objects.count() == 0
    assert County.history.count() == 0


@pytest.mark.django_db
def test_the_event_and_the_history_tell_who_and_why(system: Actor) -> None:
    with acting(by=system, reason="试验") as act:
        county = make_county()
        county.save()
        act.record("county.create", county, summary="新建门县")
    event = AuditEvent.objects.get()
    assert (event.actor_key, event.reason, event.county) == ("system:test", "试验", county)
    assert county.history.get().history_change_reason == "试验"


@pytest.mark.django_db
def test_when_the_event_fails_nothing_is_changed(
    system: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("no event today")

    monkeypatch.setattr("accountability.services.audit.record", broken)

    def change() -> None:
        with acting(by=system) as act:
            make_county().save()
            act.record("county.create", summary="新建")

    with pytest.raises(RuntimeError):
        change()
    assert County.objects.count() == 0


@pytest.mark.django_db
def test_the_database_knows_the_actor_and_forgets_it(system: Actor) -> None:
    if connection.vendor == "sqlite":
        asking = "SELECT app_actor()"
    else:
        asking = "SELECT coalesce(current_setting('app.actor', true), '')"

    def told() -> str:
        with connection.cursor() as cursor:
            cursor.execute(asking)
            return str(cursor.fetchone()[0])

    with acting(by=system) as act:
        act.unchanged()
        assert told() == "system:test"
        with acting(by=Actor.system("worker")) as inner:
            inner.unchanged()
            assert told() == "system:worker"
        assert told() == "system:test"
    assert told() == ""
    assert current_act() is None


@pytest.mark.django_db
@pytest.mark.parametrize("write", ["update", "bulk_create", "bulk_update", "delete"])
def test_bulk_writes_that_leave_no_history_are_refused(door: Act, write: str) -> None:
    county = make_county()
    county.save()
    writes = {
        "update": lambda: County.objects.update(short_name="x"),
        "bulk_create": lambda: County.objects.bulk_create([make_county("另县", "990003")]),
        "bulk_update": lambda: County.objects.bulk_update([county], ["short_name"]),
        "delete": lambda: County.objects.all().delete(),
    }
    with pytest.raises(TypeError, match="bulk"):
        writes[write]()


@pytest.mark.django_db
def test_related_managers_refuse_bulk_writes_too(door: Act, county: County) -> None:
    unit = Unit(county=county, name="县局", kind="gov_department", valid_from=date(2026, 1, 1))
    unit.save()
    with pytest.raises(TypeError, match="bulk"):
        county.units.update(name="x")


@pytest.mark.django_db
def test_recorded_bulk_writes_leave_one_history_row_each(door: Act, county: County) -> None:
    rows = [
        Unit(county=county, name=f"县{n}局", kind="gov_department", valid_from=date(2026, 1, 1))
        for n in "甲乙丙"
    ]
    created = bulk.create(rows)
    assert all(row.pk for row in created)
    for row in created:
        row.short_name = row.name[1:]
    bulk.update(created, ["short_name"])
    for row in created:
        kinds = list(row.history.order_by("history_id").values_list("history_type", flat=True))
        assert kinds == ["+", "~"]


@pytest.mark.django_db
def test_an_event_is_never_changed_or_deleted(system: Actor) -> None:
    with acting(by=system) as act:
        event = act.record("test", summary="一件事")
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()
    with pytest.raises(TypeError):
        AuditEvent.objects.all().delete()
    with pytest.raises(TypeError):
        AuditEvent.objects.update(summary="另一件")
