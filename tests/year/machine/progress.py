"""进展: drafts, reports, zero reports, confirmation, review, deadlines, shares, lights by hand."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from accountability.models import Unit
from tasks.models import Extension, Progress, Share, TaskItem
from tasks.periods import Period
from tasks.services import (
    extensions,
    light_marks,
    progress,
    progress_review,
    progress_settings,
    shares,
)
from tasks.services.progress import Entry, Place

from .book import Row
from .desk import YEAR, Desk, mostly, where, which, yes_or_no

TABLE, EXTENSION, SHARE = "tasks_progress", "tasks_extension", "tasks_share"
UNITS = ("县财政局", "柳河镇")
LIAISON = {"县财政局": "caizheng", "柳河镇": "liuhe"}
units = st.sampled_from(UNITS)
percents = st.sampled_from([None, 0, 40, 100, 100, 120])
texts = st.sampled_from(["已压减一成", "台账已建", "制度已印发", ""])


class ProgressRules(Desk):
    """Reports of two units on every task, in the quarter of the day."""

    def place(self, item: int, unit: str) -> Place:
        quarter = (self.day.month + 2) // 3
        task = TaskItem.objects.get(pk=self.items[item % len(self.items)])
        period = Period(YEAR, quarter if self.day.year == YEAR else 4)
        return Place(task, self.world.units[unit], period)

    def version(self, place: Place) -> int:
        rows = [r for r in self.rows(TABLE) if self.is_at(r, place)]
        return rows[0]["version"] if rows else 0

    @staticmethod
    def is_at(row: Row, place: Place) -> bool:
        at = (row["item_id"], row["unit_id"], row["quarter"])
        return at == (place.item.pk, place.unit.pk, place.period.quarter)

    def reported(self, row: Progress | None) -> None:
        if row is not None:
            # As stored: what the service gives back is not what is believed.
            stored = self.row(TABLE, row.pk)
            assert (stored["text"], stored["state"]) == (row.text, row.state)
            self.keep(TABLE, row.pk, text=row.text, state=row.state, version=row.version)

    @rule(item=which, unit=units, text=texts, percent=percents, wrong=yes_or_no)
    def save_draft(self, item: int, unit: str, text: str, percent: int | None, wrong: bool) -> None:
        place = self.place(item, unit)
        name = LIAISON["柳河镇" if wrong else unit]
        version = self.version(place) + (item == 99)
        self.reported(self.attempt("save draft", lambda: progress.save(
            by=self.by(name), place=place, entry=Entry(text, percent), version=version,
            on=self.day), told=False))  # fmt: skip

    @rule(item=which, unit=units, text=texts, percent=percents, again=yes_or_no)
    def report(self, item: int, unit: str, text: str, percent: int | None, again: bool) -> None:
        """Handed in; the same request a second time changes nothing more."""
        place, by = self.place(item, unit), self.by(LIAISON[unit])
        token, version = f"{self.tally.acts}", self.version(place)

        def send() -> Progress:
            return progress.submit(
                by=by, place=place, entry=Entry(text, percent), version=version, on=self.day,
                token=token,
            )  # fmt: skip

        row = self.attempt("report", send)
        self.reported(row)
        if row is not None and again:
            assert send().pk == row.pk
            self.book.assert_unchanged()

    @rule(item=which, unit=units)
    def report_zero(self, item: int, unit: str) -> None:
        place = self.place(item, unit)
        version = self.version(place)
        self.reported(self.attempt("report zero", lambda: progress.report_zero(
            by=self.by(LIAISON[unit]), place=place, version=version, on=self.day)))  # fmt: skip

    @where(TABLE, "submitted")
    @rule(place=which, who=mostly("caizhengju", "liuhezhen"), stale=which)
    def confirm_by_head(self, place: int, who: str, stale: int) -> None:
        row = self.one(TABLE, place, "submitted")
        version = row["version"] - (stale > 90)
        self.reported(self.attempt("confirm by head", lambda: progress.confirm(
            by=self.by(who), progress_id=row["id"], version=version)))  # fmt: skip

    @where(TABLE, "submitted", "confirmed")
    @rule(place=which, who=mostly("bangong", "zhuren"), stale=which)
    def approve_report(self, place: int, who: str, stale: int) -> None:
        row = self.one(TABLE, place, "submitted", "confirmed")
        version = row["version"] - (stale > 90)
        self.reported(self.attempt("approve report", lambda: progress_review.approve(
            by=self.by(who), progress_id=row["id"], version=version)))  # fmt: skip

    @where(TABLE, "submitted", "confirmed", "approved")
    @rule(place=which, who=mostly("bangong", "zhuren"), reason=st.sampled_from(["缺附件", ""]))
    def return_report(self, place: int, who: str, reason: str) -> None:
        row = self.one(TABLE, place, "submitted", "confirmed", "approved")
        self.reported(self.attempt("return report", lambda: progress_review.return_(
            by=self.by(who), progress_id=row["id"], version=row["version"], reason=reason,
            on=self.day)))  # fmt: skip

    @rule(item=which, unit=units, days=st.integers(-5, 60))
    def ask_more_time(self, item: int, unit: str, days: int) -> None:
        task = TaskItem.objects.get(pk=self.items[item % len(self.items)])
        assert task.due_on is not None
        wanted = max(task.due_on, self.day) if days < 0 else self.later(days + 200)
        row = self.attempt("ask more time", lambda: extensions.ask(
            by=self.by(LIAISON[unit]), item=task, unit=self.world.units[unit],
            due_wanted=wanted, reason="招标延期", on=self.day))  # fmt: skip
        if row is not None:
            self.keep(EXTENSION, row.pk, state="asked")

    @where(EXTENSION, "asked")
    @rule(place=which, who=mostly("bangong", "zhuren"), agree=yes_or_no)
    def decide_more_time(self, place: int, who: str, agree: bool) -> None:
        asked = self.one(EXTENSION, place, "asked")
        row: Extension | None = self.attempt("decide more time", lambda: extensions.decide(
            by=self.by(who), extension_id=asked["id"], agree=agree, on=self.day,
            opinion="酌情"))  # fmt: skip
        if row is None:
            return
        self.keep(EXTENSION, row.pk, state=row.state)
        if agree:
            task = self.row("tasks_taskitem", asked["item_id"])
            assert task["due_on"] == asked["due_wanted"]

    @rule(item=which, unit=units, of_section=yes_or_no)
    def share_out(self, item: int, unit: str, of_section: bool) -> None:
        """To a section of 县财政局, which another unit may not choose, or to a person."""
        task = TaskItem.objects.get(pk=self.items[item % len(self.items)])
        section: Unit = self.world.units["综合股"]
        liaison = {"县财政局": "刘芳", "柳河镇": "吴霞"}[unit]
        plan = shares.Plan(
            "起草方案",
            section_id=section.pk if of_section else None,
            person_id=None if of_section else self.world.persons[liaison].pk,
        )
        row = self.attempt("share out", lambda: shares.add(
            by=self.by(LIAISON[unit]), item=task, unit=self.world.units[unit], plan=plan,
            on=self.day))  # fmt: skip
        if row is not None:
            self.keep(SHARE, row.pk, percent=0)

    @where(SHARE)
    @rule(place=which, percent=st.sampled_from([10, 50, 100, 130]), who=mostly("caizheng", "liuhe"))
    def report_share(self, place: int, percent: int, who: str) -> None:
        share = self.one(SHARE, place)
        row: Share | None = self.attempt("report share", lambda: shares.report(
            by=self.by(who), share_id=share["id"], percent=percent, note="",
            version=share["version"]), told=False)  # fmt: skip
        if row is not None:
            self.keep(SHARE, row.pk, percent=percent)

    @where(SHARE)
    @rule(place=which, who=mostly("caizheng", "liuhe"), reason=st.sampled_from(["调整分工", ""]))
    def drop_share(self, place: int, who: str, reason: str) -> None:
        share = self.one(SHARE, place)
        self.attempt("drop share", lambda: shares.drop(
            by=self.by(who), share_id=share["id"], reason=reason,
            version=share["version"]))  # fmt: skip

    @rule(item=which, light=st.sampled_from(["", "green", "red", "done"]),
          who=mostly("bangong", "zhuren"))  # fmt: skip
    def set_light(self, item: int, light: str, who: str) -> None:
        task = TaskItem.objects.get(pk=self.items[item % len(self.items)])
        self.attempt("set light", lambda: light_marks.set_light(
            by=self.by(who), item=task, light=light, reason="现场核对",
            version=task.version))  # fmt: skip

    @rule(head_confirms=yes_or_no, soon=st.sampled_from([3, 5, 10]))
    def choose_settings(self, head_confirms: bool, soon: int) -> None:
        self.attempt("choose settings", lambda: progress_settings.choose(
            by=self.by("bangong"), county=self.world.county, head_confirms=head_confirms,
            report_days=15, soon_days=soon), told=False)  # fmt: skip
