"""单位与人员表: keep an upload, preview it, apply it all or not at all; export."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from ..access.actions import Action
from ..access.require import require
from ..door import Act, Actor, acting
from ..models import (
    County,
    DirectoryDraft,
    GroupMembership,
    Person,
    Portfolio,
    Post,
    Tenure,
    Unit,
    UnitGroup,
)
from ..refusals import Conflict, Invalid, NotFound
from ..selectors.directory_rows import CHOICES, WORDS, export_rows, rows_of
from ..workbook import Unreadable, read, template, write
from . import bulk, groups, persons, rights, units
from .audit import change
from .directory import editing
from .directory_plan import Entry, Plan, plan

KEPT = timedelta(days=7)
TOLD = 500
FIELDS: dict[type, tuple[str, ...]] = {
    Unit: (
        "name", "short_name", "aliases", "kind", "parent", "precedence", "successor",
        "pinyin_override", "pinyin", "initials", "valid_from", "valid_to",
    ),
    UnitGroup: ("aliases", "precedence", "pinyin", "initials", "valid_from", "valid_to"),
    GroupMembership: ("group", "unit", "valid_from", "valid_to"),
    Person: ("name", "note", "pinyin_override", "pinyin", "initials", "retired_on"),
    Post: (
        "unit", "title", "seat", "layer", "is_leadership", "precedence", "valid_from", "valid_to",
    ),
    Tenure: ("post", "person", "is_acting", "valid_from", "valid_to"),
    Portfolio: ("post", "unit", "field", "valid_from", "valid_to"),
}  # fmt: skip


def stash(*, by: Actor, county: County, name: str, data: bytes) -> DirectoryDraft:
    """Keep an upload for its preview; raises `Invalid` when it cannot be read at all."""
    _read(data)
    with acting(by=by) as act:
        require(by, Action.DIRECTORY_EDIT)
        if by.user is None:
            raise NotFound
        act.unchanged()  # a draft is no record
        DirectoryDraft.objects.filter(made_by=by.user).delete()
        DirectoryDraft.objects.filter(made_at__lt=timezone.now() - KEPT).delete()
        return DirectoryDraft.objects.create(
            county=county,
            made_by=by.user,
            name=name[-200:],
            data=data,
            sha256=hashlib.sha256(data).hexdigest(),
        )


def preview(draft: DirectoryDraft) -> Plan:
    """What importing the draft would do now."""
    return plan(draft.county, _read(bytes(draft.data)), rows_of(draft.county))


def confirm(*, by: Actor, draft: DirectoryDraft, digest: str) -> Plan:
    """Apply the plan that was previewed, in one transaction, with one event.

    Raises `Conflict` when the directory changed since the preview, `Invalid`
    while there is a problem.
    """
    book = _read(bytes(draft.data))
    try:
        with editing(by=by, county=draft.county) as act:
            made = plan(draft.county, book, rows_of(draft.county))
            if made.problems:
                raise Invalid(f"还有 {len(made.problems)} 处不符，没有导入。请改正后重新选择文件。")
            if made.digest != digest:
                raise Conflict("预览之后单位与人员已有变动，没有导入。请重新核对预览后再确认。")
            DirectoryDraft.objects.filter(pk=draft.pk).delete()
            if not made.changed:
                act.unchanged()
                return made
            _apply(made)
            _record(act, draft, made)
    except IntegrityError as error:
        raise Invalid("表中的内容互相冲突，没有导入。请核对同名的单位、职务和任职。") from error
    return made


def export(county: County) -> bytes:
    """The whole directory as a workbook that imports unchanged."""
    return write(export_rows(rows_of(county)), words=WORDS)


def personal_rows(county: County) -> int:
    """How many rows about persons the whole directory has."""
    return Person.objects.filter(county=county).count()


def hand_out(*, by: Actor, county: County) -> bytes:
    """The whole directory for a person to take away; that it left is an event."""
    with acting(by=by) as act:
        require(by, Action.DIRECTORY_READ)
        data = export(county)
        act.record(
            "read.directory_export",
            county,
            summary=f"导出单位与人员表，含 {personal_rows(county)} 人",
        )
    return data


def empty_template() -> bytes:
    """The workbook's sheets without rows, with 说明."""
    return template(words=WORDS)


