"""督查: the schedule's days, rounds and draws, returns, reminders, judgements, conclusions."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accountability import rhythm
from tasks.models import Campaign, Objection, Return
from tasks.services import campaign_draw, campaigns, unit_returns
from tasks.services import conclusion_objections as objecting
from tests.tasks.rounds import plan

from .desk import LAST, Desk, mostly, where, which, yes_or_no

ROUND, RETURN, OBJECTION = "tasks_campaign", "tasks_return", "tasks_objection"
THREE = ("submitted", "approved", "running")


class RoundRules(Desk):
    """The schedule runs where it is let; people do the rest."""

    @rule(days=st.sampled_from([1, 2, 6, 15, 40, 75]))
    def days_pass(self, days: int) -> None:
        """With or without the schedule: an outage is days on which nobody let it run."""
        self.day = min(self.later(days), LAST)

    @rule(back=st.sampled_from([0, 0, 0, 1, 30, 365]))
    def run_due(self, back: int) -> None:
        """What is due by the day; the second run, or one with the clock put back, makes nothing."""
        county = self.world.county
        made = self.attempt("run due", lambda: rhythm.run_all(
            on=self.day, part="schedule", counties=[county]), told=False)  # fmt: skip
        assert made is not None
        assert not made.failed, made.failed
        self.ran_on = max(self.day, self.ran_on or self.day)
        before = self.day - timedelta(days=back)
        again = rhythm.run_all(on=before, part="schedule", counties=[county])
        assert not again.failed, again.failed
        if not back:
            assert +Counter(again.created) == Counter()
            self.book.assert_unchanged()
        else:
            made_again = Counter(again.created)
            for once in ("campaign", "duty", "letter.expire"):
                assert not made_again[once], (once, before)
            self.book.follow()
        self.tally.done["run due again"] += 1

    @where(ROUND, "submitted")
    @rule(place=which, who=mostly("zhuren"))
    def approve_round(self, place: int, who: str) -> None:
        row = self.one(ROUND, place, "submitted")
        self.round_moved("approve round", row["id"], lambda: campaigns.approve(
            by=self.by(who), campaign_id=row["id"], on=self.day))  # fmt: skip

    @where(ROUND, "submitted")
    @rule(place=which, who=mostly("zhuren"), reason=st.sampled_from(["补充范围", ""]))
    def return_plan(self, place: int, who: str, reason: str) -> None:
        row = self.one(ROUND, place, "submitted")
        self.round_moved("return plan", row["id"], lambda: campaigns.send_back(
            by=self.by(who), campaign_id=row["id"], reason=reason))  # fmt: skip

    @rule(who=mostly("bangong"), is_drawn=yes_or_no, take=st.integers(1, 4))
    def plan_round(self, who: str, is_drawn: bool, take: int) -> None:
        """A special round, of the holders or drawn (双随机)."""
        leads = [self.world.persons[name].pk for name in ("罗文涛", "许静", "张敏")]
        said = plan(
            scope="drawn" if is_drawn else "holders", draw_units=take if is_drawn else 0,
            starts_on=self.day, due_on=self.later(20), lead=leads[0], team=leads[1:],
        )  # fmt: skip
        row = self.attempt("plan round", lambda: campaigns.draft(
            by=self.by(who), year=self.day.year, kind="special", period=None,
            plan=said))  # fmt: skip
        if row is not None:
            self.keep(ROUND, row.pk, state="draft")

    @where(ROUND, "draft")
    @rule(place=which, who=mostly("bangong"))
    def submit_plan(self, place: int, who: str) -> None:
        row = self.one(ROUND, place, "draft")
        self.round_moved("submit plan", row["id"], lambda: campaigns.submit(
            by=self.by(who), campaign_id=row["id"]))  # fmt: skip

    @where(ROUND, "approved")
    @rule(place=which, who=mostly("bangong"))
    def draw(self, place: int, who: str) -> None:
        """Drawn once; a second draw is refused whoever asks."""
        row = self.one(ROUND, place, "approved")
        if self.round_moved("draw", row["id"], lambda: campaign_draw.draw(
            by=self.by(who), campaign_id=row["id"], on=self.day)):  # fmt: skip
            drawn = self.row(ROUND, row["id"])["draw"]
            self.keep(ROUND, row["id"], draw=drawn)
            self.attempt("draw", lambda: campaign_draw.draw(
                by=self.by(who), campaign_id=row["id"], on=self.day))  # fmt: skip
            self.assert_kept()

    @where(ROUND, "running")
    @rule(place=which, who=mostly("bangong", "zhuren"))
    def conclude(self, place: int, who: str) -> None:
        row = self.one(ROUND, place, "running")
        self.round_moved("conclude", row["id"], lambda: campaigns.conclude(
            by=self.by(who), campaign_id=row["id"], on=self.day))  # fmt: skip

    @precondition(lambda self: len(self.rows(ROUND, *THREE)) > 2)
    @rule(place=which, who=mostly("zhuren"), reason=st.sampled_from(["重复立项", ""]))
    def void_round(self, place: int, who: str, reason: str) -> None:
        row = self.one(ROUND, place, *THREE)
        self.round_moved("void round", row["id"], lambda: campaigns.void(
            by=self.by(who), campaign_id=row["id"], reason=reason))  # fmt: skip

    def round_moved(self, rule: str, pk: int, act: object) -> Campaign | None:
        row: Campaign | None = self.attempt(rule, act)  # type: ignore[arg-type]
        if row is not None:
            self.keep(ROUND, pk, state=row.state)
        return row

    # --- returns --------------------------------------------------------------------
    @where(RETURN, "waiting", "returned")
    @rule(place=which, who=mostly("caizheng", "liuhe", "caizhengju"), is_zero=yes_or_no)
    def confirm_return(self, place: int, who: str, is_zero: bool) -> None:
        row = self.one(RETURN, place, "waiting", "returned")
        done = self.attempt("confirm return", lambda: unit_returns.confirm(
            by=self.by(who), return_id=row["id"], on=self.day, is_zero=is_zero,
            problems="台账不全"))  # fmt: skip
        if done is not None:
            stored = self.row(RETURN, row["id"])
            assert bool(stored["is_late"]) == (
                bool(row["is_late"]) or (row["state"] == "waiting" and done.due_on < self.day)
            )
            self.keep(RETURN, row["id"], state="submitted", content=stored["content"],
                      is_late=stored["is_late"])  # fmt: skip

    @where(RETURN, "submitted")
    @rule(place=which, who=mostly("bangong"), reason=st.sampled_from(["补充第二项", ""]))
    def return_return(self, place: int, who: str, reason: str) -> None:
        row = self.one(RETURN, place, "submitted")
        if self.attempt("return return", lambda: unit_returns.send_back(
            by=self.by(who), return_id=row["id"], reason=reason, on=self.day)):  # fmt: skip
            self.keep(RETURN, row["id"], state="returned")

    @where(ROUND, "running")
    @rule(place=which, who=mostly("bangong", "zhuren"))
    def remind(self, place: int, who: str) -> None:
        """催报 all units of a round at once; whoever was told twice, or today, is passed over."""
        pk = self.one(ROUND, place, "running")["id"]
        mine = {r["id"]: r["reminders"] for r in self.rows(RETURN) if r["campaign_id"] == pk}
        count = self.attempt("remind", lambda: unit_returns.remind(
            by=self.by(who), campaign_id=pk, return_ids=list(mine), on=self.day))  # fmt: skip
        if count is not None:
            after = {r["id"]: r["reminders"] for r in self.rows(RETURN) if r["id"] in mine}
            assert sum(after.values()) == sum(mine.values()) + count

    @where(RETURN)
    @rule(place=which, who=mostly("bangong", "jiwei"), light=st.sampled_from(
        ["green", "yellow", "red", "blue"]), reason=st.sampled_from(["材料齐全", ""]))  # fmt: skip
    def judge(self, place: int, who: str, light: str, reason: str) -> None:
        row = self.one(RETURN, place)
        if self.attempt("judge", lambda: unit_returns.judge(
            by=self.by(who), campaign_id=row["campaign_id"], return_ids=[row["id"]],
            light=light, reason=reason, on=self.day)):  # fmt: skip
            self.keep(RETURN, row["id"], light=light)

    @precondition(lambda self: self.fed_back())
    @rule(place=which, who=mostly("caizheng", "liuhe"))
    def object_to_conclusion(self, place: int, who: str) -> None:
        found = self.fed_back()
        row = found[place % len(found)]
        done: Objection | None = self.attempt("object to conclusion", lambda: objecting.raise_(
            by=self.by(who), return_id=row, grounds="已于当日报送", now=self.now))  # fmt: skip
        if done is not None:
            self.keep(OBJECTION, done.pk, state="open")

    @where(OBJECTION, "open")
    @rule(place=which, who=mostly("zhuren", "jiwei", "bangong"),
          outcome=st.sampled_from(["upheld", "changed", "revoked", "open"]))  # fmt: skip
    def decide_objection(self, place: int, who: str, outcome: str) -> None:
        held = self.one(OBJECTION, place, "open")
        row = Return.objects.get(pk=held["subject_id"])
        done = self.attempt("decide objection", lambda: objecting.decide(
            by=self.by(who), return_id=row.pk, outcome=outcome, decision="经核对",
            now=self.now))  # fmt: skip
        if done is not None:
            self.keep(OBJECTION, done.pk, state=outcome)
            if outcome == "revoked":
                self.keep(RETURN, row.pk, light="")

    def fed_back(self) -> list[int]:
        return [row["id"] for row in self.rows(RETURN) if row["fed_back_on"]]
