"""What importing a workbook would do to the directory: every change and every problem.

Nothing is written here. The plan is made in memory from the workbook and
the rows as they stand; rows that the workbook does not name stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from ..models import (
    County,
    GroupMembership,
    Person,
    Portfolio,
    Post,
    Tenure,
    Unit,
    UnitGroup,
)
from ..selectors.directory_rows import DirectoryRows, labels
from ..workbook import Book, Problem, Row
from .audit import differences
from .directory import aliases_of
from .units import STEP

LINKS = frozenset(
    ["county", "parent", "successor", "group", "unit", "post", "person", "pinyin", "initials"]
)
TOLD_OF_GROUP = ("aliases", "precedence", "group_from", "group_to")
KINDS = {"new": "新增", "edit": "修改", "end": "停用"}


@dataclass(slots=True)
class Entry:
    """One row of the workbook and the row of the directory that it means."""

    row: Row
    obj: Any
    is_new: bool
    changes: list[dict[str, Any]] = field(default_factory=list)
    ends: bool = False

    @property
    def kind(self) -> str:
        """new, end (停用), edit, or same."""
        if self.is_new:
            return "new"
        if self.ends:
            return "end"
        return "edit" if self.changes else "same"

    @property
    def word(self) -> str:
        return KINDS.get(self.kind, "")


@dataclass(slots=True)
class Plan:
    """Entries by model, problems, and what the person is told of the whole."""

    entries: dict[type, list[Entry]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def of(self, model: type) -> list[Entry]:
        return self.entries.setdefault(model, [])

    @property
    def changed(self) -> list[Entry]:
        return [e for rows in self.entries.values() for e in rows if e.kind != "same"]

    @property
    def counts(self) -> dict[str, int]:
        found = {"new": 0, "edit": 0, "end": 0, "same": 0}
        for rows in self.entries.values():
            for entry in rows:
                found[entry.kind] += 1
        return found

    @property
    def digest(self) -> str:
        """Names this very plan: confirming another one is refused."""
        told = [
            (e.row.sheet, e.row.number, e.kind, e.obj.pk, repr(e.row.values), repr(e.changes))
            for e in self.changed
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()


class Planner:
    """Makes one plan; use `plan`."""

    def __init__(self, county: County, book: Book, rows: DirectoryRows) -> None:
        self.county = county
        self.book = book
        self.rows = rows
        self.plan = Plan(problems=list(book.problems), notes=list(book.notes))
        self.claimed: dict[int, Row] = {}
        self.unit_old: dict[str, list[Unit]] = {}
        self.unit_new: dict[str, list[Unit]] = {}
        self.posts: dict[tuple[int, str, int], list[Post]] = {}
        self.persons: dict[str, list[Person]] = {}

    def problem(self, row: Row, key: str, message: str) -> None:
        value = row.values.get(key)
        shown = value.isoformat() if isinstance(value, date) else str(value or "")
        self.plan.problems.append(
            Problem(row.sheet, row.number, self.book.place(row.sheet, key), message, shown[:60])
        )

    # --- which row of the directory a row of the workbook means ------------

    def entry(
        self,
        row: Row,
        table: dict[int, Any],
        natural: Callable[[], Any | None],
        make: Callable[[], Any],
    ) -> Entry | None:
        """By 编号, else by what names it, else a new one; None when the 编号 is wrong."""
        number = row.values.get("id")
        if number is not None and number not in table:
            self.problem(row, "id", "没有这个编号，新增的行请把编号留空")
            return None
        obj = table[number] if number is not None else natural()
        is_new = obj is None
        if obj is None:
            obj = make()
        elif id(obj) in self.claimed:
            first = self.claimed[id(obj)].number
            self.problem(row, "id", f"与第 {first} 行是同一条，请删去重复的行，新增的行编号留空")
            return None
        self.claimed[id(obj)] = row
        found = Entry(row, obj, is_new)
        self.plan.of(type(obj)).append(found)
        return found

    def assign(self, entry: Entry, **values: Any) -> None:
        """Set fields that the sheet has; note what changes on a row that was there."""
        if not entry.is_new:
            found = differences(entry.obj, values)
            entry.changes += found
            if any(c["field"] in ("valid_to", "retired_on") and not c["before"] for c in found):
                entry.ends = True
        for name, value in values.items():
            setattr(entry.obj, name, value)

    def present(self, row: Row, *keys: str) -> dict[str, Any]:
        """Those of `keys` whose columns the sheet has."""
        return {key: row.values[key] for key in keys if key in row.values}

    def finish(self, entry: Entry) -> None:
        """Lengths and dates of one row."""
        obj, row = entry.obj, entry.row
        try:
            obj.clean_fields(exclude=LINKS)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self.problem(row, name, "；".join(messages))
        start, end = getattr(obj, "valid_from", None), getattr(obj, "valid_to", None)
        if start and end and end < start:
            self.problem(row, "valid_to", f"不能早于生效日期 {start:%Y-%m-%d}")

    # --- units -----------------------------------------------------------------

    def units(self) -> None:
        last = max((u.precedence for u in self.rows.units.values()), default=0)
        texts = labels(self.rows.units)
        by_name: dict[str, list[Unit]] = {}
        for pk, unit in self.rows.units.items():
            by_name.setdefault(unit.name, []).append(unit)
            self.index(self.unit_old, unit, unit.parent.name if unit.parent else "", texts[pk])
        for row in self.book.rows.get("单位", []):
            values = row.values
            name = "".join((values.get("name") or "").split())
            if not name:
                continue
            entry = self.entry(
                row,
                self.rows.units,
                lambda row=row, name=name: self.known_unit(row, by_name.get(name, []), texts),
                lambda: Unit(county=self.county),
            )
            if entry is None:
                continue
            fields = self.present(row, "short_name", "pinyin_override", "valid_to")
            if "aliases" in values:
                besides = (name, values.get("short_name", entry.obj.short_name))
                fields["aliases"] = aliases_of(values["aliases"] or [], besides=besides)
            if values.get("kind"):
                fields["kind"] = values["kind"]
            if values.get("precedence") is not None:
                fields["precedence"] = values["precedence"]
            elif entry.is_new:
                last += STEP
                fields["precedence"] = last
            if values.get("valid_from") or entry.is_new:
                fields["valid_from"] = values.get("valid_from") or self.county.started_on
            self.assign(entry, name=name, **fields)
        entries = {id(e.obj): e for e in self.plan.of(Unit)}
        for unit in [*self.rows.units.values(), *(e.obj for e in entries.values() if e.is_new)]:
            claimed = entries.get(id(unit))
            parent = claimed.row.values.get("parent") if claimed else None
            if parent is None:
                parent = unit.parent.name if unit.parent else ""
            self.index(self.unit_new, unit, parent.rpartition("/")[2], texts.get(unit.pk or 0, ""))
        for entry in entries.values():
            for key in ("parent", "successor"):
                if key in entry.row.values:
                    text = entry.row.values[key]
                    linked = self.unit(entry.row, key) if text else None
                    if linked is not None or not text:
                        self.assign(entry, **{key: linked})
            self.finish(entry)

    def index(self, where: dict[str, list[Unit]], unit: Unit, parent: str, text: str) -> None:
        for name in dict.fromkeys((unit.name, f"{parent}/{unit.name}", text)):
            if name:
                where.setdefault(name, []).append(unit)

    def known_unit(self, row: Row, named: list[Unit], texts: dict[int, str]) -> Unit | None:
        if "parent" in row.values:
            wanted = row.values["parent"] or ""
            named = [
                u
                for u in named
                if wanted in ((u.parent.name, texts[u.parent.pk]) if u.parent else ("",))
            ]
        return one(named, row.values.get("valid_from"), row.values.get("valid_to"))

    def unit(self, row: Row, key: str) -> Unit | None:
        """The unit that a cell names, by its new name or its old one; a problem otherwise."""
        text = "".join((row.values.get(key) or "").split())
        if not text:
            return None
        for where in (self.unit_new, self.unit_old):
            found = list({id(u): u for u in where.get(text, [])}.values())
            found = [u for u in found if u.valid_to is None] if len(found) > 1 else found
            if len(found) == 1:
                return found[0]
            if found or (where is self.unit_new and len(self.unit_new.get(text, [])) > 1):
                self.problem(row, key, "有几个同名单位，请写作“上级单位/单位名称”")
                return None
        self.problem(row, key, "没有这个单位，请先在“单位”表中填写，名称须一致")
        return None

    # --- groups ------------------------------------------------------------------

    def groups(self) -> None:
        texts = labels(self.rows.groups)
        known: dict[str, Entry | None] = {}
        last = max((g.precedence for g in self.rows.groups.values()), default=0)
        members: dict[tuple[int, int], list[GroupMembership]] = {}
        for m in self.rows.memberships.values():
            members.setdefault((id(m.group), id(m.unit)), []).append(m)
        rows = [
            (row, "".join((row.values.get("group") or "").split()))
            for row in self.book.rows.get("单位集合", [])
        ]
        # What a group is called and since when stands in the first row that says any of it.
        tells: dict[str, Row] = {}
        for row, text in rows:
            if any(row.values.get(key) not in (None, []) for key in TOLD_OF_GROUP):
                tells.setdefault(text, row)
        for row, text in rows:
            if not text:
                continue
            if text not in known:
                last += STEP
                known[text] = self.group(tells.get(text, row), text, texts, last)
            group = known[text]
            if group is None:
                continue
            if group.row is not row:
                self.agrees(row, group)
            unit = self.unit(row, "unit")
            if unit is None:
                continue
            start = row.values.get("valid_from")
            entry = self.entry(
                row,
                self.rows.memberships,
                lambda: one(
                    members.get((id(group.obj), id(unit)), []),  # noqa: B023
                    start,  # noqa: B023
                    row.values.get("valid_to"),  # noqa: B023
                ),
                GroupMembership,
            )
            if entry is not None:
                fields = self.present(row, "valid_to")
                if start or entry.is_new:
                    fields["valid_from"] = start or max(group.obj.valid_from, unit.valid_from)
                self.assign(entry, group=group.obj, unit=unit, **fields)
                self.finish(entry)

    def group(self, row: Row, text: str, texts: dict[int, str], precedence: int) -> Entry | None:
        named = [g for pk, g in self.rows.groups.items() if text in (g.name, texts[pk])]
        obj = one(named, row.values.get("group_from"), row.values.get("group_to"))
        entry = Entry(row, obj or UnitGroup(county=self.county, name=text), obj is None)
        self.plan.of(UnitGroup).append(entry)
        fields: dict[str, Any] = {}
        if not entry.is_new and all(row.values.get(k) in (None, []) for k in TOLD_OF_GROUP):
            return entry  # only members are told: the group itself stays as it is
        if "aliases" in row.values:
            fields["aliases"] = aliases_of(row.values["aliases"] or [], besides=(entry.obj.name,))
        if "group_to" in row.values:
            fields["valid_to"] = row.values["group_to"]
        if row.values.get("precedence") is not None or entry.is_new:
            given = row.values.get("precedence")
            fields["precedence"] = precedence if given is None else given
        if row.values.get("group_from") or entry.is_new:
            fields["valid_from"] = row.values.get("group_from") or self.county.started_on
        self.assign(entry, **fields)
        self.finish(entry)
        return entry

    def agrees(self, row: Row, group: Entry) -> None:
        """Later rows of a group say the same of it, or nothing."""
        for key in TOLD_OF_GROUP:
            value = row.values.get(key)
            if value and value != group.row.values.get(key):
                self.problem(row, key, f"与第 {group.row.number} 行不一致，同一集合须一致")

    # --- persons, posts ------------------------------------------------------------

    def people(self) -> None:
        by_name = {(p.name, p.note): p for p in self.rows.persons.values()}
        for row in self.book.rows.get("人员", []):
            name = "".join((row.values.get("name") or "").split())
            if not name:
                continue
            note = row.values.get("note") or ""
            entry = self.entry(
                row,
                self.rows.persons,
                lambda: by_name.get((name, note)),  # noqa: B023
                lambda: Person(county=self.county),
            )
            if entry is not None:
                fields = self.present(row, "note", "pinyin_override", "retired_on")
                self.assign(entry, name=name, **fields)
                self.finish(entry)
        everyone = [*self.rows.persons.values(), *(e.obj for e in self.plan.of(Person) if e.is_new)]
        for person in everyone:
            self.persons.setdefault(person.name, []).append(person)

    def seats(self) -> None:
        last = max((p.precedence for p in self.rows.posts.values()), default=0)
        for post in self.rows.posts.values():
            self.posts.setdefault((id(post.unit), post.title, post.seat), []).append(post)
        for row in self.book.rows.get("职务", []):
            unit = self.unit(row, "unit")
            title = "".join((row.values.get("title") or "").split())
            if unit is None or not title:
                continue
            seat = row.values.get("seat") or 1
            start, end = row.values.get("valid_from"), row.values.get("valid_to")
            entry = self.entry(
                row,
                self.rows.posts,
                lambda: one(self.posts.get((id(unit), title, seat), []), start, end),  # noqa: B023
                lambda: Post(county=self.county),
            )
            if entry is None:
                continue
            fields = self.present(row, "is_leadership", "valid_to")
            if row.values.get("layer"):
                fields["layer"] = row.values["layer"]
            if row.values.get("precedence") is not None:
                fields["precedence"] = row.values["precedence"]
            elif entry.is_new:
                last += STEP
                fields["precedence"] = last
            if start or entry.is_new:
                fields["valid_from"] = start or unit.valid_from
            self.assign(entry, unit=unit, title=title, seat=seat, **fields)
            self.finish(entry)
            at = self.posts.setdefault((id(unit), title, seat), [])
            if entry.obj not in at:
                at.append(entry.obj)

    def post(self, row: Row, now: Post | None) -> Post | None:
        """The seat that a row of 任职 or 分管 names."""
        unit = self.unit(row, "unit")
        title = "".join((row.values.get("title") or "").split())
        if unit is None or not title:
            return None
        found = self.posts.get((id(unit), title, row.values.get("seat") or 1), [])
        if now is not None and any(p is now for p in found):
            return now
        post = one(found, None, row.values.get("valid_to"), covers=row.values.get("valid_from"))
        if post is None:
            self.problem(row, "title", "没有这个职务，请先在“职务”表中填写，名称和席位须一致")
        return post

    def tenures(self) -> None:
        held: dict[tuple[int, int, Any], Tenure] = {
            (id(t.post), id(t.person), t.valid_from): t for t in self.rows.tenures.values()
        }
        for row in self.book.rows.get("任职", []):
            known = self.rows.tenures.get(row.values.get("id") or 0)
            post, person = self.post(row, known.post if known else None), self.person(row)
            start = row.values.get("valid_from")
            if post is None or person is None or start is None:
                continue
            entry = self.entry(
                row,
                self.rows.tenures,
                lambda: held.get((id(post), id(person), start)),  # noqa: B023
                Tenure,
            )
            if entry is not None:
                fields = self.present(row, "is_acting", "valid_to")
                self.assign(entry, post=post, person=person, valid_from=start, **fields)
                self.finish(entry)

    def person(self, row: Row) -> Person | None:
        name = "".join((row.values.get("person") or "").split())
        if not name:
            return None
        note = row.values.get("note") or ""
        found = self.persons.get(name, [])
        exact = [p for p in found if p.note == note]
        if len(exact) == 1:
            return exact[0]
        if len(found) == 1 and not note:
            return found[0]
        if found:
            self.problem(row, "person", "有同名人员，请按“人员”表的备注填写备注列")
        else:
            self.problem(row, "person", "没有这名人员，请先在“人员”表中填写")
        return None

    def portfolios(self) -> None:
        charge: dict[tuple[int, Any, Any], Portfolio] = {
            (id(p.post), id(p.unit) if p.unit else p.field, p.valid_from): p
            for p in self.rows.portfolios.values()
        }
        for row in self.book.rows.get("分管", []):
            known = self.rows.portfolios.get(row.values.get("id") or 0)
            post = self.post(row, known.post if known else None)
            text, start = row.values.get("field") or "", row.values.get("valid_from")
            if bool(row.values.get("charge")) == bool(text):
                self.problem(row, "charge", "分管单位和分管领域填一项，也只填一项")
                continue
            unit = self.unit(row, "charge")
            if post is None or start is None or (unit is None and not text):
                continue
            entry = self.entry(
                row,
                self.rows.portfolios,
                lambda: charge.get((id(post), id(unit) if unit else text, start)),  # noqa: B023
                Portfolio,
            )
            if entry is not None:
                fields = self.present(row, "valid_to")
                self.assign(entry, post=post, unit=unit, field=text, valid_from=start, **fields)
                self.finish(entry)


def one(rows: list[Any], start: Any, end: Any, *, covers: Any = None) -> Any | None:
    """The one of `rows` that is meant: of the same first day, else in use on a day, else open."""
    if len(rows) > 1 and start:
        rows = [r for r in rows if r.valid_from == start] or rows
    if len(rows) > 1 and covers:
        rows = [r for r in rows if r.holds_on(covers)] or rows
    if len(rows) > 1:
        rows = [r for r in rows if r.valid_to == end] or rows
    if len(rows) > 1:
        rows = [r for r in rows if r.valid_to is None]
    return rows[0] if len(rows) == 1 else None


def plan(county: County, book: Book, rows: DirectoryRows) -> Plan:
    """The plan of importing `book` into `rows`, with every check that the whole needs."""
    from . import directory_check

    planner = Planner(county, book, rows)
    planner.units()
    planner.groups()
    planner.people()
    planner.seats()
    planner.tenures()
    planner.portfolios()
    directory_check.check(planner)
    order = {name: position for position, name in enumerate(book.rows)}
    planner.plan.problems.sort(key=lambda p: (order.get(p.sheet, 99), p.row, p.column))
    return planner.plan
