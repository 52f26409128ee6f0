"""Demo files into typed rows: parsing, resolving dates, checking every reference.

A complaint names the file's county, the kind and number of the row, and what the row is about.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from accountability.demo.data import (
    DemoAccount,
    DemoCounty,
    DemoDataError,
    DemoGroup,
    DemoMember,
    DemoPerson,
    DemoPortfolio,
    DemoPost,
    DemoTenure,
    DemoUnit,
    Layer,
    Period,
    Role,
    UnitKind,
)

DIRECTORY = Path(__file__).parent
CHINA = ZoneInfo("Asia/Shanghai")

Choice = TypeVar("Choice", bound=StrEnum)
Built = TypeVar("Built")


def load(name: str, *, year: int | None = None, directory: Path = DIRECTORY) -> DemoCounty:
    """The demo county of that name for a working year, by default the clock's in China.

    Raises ``DemoDataError`` for an unknown county and for any row that does not hold.
    """
    if year is None:
        year = dt.datetime.now(CHINA).year
    source = _merged(name, directory)
    county = _Row(source.pop("county"), f"{name} 的 county", year)
    lists = _Row(source, f"{name} 的文件", year)

    def build(key: str, title: str, make: Callable[[_Row], Built]) -> tuple[Built, ...]:
        made = []
        for number, values in enumerate(lists.rows(key), start=1):
            about = " ".join(
                str(values[part])
                for part in ("name", "unit", "title", "post", "username")
                if part in values
            )
            row = _Row(values, f"{name} 第{number}条{title}（{about}）", year)
            made.append(make(row))
            row.done()
        return tuple(made)

    source["persons"] = [
        {"name": value} if isinstance(value, str) else value for value in source.get("persons", [])
    ]
    counter = iter(range(10, 1_000_000, 10))
    units = build("units", "单位", lambda row: _unit(row, next(counter)))
    kinds = {unit.name: unit for unit in units}
    persons = build("persons", "人员", _person)
    groups = build("groups", "单位集合", lambda row: _group(row, kinds))
    portfolios = build("portfolios", "分管分工", lambda row: _portfolio(row, kinds))
    posts = build("posts", "职务", lambda row: _post(row, portfolios))
    accounts = build("accounts", "账号", _account)
    lists.done()
    made = DemoCounty(
        name=county.text("name"),
        short=county.text("short"),
        code=county.text("code"),
        government=county.text("government"),
        number_prefix=county.text("number_prefix"),
        office=county.text("office"),
        year=year,
        units=units,
        groups=groups,
        persons=persons,
        posts=posts,
        accounts=accounts,
    )
    county.done()
    _check(made, [key for key, _ in portfolios])
    return made


def _merged(name: str, directory: Path) -> dict[str, Any]:
    """The county's files as one table."""
    main = directory / f"{name}.toml"
    if not re.fullmatch(r"[a-z]+", name) or not main.is_file():
        raise DemoDataError(f"没有名为 {name} 的示范县")
    merged: dict[str, Any] = {}
    for path in (main, *sorted(directory.glob(f"{name}_*.toml"))):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise DemoDataError(f"{path.name}：{error}") from error
        if twice := merged.keys() & table.keys():
            raise DemoDataError(f"{path.name}：{'、'.join(sorted(twice))} 在别的文件里已有")
        merged |= table
    if not isinstance(merged.get("county"), dict):
        raise DemoDataError(f"{main.name}：缺少 county")
    return merged


def _unit(row: _Row, order: int) -> DemoUnit:
    period, name = row.period(), row.text("name")
    return DemoUnit(
        valid_from=period.valid_from,
        valid_to=period.valid_to,
        name=name,
        short=row.maybe("short") or name,
        aliases=row.texts("aliases"),
        kind=row.one_of("kind", UnitKind),
        parent=row.maybe("parent"),
        order=order,
        successor=row.maybe("successor"),
        pinyin=row.maybe("pinyin"),
    )


def _person(row: _Row) -> DemoPerson:
    return DemoPerson(name=row.text("name"), pinyin=row.maybe("pinyin"))


def _known(row: _Row, names: Iterable[str], units: dict[str, DemoUnit]) -> tuple[str, ...]:
    names = tuple(names)
    for name in names:
        if name not in units:
            raise row.fail(f"没有这个单位：{name}")
    return names


