"""督办文书 and 问题整改: everybody tries each step, in turn and out of turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tasks.models import (
    COLOUR_STEPS,
    FINDING_TRANSITIONS,
    NOTICE_TRANSITIONS,
    RECTIFICATION_TRANSITIONS,
)
from tasks.services import findings, notice_work, notices, rectifications

from .book import Row
from .desk import Desk, mostly, where, which, yes_or_no

NOTICE, FINDING, RECTIFICATION = "tasks_notice", "tasks_finding", "tasks_rectification"
units = st.sampled_from(["县财政局", "柳河镇"])
OFFICE, UNIT = ("bangong", "zhuren"), ("caizheng", "liuhe", "caizhengju")
TABLES = {
    NOTICE: NOTICE_TRANSITIONS,
    FINDING: FINDING_TRANSITIONS,
    RECTIFICATION: RECTIFICATION_TRANSITIONS,
}
WORKING = ("asked", "working", "returned")


class NoticeRules(Desk):
    """What a step may do is what its table of transitions says; nothing else moves."""

    def step(
        self, name: str, table: str, row: Row, act: Callable[[], Any], *, told: bool = True
    ) -> bool:
        """Attempt it; a state moves along the table of its kind, a colour along its steps."""
        done = self.attempt(name, act, told=told)
        if done is None:
            return False
        after = self.row(table, row["id"])
        if after["state"] != row["state"]:
            assert after["state"] in TABLES[table][row["state"]], (table, row, after)
        if table == NOTICE and after["colour"] != row["colour"]:
            assert after["colour"] in COLOUR_STEPS[row["colour"]]
        self.keep(table, row["id"], state=after["state"])
        return True

    @rule(by=mostly("bangong"), unit=units, kind=st.sampled_from(
        ["supervision", "assignment", "urging"]))  # fmt: skip
    def draft_notice(self, by: str, unit: str, kind: str) -> None:
        content = notices.Content(kind, "核对票据", "逐本核对，报送结果。", "meeting")
        made = self.attempt("draft notice", lambda: notices.draft(
            by=self.by(by), content=content, unit_ids=[self.unit(unit)], now=self.now))  # fmt: skip
        for row in made or ():
            self.keep(NOTICE, row.pk, state="draft", unit_id=self.unit(unit))

    @where(NOTICE, "draft")
    @rule(place=which, by=mostly("zhuren"))
    def send_notice(self, place: int, by: str) -> None:
        row = self.one(NOTICE, place, "draft")
        if self.step("send notice", NOTICE, row, lambda: notices.issue(
            by=self.by(by), notice_ids=[row["id"]], now=self.now)):  # fmt: skip
            self.keep(NOTICE, row["id"], number=self.row(NOTICE, row["id"])["number"])

    @where(NOTICE, "issued")
    @rule(place=which, by=mostly(*UNIT))
    def take_notice(self, place: int, by: str) -> None:
        row = self.one(NOTICE, place, "issued")
        self.step("acknowledge notice", NOTICE, row, lambda: notice_work.take(
            by=self.by(by), notice_id=row["id"], now=self.now))  # fmt: skip

    @where(NOTICE, "taken", "returned")
    @rule(place=which, by=mostly(*UNIT), text=st.sampled_from(["已逐笔核对", "已改", ""]))
    def answer_notice(self, place: int, by: str, text: str) -> None:
        row = self.one(NOTICE, place, "taken", "returned")
        if self.step("answer notice", NOTICE, row, lambda: notice_work.answer(
            by=self.by(by), notice_id=row["id"], text=text, now=self.now)):  # fmt: skip
            self.keep(NOTICE, row["id"], answer=text)

    @where(NOTICE, "taken", "returned")
    @rule(place=which, by=mostly(*UNIT), days=st.integers(-2, 30))
    def ask_notice_time(self, place: int, by: str, days: int) -> None:
        row = self.one(NOTICE, place, "taken", "returned")
        self.step("extend notice", NOTICE, row, lambda: notice_work.ask_extension(
            by=self.by(by), notice_id=row["id"], until=self.later(days), reason="待料",
            now=self.now))  # fmt: skip

    @where(NOTICE, "taken", "returned")
    @rule(place=which, by=mostly("zhuren"), is_granted=yes_or_no)
    def decide_notice_time(self, place: int, by: str, is_granted: bool) -> None:
        row = self.one(NOTICE, place, "taken", "returned")
        self.step("decide extension", NOTICE, row, lambda: notice_work.decide_extension(
            by=self.by(by), notice_id=row["id"], is_granted=is_granted, reason="酌情",
            now=self.now))  # fmt: skip

    @where(NOTICE, "answered", "rechecked")
    @rule(place=which, by=mostly(*OFFICE), opinion=st.sampled_from(["不实", ""]))
    def return_notice(self, place: int, by: str, opinion: str) -> None:
        row = self.one(NOTICE, place, "answered", "rechecked")
        self.step("return notice", NOTICE, row, lambda: notice_work.return_(
            by=self.by(by), notice_id=row["id"], opinion=opinion, now=self.now))  # fmt: skip

    @where(NOTICE, "answered")
    @rule(place=which, by=mostly("bangong"))
    def recheck_notice(self, place: int, by: str) -> None:
        row = self.one(NOTICE, place, "answered")
        self.step("re-check notice", NOTICE, row, lambda: notice_work.recheck(
            by=self.by(by), notice_id=row["id"], opinion="属实", now=self.now))  # fmt: skip

    @where(NOTICE, "rechecked")
    @rule(place=which, by=mostly("zhuren"))
    def strike_notice(self, place: int, by: str) -> None:
        row = self.one(NOTICE, place, "rechecked")
        self.step("strike notice", NOTICE, row, lambda: notice_work.strike(
            by=self.by(by), notice_id=row["id"], now=self.now))  # fmt: skip

    @where(NOTICE, "issued", "taken", "answered", "returned")
    @rule(place=which, by=mostly(*OFFICE), colour=st.sampled_from(["orange", "red", "green"]))
    def recolour_notice(self, place: int, by: str, colour: str) -> None:
        row = self.one(NOTICE, place, "issued", "taken", "answered", "returned")
        self.step("raise colour", NOTICE, row, lambda: notice_work.recolour(
            by=self.by(by), notice_id=row["id"], colour=colour, reason="久拖"))  # fmt: skip

    @where(NOTICE, "draft", "issued")
    @rule(place=st.integers(0, 29), by=mostly("zhuren"))
    def void_notice(self, place: int, by: str) -> None:
        row = self.one(NOTICE, place, "draft", "issued")
        self.step("void notice", NOTICE, row, lambda: notices.void(
            by=self.by(by), notice_id=row["id"], reason="发错单位", now=self.now))  # fmt: skip

    # --- findings -------------------------------------------------------------------
    @rule(by=mostly("bangong", "jiwei"), unit=units, outside=yes_or_no)
    def find(self, by: str, unit: str, outside: bool) -> None:
        content = findings.Content(
            "票据存根缺号", "抽查三十本，两本缺号。", "票据管理办法第九条", self.later(30),
            "tour" if outside else "campaign", "巡察一组反馈意见" if outside else "",
            source_on=self.day if outside else None,
        )  # fmt: skip
        row = self.attempt("find", lambda: findings.draft(
            by=self.by(by), content=content, unit_id=self.unit(unit), now=self.now))  # fmt: skip
        if row is not None:
            self.keep(FINDING, row.pk, state="draft", serial=row.serial)

    @where(FINDING, "draft", "disputed")
    @rule(place=which, by=mostly("bangong", "jiwei"))
    def serve_finding(self, place: int, by: str) -> None:
        row = self.one(FINDING, place, "draft", "disputed")
        self.step("serve finding", FINDING, row, lambda: findings.serve(
            by=self.by(by), finding_id=row["id"], now=self.now))  # fmt: skip

    @where(FINDING, "served")
    @rule(place=which, by=mostly(*UNIT), is_confirmed=yes_or_no)
    def reply_to_finding(self, place: int, by: str, is_confirmed: bool) -> None:
        row = self.one(FINDING, place, "served")
        self.step("confirm finding", FINDING, row, lambda: findings.reply(
            by=self.by(by), finding_id=row["id"], is_confirmed=is_confirmed,
            statement="" if is_confirmed else "两本已登报作废", now=self.now))  # fmt: skip

    @where(FINDING, "draft", "served", "disputed")
    @rule(place=which, by=mostly("zhuren", "jiwei"))
    def establish_finding(self, place: int, by: str) -> None:
        row = self.one(FINDING, place, "draft", "served", "disputed")
        self.step("establish finding", FINDING, row, lambda: findings.establish(
            by=self.by(by), finding_id=row["id"], decision="作废手续不全",
            now=self.now))  # fmt: skip

    @where(FINDING, "served", "disputed", "standing")
    @rule(place=st.integers(0, 29), by=mostly("zhuren"), reason=st.sampled_from(["有误", ""]))
    def withdraw_finding(self, place: int, by: str, reason: str) -> None:
        """With the finding its putting right ends."""
        row = self.one(FINDING, place, "served", "disputed", "standing")
        if self.step("withdraw finding", FINDING, row, lambda: findings.withdraw(
            by=self.by(by), finding_id=row["id"], reason=reason, now=self.now)):  # fmt: skip
            for ending in self.rows(RECTIFICATION):
                if ending["finding_id"] == row["id"]:
                    self.keep(RECTIFICATION, ending["id"], state="void")

    # --- putting right --------------------------------------------------------------
    def rectify(self, name: str, row: Row, act: Callable[..., Any], by: str, **given: Any) -> None:
        self.step(name, RECTIFICATION, row, lambda: act(
            by=self.by(by), finding_id=row["finding_id"], now=self.now, **given))  # fmt: skip

    @where(RECTIFICATION, *WORKING)
    @rule(place=which, by=mostly(*UNIT))
    def plan_rectification(self, place: int, by: str) -> None:
        """Said once more in the same words it changes nothing."""
        row = self.one(RECTIFICATION, place, *WORKING)
        self.step("plan rectification", RECTIFICATION, row, lambda: rectifications.plan(
            by=self.by(by), finding_id=row["finding_id"], now=self.now,
            measures="补登记，重新编号", responsible="局长"), told=False)  # fmt: skip

    @where(RECTIFICATION, "working", "returned")
    @rule(place=which, by=mostly(*UNIT), reference=st.sampled_from(["财发〔2026〕9号", ""]))
    def report_rectification(self, place: int, by: str, reference: str) -> None:
        row = self.one(RECTIFICATION, place, "working", "returned")
        self.rectify("rectify", row, rectifications.report, by,
                     text="已重新编号", reference=reference)  # fmt: skip

    @where(RECTIFICATION, *WORKING)
    @rule(place=which, by=mostly(*UNIT), days=st.integers(0, 60))
    def ask_rectification_time(self, place: int, by: str, days: int) -> None:
        row = self.one(RECTIFICATION, place, *WORKING)
        self.rectify("extend rectification", row, rectifications.ask_extension, by,
                     until=self.day + timedelta(days), reason="待检测")  # fmt: skip

    @where(RECTIFICATION, "reported", "rechecked")
    @rule(place=which, by=mostly("bangong", "jiwei"))
    def return_rectification(self, place: int, by: str) -> None:
        row = self.one(RECTIFICATION, place, "reported", "rechecked")
        self.rectify("return rectification", row, rectifications.return_, by, opinion="缺编号")

    @where(RECTIFICATION, "reported")
    @rule(place=which, by=mostly("bangong", "jiwei"))
    def recheck_rectification(self, place: int, by: str) -> None:
        row = self.one(RECTIFICATION, place, "reported")
        self.rectify("re-check rectification", row, rectifications.recheck, by, opinion="已改")

    @where(RECTIFICATION, "rechecked")
    @rule(place=which, by=mostly("zhuren", "jiwei"))
    def strike_rectification(self, place: int, by: str) -> None:
        row = self.one(RECTIFICATION, place, "rechecked")
        self.rectify("strike rectification", row, rectifications.strike, by)
