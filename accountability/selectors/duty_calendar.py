"""全年时间表: the days of a year on which duties fall due, by month; as a page and as ICS.

Duties of periods that have not begun are told from the rules (预计). Other parts of
the portal add their days by `register`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC as TIME_ZERO
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse

from .. import workdays
from ..access import scope_for
from ..duty_periods import named
from ..models import Duty, Post, Unit, User
from ..models.duty import OWED, answered_units
from .duty_plan import Directory, own_part, plan, rules_of

PLANNED, OWED_WORD, DONE_WORD, LATE_WORD = "预计", "待办", "已完成", "逾期"
LAMP_OF = {PLANNED: "idle", OWED_WORD: "green", DONE_WORD: "done", LATE_WORD: "red"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on one day: what, for whom, how it stands. `uid` is the same in every export."""

    day: date
    title: str
    detail: str
    state: str
    url: str
    uid: str

    @property
    def lamp(self) -> str:
        return LAMP_OF.get(self.state, "idle")


Teller = Callable[[User, int, date], Iterable[Entry]]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Add days of another part of the portal: `teller(user, year, on)`; called at the start."""
    _tellers.append(teller)


@dataclass(frozen=True, slots=True)
class Month:
    """A month with its entries, in the order of their days."""

    number: int
    entries: list[Entry]
    is_now: bool


def entries(user: User, year: int, *, on: date) -> list[Entry]:
    """All days of the year that concern `user`; a bounded number of queries.

    Many duties of one rule on one day are one entry (专题会议，64 个单位).
    """
    found = [*_made(user, year, on=on), *_planned(user, year, on=on)]
    for teller in _tellers:
        found += teller(user, year, on)
    return sorted(found, key=lambda e: (e.day, e.title, e.uid))


def months(user: User, year: int, *, on: date) -> list[Month]:
    """The twelve months of the year."""
    found = entries(user, year, on=on)
    return [
        Month(n, [e for e in found if e.day.month == n], (year, n) == (on.year, on.month))
        for n in range(1, 13)
    ]


def calendar_is_known(user: User, year: int) -> bool:
    """Whether the year's 放假安排 is announced; where not, rolled deadlines may still move."""
    return user.county_id is None or workdays.known(user.county_id, year)


def _made(user: User, year: int, *, on: date) -> list[Entry]:
    first, last = date(year, 1, 1), date(year, 12, 31)
    rows = Duty.objects.visible_to(user).filter(due_on__gte=first, due_on__lte=last)
    grouped = (
        rows.exclude(state="waived")
        .order_by("due_on", "rule_id", "period")
        .values("due_on", "rule_id", "rule__title", "rule__kind", "period", "year")
        .annotate(all=Count("pk"), owed=Count("pk", filter=Q(state__in=OWED)))
    )
    listed = list(grouped)
    single = [g for g in listed if g["all"] == 1]
    alone = {
        (d.rule_id, d.period, d.due_on): d
        for d in rows.exclude(state="waived")
        .filter(
            rule_id__in={g["rule_id"] for g in single}, period__in={g["period"] for g in single}
        )
        .select_related("unit", "post__unit", "rule")
    }
    found = []
    for g in listed:
        state = DONE_WORD if not g["owed"] else LATE_WORD if g["due_on"] < on else OWED_WORD
        one = alone.get((g["rule_id"], g["period"], g["due_on"])) if g["all"] == 1 else None
        if one is not None:
            detail, url = one.subject_name, reverse("duty", args=[one.pk])
        else:
            done = g["all"] - g["owed"]
            detail = f"{g['all']} 项，已完成 {done} 项"
            url = f"{reverse('duties', args=[g['year']])}?tab=all&kind={g['rule__kind']}"
        found.append(
            Entry(
                g["due_on"],
                named(g["rule__title"], g["period"]),
                detail,
                state,
                url,
                f"duty-{g['rule_id']}-{g['period']}-{g['due_on']:%Y%m%d}",
            )
        )
    return found


def _planned(user: User, year: int, *, on: date) -> list[Entry]:
    """What the rules ask for in periods that begin after `on`; nothing of years without rules."""
    scope, county = scope_for(user), user.county
    if county is None or not scope.may("duty.read") or year < on.year:
        return []
    rules = rules_of(county, years=[year])
    if not rules:
        return []
    planned = [
        p for p in plan(rules, Directory(county)) if p.period.start > on and p.due_on.year == year
    ]
    if not scope.sees_whole_county:
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        answered = frozenset(answered_units(scope.post_ids))
        of_units = own_part(planned, unit_ids=units, post_ids=scope.post_ids)
        planned = [
            p for p in planned if p in of_units or (p.unit is not None and p.unit.pk in answered)
        ]
    grouped: dict[tuple[int, str, date], list[Unit | Post | None]] = {}
    names = {}
    for p in planned:
        key = (p.rule.pk, p.period.key, p.due_on)
        grouped.setdefault(key, []).append(p.unit or p.post)
        names[key] = p.rule.title
    return [
        Entry(
            key[2],
            named(names[key], key[1]),
            str(subjects[0]) if len(subjects) == 1 else f"{len(subjects)} 项",
            PLANNED,
            "",
            f"duty-{key[0]}-{key[1]}-{key[2]:%Y%m%d}",
        )
        for key, subjects in grouped.items()
    ]


def as_ics(found: Iterable[Entry], *, name: str, host: str, now: datetime) -> bytes:
    """The entries as an iCalendar file (RFC 5545) of whole days, for calendars of any maker."""
    stamp = now.astimezone(TIME_ZERO).strftime("%Y%m%dT%H%M%SZ")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//accountability-portal//duties//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(name)}",
    ]
    for entry in found:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{entry.uid}@{host}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(entry.title)}",
            f"DESCRIPTION:{_escaped(f'{entry.detail}，{entry.state}')}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _escaped(text: str) -> str:
    for mark in "\\;,":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\r\n", "\\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 octets a line (RFC 5545, 3.1), never within a character."""
    parts: list[str] = []
    part, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > (75 if not parts else 74):
            parts.append(part)
            part, size = "", 0
        part += character
        size += octets
    return "\r\n ".join([*parts, part])