def _group(row: _Row, units: dict[str, DemoUnit]) -> DemoGroup:
    period, kinds = row.period(), row.some_of("kinds", UnitKind)
    include = _known(row, row.texts("include"), units)
    exclude = _known(row, row.texts("exclude"), units)
    members = []
    for unit in units.values():
        if (unit.kind in kinds or unit.name in include) and unit.name not in exclude:
            shared = period.overlap(unit)
            if shared is not None:
                members.append(DemoMember(unit=unit.name, valid_from=shared[0], valid_to=shared[1]))
    if not members:
        raise row.fail("一个成员也没有")
    return DemoGroup(
        valid_from=period.valid_from,
        valid_to=period.valid_to,
        name=row.text("name"),
        aliases=row.texts("aliases"),
        kinds=kinds,
        members=tuple(members),
    )


def _portfolio(row: _Row, units: dict[str, DemoUnit]) -> tuple[str, DemoPortfolio]:
    period = row.period()
    return row.text("post"), DemoPortfolio(
        valid_from=period.valid_from,
        valid_to=period.valid_to,
        units=_known(row, row.texts("units"), units),
        fields=row.texts("fields"),
    )


def _post(row: _Row, portfolios: Iterable[tuple[str, DemoPortfolio]]) -> DemoPost:
    unit, title, seat = row.text("unit"), row.text("title"), row.number("seat", 1)
    key = row.maybe("key") or f"{unit}/{title}/{seat}"
    tenures = []
    for number, values in enumerate(row.rows("held"), start=1):
        held = _Row(values, f"{row.label}第{number}段任职", row.year)
        period = held.period()
        tenures.append(
            DemoTenure(
                valid_from=period.valid_from,
                valid_to=period.valid_to,
                person=held.text("by"),
                acting=held.flag("acting"),
            )
        )
        held.done()
    for one, other in combinations(tenures, 2):
        if one.overlap(other) and not (one.acting or other.acting):
            raise row.fail(f"{one.person}和{other.person}的任职重叠")
    own = tuple(portfolio for post, portfolio in portfolios if post == key)
    for first, second in combinations(own, 2):
        if first.overlap(second):
            raise row.fail("两段分管分工重叠")
    return DemoPost(
        key=key,
        unit=unit,
        title=title,
        seat=seat,
        layer=row.one_of("layer", Layer),
        liaison=row.flag("liaison"),
        tenures=tuple(tenures),
        portfolios=own,
    )


def _account(row: _Row) -> DemoAccount:
    period = row.period()
    return DemoAccount(
        valid_from=period.valid_from,
        valid_to=period.valid_to,
        username=row.text("username"),
        person=row.text("person"),
        role=row.one_of("role", Role),
        unit=row.text("unit"),
    )


def _check(county: DemoCounty, portfolio_keys: list[str]) -> None:
    """What no single row can know: references, uniqueness, dates of one row against another's."""

    def unique(title: str, values: Iterable[str]) -> None:
        for value, count in Counter(values).items():
            if count > 1:
                raise DemoDataError(f"{county.name}：{title}“{value}”有{count}条")

    unique("单位", (unit.name for unit in county.units))
    unique("人员", (person.name for person in county.persons))
    unique("职务", (post.key for post in county.posts))
    unique("职务", (f"{post.unit} {post.title} {post.seat}" for post in county.posts))
    unique("账号", (account.username for account in county.accounts))
    _ = county.by_name  # refuses a wording that means two things
    units = {unit.name: unit for unit in county.units}
    persons = {person.name for person in county.persons}

    def unit_of(label: str, name: str) -> DemoUnit:
        if name not in units:
            raise DemoDataError(f"{county.name} {label}：没有这个单位：{name}")
        return units[name]

    def person_of(label: str, name: str) -> None:
        if name not in persons:
            raise DemoDataError(f"{county.name} {label}：没有这个人员：{name}")

    unit_of("county", county.office)
    for unit in county.units:
        label = f"单位（{unit.name}）"
        if unit.parent is not None:
            unit_of(label, unit.parent)
            _refuse_circle(unit, units, county.name)
        if unit.successor is not None:
            successor = unit_of(label, unit.successor)
            if unit.valid_to is None or not successor.covers(unit.valid_to + dt.timedelta(days=1)):
                raise DemoDataError(f"{county.name} {label}：撤并次日没有承接单位")
    for post in county.posts:
        label = f"职务（{post.unit} {post.title}）"
        unit = unit_of(label, post.unit)
        for tenure in post.tenures:
            person_of(label, tenure.person)
            if (tenure.valid_from, tenure.valid_to) != tenure.overlap(unit):
                raise DemoDataError(f"{county.name} {label}：{tenure.person}任职超出单位存续期")
    for key in portfolio_keys:
        if key not in {post.key for post in county.posts}:
            raise DemoDataError(f"{county.name} 分管分工：没有这个职务：{key}")
    for account in county.accounts:
        label = f"账号（{account.username}）"
        unit_of(label, account.unit)
        person_of(label, account.person)


