"""催办提醒 by the schedule: at most two for each clock of a notice or rectification.

One on the working day before it runs out, one when it has run out. What the
schedule slept through is not made up for: past the deadline the second alone
is sent.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from accountability import workdays
from accountability.door import Actor, acting
from accountability.models import County, OutboxMessage
from accountability.models.recorded import RecordedModel
from accountability.rhythm import Made
from accountability.services import outbox
from tasks.models import UNITS_TURN, UNITS_WORK, Notice, NoticeState, Rectification
from tasks.services.telling import finding_link, notice_link, people_of_units

SOON, LATE = "soon", "late"
# The day before may lie beyond the longest holiday.
WINDOW = timedelta(days=20)


@dataclass(frozen=True, slots=True)
class Clock:
    """One thing that a unit must do by a day; `key` names the clock among those of its object."""

    about: RecordedModel
    unit_id: int
    key: str
    due_on: date
    title: str
    link: str


def remind_notices(county: County, on: date, by: Actor) -> Made:
    """The rule `notice.reminder`: to take, and to answer."""
    rows = Notice.objects.filter(county=county, state__in=UNITS_TURN).filter(
        Q(state=NoticeState.ISSUED, ack_due_on__lte=on + WINDOW) | Q(answer_due_on__lte=on + WINDOW)
    )
    clocks = []
    for row in rows.order_by("id"):
        assert row.due_on is not None
        verb = "签收" if row.state == NoticeState.ISSUED else "反馈"
        key = "take" if row.state == NoticeState.ISSUED else f"answer:{row.returns}"
        title = f"{row.get_kind_display()} {row.number} {verb}"
        clocks.append(Clock(row, row.unit_id, key, row.due_on, title, notice_link(row.pk)))
    return _remind(county, clocks, on, by, "notice.reminder")


def remind_rectifications(county: County, on: date, by: Actor) -> Made:
    """The rule `rectification.reminder`: to put right and report."""
    rows = Rectification.objects.filter(
        county=county, state__in=UNITS_WORK, due_on__lte=on + WINDOW
    ).select_related("finding")
    clocks = [
        Clock(
            row, row.finding.unit_id, f"report:{row.returns}", row.due_on,
            f"问题 {row.finding.number} 整改", finding_link(row.finding_id),
        )
        for row in rows.order_by("id")
    ]  # fmt: skip
    return _remind(county, clocks, on, by, "rectification.reminder")


def _remind(county: County, clocks: list[Clock], on: date, by: Actor, rule: str) -> Made:
    calendar = workdays.of(county.pk)
    due: list[tuple[Clock, str]] = []
    for clock in clocks:
        if on > clock.due_on:
            due.append((clock, LATE))
        elif on >= calendar.add(clock.due_on, -1):
            due.append((clock, SOON))
    if not due:
        return Made()
    told = _told(county, [clock for clock, _ in due], rule)
    waiting = [
        (clock, stage)
        for clock, stage in due
        if _rule(rule, clock, stage) not in told[clock.about.pk]
    ]
    existing = len(due) - len(waiting)
    if not waiting:
        return Made(existing=existing)
    people = people_of_units({clock.unit_id for clock, _ in waiting}, on=on)
    created = 0
    with acting(by=by) as act:
        for clock, stage in waiting:
            said = "已逾期，请尽快办理" if stage == LATE else f"期限为 {clock.due_on:%Y-%m-%d}"
            reached = outbox.tell(
                act,
                people=people.get(clock.unit_id, []),
                rule=_rule(rule, clock, stage),
                on=clock.due_on,
                title=f"{clock.title}：{said}",
                link=clock.link,
                about=clock.about,
                county=county,
            )
            created += bool(reached)
        if created:
            act.record(rule, summary=f"提醒办理 {created} 件", county=county)
        else:
            act.unchanged()
    return Made(created=created, existing=existing)


def _rule(rule: str, clock: Clock, stage: str) -> str:
    """The outbox's rule key: which clock of the object, and which of the two.

    Not its day: a deadline that was extended is not reminded of more often for that.
    """
    return f"{rule}:{clock.key}:{stage}"


def _told(county: County, clocks: list[Clock], rule: str) -> dict[int, set[str]]:
    """The reminders that were sent already, by the object; one query."""
    found: dict[int, set[str]] = defaultdict(set)
    label = clocks[0].about._meta.label_lower
    rows = OutboxMessage.objects.filter(
        county=county,
        about_type=label,
        about_id__in=[clock.about.pk for clock in clocks],
        rule__startswith=rule,
    )
    for about_id, key in rows.order_by().values_list("about_id", "rule").distinct():
        found[about_id].add(key)
    return found
