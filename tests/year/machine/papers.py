"""责任书 and 督查通报: made, sent, returned, reminded of, void; drafted, approved, numbered."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from reports.models import BULLETIN_TRANSITIONS, Bulletin, Letter
from reports.services import bulletins, letter_making, letter_succession, letters
from tasks.models import Paper

from .desk import YEAR, Desk, mostly, where, which

LETTER, BULLETIN = "reports_letter", "reports_bulletin"


class PaperRules(Desk):
    """Papers with numbers. Their files are the jobs' and are not made here."""

    @rule(by=mostly("bangong"))
    def make_letters(self, by: str) -> None:
        """Made twice, the second time nothing: a party with a live letter keeps it."""
        paper = Paper.objects.get(pk=self.row("tasks_taskitem", self.items[0])["paper_id"])
        made = self.attempt("make letters", lambda: letter_making.make(
            by=self.by(by), paper=paper), told=False)  # fmt: skip
        if made is not None:
            for row in made:
                self.keep(LETTER, row.pk, number=row.number)
            assert letter_making.make(by=self.by(by), paper=paper) == []
            self.book.assert_unchanged()

    def letter(self, place: int, *states: str) -> Letter:
        return Letter.objects.get(pk=self.one(LETTER, place, *states)["id"])

    def ahead(self, name: str, act: Any, by: str, of: Letter, **given: Any) -> None:
        if self.attempt(name, lambda: act(by=self.by(by), **given)) is not None:
            state = self.row(LETTER, of.pk)["state"]
            assert state != of.state
            self.keep(LETTER, of.pk, state=state)

    @where(LETTER, "draft")
    @rule(place=which, by=mostly("bangong"))
    def submit_letter(self, place: int, by: str) -> None:
        letter = self.letter(place, "draft")
        self.ahead("submit letter", letters.submit, by, letter, letters=[letter])

    @where(LETTER, "review")
    @rule(place=which, by=mostly("bangong"))
    def send_letter(self, place: int, by: str) -> None:
        letter = self.letter(place, "review")
        self.ahead("send letter", letters.send, by, letter, letters=[letter])

    @where(LETTER, "review", "wait_a", "wait_b")
    @rule(place=which, by=mostly("bangong", "fuxianzhang", "xianzhang"),
          reason=st.sampled_from(["分工有变", ""]))  # fmt: skip
    def return_letter(self, place: int, by: str, reason: str) -> None:
        letter = self.letter(place, "review", "wait_a", "wait_b")
        self.ahead("return letter", letters.give_back, by, letter, letter=letter, reason=reason)

    @where(LETTER, "wait_a", "wait_b")
    @rule(place=which, by=mostly("bangong"))
    def remind_letter(self, place: int, by: str) -> None:
        letter = self.letter(place, "wait_a", "wait_b")
        done = self.attempt("remind letter", lambda: letters.remind(by=self.by(by), letter=letter))
        if done is not None:
            self.keep(LETTER, letter.pk, reminders=letter.reminders + 1)

    @where(LETTER, "draft", "review", "returned", "wait_a")
    @rule(place=which, by=mostly("bangong"), reason=st.sampled_from(["重复", ""]))
    def void_letter(self, place: int, by: str, reason: str) -> None:
        letter = self.letter(place, "draft", "review", "returned", "wait_a")
        self.ahead("void letter", letters.void, by, letter, letter=letter, reason=reason)

    @where(LETTER)
    @rule(by=mostly("bangong"))
    def follow_successions(self, by: str) -> None:
        """Letters that nobody signed get the names of who sits on the seats now."""
        self.attempt("follow successions", lambda: letter_succession.follow(
            by=self.by(by), county=self.world.county, year=YEAR), told=False)  # fmt: skip

    # --- bulletins ------------------------------------------------------------------
    def bulletin_moved(self, name: str, place: int, states: tuple[str, ...], act: Any, by: str,
              **given: Any) -> None:  # fmt: skip
        row = self.one(BULLETIN, place, *states)
        done: Bulletin | None = self.attempt(name, lambda: act(
            by=self.by(by), bulletin_id=row["id"], **given))  # fmt: skip
        if done is None:
            return
        stored = self.row(BULLETIN, row["id"])
        assert stored["state"] in BULLETIN_TRANSITIONS[row["state"]]
        self.keep(BULLETIN, row["id"], state=stored["state"])
        if stored["state"] == "issued":
            # Frozen: whatever happens to what it tells of.
            frozen = ("data", "body", "title", "content", "digest", "number_id")
            self.keep(BULLETIN, row["id"], **{name: stored[name] for name in frozen})

    @precondition(lambda self: bool(self.rows("tasks_campaign", "running", "concluded")))
    @rule(place=which, by=mostly("bangong"))
    def draft_bulletin(self, place: int, by: str) -> None:
        row = self.one("tasks_campaign", place, "running", "concluded")
        done = self.attempt("draft bulletin", lambda: bulletins.draft_of_campaign(
            by=self.by(by), campaign_id=row["id"], on=self.day))  # fmt: skip
        if done is not None:
            self.keep(BULLETIN, done.pk, state="draft")

    @where(BULLETIN, "draft")
    @rule(place=which, by=mostly("bangong"))
    def submit_bulletin(self, place: int, by: str) -> None:
        self.bulletin_moved("submit bulletin", place, ("draft",), bulletins.submit, by)

    @where(BULLETIN, "submitted")
    @rule(place=which, by=mostly("zhuren"))
    def issue_bulletin(self, place: int, by: str) -> None:
        self.bulletin_moved(
            "issue bulletin", place, ("submitted",), bulletins.issue, by, on=self.day
        )

    @where(BULLETIN, "submitted")
    @rule(place=which, by=mostly("zhuren"), reason=st.sampled_from(["核对数字", ""]))
    def return_bulletin(self, place: int, by: str, reason: str) -> None:
        self.bulletin_moved(
            "return bulletin", place, ("submitted",), bulletins.send_back, by, reason=reason
        )

    @where(BULLETIN, "draft", "submitted")
    @rule(place=st.integers(0, 29), by=mostly("bangong", "zhuren"))
    def void_bulletin(self, place: int, by: str) -> None:
        states = ("draft", "submitted")
        self.bulletin_moved("void bulletin", place, states, bulletins.void, by, reason="重拟")
