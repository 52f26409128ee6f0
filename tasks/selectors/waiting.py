"""工作台: what of notices, findings and their putting right waits for the person.

The unit: what must be taken, answered, confirmed, put right. The office and the
county's inspectors: what must be sent, re-checked, decided, struck off. A leader:
what is late or red at the units in his charge.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse

from accountability.access import Action, Scope, scope_for
from accountability.models import Role, User
from tasks.models import (
    OPEN_NOTICES,
    UNITS_TURN,
    UNITS_WORK,
    Colour,
    Finding,
    FindingState,
    Notice,
    NoticeState,
    Objection,
    ObjectionState,
    Rectification,
    RectificationState,
)
from tasks.selectors.home_days import Todo
from tasks.services.objections import link_of

MOST = 12
TO_TAKE, TO_ANSWER, AGAIN = "签收", "反馈", "重新反馈"
_NOTICE_VERBS = {
    NoticeState.ISSUED: TO_TAKE,
    NoticeState.TAKEN: TO_ANSWER,
    NoticeState.RETURNED: AGAIN,
}
_WORK_VERBS = {
    RectificationState.ASKED: "报措施",
    RectificationState.WORKING: "报结果",
    RectificationState.RETURNED: "重新报送",
}


def waiting(user: User, *, on: date) -> list[Todo]:
    """What waits for `user`, the earliest deadline first; four queries at most."""
    scope = scope_for(user)
    found: list[Todo] = []
    if scope.may(Action.UNIT_ANSWER) and scope.unit_ids:
        found += _of_unit(user, scope, on)
    if scope.sees_whole_county and scope.may(Action.FINDING_EDIT):
        found += _of_office(user, scope, on)
    elif Role.LEADER in scope.roles and scope.portfolio_unit_ids:
        found += _of_leader(user, scope, on)
    return sorted(found, key=lambda todo: todo.due_on or date.max)


def _late(due_on: date | None, on: date) -> int:
    return max(0, (on - due_on).days) if due_on else 0


def _todo(
    tag: str, title: str, url: str, source: str, due_on: date | None, verb: str, on: date
) -> Todo:
    late = _late(due_on, on)
    return Todo(tag, "red" if late else "ye", title, url, source, due_on, verb, late)


def _notice(row: Notice, verb: str, due_on: date | None, on: date, source: str) -> Todo:
    return _todo(
        row.get_kind_display(), f"{row.number} {row.title}".strip(),
        reverse("notice_detail", args=[row.pk]), source, due_on, verb, on,
    )  # fmt: skip


def _finding(row: Finding, tag: str, verb: str, due_on: date | None, on: date, source: str) -> Todo:
    url = reverse("finding_detail", args=[row.pk])
    return _todo(tag, f"{row.number} {row.title}", url, source, due_on, verb, on)


def _of_unit(user: User, scope: Scope, on: date) -> Iterable[Todo]:
    notices: QuerySet[Notice] = Notice.objects.visible_to(user).filter(
        unit_id__in=scope.unit_ids, state__in=UNITS_TURN
    )
    for row in notices.order_by("answer_due_on", "pk")[:MOST]:
        verb = _NOTICE_VERBS[NoticeState(row.state)]
        yield _notice(row, verb, row.due_on, on, row.get_source_kind_display())
    served: QuerySet[Finding] = Finding.objects.visible_to(user).filter(
        unit_id__in=scope.unit_ids, state=FindingState.SERVED
    )
    for finding in served.order_by("reply_due_on", "pk")[:MOST]:
        source = finding.get_source_kind_display()
        yield _finding(finding, "问题确认", "确认", finding.reply_due_on, on, source)
    work: QuerySet[Rectification] = Rectification.objects.visible_to(user).filter(
        finding__unit_id__in=scope.unit_ids, state__in=UNITS_WORK
    )
    for part in work.select_related("finding").order_by("due_on", "pk")[:MOST]:
        verb = _WORK_VERBS[RectificationState(part.state)]
        source = part.finding.get_source_kind_display()
        yield _finding(part.finding, "问题整改", verb, part.due_on, on, source)


def _of_office(user: User, scope: Scope, on: date) -> Iterable[Todo]:
    if scope.may(Action.NOTICE_EDIT):
        yield from _notices_of_office(user, scope, on)
    findings: QuerySet[Finding] = Finding.objects.visible_to(user).filter(
        Q(state=FindingState.DISPUTED) | Q(state=FindingState.SERVED, reply_due_on__lt=on)
    )
    for finding in findings.select_related("unit").order_by("reply_due_on", "pk")[:MOST]:
        yield _finding(finding, "问题认定", "认定", None, on, finding.unit.name)
    asked = [RectificationState.REPORTED]
    if scope.may(Action.FINDING_DECIDE):
        asked.append(RectificationState.RECHECKED)
    rows: QuerySet[Rectification] = Rectification.objects.visible_to(user).filter(
        Q(state__in=asked) | Q(extension_until__isnull=False)
    )
    for row in rows.select_related("finding__unit").order_by("reported_at", "pk")[:MOST]:
        if row.extension_until is not None:
            if scope.may(Action.FINDING_DECIDE):
                source = row.finding.unit.name
                yield _finding(row.finding, "整改延期", "审批", row.due_on, on, source)
        elif row.state == RectificationState.REPORTED:
            yield _finding(row.finding, "问题整改", "复查", None, on, row.finding.unit.name)
        elif row.rechecked_by_id != user.pk:
            yield _finding(row.finding, "问题整改", "销号", None, on, row.finding.unit.name)
    if scope.may(Action.FINDING_DECIDE):
        open_ = Objection.objects.visible_to(user).filter(state=ObjectionState.OPEN)
        objected = open_.exclude(against=user).exclude(finding__made_by=user)
        for one in objected.select_related("unit").order_by("due_on", "pk")[:MOST]:
            url = link_of(one)
            if url:
                source = one.unit.name
                yield _todo("异议申诉", one.subject_text, url, source, one.due_on, "复核", on)


def _notices_of_office(user: User, scope: Scope, on: date) -> Iterable[Todo]:
    issues = scope.may(Action.NOTICE_ISSUE)
    states = [NoticeState.ANSWERED]
    if issues:
        states += [NoticeState.DRAFT, NoticeState.RECHECKED]
    rows: QuerySet[Notice] = Notice.objects.visible_to(user).filter(
        Q(state__in=states) | Q(extension_until__isnull=False)
    )
    for row in rows.select_related("unit").order_by("answered_at", "pk")[:MOST]:
        if row.extension_until is not None:
            if issues:
                yield _notice(row, "审批延期", row.answer_due_on, on, row.unit.name)
        elif row.state == NoticeState.ANSWERED:
            yield _notice(row, "复核", None, on, row.unit.name)
        elif row.state == NoticeState.DRAFT and row.made_by_id != user.pk:
            yield _notice(row, "签发", None, on, row.unit.name)
        elif row.state == NoticeState.RECHECKED and row.rechecked_by_id != user.pk:
            yield _notice(row, "销号", None, on, row.unit.name)


def _of_leader(user: User, scope: Scope, on: date) -> Iterable[Todo]:
    mine = scope.portfolio_unit_ids
    grave = Q(colour__in=[Colour.ORANGE, Colour.RED], state__in=OPEN_NOTICES)
    late = Q(state=NoticeState.ISSUED, ack_due_on__lt=on) | Q(
        state__in=UNITS_TURN, answer_due_on__lt=on
    )
    notices: QuerySet[Notice] = Notice.objects.visible_to(user).filter(
        grave | late, unit_id__in=mine
    )
    for row in notices.select_related("unit").order_by("answer_due_on", "pk")[:MOST]:
        yield _notice(row, "查看", row.due_on, on, f"{row.unit.name} {row.get_colour_display()}")
    work: QuerySet[Rectification] = (
        Rectification.objects.visible_to(user).late(on=on).filter(finding__unit_id__in=mine)
    )
    for part in work.select_related("finding__unit").order_by("due_on", "pk")[:MOST]:
        yield _finding(part.finding, "问题整改", "查看", part.due_on, on, part.finding.unit.name)
