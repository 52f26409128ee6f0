"""督办文书 in letter form (信函格式), and 整改台账 on paper: asked for, made by a worker."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Job, StoredFile, User
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.jobs import Outcome, Progress
from reports.documents.content import (
    Annex,
    Block,
    Column,
    Heading,
    OfficialPaper,
    Paragraph,
    Table,
)
from reports.documents.docx import render_docx
from reports.documents.pdf import render_pdf
from reports.services import typeface_check
from tasks.models import Notice, NoticeState
from tasks.selectors import rectifications

NOTICE_KINDS = {"pdf": ("PDF", files.PDF), "docx": ("Word", files.DOCX)}
LEDGER_KIND = "finding_ledger"
LEDGER_WIDTHS = (2.5, 2.8, 3.4, 2.1, 1.6, 3.2, 3.2, 1.7, 2.6, 1.5, 1.5, 3.2)
REPLY_COLUMNS = (Column("项目", 1.3), Column("内容", 5.2))
FEWEST_ROWS, MOST_ROWS = 1, 2000


def job_kind_of(kind: str) -> str:
    """The job that makes a notice's file of `kind` ("pdf", "docx")."""
    return f"notice_{kind}"


def paper_of(notice: Notice) -> OfficialPaper:
    """The notice as a letter, with the unit's answer as an annex that is filled or to be filled."""
    assert notice.issued_at is not None
    kind = notice.get_kind_display()
    about = notice.title.removeprefix("关于").rstrip("。")
    source = "，".join(p for p in (notice.get_source_kind_display(), notice.source_text) if p)
    what = f"{notice.title.rstrip('。')}。来源：{source}。"
    if notice.item is not None:
        what += f"对应任务：{notice.item.number} {notice.item.heading}。"
    if notice.follows is not None:
        what += f"接续{notice.follows.get_kind_display()} {notice.follows.number}。"
    body: list[Block] = [Heading(1, "一、办理事项"), Paragraph(what)]
    body.append(Heading(1, "二、办理要求"))
    body += [Paragraph(line) for line in notice.demand.splitlines() if line.strip()]
    body += [
        Heading(1, "三、办理时限"),
        Paragraph(
            f"请于{_day(notice.ack_due_on)}前签收，{_day(notice.answer_due_on)}前书面反馈办理情况。"
            f"不能按期办结的，须在期限届满前说明理由、申请延期。本单现为{notice.get_colour_display()}。"
        ),
    ]
    return OfficialPaper(
        title=f"关于{about}的{kind}",
        head=notice.county.issuer,
        number=notice.number,
        addressee=notice.unit.name,
        body=tuple(body),
        signature=notice.county.issuer,
        dated=timezone.localdate(notice.issued_at),
        annexes=(
            Annex(f"{kind}办理情况反馈", (Table(REPLY_COLUMNS, _reply(notice)),), is_listed=False),
        ),
        form="letter",
    )


def _reply(notice: Notice) -> tuple[tuple[str, ...], ...]:
    evidence = "，".join(
        part for part in (notice.answer_reference, str(notice.answer_file or "")) if part
    )
    return (
        ("承办单位", notice.unit.name),
        ("签收", _hand(notice.taken_by, notice.taken_at)),
        ("办理情况", notice.answer),
        ("佐证", evidence),
        ("反馈", _hand(notice.answered_by, notice.answered_at)),
        ("复核意见", notice.opinion),
        ("复核", _hand(notice.rechecked_by, notice.rechecked_at)),
        ("销号", _hand(notice.struck_by, notice.struck_at)),
    )


def _hand(user: User | None, at: datetime | None) -> str:
    if user is None or at is None:
        return ""
    return f"{user.display_name}，{_day(timezone.localdate(at))}"


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def ask(*, by: Actor, notice: Notice, kind: str) -> Job:
    """Ask for the notice as a file; as it stands, the same is the same job and the same bytes."""
    if kind not in NOTICE_KINDS:
        raise Invalid("只能生成 PDF 和 Word，请从页面上的按钮选择。")
    require(by, Action.NOTICE_READ)
    notice = _visible(_asker(by), notice.pk)
    digest = _digest(notice)
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=job_kind_of(kind),
            key=f"{job_kind_of(kind)}:{notice.pk}:u{_asker(by).pk}:{digest}",
            title=f"{notice.get_kind_display()} {notice.number}（{NOTICE_KINDS[kind][0]}）",
            county=notice.county,
            parameters={"notice_id": notice.pk, "digest": digest},
        )


