"""A valid row of every model that the ledger tells of, made anew at each call.

`test_write_paths.py` asks the registry for the models and this table for their
rows: a model without a maker fails there by name. A row may need others
(a group its unit); `prepare` makes these, inside an open door.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from guardian.models import GroupObjectPermission, UserObjectPermission

from accountability import models as who
from accountability.services import rights
from tasks import models as what
from tests.task_factory import MadePaper, make_tasks
from tests.world import START, World

END = date(2030, 1, 1)


@dataclass
class Book:
    """The county in which rows are made, and a number that never comes twice."""

    world: World
    made: MadePaper
    number: int = field(default=0)

    def next(self) -> int:
        self.number += 1
        return self.number


@dataclass(frozen=True, slots=True)
class Maker:
    """How a row is made and what may be changed of it.

    `changes` is the column that the ways to write change and `after(book)` a
    value that it did not have. `loose` is a foreign key that may be emptied:
    by it a related manager takes rows in and out.
    """

    make: Callable[[Book], Any]
    changes: str
    after: Callable[[Book], Any] = lambda book: f"改{book.next()}"
    loose: str = ""


def prepare(world: World) -> Book:
    """A book with a paper of two tasks."""
    return Book(world, make_tasks(world, 2))


def later(book: Book) -> date:
    return START + timedelta(days=book.next())


def a_county(book: Book) -> Any:
    n = book.next()
    return who.County(
        name=f"第{n}县", short_name=f"第{n}", code=f"88{n:04d}", number_prefix="政发",
        issuer=f"第{n}县人民政府", started_on=START,
    )  # fmt: skip


def a_unit(book: Book) -> Any:
    parent = book.world.units["县政府"]
    return who.Unit(
        county=book.world.county, parent=parent, name=f"第{book.next()}局",
        kind=who.UnitKind.GOV_DEPARTMENT, valid_from=START, aliases=["又名"],
    )  # fmt: skip


def a_saved_unit(book: Book) -> Any:
    unit = a_unit(book)
    unit.save()
    return unit


def a_post(book: Book) -> Any:
    return who.Post(
        county=book.world.county, unit=book.world.units["县财政局"], title=f"职务{book.next()}",
        layer=who.Layer.STAFF, valid_from=START,
    )  # fmt: skip


def a_user(book: Book) -> Any:
    person = book.world.persons["李明华"]
    return who.User(
        username=f"zh{book.next()}", county=book.world.county, person=person, password="!x"
    )


def a_delegation(book: Book) -> Any:
    people = book.world.persons
    return who.Delegation(
        county=book.world.county, post=book.world.posts["周建平"], delegator=people["周建平"],
        delegate=people["李明华"], order_number=f"{book.next()}号", reason="外出",
        made_by=book.world.users["anquan"], valid_from=END, valid_to=END + timedelta(days=9),
    )  # fmt: skip


def a_file(book: Book) -> Any:
    n = book.next()
    return who.StoredFile(
        county=book.world.county, name=f"{n}.txt", content_type="text/plain", size=1,
        sha256=f"{n:064d}", content=f"00/{n}", stored_by="测试",
    )  # fmt: skip


def an_event(book: Book) -> Any:
    return who.AuditEvent(
        county=book.world.county, actor_key="system:test", actor_name="测试", act_id="a",
        action="test", summary=f"第{book.next()}件",
        changes=[{"field": "name", "label": "名称", "before": "甲", "after": "乙"}],
    )  # fmt: skip


def a_saved_event(book: Book) -> Any:
    event = an_event(book)
    event.save()
    return event


def a_group(book: Book) -> Any:
    return Group(name=rights.name_of(book.world.county.pk, "unit", 10**6 + book.next()))


def a_rights_group(book: Book) -> Any:
    group = a_group(book)
    group.save()
    return who.RightsGroup(group=group, county=book.world.county, unit=a_saved_unit(book))


def a_grant(book: Book) -> Any:
    item = book.made.items[0]
    return what.TaskItemGroupPermission(
        group=Group.objects.order_by("id")[0], permission_id=what.rights.view_permission_id(),
        content_object=item, county=book.world.county, year=item.year, paper=item.paper,
        item_order=item.order, valid_from=later(book),
    )  # fmt: skip


def a_right(model: Any, **holder: Any) -> Any:
    """A generic right of guardian's, which nobody may have."""
    of = Permission.objects.order_by("id")[0]
    return model(
        permission=of, content_type=ContentType.objects.get(pk=of.content_type_id),
        object_pk="1", **holder,
    )  # fmt: skip


