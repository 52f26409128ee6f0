"""Turns a demo county into rows, through the door and in bulk.

The reader (`reading.py`) has checked the data; here it only becomes models.
Ends are included in the demo's files and excluded in the database, so a day
is added.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from ..door import Actor, acting
from ..models import (
    ADMINISTRATORS,
    UNIT_ROLES,
    County,
    GroupMembership,
    Person,
    Portfolio,
    Post,
    Role,
    RoleGrant,
    Tenure,
    Unit,
    UnitGroup,
    UnitKind,
    User,
)
from ..refusals import WrongState
from ..services import bulk, groups, persons, rights, second_factor, units
from . import data, reading

COUNTIES = ("anhe", "ningchuan")
SUPPORT = "0000-0126000"
ROLES = {data.Role.LIAISON_OFFICER: Role.LIAISON}
KINDS = {data.UnitKind.MASS_ORG: UnitKind.PEOPLE_ORGAN}
OF_UNIT = UNIT_ROLES | {Role.OFFICE_CLERK, Role.OFFICE_HEAD}
# Read aloud without doubt: no 0/o, 1/l/i.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(slots=True)
class Loaded:
    """What one demo county became, by the names and keys of its data."""

    county: County
    demo: data.DemoCounty
    units: dict[str, Unit] = field(default_factory=dict)
    groups: dict[str, UnitGroup] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)


def readable_password() -> str:
    """Three groups of four, 59 bits: easy to read out, hard to guess."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def load_county(name: str, *, password: str, year: int | None = None) -> Loaded:
    """Load the demo county called `name`, with its accounts, all of one password.

    Raises `WrongState` where demo data has no business, or when the county is there.
    """
    if not settings.DEMO:
        raise WrongState("本系统不是演示环境，不能装载演示数据。")
    demo = reading.load(name, year=year)
    if County.objects.filter(name=demo.name).exists():
        raise WrongState(f"{demo.name}已存在，演示数据只装入空库。")
    with acting(by=Actor.system("demo")) as act:
        loaded = Loaded(county=_county(demo), demo=demo)
        _units(loaded)
        _groups(loaded)
        _people(loaded)
        _accounts(loaded, password)
        act.record(
            "directory.demo",
            loaded.county,
            summary=f"装载演示县{demo.name}：单位 {len(loaded.units)} 个、"
            f"人员 {len(loaded.persons)} 名、职务 {len(loaded.posts)} 个、"
            f"账号 {len(loaded.users)} 个",
            units=list(loaded.units.values()),
        )
    return loaded


def _after(end: dt.date | None) -> dt.date | None:
    """The first day on which a row whose last day is `end` holds no longer."""
    return None if end is None else end + dt.timedelta(days=1)


def _kind(unit: data.DemoUnit) -> str:
    if unit.kind == data.UnitKind.PEOPLE_ORGAN:
        is_congress = "人大" in unit.name
        return UnitKind.CONGRESS if is_congress else UnitKind.CONSULTATIVE
    return KINDS.get(unit.kind) or UnitKind(unit.kind.value)


def _county(demo: data.DemoCounty) -> County:
    county = County(
        name=demo.name,
        short_name=demo.short,
        code=demo.code,
        number_prefix=demo.number_prefix,
        issuer=demo.government,
        support=SUPPORT,
        started_on=dt.date(demo.year - 2, 1, 1),
    )
    county.full_clean()
    county.save()
    return county


def _units(loaded: Loaded) -> None:
    """Level by level, so that each row's parent is there; successors at last."""
    waiting = list(loaded.demo.units)
    while waiting:
        rows = []
        for demo in [u for u in waiting if u.parent is None or u.parent in loaded.units]:
            waiting.remove(demo)
            row = Unit(
                county=loaded.county,
                parent=loaded.units[demo.parent] if demo.parent else None,
                name=demo.name,
                short_name="" if demo.short == demo.name else demo.short,
                aliases=list(demo.aliases),
                kind=_kind(demo),
                precedence=demo.order,
                pinyin_override=demo.pinyin or "",
                valid_from=demo.valid_from,
                valid_to=_after(demo.valid_to),
            )
            units.set_keys(row)
            rows.append(row)
        loaded.units |= {row.name: row for row in bulk.create(rows)}
    merged = [u for u in loaded.demo.units if u.successor]
    for demo in merged:
        loaded.units[demo.name].successor = loaded.units[demo.successor or ""]
    bulk.update([loaded.units[u.name] for u in merged], ["successor"])


