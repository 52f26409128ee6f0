"""A crash in the middle of an act, when the rows are written and the event is not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import rule

from accountability import rhythm
from accountability.services import audit, duty_rules
from reports.services import letter_making
from tasks.models import Paper, Progress, TaskItem
from tasks.periods import Period
from tasks.services import findings, notices, progress
from tasks.services.progress import Entry, Place

from .desk import YEAR, Desk, which


class Crash(Exception):
    """The process is gone."""


class FaultRules(Desk):
    """I2, I6: nothing half done is seen; the same act tried again is done once."""

    def crashing(self, item: int) -> dict[str, Callable[[], object]]:
        clerk, unit = self.by("bangong"), self.unit("县财政局")
        task = TaskItem.objects.get(pk=self.items[item % len(self.items)])
        quarter = (self.day.month + 2) // 3 if self.day.year == YEAR else 4
        place = Place(task, self.world.units["县财政局"], Period(YEAR, quarter))
        of = ("tasks_progress", task.pk, unit, quarter)
        known = [
            r["version"] for r in self.rows(of[0])
            if (r["item_id"], r["unit_id"], r["quarter"]) == of[1:]
        ]  # fmt: skip
        content = findings.Content(
            "台账缺页", "第三册缺两页。", "档案管理规定第五条", self.later(30), "meeting"
        )
        notice = notices.Content("supervision", "补齐台账", "逐册核对。", "meeting")
        return {
            "finding": lambda: findings.draft(
                by=clerk, content=content, unit_id=unit, now=self.now),
            "notice": lambda: notices.draft(
                by=clerk, content=notice, unit_ids=[unit], now=self.now),
            "progress": lambda: progress.submit(
                by=self.by("caizheng"), place=place, entry=Entry("已补齐", 60),
                version=known[0] if known else 0, on=self.day),
            "letters": lambda: letter_making.make(
                by=clerk, paper=Paper.objects.get(pk=task.paper_id)),
            "rules": lambda: duty_rules.carry_over(
                by=clerk, county=self.world.county, year=YEAR + 1),
        }  # fmt: skip

    @rule(item=which, what=st.sampled_from(["finding", "notice", "progress", "letters", "rules"]))
    def crash_and_try_again(self, item: int, what: str) -> None:
        act = self.crashing(item)[what]
        with self.no_event():
            try:
                act()
            except Exception:  # the crash, or a refusal that came before it
                self.book.assert_unchanged()
            else:
                self.book.assert_unchanged()  # there was nothing to do
        done = self.attempt("crash and try again", act, told=False)
        if isinstance(done, Progress):
            said = {"text": done.text, "state": done.state, "version": done.version}
            self.keep("tasks_progress", done.pk, **said)

    @rule()
    def crash_of_the_schedule(self) -> None:
        """The schedule's own crash is caught, told, and made up for at the next run."""
        logging.disable(logging.CRITICAL)
        try:
            with self.no_event():
                rhythm.run_all(on=self.day, part="schedule", counties=[self.world.county])
        finally:
            logging.disable(logging.NOTSET)
        self.book.assert_unchanged()

    @staticmethod
    def no_event() -> patch:  # type: ignore[valid-type]
        return patch.multiple(audit, record=_gone, record_many=_gone)


def _gone(**given: object) -> None:
    raise Crash
