"""What rights cost on lists, for three roles, at 10^4, 10^5 and (PostgreSQL alone) 10^6 tasks.

The first page and one nine tenths down the year are held against the same ids
by hand-written SQL, against guardian's `get_objects_for_user` and against the
rule asked of the slots themselves; then the count, a detail and the 工作台. On
the database of the settings (SQLite, or DATABASE_URL); rows are loaded with
the triggers off. Sizes may be given as arguments.
"""

# The settings stand before the models can be imported.
# ruff: noqa: E402

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")

import django

django.setup()

from django.db import connection
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import Portfolio, Post, Tenure, Unit, User
from accountability.models.dated import holds_on
from accountability.services import rights
from tasks.models import Assignment, ItemSlot, Paper, TaskItem, TaskItemGroupPermission
from tasks.models.rights import view_permission_id
from tasks.selectors import ledger
from tasks.selectors.home import home
from tasks.services import grants
from tests.bench import setwise
from tests.task_factory import make_tasks
from tests.world import START, World, build

UNITS = 300
OF_LEADER = 10
ROUNDS = 30
YEARS = 10
TODAY = timezone.localdate()
YEAR = TODAY.year


def without_triggers(statement: Callable[[], None]) -> None:
    """Bench data may be loaded past the ledger; the shape is put back after it."""
    from accountability.trail.install import install

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            statement()
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
        statement()
    install()


def load(count: int) -> World:
    """`count` tasks over ten years: a lead unit, up to two more and a leader each."""
    world: list[World] = []

    def write() -> None:
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            world.append(build())
            _load(world[0], count)

    without_triggers(write)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return world[0]


def _load(world: World, count: int) -> None:
    county = world.county
    made = Unit.objects.all().recorded_bulk().bulk_create(
        [
            Unit(county=county, name=f"县{n}局", kind="gov_department", valid_from=START)
            for n in range(UNITS)
        ]
    )  # fmt: skip
    everyone = [*made, world.units["县财政局"], world.units["县审计局"]]
    leader = world.posts["周建平"]
    Portfolio.objects.all().recorded_bulk().bulk_create(
        [Portfolio(post=leader, unit=u, valid_from=START) for u in made[: OF_LEADER - 2]]
    )
    rights.ensure_all()
    template = make_tasks(world, 1, year=1999).items[0]
    per_year = count // YEARS
    _papers(world, per_year, everyone, template)


def _papers(world: World, per_year: int, units: list[Unit], template: TaskItem) -> None:
    slot = ItemSlot.objects.filter(item=template).earliest("id")
    grant = template.grants.order_by("id")[0]
    templates = {
        "item": template.pk,
        "slot": slot.pk,
        "assignment": Assignment.objects.filter(item=template).earliest("id").pk,
        "grant": grant.pk,
    }
    for year in range(YEAR - YEARS + 1, YEAR + 1):
        paper = Paper(
            county=world.county, year=year, title=f"{year}年意见", state="issued",
            number=f"试〔{year}〕", source=template.paper.source, source_kind="text",
            imported_by="张敏", issued_at=timezone.now(), issued_by=world.users["bangong"],
        )  # fmt: skip
        paper.save()
        setwise.load_year(
            paper=paper.pk, year=year, count=per_year, units=[u.pk for u in units],
            leader=world.posts["周建平"].pk, templates=templates,
        )  # fmt: skip
    some = list(TaskItem.objects.order_by("-id").values_list("id", flat=True)[:2000])
    if found := grants.compare(some).told:
        raise SystemExit(f"the rights loaded are not those derived: {found[:3]}")


def timed(what: Callable[[], Any]) -> float:
    """The least of some rounds, ms: what a busy machine disturbs least."""
    what()
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        what()
        taken.append((time.perf_counter() - started) * 1000)
        if sum(taken) > 6000 and len(taken) >= 3:
            break
    return min(taken)