def _groups(loaded: Loaded) -> None:
    rows = []
    for order, demo in enumerate(loaded.demo.groups, start=1):
        row = UnitGroup(
            county=loaded.county,
            name=demo.name,
            aliases=list(demo.aliases),
            precedence=order * units.STEP,
            valid_from=demo.valid_from,
            valid_to=_after(demo.valid_to),
        )
        groups.set_keys(row)
        rows.append(row)
    loaded.groups = {row.name: row for row in bulk.create(rows)}
    bulk.create(
        [
            GroupMembership(
                group=loaded.groups[demo.name],
                unit=loaded.units[member.unit],
                valid_from=member.valid_from,
                valid_to=_after(member.valid_to),
            )
            for demo in loaded.demo.groups
            for member in demo.members
        ]
    )


def _people(loaded: Loaded) -> None:
    rows = []
    for demo in loaded.demo.persons:
        row = Person(county=loaded.county, name=demo.name, pinyin_override=demo.pinyin or "")
        persons.set_keys(row)
        rows.append(row)
    loaded.persons = {row.name: row for row in bulk.create(rows)}
    leaders = {post.key for post in loaded.demo.leaders}
    posts = []
    for order, post in enumerate(loaded.demo.posts, start=1):
        unit = loaded.units[post.unit]
        posts.append(
            Post(
                county=loaded.county,
                unit=unit,
                title=post.title,
                seat=post.seat,
                layer=post.layer.value,
                is_leadership=post.key in leaders,
                precedence=order * units.STEP,
                valid_from=unit.valid_from,
                valid_to=unit.valid_to,
            )
        )
    keys = [post.key for post in loaded.demo.posts]
    loaded.posts = dict(zip(keys, bulk.create(posts), strict=True))
    rights.ensure_groups(units=loaded.units.values(), posts=loaded.posts.values())
    bulk.create(
        [
            Tenure(
                person=loaded.persons[held.person],
                post=loaded.posts[post.key],
                is_acting=held.acting,
                valid_from=held.valid_from,
                valid_to=_after(held.valid_to),
            )
            for post in loaded.demo.posts
            for held in post.tenures
        ]
    )
    bulk.create(
        [
            Portfolio(
                post=loaded.posts[post.key],
                valid_from=part.valid_from,
                valid_to=_first_end(_after(part.valid_to), what.get("unit")),
                **what,
            )
            for post in loaded.demo.posts
            for part in post.portfolios
            for what in _charges(loaded, part)
        ]
    )


def _first_end(end: dt.date | None, unit: Unit | None) -> dt.date | None:
    """Nobody is in charge of a unit that is gone."""
    ends = [day for day in (end, unit.valid_to if unit else None) if day is not None]
    return min(ends) if ends else None


def _charges(loaded: Loaded, part: data.DemoPortfolio) -> list[dict[str, Any]]:
    """The fields and units of a portfolio, each a row of its own."""
    return [
        *({"field": name} for name in part.fields),
        *({"unit": loaded.units[name]} for name in part.units),
    ]


def _accounts(loaded: Loaded, password: str) -> None:
    """One password for all; each account has a salt, and so a hash, of its own."""
    now = timezone.now()
    rows: list[Any] = [
        User(
            username=account.username,
            county=loaded.county,
            person=loaded.persons[account.person],
            password=make_password(password),
            must_change_password=False,
            password_changed_at=now,
        )
        for account in loaded.demo.accounts
    ]
    loaded.users = {row.username: row for row in bulk.create(rows)}
    grants = []
    for account in loaded.demo.accounts:
        role = ROLES.get(account.role) or Role(account.role.value)
        grants.append(
            RoleGrant(
                user=loaded.users[account.username],
                role=role,
                # A leader's scope is his seat and portfolio, not all of the county government.
                unit=loaded.units[account.unit] if role in OF_UNIT else None,
                valid_from=account.valid_from,
                valid_to=_after(account.valid_to),
                granted_by=Actor.system("demo").name,
                reason="演示账号",
            )
        )
    bulk.create(grants)
    for grant in grants:
        if grant.role in ADMINISTRATORS:
            second_factor.enrol_for_demo(by=Actor.system("demo"), user=grant.user)