def make(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work: made outside a transaction, stored in a short one; it may run twice."""
    kind = job.kind.removeprefix("notice_")
    require(by, Action.NOTICE_READ)
    notice = _visible(_asker(by), job.parameters["notice_id"])
    if _digest(notice) != job.parameters["digest"]:
        raise WrongState("排队期间这份文书又有办理，请回到文书页重新生成。")
    progress(20, "排版")
    paper = paper_of(notice)
    data = render_pdf(paper) if kind == "pdf" else render_docx(paper)
    progress(90, "保存文件")
    told = typeface_check.warnings(paper) if kind == "pdf" else []
    return Outcome(file=_store(by, notice, kind, data), result={"warnings": told})


def _store(by: Actor, notice: Notice, kind: str, data: bytes) -> StoredFile:
    label, content_type = NOTICE_KINDS[kind]
    name = f"{notice.number} {notice.unit.short_name or notice.unit.name}.{kind}"
    with acting(by=by) as act:
        _visible(_fresh(by, Action.NOTICE_READ), notice.pk)
        file = files.store(county=notice.county, name=name, data=data, content_type=content_type)
        act.record(
            "notice.export",
            notice,
            summary=f"生成{notice.get_kind_display()} {notice.number} 的{label}文件",
        )
    return file


def _digest(notice: Notice) -> str:
    return hashlib.sha256(repr(paper_of(notice)).encode()).hexdigest()


def _visible(user: User, notice_id: int) -> Notice:
    """The notice if `user` sees it; refused while it is a draft, and once it is void."""
    rows = Notice.objects.visible_to(user).select_related(
        "county", "unit", "item", "follows", "answer_file", "taken_by__person",
        "answered_by__person", "rechecked_by__person", "struck_by__person",
    )  # fmt: skip
    notice: Notice = find(rows, pk=notice_id)
    if notice.issued_at is None or notice.state == NoticeState.VOID:
        raise WrongState("文书签发后才能打印，作废的不再打印。")
    return notice


def ask_ledger(*, by: Actor, year: int, filters: Mapping[str, Any], on: date) -> Job:
    """Ask for 整改台账 of a year as PDF, under the filters of the page."""
    require(by, Action.FINDING_READ)
    asker = _asker(by)
    given = {name: value for name, value in filters.items() if value}
    lines = _lines(asker, year, given, on)
    rows = rectifications.of_year(asker, year, given, on=on)
    digest = hashlib.sha256(repr(lines).encode()).hexdigest()
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=LEDGER_KIND,
            key=f"{LEDGER_KIND}:{year}:u{asker.pk}:{on:%Y%m%d}:{digest}",
            title=f"{year}年度问题整改台账（{len(lines)} 项）",
            county=asker.county,
            parameters={
                "year": year,
                "filters": given,
                "on": on.isoformat(),
                "findings": list(rows.order_by("pk").values_list("pk", flat=True)),
            },
        )


def make_ledger(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work of 整改台账; the asker's rights are looked at again. It may run twice."""
    require(by, Action.FINDING_READ)
    asker, year = _asker(by), job.parameters["year"]
    day = date.fromisoformat(job.parameters["on"])
    lines = _lines(asker, year, job.parameters["filters"], day)
    progress(20, "排版")
    paper = ledger_paper(job.county.issuer if job.county else "", year, lines, day)
    data = render_pdf(paper)
    progress(90, "保存文件")
    file = _store_ledger(by, asker, year, len(lines), data)
    return Outcome(file=file, result={"warnings": typeface_check.warnings(paper)})


def _store_ledger(by: Actor, asker: User, year: int, count: int, data: bytes) -> StoredFile:
    assert asker.county is not None
    with acting(by=by) as act:
        _fresh(by, Action.FINDING_READ)
        file = files.store(
            county=asker.county, name=f"{year}年度问题整改台账.pdf", data=data,
            content_type=files.PDF,
        )  # fmt: skip
        act.record(
            "finding.export",
            summary=f"生成 {year} 年度问题整改台账 {count} 项",
            county=asker.county,
        )
    return file


def ledger_paper(issuer: str, year: int, lines: list[list[str]], day: date) -> OfficialPaper:
    """整改台账 as an annex of one landscape table."""
    columns = tuple(
        Column(name, width) for name, width in zip(rectifications.HEADS, LEDGER_WIDTHS, strict=True)
    )
    return OfficialPaper(
        title=f"{year}年度问题整改台账",
        body=(Paragraph(f"截至{_day(day)}，台账所列问题共{len(lines)}项，逐项见附件。"),),
        signature=issuer,
        dated=day,
        annexes=(Annex.of_table("问题整改台账", columns, tuple(tuple(row) for row in lines)),),
    )


def _lines(user: User, year: int, filters: Mapping[str, Any], day: date) -> list[list[str]]:
    rows = rectifications.of_year(user, year, dict(filters), on=day)
    lines = rectifications.ledger(rows, on=day)
    if not FEWEST_ROWS <= len(lines) <= MOST_ROWS:
        raise WrongState(f"打印的台账为 {FEWEST_ROWS} 至 {MOST_ROWS} 项，请调整筛选条件。")
    return lines


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("生成文件须由登录人员发起。")
    return user


def _fresh(by: Actor, action: Action) -> User:
    """The asker with the rights held now: printing took a while since they were computed."""
    user = User.objects.get(pk=_asker(by).pk)
    if not scope_for(user).may(action):
        raise NotAllowed("本账号已没有这项权限，文件没有保存。")
    return user
