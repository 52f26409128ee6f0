"""How far the year has come when people begin to do anything in any order."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from .desk import YEAR
from .notices import NoticeRules
from .papers import PaperRules
from .people import PeopleRules
from .progress import ProgressRules
from .rounds import RoundRules


class Beginnings(RoundRules, ProgressRules, NoticeRules, PeopleRules, PaperRules):
    """Through the same acts as the rules, so that each of them is looked at too."""

    @initialize(upto=st.integers(0, 4))
    def begin(self, upto: int) -> None:
        steps = (self.open_quarter, self.hand_in, self.send_out, self.print_papers)
        for step in steps[:upto]:
            step()

    def open_quarter(self) -> None:
        self.day = date(YEAR, 3, 25)
        self.run_due(back=0)
        self.approve_round(place=0, who="zhuren")

    def hand_in(self) -> None:
        for item in (0, 1):
            self.report(item=item, unit="县财政局", text="已压减一成", percent=100, again=False)
        self.approve_report(place=0, who="bangong", stale=0)
        self.confirm_return(place=0, who="caizheng", is_zero=False)
        self.share_out(item=0, unit="县财政局", of_section=True)
        self.ask_more_time(item=0, unit="县财政局", days=30)

    def send_out(self) -> None:
        for unit in ("县财政局", "柳河镇"):
            self.draft_notice(by="bangong", unit=unit, kind="supervision")
            self.find(by="bangong", unit=unit, outside=unit == "柳河镇")
        self.send_notice(place=0, by="zhuren")
        self.take_notice(place=0, by="caizheng")
        self.serve_finding(place=0, by="bangong")
        self.establish_finding(place=1, by="bangong")

    def print_papers(self) -> None:
        self.make_letters(by="bangong")
        self.submit_letter(place=0, by="bangong")
        self.send_letter(place=0, by="bangong")
        self.draft_bulletin(place=0, by="bangong")