def _read(data: bytes) -> Any:
    try:
        return read(data, choices=CHOICES)
    except Unreadable as error:
        raise Invalid(str(error)) from error


def _apply(made: Plan) -> None:
    """Write level by level; what ends is written before what begins in its place."""
    keyed: dict[type, Callable[[Any], None]] = {
        Unit: units.set_keys,
        UnitGroup: groups.set_keys,
        Person: persons.set_keys,
    }
    for kind, set_keys in keyed.items():
        for entry in made.of(kind):
            if entry.kind != "same":
                set_keys(entry.obj)
    _apply_units(made.of(Unit))
    later: tuple[type, ...] = (UnitGroup, GroupMembership, Person, Post, Tenure, Portfolio)
    for model in later:
        entries = made.of(model)
        bulk.update([e.obj for e in entries if e.kind in ("edit", "end")], FIELDS[model])
        bulk.create([e.obj for e in entries if e.is_new])
    _apply_rights(made)


def _apply_rights(made: Plan) -> None:
    """Groups for what is new; rights anew where members or a seat's unit changed."""
    rights.ensure_groups(
        units=[e.obj for e in made.of(Unit) if e.is_new],
        posts=[e.obj for e in made.of(Post) if e.is_new],
    )
    rights.changed(
        groups={e.obj.pk for e in made.of(UnitGroup) if e.kind in ("edit", "end")}
        | {e.obj.group_id for e in made.of(GroupMembership) if e.kind != "same"},
        posts={e.obj.pk for e in made.of(Post) if e.kind == "edit"},
    )


def _apply_units(entries: list[Entry]) -> None:
    new = [e.obj for e in entries if e.is_new]
    old = [e.obj for e in entries if e.kind in ("edit", "end")]

    def waits(unit: Unit) -> bool:
        return any(u is not None and u.pk is None for u in (unit.parent, unit.successor))

    late = [u for u in old if waits(u)]
    bulk.update([u for u in old if not waits(u)], FIELDS[Unit])
    successors = {id(u): u.successor for u in new if u.successor is not None}
    for unit in new:
        unit.successor = None
    while new:
        ready = [u for u in new if u.parent is None or u.parent.pk is not None]
        bulk.create(ready)
        done = {id(u) for u in ready}
        merged = [u for u in ready if id(u) in successors]
        new = [u for u in new if id(u) not in done]
        late += merged
    for unit in late:
        if id(unit) in successors:
            unit.successor = successors[id(unit)]
    bulk.update(late, FIELDS[Unit])


def _record(act: Act, draft: DirectoryDraft, made: Plan) -> None:
    counts = made.counts
    changes = [c for entry in made.changed for c in told(entry)]
    if len(changes) > TOLD:
        left = len(changes) - TOLD
        changes = [
            *changes[:TOLD],
            {
                "field": "",
                "label": "其余",
                "before": "",
                "after": f"另有 {left} 处变更，见各行历史",
            },
        ]
    touched: dict[int, Unit] = {}
    for entry in made.changed:
        obj = entry.obj
        post = getattr(obj, "post", None)
        unit = obj if isinstance(obj, Unit) else getattr(obj, "unit", None)
        for row in (unit, post.unit if post else None):
            if row is not None:
                touched[row.pk] = row
    act.record(
        "directory.import",
        draft.county,
        summary=f"导入单位与人员表“{draft.name}”：新增 {counts['new']}、"
        f"修改 {counts['edit']}、停用 {counts['end']}（SHA-256 {draft.sha256[:16]}）",
        changes=changes,
        units=list(touched.values()),
    )


def told(entry: Entry) -> list[dict[str, Any]]:
    """An entry's changes for the trail, named by sheet and row."""
    label = f"{entry.row.sheet} 第 {entry.row.number} 行"
    if entry.is_new:
        return [change("row", label, "", str(entry.obj))]
    return [{**c, "label": f"{label} {entry.obj}：{c['label']}"} for c in entry.changes]
