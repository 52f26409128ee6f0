"""What the trail's pages show: a page of events with their place in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from ..models import AuditEvent, Concern, Job, JobState, LedgerLink, LedgerRow, Unit, User
from ..trail import checkpoints

PAGE = 50
MOST = 1000


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the page, as they stand in its address."""

    since: date | None = None
    until: date | None = None
    unit_id: int | None = None
    who: str = ""
    action: str = ""
    words: str = ""
    concern: str = ""
    before: int | None = None  # keyset: events older than this id
    after: int | None = None  # keyset: events newer than this id


# Families of actions, as people name them; the page offers these.
ACTION_NAMES = {
    "login": "登录",
    "logout": "退出登录",
    "password": "修改密码",
    "paper": "实施意见",
    "task": "任务",
    "slot": "责任落实",
    "share": "分解任务",
    "progress": "进展",
    "extension": "延期申请",
    "campaign": "督查",
    "return": "督查报送",
    "bulletin": "督查通报",
    "notice": "督办",
    "finding": "问题",
    "rectification": "整改",
    "objection": "异议申诉",
    "duty": "履责事项",
    "duty_rule": "履责规则",
    "duty_list": "责任清单",
    "talk": "廉政谈话",
    "letter": "责任书",
    "endorsement": "签字背书",
    "signature": "个人签名",
    "dispatch": "发文",
    "promise": "承诺书",
    "power": "权力清单",
    "publication": "公布公开",
    "scheme": "考核方案",
    "assessment": "考核",
    "result_use": "结果运用",
    "sheet": "评分表",
    "appeal": "考核复核",
    "year_report": "年终考核报告",
    "ballot": "民主测评",
    "number": "文号",
    "wording": "文书措辞",
    "unit": "单位",
    "group": "单位集合",
    "person": "人员",
    "post": "职务",
    "tenure": "任职",
    "portfolio": "分管",
    "directory": "单位与人员",
    "account": "账号",
    "role": "角色",
    "rights": "权限核对",
    "session": "登录会话",
    "evidence": "证据",
    "ledger": "账本校验",
    "schedule": "计划任务",
    "calendar": "工作日历",
    "year": "年度结转",
    "gateway": "消息网关",
    "module": "责任追究和谈话函询的启用",
    "interference": "违规干预插手记录",
    "lead": "线索移送",
    "outbox": "消息发送",
    "contact": "接收渠道",
    "read": "查看导出",
    "denied": "被拒操作",
}
ODD_HOURS = "odd_hours"


def action_name(action: str) -> str:
    """The family's name of an action code."""
    return ACTION_NAMES.get(action.replace(":", ".").split(".")[0], action)


def filtered(user: User, filters: Filters) -> QuerySet[AuditEvent]:
    """Events that `user` may see, under the filters but the paging."""
    events = AuditEvent.objects.visible_to(user)
    if filters.since:
        events = events.filter(at__gte=_start_of(filters.since))
    if filters.until:
        events = events.filter(at__lt=_start_of(filters.until + timedelta(days=1)))
    if filters.unit_id:
        events = events.filter(event_units__unit_id=filters.unit_id)
    if filters.who:
        events = events.filter(
            Q(actor_name__icontains=filters.who)
            | Q(user__person__initials__icontains=filters.who.lower())
            | Q(user__username=filters.who)
        )
    if filters.action:
        events = events.filter(
            Q(action=filters.action)
            | Q(action__startswith=f"{filters.action}.")
            | Q(action__startswith=f"{filters.action}:")
        )
    if filters.words:
        events = events.filter(
            Q(summary__icontains=filters.words)
            | Q(target_label__icontains=filters.words)
            | Q(reason__icontains=filters.words)
        )
    if filters.concern == ODD_HOURS:
        events = events.filter(is_odd_hour=True)
    elif filters.concern:
        events = events.filter(concern=filters.concern)
    return events