def a_paper(book: Book) -> Any:
    return what.Paper(
        county=book.world.county, year=2026, title=f"意见{book.next()}",
        source=book.made.paper.source, source_kind="txt", reading={"b": 1, "a": [2]},
        imported_by="测试",
    )  # fmt: skip


def a_section(book: Book) -> Any:
    return what.PaperSection(
        paper=book.made.paper, parent=book.made.sections[0], position=1000 + book.next(),
        level=2, number="九", heading="九",
    )  # fmt: skip


def an_item(book: Book) -> Any:
    n = book.next()
    return what.TaskItem(
        county=book.world.county, paper=book.made.paper, section=book.made.sections[0],
        parent=book.made.items[0], year=2026, order=1000 + n, number=f"九{n}", heading="任务",
        due_on=date(2026, 6, 30),
    )  # fmt: skip


def a_slot(book: Book) -> Any:
    return what.ItemSlot(
        item=book.made.items[0], kind="lead_unit", ordinal=10 + book.next(), label="牵头单位"
    )


def an_assignment(book: Book) -> Any:
    item = book.made.items[0]
    return what.Assignment(
        item=item, slot=item.slots.order_by("id")[0], unit=book.world.units["县财政局"],
        valid_from=START, valid_to=END, basis=f"第{book.next()}次",
    )  # fmt: skip


def a_factor(book: Book) -> Any:
    return who.SecondFactor(
        user=book.world.users["bangong"], secret=f"sealed-{book.next()}",
        ended_at=timezone.now(), ended_by="测试",
    )  # fmt: skip


def a_code(book: Book) -> Any:
    now = timezone.now()
    return who.SetupCode(
        user=book.world.users["bangong"], purpose="password", digest=f"{book.next():064d}",
        made_by="测试", expires_at=now, used_at=now,
    )  # fmt: skip


def a_through(model: Any, **values: Callable[[Book], int]) -> Callable[[Book], Any]:
    """A row of a table between two models."""
    return lambda book: model(**{name: value(book) for name, value in values.items()})


def _user_id(book: Book) -> int:
    return int(book.world.users["bangong"].pk)


def _group_id(book: Book) -> int:
    return int(Group.objects.order_by("id")[0].pk)


def _permission_id(book: Book) -> int:
    return int(Permission.objects.order_by("id")[0].pk)