def _refuse_circle(unit: DemoUnit, units: dict[str, DemoUnit], county: str) -> None:
    seen, at = {unit.name}, unit
    while at.parent is not None and at.parent in units:
        if at.parent in seen:
            raise DemoDataError(f"{county} 单位（{unit.name}）：上级单位绕成了圈")
        seen.add(at.parent)
        at = units[at.parent]


_RELATIVE = re.compile(r"Y(\d{0,2})-(\d\d)-(\d\d)")


def resolve_date(text: str, year: int) -> dt.date:
    """A date of a demo file for the given working year.

    Raises ``ValueError`` if the text is no such date.
    """
    if not (relative := _RELATIVE.fullmatch(text)):
        return dt.date.fromisoformat(text)
    offset, month, day = relative.groups()
    if (month, day) == ("02", "29"):
        raise ValueError("相对日期不能写2月29日")
    return dt.date(year - int(offset or 0), int(month), int(day))


@dataclass
class _Row:
    """One table of a file, taken field by field, so that every complaint names it."""

    values: dict[str, Any]
    label: str
    year: int
    taken: set[str] = field(default_factory=set)

    def fail(self, reason: str) -> DemoDataError:
        return DemoDataError(f"{self.label}：{reason}")

    def _take(self, key: str, wanted: type, default: Any) -> Any:
        self.taken.add(key)
        if key not in self.values:
            if default is ...:
                raise self.fail(f"缺少 {key}")
            return default
        value = self.values[key]
        if type(value) is not wanted:
            raise self.fail(f"{key} 的类型不对")
        if value == "":
            raise self.fail(f"{key} 是空的")
        return value

    def text(self, key: str) -> str:
        return str(self._take(key, str, ...))

    def maybe(self, key: str) -> str | None:
        value = self._take(key, str, None)
        return None if value is None else str(value)

    def number(self, key: str, default: int) -> int:
        return int(self._take(key, int, default))

    def flag(self, key: str) -> bool:
        return bool(self._take(key, bool, False))

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._take(key, list, [])
        if not all(isinstance(value, str) and value for value in values):
            raise self.fail(f"{key} 里只能是文字")
        if len(set(values)) != len(values):
            raise self.fail(f"{key} 里有重复")
        return tuple(values)

    def rows(self, key: str) -> list[dict[str, Any]]:
        values = self._take(key, list, [])
        if not all(isinstance(value, dict) for value in values):
            raise self.fail(f"{key} 里只能是表")
        return list(values)

    def one_of(self, key: str, choices: type[Choice]) -> Choice:
        return self._choice(key, self.text(key), choices)

    def some_of(self, key: str, choices: type[Choice]) -> tuple[Choice, ...]:
        return tuple(self._choice(key, value, choices) for value in self.texts(key))

    def _choice(self, key: str, value: str, choices: type[Choice]) -> Choice:
        try:
            return choices(value)
        except ValueError:
            raise self.fail(f"{key} 没有“{value}”这一种") from None

    def period(self) -> Period:
        start, end = self._date(self.text("from")), self.maybe("to")
        period = Period(valid_from=start, valid_to=None if end is None else self._date(end))
        if period.valid_to is not None and period.valid_to < start:
            raise self.fail("止于起始之前")
        return period

    def _date(self, text: str) -> dt.date:
        try:
            return resolve_date(text, self.year)
        except ValueError as error:
            raise self.fail(f"日期“{text}”不对（{error}）") from None

    def done(self) -> None:
        if unknown := self.values.keys() - self.taken:
            raise self.fail(f"不认识的字段 {'、'.join(sorted(unknown))}")