def page(user: User, filters: Filters) -> dict[str, Any]:
    """One page of events, newest first, by keyset; the same queries whatever the number."""
    events = filtered(user, filters)
    if filters.after:
        found = list(events.filter(id__gt=filters.after).order_by("id")[: PAGE + 1])
        has_newer, found = len(found) > PAGE, list(reversed(found[:PAGE]))
        has_older = True
    else:
        if filters.before:
            events = events.filter(id__lt=filters.before)
        found = list(events.order_by("-id")[: PAGE + 1])
        has_older, found = len(found) > PAGE, found[:PAGE]
        has_newer = filters.before is not None
    places = ledger_places(found)
    rows: list[dict[str, Any]] = [
        {"event": e, "name": action_name(e.action), "place": places.get(e.pk)} for e in found
    ]
    days = [
        (day, list(of_day))
        for day, of_day in groupby(rows, key=lambda r: timezone.localtime(r["event"].at).date())
    ]
    return {
        "days": days,
        "events": found,
        "shown": len(found),
        "newer": found[0].pk if found and has_newer else None,
        "older": found[-1].pk if found and has_older else None,
    }


def counted(user: User, filters: Filters) -> str:
    """How many events the filters find, capped: counting everything reads everything."""
    number = filtered(user, filters).values("id")[: MOST + 1].count()
    return f"{MOST}+" if number > MOST else str(number)


def concerns(user: User, filters: Filters) -> list[dict[str, Any]]:
    """监督关注点 with their counts under the filters' period."""
    events = filtered(user, Filters(since=filters.since, until=filters.until))
    counts = dict(
        events.exclude(concern="").order_by().values_list("concern").annotate(Count("id"))
    )
    found = [
        {"code": code, "label": label, "count": counts.get(code, 0)}
        for code, label in Concern.choices
    ]
    found.append(
        {
            "code": ODD_HOURS,
            "label": "工作时间外操作",
            "count": events.filter(is_odd_hour=True).count(),
        }
    )
    return found


def ledger_places(events: Sequence[AuditEvent]) -> dict[int, dict[str, Any]]:
    """Sequence number and link of each event's own ledger row, in one query."""
    links = LedgerLink.objects.filter(
        row__table=AuditEvent._meta.db_table, row__key__in=[str(e.pk) for e in events]
    ).values_list("row__key", "seq", "hash")
    return {
        int(key): {"seq": seq, "hash": link, "short": f"{link[:6]}…{link[-4:]}"}
        for key, seq, link in links
    }


def event_rows(event: AuditEvent) -> list[dict[str, Any]]:
    """The rows that the database wrote down under the same act, with their places."""
    rows = LedgerRow.objects.filter(event=event.act_id).select_related("link").order_by("id")[:200]
    return [
        {
            "row": row,
            "seq": getattr(getattr(row, "link", None), "seq", None),
            "operation": {"I": "新增", "U": "修改", "D": "删除", "S": "结构"}.get(row.op, row.op),
        }
        for row in rows
    ]


def integrity(county_id: int | None) -> dict[str, Any]:
    """The band: the last verification, what it covered, the last checkpoint."""
    last = (
        Job.objects.filter(kind="verify_ledger", state=JobState.DONE)
        .order_by("-finished_at")
        .first()
    )
    running = (
        Job.objects.filter(kind="verify_ledger", state__in=[JobState.WAITING, JobState.RUNNING])
        .order_by("-id")
        .first()
    )
    result = last.result if last else {}
    faults = [
        fault
        for fault in result.get("faults", [])
        if fault["chain"] in (0, county_id) or county_id is None
    ]
    checkpoint = checkpoints.latest()
    head = None
    if checkpoint is not None:
        head = next((h for h in checkpoint.heads if h.chain == (county_id or 0)), None)
    return {
        "job": last,
        "running": running,
        "faults": faults,
        "is_sound": bool(last) and not faults,
        "seq": result.get("chains", {}).get(str(county_id or 0), 0),
        "unchecked": result.get("unchecked", 0),
        "notes": result.get("notes", []),
        "checkpoint": checkpoint,
        "checkpoint_at": datetime.fromisoformat(checkpoint.at) if checkpoint else None,
        "checkpoint_head": head,
    }


def units_for(user: User) -> list[Unit]:
    """Units for the filter's list."""
    return list(Unit.objects.filter(county_id=user.county_id).only("id", "name", "precedence"))


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
