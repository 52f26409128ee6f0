"""Exports of the trail: Excel of what the filters find, and the evidence package (证据包).

The package proves itself offline: its ledger part, checkpoints, manifest and
the stand-alone verifier need no portal. Rows outside the chosen scope enter
as (seq, row hash, link) alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from ..access import Action, scope_for
from ..access.require import require
from ..door import Actor, acting
from ..models import (
    AuditEvent,
    Job,
    LedgerRow,
    Outcome,
    StoredFile,
    Unit,
    User,
)
from ..refusals import Invalid, NotAllowed
from ..selectors.trail import Filters, action_name, filtered, ledger_places
from ..trail import checkpoints
from . import files, jobs, proof_package
from .jobs import Outcome as JobOutcome
from .jobs import Progress

KIND = "evidence_package"
MOST_ROWS = 20_000
ZIP = "application/zip"
COLUMNS = (
    "序号", "时间", "操作人", "职务", "单位", "代何人", "来源地址", "动作", "结果", "对象",
    "说明", "变更项", "变更前", "变更后", "理由", "关注点", "账本序号", "链摘要",
)  # fmt: skip


def export_events(*, by: Actor, filters: Filters) -> bytes:
    """The events that the filters find, as Excel; the export is itself an event."""
    if by.user is None:
        raise NotAllowed("系统内部账号不能导出审计轨迹。")
    events = list(filtered(by.user, filters).order_by("id")[: MOST_ROWS + 1])
    if len(events) > MOST_ROWS:
        raise Invalid(f"符合条件的记录超过 {MOST_ROWS} 条，请缩小时间范围后再导出。")
    data = workbook("审计轨迹", COLUMNS, event_lines(events))
    with acting(by=by) as act:
        act.record(
            "read.audit_export",
            summary=f"导出审计轨迹 {len(events)} 条",
            county=by.county,
        )
    return data


def ask_for_package(
    *, by: Actor, purpose: str, since: date | None, until: date | None, unit: int | None
) -> Job:
    """The job that makes a package; purpose, period and unit are on the trail."""
    require(by, Action.TRAIL_READ)
    purpose = purpose.strip()
    if not purpose:
        raise Invalid("请填写用途，用途记入审计轨迹。")
    chosen = Unit.objects.filter(pk=unit, county=by.county).first() if unit and by.county else None
    if unit and chosen is None:
        raise Invalid("没有找到所选单位，请重新选择。")
    with acting(by=by, reason=purpose) as act:
        period = f"{since or '启用'} 至 {until or '今日'}"
        job = jobs.ask(
            by=by,
            kind=KIND,
            key=f"{KIND}:{act.id}",
            title=f"证据包（{period}）",
            county=by.county,
            parameters={
                "purpose": purpose,
                "since": since.isoformat() if since else None,
                "until": until.isoformat() if until else None,
                "unit": unit,
            },
        )
        act.record(
            "evidence.export",
            job,
            summary=f"导出证据包：{period}" + (f"，{chosen.name}" if chosen else ""),
            county=by.county,
            units=[chosen] if chosen else [],
        )
    return job


def make_package(*, job: Job, by: Actor, progress: Progress) -> JobOutcome:
    """Made outside a transaction, stored in a short one; run twice it stores one more file."""
    asker = by.on_behalf_of
    if asker is None or job.county is None:
        raise NotAllowed("证据包须由监督检查人员本人发起。")
    require(by, Action.TRAIL_READ)
    parameters = job.parameters
    filters = Filters(
        since=_date(parameters["since"]),
        until=_date(parameters["until"]),
        unit_id=parameters["unit"],
    )
    progress(5, "写入存证点")
    checkpoints.write(cause="证据包")
    events = list(filtered(asker, filters).order_by("id")[: MOST_ROWS + 1])
    if len(events) > MOST_ROWS:
        raise Invalid(f"记录超过 {MOST_ROWS} 条，请缩小时间范围后重新导出。")
    progress(20, f"汇集 {len(events)} 条操作记录")
    data = package(
        county_id=job.county.pk,
        county_name=job.county.name,
        events=events,
        purpose=parameters["purpose"],
        asker=asker.display_name,
        parameters=parameters,
        progress=progress,
    )
    with acting(by=by, reason=parameters["purpose"]) as act:
        file = files.store(
            county=job.county,
            name=f"证据包{timezone.localdate():%Y%m%d}-{job.pk}.zip",
            data=data,
            content_type=ZIP,
        )
        act.record(
            "evidence.made",
            file,
            summary=f"证据包已生成，{len(events)} 条操作记录，SHA-256 {file.sha256[:16]}…",
        )
    scope = scope_for(asker)
    units = None if scope.sees_whole_county else sorted(scope.inspected_unit_ids)
    return JobOutcome(
        file=file, result={"events": len(events), "sha256": file.sha256, "mandate": units}
    )


def covers(user: User, job: Job) -> bool:
    """Whether the mandate of today reaches as far as that under which a package was made."""
    scope = scope_for(user)
    mandate = job.result.get("mandate")
    return scope.sees_whole_county or (
        mandate is not None and scope.inspected_unit_ids.issuperset(mandate)
    )


def package(
    *,
    county_id: int,
    county_name: str,
    events: list[AuditEvent],
    purpose: str,
    asker: str,
    parameters: dict[str, Any],
    progress: Progress,
) -> bytes:
    """The zip: events, ledger, checkpoints, attachments' digests, verifier, manifest, signature."""
    contents: dict[str, bytes] = {}
    lines = list(event_lines(events))
    contents["操作记录.xlsx"] = workbook("操作记录", COLUMNS, lines)
    contents["events.jsonl"] = proof_package.jsonl(event_values(events))
    progress(40, "写出账本")
    in_scope = {event.act_id for event in events}
    heads = proof_package.heads_of(county_id)
    contents["ledger.jsonl"] = proof_package.jsonl(
        proof_package.ledger_values(heads, lambda _table, _key, event: event in in_scope)
    )
    progress(70, "写出存证点和附件摘要")
    contents["files.jsonl"] = proof_package.jsonl(_file_values(county_id, in_scope))
    contents["校验说明.txt"] = _instructions(county_name, purpose, asker).encode("utf-8")
    report = getattr(settings, "EVIDENCE_REPORT", "")
    if report:
        progress(80, "排印操作记录")
        contents["操作记录.pdf"] = import_string(report)(
            county=county_name, purpose=purpose, asker=asker, columns=COLUMNS, lines=lines
        )
    about = {
        "county": county_name,
        "purpose": purpose,
        "asked_by": asker,
        "parameters": parameters,
        "events": len(events),
    }
    return proof_package.sealed(contents, about=about, heads=heads)