def fetch(sql: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def raw_ids(user: User, place: tuple[int, int] = (0, 0)) -> tuple[str, list[Any]]:
    """The ids of a page after a place in the order, as one would write it by hand."""
    scope = user._scope  # type: ignore[attr-defined]
    day = TODAY.isoformat()
    if scope.sees_whole_county:
        return (
            "SELECT id FROM tasks_taskitem WHERE county_id = %s AND year = %s AND state <> 'void' "
            'AND issued_at IS NOT NULL AND (paper_id, "order") > (%s, %s) '
            'ORDER BY paper_id, "order" LIMIT 51',
            [scope.county_id, YEAR, *place],
        )
    part = (
        "SELECT * FROM (SELECT g.content_object_id AS id, g.paper_id AS p, g.item_order AS o "
        "FROM tasks_taskitemgrouppermission g JOIN tasks_taskitem t ON t.id = g.content_object_id "
        "WHERE g.group_id = %s AND g.permission_id = %s AND g.year = %s AND t.state <> 'void' "
        "AND (g.paper_id, g.item_order) > (%s, %s) "
        "AND g.valid_from <= %s AND (g.valid_to IS NULL OR g.valid_to > %s) "
        "ORDER BY g.paper_id, g.item_order LIMIT 51) AS h{}"
    )
    groups = sorted(scope.permission_group_ids)
    sql = (
        "SELECT DISTINCT p, o, id FROM ("
        + " UNION ALL ".join(part.format(n) for n in range(len(groups)))
        + ") AS m ORDER BY p, o LIMIT 51"
    )
    values: list[Any] = []
    for group in groups:
        values += [group, view_permission_id(), YEAR, *place, day, day]
    return sql, values


def ids_by_lists(user: User, after: str = "") -> list[int]:
    tasks = ledger.tasks_of(user, YEAR, {}, on=TODAY)
    rows = tasks.page(("id", "paper_id", "order"), after=after, size=50).rows
    return [row["id"] for row in rows]


def by_slots(user: User) -> Any:
    """The rule before: EXISTS on the slots."""
    from django.db.models import Exists, OuterRef, Q

    scope = user._scope  # type: ignore[attr-defined]
    units = scope.unit_ids | scope.portfolio_unit_ids
    whose = (
        Q(post_id__in=scope.post_ids)
        | Q(unit_id__in=units)
        | Q(group_id__in=scope.group_ids)
        | Q(post__unit_id__in=units)
    )
    mine = Assignment.objects.filter(holds_on(TODAY), whose)
    rows = TaskItem.objects.filter(county_id=scope.county_id, year=YEAR).exclude(state="void")
    own, inherited = (mine.filter(item_id=OuterRef(key)) for key in ("pk", "parent_id"))
    return rows.filter(Exists(own) | Exists(inherited))


def by_guardian(user: User, offset: int = 0) -> list[int]:
    """guardian's `get_objects_for_user`, its user a member of the groups as it wants that.

    It pages by OFFSET: it knows no other way.
    """
    from guardian.shortcuts import get_objects_for_user

    found = get_objects_for_user(
        user, "tasks.view_taskitem", klass=TaskItem.objects.all(), accept_global_perms=False
    )
    rows = found.filter(year=YEAR).exclude(state="void").order_by("paper_id", "order")
    return list(rows.values_list("pk", flat=True)[offset : offset + 51])


def join_groups(user: User) -> None:
    """Put the user into the groups of the scope, past the trigger that keeps that table empty."""
    groups = sorted(user._scope.permission_group_ids)  # type: ignore[attr-defined]
    through = User.groups.through

    def write() -> None:
        through.objects.bulk_create([through(user_id=user.pk, group_id=g) for g in groups])

    without_triggers(write)


def one(user: User) -> TaskItem | None:
    """May this person see that task?"""
    return TaskItem.objects.visible_to(user, item=1).first()


def place_down(user: User, share: float) -> tuple[int, tuple[int, int]]:
    """How many tasks of the year stand before a place, and the place (paper, order)."""
    rows = TaskItem.objects.visible_to(user).filter(year=YEAR).order_by("paper_id", "order")
    count = rows.count()
    at = int(count * share)
    return at, rows.values_list("paper_id", "order")[at - 1]


def measure(world: World, count: int) -> None:
    from accountability.access import scope_of
    from tasks.selectors.keyset import cursor_of

    for name, label in (("caizheng", "liaison"), ("fuxianzhang", "leader"), ("jiwei", "inspector")):
        user = User.objects.select_related("county", "person").get(pk=world.users[name].pk)
        user._scope = scope_of(user)  # type: ignore[attr-defined]
        has_grants = not user._scope.sees_whole_county  # type: ignore[attr-defined]
        if has_grants:
            join_groups(user)
        tasks = ledger.tasks_of(user, YEAR, {}, on=TODAY)
        before, place = place_down(user, 0.9)
        cursor = cursor_of({"paper_id": place[0], "order": place[1]}, ("paper_id", "order"))
        for where, offset, start, after in (
            ("first", 0, (0, 0), ""),
            (f"after {before}", before, place, cursor),
        ):
            sql, values = raw_ids(user, start)
            agree = {
                "raw": [row[-1] for row in fetch(sql, values)][:50],
                "ours": ids_by_lists(user, after),
            }
            raw = timed(lambda sql=sql, values=values: fetch(sql, values))
            ours = timed(lambda user=user, after=after: ids_by_lists(user, after))
            full = timed(lambda tasks=tasks, after=after: ledger.task_page(tasks, after=after))
            line = (
                f"  {count:>9,} {label:<9} {where:<12} raw ids {raw:7.2f}"
                f"  ours {ours:7.2f} ({ours / raw:5.1f}×)  with columns {full:7.2f}"
            )
            if has_grants:
                agree["guardian"] = by_guardian(user, offset)[:50]
                theirs = timed(lambda user=user, offset=offset: by_guardian(user, offset))
                line += f"  guardian {theirs:8.2f} ({theirs / ours:6.1f}× ours)"
            if has_grants and not offset:
                slots = timed(
                    lambda user=user: list(
                        by_slots(user).order_by("paper_id", "order").values("id")[:51]
                    )
                )
                line += f"  by slots {slots:8.2f}"
            print(line, flush=True)
            if len({tuple(ids) for ids in agree.values()}) != 1:
                raise SystemExit(f"the pages differ: { {k: v[:5] for k, v in agree.items()} }")
        print(
            f"  {count:>9,} {label:<9} count {timed(tasks.count):7.2f}"
            f"  detail {timed(lambda user=user: one(user)):6.2f}"
            f"  工作台 {timed(lambda user=user: home(user, on=TODAY)):8.1f}",
            flush=True,
        )


def main(sizes: list[int]) -> None:
    """Make a test database, load, measure, drop it."""
    print(f"{connection.vendor}; ms, least of up to {ROUNDS} rounds")
    for count in sizes:
        if count > 100_000 and connection.vendor == "sqlite":
            continue
        began = time.perf_counter()
        old = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            world = load(count)
            total = TaskItemGroupPermission.objects.count()
            print(
                f"  {count} tasks, {total} grants, {Post.objects.count()} posts, "
                f"{Tenure.objects.count()} tenures, loaded in {time.perf_counter() - began:.0f} s",
                flush=True,
            )
            measure(world, count)
        finally:
            connection.creation.destroy_test_db(old, verbosity=0)


if __name__ == "__main__":
    main([int(arg) for arg in sys.argv[1:]] or [10_000, 100_000, 1_000_000])
