"""All rows of a county's directory at once, linked: what export and import start from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ..models import (
    County,
    GroupMembership,
    Layer,
    Person,
    Portfolio,
    Post,
    Tenure,
    Unit,
    UnitGroup,
    UnitKind,
)

CHOICES: dict[str, dict[str, str]] = {
    "kind": {str(label): str(value) for value, label in UnitKind.choices},
    "layer": {str(label): str(value) for value, label in Layer.choices},
}
WORDS = {key: list(words) for key, words in CHOICES.items()}


@dataclass(slots=True)
class DirectoryRows:
    """Every row by its id; foreign keys inside the directory are filled in."""

    units: dict[int, Unit]
    groups: dict[int, UnitGroup]
    memberships: dict[int, GroupMembership]
    persons: dict[int, Person]
    posts: dict[int, Post]
    tenures: dict[int, Tenure]
    portfolios: dict[int, Portfolio]


def rows_of(county: County) -> DirectoryRows:
    """The county's directory, past and present; seven queries, whatever its size."""
    units = {u.pk: u for u in Unit.objects.filter(county=county).order_by("precedence", "id")}
    for unit in units.values():
        unit.parent = units.get(unit.parent_id or 0)
        unit.successor = units.get(unit.successor_id or 0)
    groups = {g.pk: g for g in UnitGroup.objects.filter(county=county).order_by("precedence", "id")}
    persons = {p.pk: p for p in Person.objects.filter(county=county).order_by("id")}
    posts = {p.pk: p for p in Post.objects.filter(county=county).order_by("precedence", "id")}
    for post in posts.values():
        post.unit = units[post.unit_id]
    memberships = {
        m.pk: m
        for m in GroupMembership.objects.filter(group__county=county).order_by("group_id", "id")
    }
    for membership in memberships.values():
        membership.group = groups[membership.group_id]
        membership.unit = units[membership.unit_id]
    tenures = {t.pk: t for t in Tenure.objects.filter(post__county=county).order_by("id")}
    for tenure in tenures.values():
        tenure.post = posts[tenure.post_id]
        tenure.person = persons[tenure.person_id]
    portfolios = {p.pk: p for p in Portfolio.objects.filter(post__county=county).order_by("id")}
    for portfolio in portfolios.values():
        portfolio.post = posts[portfolio.post_id]
        portfolio.unit = units.get(portfolio.unit_id or 0)
    return DirectoryRows(units, groups, memberships, persons, posts, tenures, portfolios)


def labels(rows: dict[int, Any]) -> dict[int, str]:
    """A text for each unit or group that means no other: name, 上级/名称, or 名称#编号."""

    def path(row: Any) -> str:
        parent = getattr(row, "parent", None)
        return f"{parent.name}/{row.name}" if parent is not None else row.name

    names = Counter(row.name for row in rows.values())
    paths = Counter(path(row) for row in rows.values())
    return {
        pk: row.name
        if names[row.name] == 1
        else path(row)
        if paths[path(row)] == 1 and path(row) != row.name
        else f"{row.name}#{pk}"
        for pk, row in rows.items()
    }


def members_or_none(rows: list[GroupMembership]) -> list[GroupMembership | None]:
    """The memberships; a group without any still has a row of its own."""
    return [*rows] if rows else [None]


def export_rows(rows: DirectoryRows) -> dict[str, list[dict[str, Any]]]:
    """The directory as the workbook's rows, by sheet name and column key."""
    unit_name, group_name = labels(rows.units), labels(rows.groups)

    def seat(post: Post) -> dict[str, Any]:
        return {"unit": unit_name[post.unit_id], "title": post.title, "seat": post.seat}

    by_group: dict[int, list[GroupMembership]] = {pk: [] for pk in rows.groups}
    for membership in rows.memberships.values():
        by_group[membership.group_id].append(membership)
    return {
        "单位": [
            {
                "id": u.pk,
                "name": u.name,
                "parent": unit_name[u.parent_id] if u.parent_id else "",
                "kind": u.get_kind_display(),
                "short_name": u.short_name,
                "aliases": u.aliases,
                "precedence": u.precedence,
                "pinyin_override": u.pinyin_override,
                "valid_from": u.valid_from,
                "valid_to": u.valid_to,
                "successor": unit_name[u.successor_id] if u.successor_id else "",
            }
            for u in rows.units.values()
        ],
        "单位集合": [
            {
                "id": m.pk if m else None,
                "group": group_name[g.pk],
                "aliases": g.aliases,
                "precedence": g.precedence,
                "group_from": g.valid_from,
                "group_to": g.valid_to,
                "unit": unit_name[m.unit_id] if m else "",
                "valid_from": m.valid_from if m else None,
                "valid_to": m.valid_to if m else None,
            }
            for g in rows.groups.values()
            for m in members_or_none(by_group[g.pk])
        ],
        "人员": [
            {
                "id": p.pk,
                "name": p.name,
                "note": p.note,
                "pinyin_override": p.pinyin_override,
                "retired_on": p.retired_on,
            }
            for p in rows.persons.values()
        ],
        "职务": [
            {
                "id": p.pk,
                **seat(p),
                "layer": p.get_layer_display(),
                "is_leadership": p.is_leadership,
                "precedence": p.precedence,
                "valid_from": p.valid_from,
                "valid_to": p.valid_to,
            }
            for p in rows.posts.values()
        ],
        "任职": [
            {
                "id": t.pk,
                **seat(t.post),
                "person": t.person.name,
                "note": t.person.note,
                "is_acting": t.is_acting,
                "valid_from": t.valid_from,
                "valid_to": t.valid_to,
            }
            for t in rows.tenures.values()
        ],
        "分管": [
            {
                "id": p.pk,
                **seat(p.post),
                "charge": unit_name[p.unit_id] if p.unit_id else "",
                "field": p.field,
                "valid_from": p.valid_from,
                "valid_to": p.valid_to,
            }
            for p in rows.portfolios.values()
        ],
    }
