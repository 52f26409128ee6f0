"""Duties for the tests of access: a unit's, a seat's, a file and a talk, a canary in each."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from accountability.door import Actor, acting
from accountability.models import Duty, DutyFile, DutyRule, Talk
from accountability.services import files
from tests.world import World

if TYPE_CHECKING:
    from tests.access.people import Scene


def lay(made: Scene) -> None:
    """A town's, a bureau's and a leader's duty, a talk of the county's first; one over there.

    The titles of the rules are canaries: lists, calendar and tables show them.
    """
    from tests.access.people import COUNTY_B, YEAR, canary  # which knows this module

    home, away = made.home, made.away
    lay: tuple[tuple[str, World, dict[str, Any]], ...] = (
        ("unit", home, {"unit": home.units["县财政局"]}),
        ("town", home, {"unit": home.units["柳河镇"]}),
        ("seat", home, {"post": home.posts["周建平"]}),
        ("first", home, {"post": home.posts["陈志远"]}),
        ("other_county", away, {"unit": away.units["柳河镇"]}),
    )
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for name, world, subject in lay:
            word = COUNTY_B if world is away else canary(f"duty_{name}")
            kind = "talk" if "post" in subject else "life_meeting"
            rule = DutyRule(
                county=world.county, year=YEAR, code=f"access-{name}", kind=kind,
                title=f"{word}事项", text="研究", basis_paper="意见", basis_clause="四", per_year=1,
                due_month=1, due_day=2, subject="post" if "post" in subject else "unit",
                layers=["dual_duty"], unit=subject.get("unit"),
            )  # fmt: skip
            rule.save()
            duty = Duty(
                county=world.county, rule=rule, year=YEAR, kind=kind, period=str(YEAR),
                period_start=date(YEAR, 1, 1), period_end=date(YEAR, 12, 31),
                due_on=date(YEAR, 1, 2), **subject,
            )  # fmt: skip
            duty.save()
            made.duties[name] = duty
            made.kwargs.setdefault("duty", {})[name] = {"duty_id": duty.pk}
            if name in ("unit", "other_county"):
                where = "own" if world is home else name
                made.kwargs.setdefault("duty_rule", {})[where] = {"rule_id": rule.pk}
            if name in ("town", "other_county"):
                file = DutyFile(
                    county=world.county, duty=duty, added_by=world.users["liuhe"],
                    file=files.store(
                        county=world.county, name="纪要.pdf", data=b"%PDF-1.7",
                        content_type=files.PDF,
                    ),
                )  # fmt: skip
                file.save()
                made.kwargs.setdefault("duty_file", {})[name] = {"file_id": file.pk}
        for where, world in (("first", home), ("other_county", away)):
            talk = Talk(
                county=world.county, year=YEAR, group="member", topic="duty",
                talker_post=world.posts["陈志远"], talker=world.persons["陈志远"],
                talked_post=world.posts["李明华"], talked=world.persons["李明华"],
                held_on=date(YEAR, 1, 1),
                note=canary("talk" if where == "first" else f"talk_{where}"),
                recorded_by=world.users["bangong"],
            )  # fmt: skip
            talk.save()
            made.kwargs.setdefault("talk", {})[where] = {"talk_id": talk.pk}
    made.kwargs["duty_write"] = {k: made.kwargs["duty"][k] for k in ("town", "other_county")}
    made.kwargs["duty_talk"] = {k: made.kwargs["duty"][k] for k in ("seat", "first")}
