"""A county's year, lived day by day: people act on fixed days, the schedule runs where it may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accountability import rhythm
from accountability.door import Actor
from accountability.models import Duty, OutboxMessage, User
from accountability.services import duty_rules
from reports.models import Letter
from tasks.models import Campaign, CampaignState, Finding, Notice, Return, SourceKind
from tasks.services import campaigns, findings, notice_work, notices
from tests.world import World

YEAR = 2026
FIRST, LAST = date(YEAR, 1, 1), date(YEAR + 1, 1, 31)
EVERY_DAY = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
# People send on these days, and the clocks of what they sent run out a while later.
SENT = (date(YEAR, 3, 9), date(YEAR, 3, 10), date(YEAR, 6, 8), date(YEAR, 9, 7))
CLOCKS = (0, 1, 2, 3, 4, 6, 7, 8, 28, 29, 30, 31)


def days(*, whole: bool) -> list[date]:
    """Every day, or those on which something may come round and a few between."""
    if whole:
        return EVERY_DAY
    near = {sent + timedelta(days=n) for sent in SENT for n in CLOCKS}
    return [day for day in EVERY_DAY if day.day in (1, 25) or day in near]


def at(day: date) -> datetime:
    """Ten in the morning of a day."""
    return timezone.make_aware(datetime.combine(day, time(10)))


def actor(world: World, username: str) -> Actor:
    user = User.objects.get(pk=world.users[username].pk)
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=user.county)


@dataclass
class Year:
    """What stands at the end of a year, told without ids so that two years compare."""

    rounds: list[tuple[int, int]] = field(default_factory=list)
    returns: list[tuple[int, int, str]] = field(default_factory=list)
    duties: list[tuple[Any, ...]] = field(default_factory=list)
    letters: list[tuple[str, str]] = field(default_factory=list)
    notices: list[tuple[str, str, str]] = field(default_factory=list)
    told: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    reminded: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    made_by_the_second: Counter[str] = field(default_factory=Counter)

    def stands(self) -> tuple[Any, ...]:
        """What must be the same however the schedule ran."""
        return self.rounds, self.returns, self.duties, self.letters, self.notices


def live(
    world: World, on: Collection[date], *, down: Collection[date] = (), twice: bool = False
) -> Year:
    """The year of a county whose schedule runs `on` days but those it is `down`; then undone.

    People do their part on the same days in every year. With `twice`, the
    schedule runs two times on each day.
    """
    year = Year()
    acts = dict(_acts(world))
    with _undone():
        for day in sorted({*on, *acts}):
            if day in acts:
                acts[day](day)
            if day in down:
                continue
            _beat(world, day, year.made)
            if twice:
                _beat(world, day, year.made_by_the_second)
            _approve(world, day)
        _look(world, year)
    return year


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _beat(world: World, day: date, made: Counter[str]) -> None:
    tally = rhythm.run_all(on=day, part="schedule", counties=[world.county])
    assert not tally.failed, (day, tally.failed)
    made.update(tally.created)


def _approve(world: World, day: date) -> None:
    """The office head approves the year's plan on the day on which it is laid before him."""
    waiting = Campaign.objects.filter(
        county=world.county, state=CampaignState.SUBMITTED, period=1, year=day.year
    )
    for campaign in waiting:
        campaigns.approve(by=actor(world, "zhuren"), campaign_id=campaign.pk, on=day)


def _acts(world: World) -> Iterator[tuple[date, Callable[[date], None]]]:
    """What people do in the year, by its day."""
    yield FIRST, lambda day: _adopt(world, day)
    # Never taken; taken and never answered; answered in time.
    yield SENT[0], lambda day: _send(world, "柳河镇", "整修档案室", day)
    yield SENT[1], lambda day: _send(world, "县财政局", "规范票据管理", day)
    yield date(YEAR, 3, 11), lambda day: _take(world, "规范票据管理", day)
    yield SENT[2], lambda day: _send(world, "县财政局", "清理备用金", day)
    yield date(YEAR, 6, 9), lambda day: _take(world, "清理备用金", day)
    yield date(YEAR, 6, 10), lambda day: _answer(world, "清理备用金", day)
    yield SENT[3], lambda day: _find(world, "县财政局", "票据存根缺号", day)


def _adopt(world: World, day: date) -> None:
    duty_rules.adopt(by=actor(world, "bangong"), county=world.county, year=YEAR, on=day)


def _send(world: World, unit: str, title: str, day: date) -> None:
    content = notices.Content(
        kind="supervision", title=title, demand="核对情况，报送结果。", source_kind="meeting"
    )
    rows = notices.draft(
        by=actor(world, "bangong"), content=content, unit_ids=[world.units[unit].pk], now=at(day)
    )
    notices.issue(by=actor(world, "zhuren"), notice_ids=[row.pk for row in rows], now=at(day))


def _take(world: World, title: str, day: date) -> None:
    row = Notice.objects.get(title=title)
    notice_work.take(by=actor(world, "caizheng"), notice_id=row.pk, now=at(day))


def _answer(world: World, title: str, day: date) -> None:
    row = Notice.objects.get(title=title)
    notice_work.answer(
        by=actor(world, "caizheng"), notice_id=row.pk, text="已逐笔核对。", now=at(day)
    )


def _find(world: World, unit: str, title: str, day: date) -> None:
    content = findings.Content(
        title=title,
        facts="抽查存根三十本，两本缺号。",
        basis="票据管理办法第九条",
        rectify_by=day + timedelta(days=30),
        source_kind=SourceKind.TOUR,
        source_text="巡察一组反馈意见",
        source_on=day,
    )
    row = findings.draft(
        by=actor(world, "bangong"), content=content, unit_id=world.units[unit].pk, now=at(day)
    )
    findings.establish(by=actor(world, "bangong"), finding_id=row.pk, now=at(day))


def _look(world: World, year: Year) -> None:
    """Read what stands."""
    county = world.county
    year.rounds = sorted(Campaign.objects.filter(county=county).values_list("year", "period"))
    year.returns = sorted(
        Return.objects.filter(county=county).values_list(
            "campaign__year", "campaign__period", "unit__name"
        )
    )
    year.duties = sorted(
        Duty.objects.filter(county=county).values_list(
            "rule__year",
            "rule__code",
            "period",
            "unit__name",
            "post__unit__name",
            "post__title",
            "post__precedence",
            "due_on",
        ),
        key=str,
    )
    year.letters = sorted(Letter.objects.filter(county=county).values_list("number", "state"))
    year.notices = sorted(
        Notice.objects.filter(county=county).values_list("number", "title", "state")
    )
    named = {
        **{("tasks.notice", row.pk): row.title for row in Notice.objects.filter(county=county)},
        **{
            ("tasks.rectification", row.rectification.pk): row.title
            for row in Finding.objects.filter(county=county).select_related("rectification")
        },
        **{("tasks.finding", row.pk): row.title for row in Finding.objects.filter(county=county)},
        **{("tasks.campaign", row.pk): row.title for row in Campaign.objects.filter(county=county)},
    }
    for person, rule, on, kind, pk in OutboxMessage.objects.filter(county=county).values_list(
        "person__name", "rule", "on", "about_type", "about_id"
    ):
        about = named.get((kind, pk), f"{kind} {pk}")
        year.told[person, rule, about, on if not kind else None] += 1
        if ":" in rule and rule.startswith(("notice.reminder", "rectification.reminder")):
            # The clock without its stage: how often a person was urged within it.
            year.reminded[person, rule.rpartition(":")[0], about] += 1
