"""The demo counties as typed rows, read from the TOML files beside this module.

A county called ``anhe`` is ``anhe.toml`` and every ``anhe_*.toml``; each top-level key stands in
exactly one of them. No database and no Django: a loader turns the rows into models, ``reading.py``
parses and checks them.

Dates are written so that the demo fits any working year:

- ``Y-03-28`` is 28 March of the working year, ``Y1-03-28`` of the year before, ``Y2-…`` and so on;
- ``2019-03-01`` is that very day, for what does not move with the clock;
- 29 February cannot be written relative to a year;
- both ends are included: a tenure ``to`` 30 June is held on 30 June and not on 1 July.

Rows refer to one another by name: units by ``name``, persons by ``name`` (unique in a demo county),
posts by ``key``. The order of the unit rows is the order of precedence.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class DemoDataError(ValueError):
    """A row of a demo file cannot be used; the message names file, row and reason."""


class UnitKind(StrEnum):
    """What sort of organ a unit is."""

    LEADING_ORGAN = "leading_organ"  # 县委、县人大常委会、县政府、县政协
    SUPERVISION = "supervision"  # 纪检监察机关
    PARTY_ORGAN = "party_organ"  # 党委工作机关
    PEOPLE_ORGAN = "people_organ"  # 人大、政协机关
    COURT_PROCURATORATE = "court_procuratorate"  # 法院、检察院
    GOV_DEPARTMENT = "gov_department"  # 政府工作部门
    INSTITUTION = "institution"  # 事业单位
    MASS_ORG = "mass_org"  # 群团组织
    ENTERPRISE = "enterprise"  # 国有企业
    VERTICAL = "vertical"  # 垂直管理单位
    TOWN = "town"  # 乡镇
    COMMUNITY = "community"  # 社区
    SECTION = "section"  # 科室


class Layer(StrEnum):
    """How a post answers."""

    FIRST_RESPONSIBLE = "first_responsible"  # 第一责任人
    DUAL_DUTY = "dual_duty"  # 一岗双责
    SECTION_HEAD = "section_head"  # 科室负责人
    STAFF = "staff"  # 工作人员


class Role(StrEnum):
    """The role of a demo account."""

    OFFICE_CLERK = "office_clerk"
    OFFICE_HEAD = "office_head"
    LIAISON_OFFICER = "liaison_officer"
    UNIT_HEAD = "unit_head"
    LEADER = "leader"
    INSPECTOR = "inspector"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


@dataclass(frozen=True, kw_only=True)
class Period:
    """The days from ``valid_from`` to ``valid_to``, both included; no end means still running."""

    valid_from: dt.date
    valid_to: dt.date | None = None

    def covers(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def overlap(self, other: Period) -> tuple[dt.date, dt.date | None] | None:
        """The days that both share, or None."""
        start = max(self.valid_from, other.valid_from)
        ends = [end for end in (self.valid_to, other.valid_to) if end is not None]
        end = min(ends) if ends else None
        return None if end is not None and end < start else (start, end)


@dataclass(frozen=True, kw_only=True)
class DemoUnit(Period):
    """An organ, town, community or section."""

    name: str
    short: str
    aliases: tuple[str, ...]
    kind: UnitKind
    parent: str | None
    order: int
    successor: str | None
    pinyin: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """Every wording under which a paper may name the unit, the full name first."""
        return tuple(dict.fromkeys((self.name, self.short, *self.aliases)))


@dataclass(frozen=True, kw_only=True)
class DemoMember(Period):
    """A unit in a group for as long as both exist."""

    unit: str


@dataclass(frozen=True, kw_only=True)
class DemoGroup(Period):
    """A named, dated set of units."""

    name: str
    aliases: tuple[str, ...]
    kinds: tuple[UnitKind, ...]
    members: tuple[DemoMember, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def units(self, on: dt.date) -> tuple[str, ...]:
        """Names of the member units on a day, in order of precedence."""
        return tuple(member.unit for member in self.members if member.covers(on))


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """A human being; ``pinyin`` only where the reading cannot be computed."""

    name: str
    pinyin: str | None


@dataclass(frozen=True, kw_only=True)
class DemoTenure(Period):
    """A person on a post; ``acting`` (主持工作) may run beside another tenure of the post."""

    person: str
    acting: bool


@dataclass(frozen=True, kw_only=True)
class DemoPortfolio(Period):
    """What a leader's post is in charge of: units, and fields as words."""

    units: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DemoPost:
    """A seat: a title in a unit, with its tenures and, for leaders, its portfolios."""

    key: str
    unit: str
    title: str
    seat: int
    layer: Layer
    liaison: bool
    tenures: tuple[DemoTenure, ...]
    portfolios: tuple[DemoPortfolio, ...]

    def holders(self, on: dt.date) -> tuple[DemoTenure, ...]:
        """Who sits on the post on a day: nobody if vacant, two if one of them is acting."""
        return tuple(tenure for tenure in self.tenures if tenure.covers(on))


@dataclass(frozen=True, kw_only=True)
class DemoAccount(Period):
    """An account of a person with one role; ``unit`` is where the role counts."""

    username: str
    person: str
    role: Role
    unit: str


@dataclass(frozen=True, kw_only=True)
class DemoCounty:
    """A county with everything in it, for one working year."""

    name: str
    short: str
    code: str
    government: str
    number_prefix: str
    office: str
    year: int
    units: tuple[DemoUnit, ...]
    groups: tuple[DemoGroup, ...]
    persons: tuple[DemoPerson, ...]
    posts: tuple[DemoPost, ...]
    accounts: tuple[DemoAccount, ...]

    @cached_property
    def by_name(self) -> Mapping[str, DemoUnit | DemoGroup | DemoPerson]:
        """Every name, short name and alias; unique across units, groups and persons."""
        found: dict[str, DemoUnit | DemoGroup | DemoPerson] = {}
        rows: list[DemoUnit | DemoGroup | DemoPerson] = [*self.units, *self.groups, *self.persons]
        for row in rows:
            for name in row.names if isinstance(row, DemoUnit | DemoGroup) else (row.name,):
                if name in found:
                    raise DemoDataError(
                        f"{self.name}：“{name}”同时指{found[name].name}和{row.name}"
                    )
                found[name] = row
        return found

    def resolve(self, value: str) -> DemoUnit | DemoGroup | DemoPerson | None:
        """What a slot value means; spaces inside a name do not count (单 喆 is 单喆)."""
        return self.by_name.get(re.sub(r"\s", "", value))

    def posts_of(self, unit: str) -> tuple[DemoPost, ...]:
        return tuple(post for post in self.posts if post.unit == unit)

    @cached_property
    def leaders(self) -> tuple[DemoPost, ...]:
        """The leading group of the county government, the county head first."""
        return tuple(
            post
            for post in self.posts_of("县政府")
            if post.layer in (Layer.FIRST_RESPONSIBLE, Layer.DUAL_DUTY)
        )
