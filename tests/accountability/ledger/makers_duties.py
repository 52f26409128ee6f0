"""The makers of the duties that come round: rules, duties, their papers, talks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accountability import models as who

from .makers import MAKERS, Book, Maker


def a_rule(book: Book) -> Any:
    n = book.next()
    return who.DutyRule(
        county=book.world.county, year=2026, code=f"rule-{n}", kind="meeting", title=f"会议{n}",
        text="研究一次", basis_paper="意见", basis_clause="四", per_year=1, due_month=6, due_day=30,
        subject="unit", unit_kinds=["town"],
    )  # fmt: skip


def a_duty(book: Book) -> Any:
    rule = a_rule(book)
    rule.save()
    return who.Duty(
        county=book.world.county, rule=rule, year=2026, kind="meeting",
        unit=book.world.units["柳河镇"], period="2026", period_start=date(2026, 1, 1),
        period_end=date(2026, 12, 31), due_on=date(2026, 6, 30), record={"place": "二楼"},
    )  # fmt: skip


def a_duty_file(book: Book) -> Any:
    duty = a_duty(book)
    duty.save()
    return who.DutyFile(
        county=book.world.county, duty=duty, label="会议记录", reference=f"纪要{book.next()}号",
        added_by=book.world.users["liuhe"],
    )  # fmt: skip


def a_talk(book: Book) -> Any:
    world = book.world
    return who.Talk(
        county=world.county, year=2026, group="portfolio", talker_post=world.posts["周建平"],
        talker=world.persons["周建平"], talked_post=world.posts["黄志强"],
        talked=world.persons["黄志强"], topic="duty",
        held_on=date(2026, 1, 1) + timedelta(days=book.next()), note="备注",
        recorded_by=world.users["fuxianzhang"], recorded_at=timezone.now(),
    )  # fmt: skip


MAKERS.update(
    {
        "accountability.DutyRule": Maker(a_rule, "text"),
        "accountability.Duty": Maker(a_duty, "return_reason"),
        "accountability.DutyFile": Maker(a_duty_file, "reference"),
        "accountability.Talk": Maker(a_talk, "note"),
    }
)