MAKERS: dict[str, Maker] = {
    "accountability.County": Maker(a_county, "short_name"),
    "accountability.Unit": Maker(a_unit, "short_name", loose="parent"),
    "accountability.UnitGroup": Maker(
        lambda b: who.UnitGroup(county=b.world.county, name=f"集合{b.next()}", valid_from=START),
        "name",
    ),
    "accountability.GroupMembership": Maker(
        lambda b: who.GroupMembership(
            group=b.world.groups["各乡镇"],
            unit=b.world.units["县财政局"],
            valid_from=later(b),
            valid_to=END,
        ),
        "valid_from",
        later,
    ),
    "accountability.Person": Maker(
        lambda b: who.Person(county=b.world.county, name=f"人员{b.next()}"), "note"
    ),
    "accountability.Post": Maker(a_post, "title"),
    "accountability.Tenure": Maker(
        lambda b: who.Tenure(
            person=b.world.persons["李明华"],
            post=b.world.posts["周建平"],
            valid_from=later(b),
            valid_to=END,
        ),
        "valid_from",
        later,
    ),
    "accountability.Portfolio": Maker(
        lambda b: who.Portfolio(
            post=b.world.posts["周建平"], field=f"领域{b.next()}", valid_from=START
        ),
        "field",
    ),
    "accountability.User": Maker(a_user, "username", loose="person"),
    "accountability.RoleGrant": Maker(
        lambda b: who.RoleGrant(
            user=b.world.users["bangong"],
            role=who.Role.LEADER,
            unit=b.world.units["县数据中心"],
            granted_by="测试",
            valid_from=later(b),
            valid_to=END,
        ),
        "reason",
        loose="unit",
    ),
    "accountability.Delegation": Maker(a_delegation, "reason"),
    "accountability.PasswordHistory": Maker(
        lambda b: who.PasswordHistory(user=b.world.users["bangong"], encoded=f"!{b.next()}"),
        "set_at",
        lambda b: timezone.now() - timedelta(days=b.next()),
    ),
    "accountability.SetupCode": Maker(a_code, "made_by"),
    "accountability.SecondFactor": Maker(a_factor, "ended_by"),
    "accountability.StoredFile": Maker(a_file, "name"),
    "accountability.AuditEvent": Maker(an_event, "summary"),
    "accountability.AuditEventUnit": Maker(
        lambda b: who.AuditEventUnit(event=a_saved_event(b), unit=b.world.units["县财政局"]),
        "unit_id",
        lambda b: b.world.units["县审计局"].pk,
    ),
    "accountability.RightsGroup": Maker(a_rights_group, "unit_id", lambda b: a_saved_unit(b).pk),
    "auth.Group": Maker(a_group, "name", lambda b: a_group(b).name),
    "accountability.User_groups": Maker(
        a_through(who.User.groups.through, user_id=_user_id, group_id=_group_id), "group_id"
    ),
    "accountability.User_user_permissions": Maker(
        a_through(
            who.User.user_permissions.through, user_id=_user_id, permission_id=_permission_id
        ),
        "permission_id",
    ),
    "auth.Group_permissions": Maker(
        a_through(Group.permissions.through, group_id=_group_id, permission_id=_permission_id),
        "permission_id",
    ),
    "guardian.UserObjectPermission": Maker(
        lambda b: a_right(UserObjectPermission, user_id=_user_id(b)), "object_pk"
    ),
    "guardian.GroupObjectPermission": Maker(
        lambda b: a_right(GroupObjectPermission, group_id=_group_id(b)), "object_pk"
    ),
    "tasks.Paper": Maker(a_paper, "title"),
    "tasks.PaperSection": Maker(a_section, "heading", loose="parent"),
    "tasks.RecurringDemand": Maker(
        lambda b: what.RecurringDemand(
            paper=b.made.paper, position=1000 + b.next(), text="每季一次", frequency="quarter"
        ),
        "text",
    ),
    "tasks.PaperNote": Maker(
        lambda b: what.PaperNote(
            paper=b.made.paper, code="x", message=f"提示{b.next()}", paragraph=1, start=0, end=1
        ),
        "message",
    ),
    "tasks.TaskItem": Maker(an_item, "measure", loose="parent"),
    "tasks.ItemSlot": Maker(a_slot, "label"),
    "tasks.Assignment": Maker(an_assignment, "basis"),
    "tasks.Milestone": Maker(
        lambda b: what.Milestone(
            item=b.made.items[0], text=f"节点{b.next()}", due_on=date(2026, 5, 1)
        ),
        "text",
    ),
    "tasks.TaskItemGroupPermission": Maker(a_grant, "item_order", lambda b: 5000 + b.next()),
}


@cache
def _load_parts() -> None:
    """Each part's makers stand in a file of their own beside this one, and add themselves."""
    for module in iter_modules([str(Path(__file__).parent)]):
        if module.name.startswith("makers_"):
            import_module(f"{__package__}.{module.name}")


def maker_of(model: Any) -> Maker:
    """The maker of a model, or of the history of one; raises KeyError with its label."""
    _load_parts()
    original = getattr(model, "instance_type", None)
    if original is None or not model.__name__.startswith("Historical"):
        return MAKERS[model._meta.label]
    base = MAKERS[original._meta.concrete_model._meta.label]

    def make(book: Book) -> Any:
        row = base.make(book)
        row.pk = row.pk or 10**6 + book.next()
        return model(
            history_date=timezone.now(),
            history_type="+",
            **{
                f.attname: timezone.now()
                if getattr(f, "auto_now_add", False)
                else getattr(row, f.attname)
                for f in model.tracked_fields
            },
        )

    changes = base.changes
    if not any(f.column == changes or f.name == changes for f in model._meta.concrete_fields):
        changes = "history_type"
    return Maker(make, changes, base.after)
