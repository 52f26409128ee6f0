"""A small county for tests: a dozen units, three leaders, an account for each role.

Rows are made through the door; names are invented. `build()` must run inside
an open door (the `world` fixture does).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from accountability import pinyin
from accountability.door import Actor
from accountability.models import (
    ADMINISTRATORS,
    County,
    GroupMembership,
    Layer,
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
from accountability.services import rights, second_factor

START = date(2020, 1, 1)
PASSWORD = "Wen-Ding-7421-yun"

UNITS = [
    ("县政府", "县政府", UnitKind.GOV_DEPARTMENT, ["县人民政府"]),
    ("县政府办公室", "县政府办", UnitKind.GOV_DEPARTMENT, ["政府办"]),
    ("县财政局", "财政局", UnitKind.GOV_DEPARTMENT, []),
    ("县审计局", "审计局", UnitKind.GOV_DEPARTMENT, []),
    ("县住房和城乡建设局", "县住建局", UnitKind.GOV_DEPARTMENT, ["住建局"]),
    ("县纪委监委", "县纪委", UnitKind.SUPERVISION, []),
    ("县数据中心", "", UnitKind.INSTITUTION, []),
    ("柳河镇", "", UnitKind.TOWN, []),
    ("石桥镇", "", UnitKind.TOWN, []),
    ("长岭乡", "", UnitKind.TOWN, []),
]
LEADERS = [("县长", "陈志远"), ("常务副县长", "周建平"), ("副县长", "李明华")]
HEADS = {
    "县政府办公室": ("主任", "韩书琴"),
    "县财政局": ("局长", "黄志强"),
    "县审计局": ("局长", "许静"),
    "县住房和城乡建设局": ("局长", "单明"),
    "县纪委监委": ("书记", "罗文涛"),
    "柳河镇": ("镇长", "曾立"),
    "石桥镇": ("镇长", "解放"),
    "长岭乡": ("乡长", "任喆"),
}
STAFF = {
    "县政府办公室": ("科员", "张敏"),
    "县财政局": ("联络员", "刘芳"),
    "柳河镇": ("联络员", "吴霞"),
}
ACCOUNTS = {
    "bangong": (Role.OFFICE_CLERK, "张敏", "县政府办公室"),
    "zhuren": (Role.OFFICE_HEAD, "韩书琴", "县政府办公室"),
    "caizheng": (Role.LIAISON, "刘芳", "县财政局"),
    "caizhengju": (Role.UNIT_HEAD, "黄志强", "县财政局"),
    "liuhe": (Role.LIAISON, "吴霞", "柳河镇"),
    "xianzhang": (Role.LEADER, "陈志远", None),
    "fuxianzhang": (Role.LEADER, "周建平", None),
    "jiwei": (Role.INSPECTOR, "罗文涛", None),
    "xitong": (Role.SYSTEM_ADMIN, None, None),
    "anquan": (Role.SECURITY_ADMIN, None, None),
    "shenji": (Role.AUDIT_ADMIN, None, None),
}


@dataclass
class World:
    """What was built, by name."""

    county: County
    units: dict[str, Unit] = field(default_factory=dict)
    groups: dict[str, UnitGroup] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)


def build(*, name: str = "试县", code: str = "990011", suffix: str = "") -> World:
    """The county; `suffix` sets account names apart where a test needs two."""
    county = County(
        name=name,
        short_name=name[:2],
        code=code,
        number_prefix="试政发",
        issuer=f"{name}人民政府",
        support="6222-0000",
        started_on=START,
    )
    county.save()
    world = World(county)
    for order, (unit_name, short, kind, aliases) in enumerate(UNITS):
        full, initials = pinyin.keys([unit_name, *aliases])
        unit = Unit(
            county=county,
            name=unit_name,
            short_name=short,
            aliases=aliases,
            kind=kind,
            precedence=order,
            valid_from=START,
            pinyin=full,
            initials=initials,
        )
        unit.save()
        world.units[unit_name] = unit
    for group_name, kinds in (
        ("各乡镇", {UnitKind.TOWN}),
        ("县政府各部门", {UnitKind.GOV_DEPARTMENT}),
    ):
        full, initials = pinyin.keys([group_name])
        group = UnitGroup(
            county=county, name=group_name, valid_from=START, pinyin=full, initials=initials
        )
        group.save()
        world.groups[group_name] = group
        for unit in world.units.values():
            if unit.kind in kinds and unit.name != "县政府":
                GroupMembership(group=group, unit=unit, valid_from=START).save()
    for order, (title, person) in enumerate(LEADERS):
        layer = Layer.FIRST_RESPONSIBLE if order == 0 else Layer.DUAL_DUTY
        _seat(world, "县政府", title, person, layer, is_leadership=True, precedence=order)
    for unit_name, (title, person) in HEADS.items():
        _seat(world, unit_name, title, person, Layer.FIRST_RESPONSIBLE, precedence=100)
    for unit_name, (title, person) in STAFF.items():
        _seat(world, unit_name, title, person, Layer.STAFF, precedence=200)
    rights.ensure_groups(units=world.units.values(), posts=world.posts.values())
    for unit_name in ("县财政局", "县审计局"):
        Portfolio(post=world.posts["周建平"], unit=world.units[unit_name], valid_from=START).save()
    for username, (role, person_name, unit_name_or_none) in ACCOUNTS.items():
        user = User(
            username=username + suffix,
            county=county,
            person=world.persons[person_name] if person_name else None,
            must_change_password=False,
        )
        user.set_password(PASSWORD)
        user.save()
        RoleGrant(
            user=user,
            role=role,
            unit=world.units[unit_name_or_none] if unit_name_or_none else None,
            valid_from=START,
            granted_by="测试",
        ).save()
        world.users[username] = user
        if role in ADMINISTRATORS:
            second_factor.enrol_for_demo(by=Actor.system("test"), user=user)
    return world


def _seat(
    world: World,
    unit: str,
    title: str,
    person_name: str,
    layer: str,
    *,
    is_leadership: bool = False,
    precedence: int = 0,
) -> None:
    full, initials = pinyin.keys([person_name], is_person=True)
    person = Person(county=world.county, name=person_name, pinyin=full, initials=initials)
    person.save()
    post = Post(
        county=world.county,
        unit=world.units[unit],
        title=title,
        layer=layer,
        is_leadership=is_leadership,
        precedence=precedence,
        valid_from=START,
    )
    post.save()
    Tenure(person=person, post=post, valid_from=START).save()
    world.persons[person_name] = person
    world.posts[person_name] = post
