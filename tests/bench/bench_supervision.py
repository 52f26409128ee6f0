"""Supervision: opening a quarter for 100 counties × 150 units; the board at 150 and 15,000 units.

On the database of the settings (SQLite, or DATABASE_URL), with the triggers on
while rounds open: history, ledger, events and messages are part of the cost.
The board's units are loaded with the triggers off. Counties may be given as an
argument.
"""

# The settings stand before the models can be imported.
# ruff: noqa: E402

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")

import django

django.setup()

from django.db import connection
from django.test import Client
from django.urls import reverse

from accountability.door import Actor, acting
from accountability.models import County, GroupMembership, Unit
from accountability.services import bulk
from tasks.models import Campaign, Return
from tasks.services import campaign_rounds, campaigns
from tests.bench.bench_access import without_triggers
from tests.bench.measure import Counter, at, timed
from tests.task_factory import make_tasks
from tests.world import START, World, build

COUNTIES, UNITS, MANY = 100, 150, 15_000
ITEMS = 20
YEAR = 2026
Q1, Q2 = date(YEAR, 3, 25), date(YEAR, 6, 25)


def county(number: int) -> World:
    """A county of 150 units that all carry 20 tasks, its first quarter's plan approved."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        world = build(name=f"第{number}县", code=f"88{number:04d}", suffix=f"_{number}")
        world.county.started_on = date(YEAR, 1, 1)
        world.county.save()
        units(world, UNITS - len(world.units), in_group=True)
    make_tasks(world, ITEMS, year=YEAR)
    return world


def units(world: World, count: int, *, in_group: bool) -> list[Unit]:
    first = Unit.objects.filter(county=world.county).count()
    made = bulk.create(
        [
            Unit(
                county=world.county, name=f"第{first + n}局", kind="gov_department",
                valid_from=START, precedence=100 + first + n,
            )
            for n in range(count)
        ]
    )  # fmt: skip
    if in_group:
        group = world.groups["各乡镇"]
        bulk.create([GroupMembership(group=group, unit=unit, valid_from=START) for unit in made])
    return made


def make(world: World, on: date) -> None:
    by = Actor.system("worker", county=world.county)
    campaign_rounds.make(County.objects.get(pk=world.county.pk), on, by)


def approve_first(world: World) -> None:
    user = world.users["zhuren"]
    by = Actor(key=f"user:{user.pk}", name="主任", user=user, county=world.county)
    make(world, Q1)
    first = Campaign.objects.get(county=world.county, period=1)
    campaigns.approve(by=by, campaign_id=first.pk, on=Q1)


def open_quarters(worlds: list[World]) -> None:
    """The second quarter follows the first's plan and opens by itself."""
    counter, began = Counter(), time.perf_counter()
    with connection.execute_wrapper(counter):
        for world in worlds:
            make(world, Q2)
    took = time.perf_counter() - began
    ids = [world.county.pk for world in worlds]
    made = Return.objects.filter(county_id__in=ids, campaign__period=2).count()
    rounds = Campaign.objects.filter(county_id__in=ids, period=2, state="running").count()
    print(
        f"{'open a quarter':<26}{rounds} counties, {made} returns: {took:.1f} s,"
        f" {1000 * took / len(worlds):.0f} ms and {counter.statements // len(worlds)}"
        " statements a county",
        flush=True,
    )
    bare = bare_returns(ids)
    print(f"{'  bare rows':<26}{made} in {bare:.2f} s; opening takes {took / bare:.0f} ×")
    began = time.perf_counter()
    for world in worlds:
        make(world, Q2)
    again = Return.objects.filter(county_id__in=ids, campaign__period=2).count() - made
    print(f"{'  asked again':<26}{again} made: {time.perf_counter() - began:.1f} s")


def bare_returns(counties: list[int]) -> float:
    """Seconds for the same returns into a table without keys, a statement and a commit a county."""
    table = Return._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_floor AS SELECT * FROM {table} WHERE 1 = 0")
        began = time.perf_counter()
        for county_id in counties:
            cursor.execute(
                f"INSERT INTO bench_floor SELECT r.* FROM {table} r JOIN tasks_campaign c"
                " ON c.id = r.campaign_id WHERE r.county_id = %s AND c.period = 2",
                [county_id],
            )
        took = time.perf_counter() - began
        cursor.execute("DROP TABLE bench_floor")
    return took


def bare_board(campaign: int) -> list[Any]:
    """Counts by state and the first fifty units, as one would ask for them by hand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, count(*) FROM tasks_return WHERE campaign_id = %s GROUP BY state",
            [campaign],
        )
        cursor.fetchall()
        cursor.execute(
            "SELECT r.id, r.state, r.due_on, u.name FROM tasks_return r JOIN accountability_unit u"
            " ON u.id = r.unit_id WHERE r.campaign_id = %s ORDER BY r.precedence, r.unit_id"
            " LIMIT 50",
            [campaign],
        )
        return cursor.fetchall()


def board(world: World, count: int) -> None:
    """Every view of the board, and the head of the page, at `count` units."""
    campaign = Campaign.objects.get(county=world.county, period=2)
    there = campaign.returns.count()

    def fill() -> None:
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            more = units(world, count - there, in_group=False)
            bulk.create(
                [
                    Return(
                        county=world.county, campaign=campaign, unit=unit,
                        due_on=campaign.due_on, precedence=unit.precedence,
                    )
                    for unit in more
                ]
            )  # fmt: skip

    if count > there:
        without_triggers(fill)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    client = Client()
    client.force_login(world.users["bangong"])
    url = reverse("campaign", args=[campaign.pk])

    def page(view: str) -> Callable[[], Any]:
        return lambda: client.get(url, {"view": view})

    bare = at(timed(lambda: bare_board(campaign.pk)), 0.5)
    print(f"{'  bare rows':<26}{count} units: median {bare:.1f} ms")
    for view in ("unit", "task", "leader", "time"):
        counter = Counter()
        assert page(view)().status_code == 200
        with connection.execute_wrapper(counter):
            page(view)()
        took = timed(page(view))
        print(
            f"{f'  {view}':<26}{count} units: median {at(took, 0.5):.0f} ms,"
            f" p95 {at(took, 0.95):.0f} ms, {counter.statements} statements,"
            f" {at(took, 0.5) / bare:.0f} ×"
        )


def main(counties: int) -> None:
    """Make a test database, load, measure, drop it."""
    print(f"{connection.vendor}, {counties} counties of {UNITS} units, {ITEMS} tasks each")
    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        worlds = [county(number) for number in range(counties)]
        for world in worlds:
            approve_first(world)
        open_quarters(worlds)
        board(worlds[0], UNITS)
        board(worlds[0], MANY)
    finally:
        connection.creation.destroy_test_db(old, verbosity=0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNTIES)