def event_lines(events: Iterable[AuditEvent]) -> Iterator[list[str]]:
    """One line a change (at least one an event), in the order of COLUMNS."""
    events = list(events)
    places: dict[int, dict[str, Any]] = {}
    for start in range(0, len(events), 500):
        places |= ledger_places(events[start : start + 500])
    for event in events:
        place = places.get(event.pk, {})
        for change in event.changes or [{}]:
            yield [
                str(event.pk),
                f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}",
                event.actor_name,
                event.actor_post,
                event.actor_unit,
                event.on_behalf_of.display_name if event.on_behalf_of else "",
                event.address or "",
                action_name(event.action),
                Outcome(event.outcome).label,
                event.target_label,
                event.summary,
                change.get("label", ""),
                str(change.get("before", "")),
                str(change.get("after", "")),
                event.reason,
                event.get_concern_display() if event.concern else "",
                str(place.get("seq", "")),
                place.get("hash", ""),
            ]


def workbook(title: str, columns: Iterable[str], lines: Iterable[list[str]]) -> bytes:
    """Rows as Excel by the writer that settings name (WORKBOOK_WRITER): text stays text."""
    data: bytes = import_string(settings.WORKBOOK_WRITER)(title, list(columns), list(lines))
    return data


def event_values(events: Iterable[AuditEvent]) -> Iterator[dict[str, Any]]:
    """The events as plain data, for a later reader's own tools."""
    for event in events:
        yield {
            "id": event.pk,
            "act": event.act_id,
            "at": event.at.isoformat(),
            "actor": event.actor_key,
            "name": event.actor_name,
            "post": event.actor_post,
            "unit": event.actor_unit,
            "address": event.address,
            "action": event.action,
            "outcome": event.outcome,
            "target": [event.target_type, event.target_id, event.target_label],
            "summary": event.summary,
            "changes": event.changes,
            "reason": event.reason,
        }


def _file_values(county_id: int, in_scope: set[str]) -> Iterator[dict[str, Any]]:
    """Every attachment's digest; the name of those alone that an act of the package stored."""
    stored = LedgerRow.objects.filter(table=StoredFile._meta.db_table, op="I")
    told = {
        key
        for key, event in stored.values_list("key", "event").iterator(chunk_size=5000)
        if event in in_scope
    }
    for f in StoredFile.objects.filter(county_id=county_id).order_by("id"):
        yield {
            "name": f.name if str(f.pk) in told else "",
            "size": f.size,
            "sha256": f.sha256,
            "stored_at": f.stored_at.isoformat(),
        }


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _instructions(county: str, purpose: str, asker: str) -> str:
    return (
        f"{county}审计轨迹证据包\n\n用途：{purpose}\n导出人：{asker}\n"
        f"导出时间：{timezone.localtime():%Y-%m-%d %H:%M}\n存证公钥：{checkpoints.public_key()}\n\n"
        "校验方法（断网可用，只需 Python 3）：\n"
        "    python3 verify_ledger.py 证据包.zip --key 登记的存证公钥\n"
        "有纪检监察机关留存的见证文件时，再加：--witness 见证文件\n"
        "检查机留存了报送的存证点时，再加：--checkpoints 存证点文件\n\n"
        "显示“核对通过”为真；改动任何一个字节都会显示不一致之处。\n"
    )
