"""履责事项 and 廉政谈话: put on record, returned, waived, restored; the calendar is changed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accountability.models import Duty, DutyRule, Talk
from accountability.services import duties, talks, work_years

from .book import Row
from .desk import YEAR, Desk, mostly, where, which, yes_or_no

DUTY, TALK, CALENDAR = "accountability_duty", "accountability_talk", "accountability_workyear"
RULES: tuple[dict[str, Any], ...] = (
    {"kind": "meeting", "title": "班子专题会议", "per_year": 2, "due_month": 6, "due_day": 31,
     "subject": "unit", "unit_kinds": ["town"]},
    {"kind": "other", "title": "报送廉政风险排查", "per_year": 4, "due_month": 3, "due_day": 20,
     "subject": "unit", "unit_kinds": ["town"]},
    {"kind": "talk", "title": "廉政谈话", "per_year": 1, "due_month": 12, "due_day": 31,
     "subject": "post", "unit_kinds": [], "layers": ["first_responsible", "dual_duty"],
     "leaders_only": True},
)  # fmt: skip
RECORDS: dict[str, dict[str, str]] = {
    "meeting": {
        "place": "二楼会议室", "chair": "曾立", "present": "曾立、吴霞", "topics": "一季度情况",
        "decisions": "按月调度",
    },
    "other": {"done": "排查风险点十二处"},
}  # fmt: skip


def rules_of(world: Any) -> list[DutyRule]:
    """The county's rules, to be saved inside an open door."""
    return [
        DutyRule(
            county=world.county, code=f"rule_{n}", text="按要求办理", year=YEAR,
            basis_paper="试县实施意见", basis_clause="四（一）", **values,
        )
        for n, values in enumerate(RULES)
    ]  # fmt: skip


class DutyRules(Desk):
    """Duties of three towns and the county's leaders."""

    def settled(self, duty: Duty | None) -> None:
        if duty is not None:
            self.keep(DUTY, duty.pk, state=duty.state, period=duty.period)

    def duty(self, place: int, *states: str) -> Row:
        return self.one(DUTY, place, *states)

    @where(DUTY, "open")
    @rule(place=which, by=mostly("liuhe", "liuhezhen", "bangong"), ago=st.integers(-3, 90),
          is_empty=yes_or_no)  # fmt: skip
    def do_duty(self, place: int, by: str, ago: int, is_empty: bool) -> None:
        row = self.duty(place, "open")
        given = {} if is_empty and place % 3 == 0 else RECORDS.get(row["kind"], {})
        held_on = self.day - timedelta(days=ago)
        done = self.attempt("do duty", lambda: duties.record(
            by=self.by(by), duty_id=row["id"], held_on=held_on, given=given,
            revision=row["revision"], now=self.now))  # fmt: skip
        if done is not None:
            assert done.held_on == held_on
            self.settled(done)

    @where(DUTY, "done")
    @rule(place=which, by=mostly("bangong"), reason=st.sampled_from(["缺记录", ""]))
    def return_duty(self, place: int, by: str, reason: str) -> None:
        row = self.duty(place, "done")
        self.settled(self.attempt("return duty", lambda: duties.return_(
            by=self.by(by), duty_id=row["id"], reason=reason)))  # fmt: skip

    @where(DUTY, "open")
    @rule(place=which, by=mostly("bangong"), reason=st.sampled_from(["机构改革", ""]))
    def waive_duty(self, place: int, by: str, reason: str) -> None:
        row = self.duty(place, "open")
        self.settled(self.attempt("waive duty", lambda: duties.waive(
            by=self.by(by), duty_id=row["id"], reason=reason, now=self.now)))  # fmt: skip

    @where(DUTY, "waived")
    @rule(place=which, by=mostly("bangong"))
    def restore_duty(self, place: int, by: str) -> None:
        row = self.duty(place, "waived")
        self.settled(self.attempt("restore duty", lambda: duties.restore(
            by=self.by(by), duty_id=row["id"], reason="机构改革暂缓")))  # fmt: skip

    @rule(by=mostly("fuxianzhang", "bangong"), talked=st.sampled_from(["黄志强", "许静", "曾立"]),
          ago=st.integers(-2, 30))  # fmt: skip
    def hold_talk(self, by: str, talked: str, ago: int) -> None:
        """周建平 talks with the heads of the two units in his charge, and with nobody else."""
        held_on = self.day - timedelta(days=ago)
        made = self.attempt("hold talk", lambda: talks.record(
            by=self.by(by), talker_post=self.world.posts["周建平"],
            talked_post_ids=[self.world.posts[talked].pk], topic="integrity", held_on=held_on,
            note="", now=self.now))  # fmt: skip
        for talk in made or ():
            self.keep(TALK, talk.pk, held_on=held_on.isoformat(), voided_at=None)
        self.follow_talks()

    @where(TALK)
    @rule(place=which, by=mostly("bangong", "fuxianzhang"))
    def void_talk(self, place: int, by: str) -> None:
        row = self.one(TALK, place)
        done: Talk | None = self.attempt("void talk", lambda: talks.void(
            by=self.by(by), talk_id=row["id"], reason="登记有误", now=self.now))  # fmt: skip
        if done is not None:
            self.said.pop((TALK, row["id"]))
        self.follow_talks()

    def follow_talks(self) -> None:
        """The yearly duty of talking is done or owed as the talks stand, not by anybody's word."""
        for row in self.rows(DUTY):
            if row["kind"] == "talk" and (DUTY, row["id"]) in self.said:
                self.keep(DUTY, row["id"], state=row["state"])

    @rule(by=mostly("bangong"), offset=st.integers(-5, 20), is_working=yes_or_no)
    def change_calendar(self, by: str, offset: int, is_working: bool) -> None:
        """A day becomes a day off, or one of work; what was promised before keeps its day."""
        day = self.later(offset)
        self.attempt("change calendar", lambda: work_years.set_days(
            by=self.by(by), first=day, last=day, is_working=is_working, name="调休",
            reason="省政府通知"), told=False)  # fmt: skip

    @precondition(lambda self: self.entered())
    @rule(place=which, by=mostly("bangong"))
    def clear_calendar(self, place: int, by: str) -> None:
        found = self.entered()
        self.attempt("clear calendar", lambda: work_years.clear_day(
            by=self.by(by), day=found[place % len(found)], reason="登记有误"))  # fmt: skip

    def entered(self) -> list[date]:
        return [date.fromisoformat(day) for row in self.rows(CALENDAR) for day in days_of(row)]


def days_of(row: Row) -> list[str]:
    """The days that a year's row enters; PostgreSQL's image has them as JSON, SQLite's as text."""
    days = row["days"]
    return sorted(json.loads(days) if isinstance(days, str) else days)
