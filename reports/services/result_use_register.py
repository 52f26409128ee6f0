"""结果运用登记册 as an official paper with its table in an annex, made by a worker."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import asdict
from datetime import date

from django.db import transaction

from accountability.access import Action
from accountability.access.require import require
from accountability.access.scope import scope_of
from accountability.door import Actor, acting
from accountability.models import County, Job, User
from accountability.refusals import NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.jobs import Outcome, Progress
from reports.documents.content import Annex, Column, OfficialPaper, Paragraph
from reports.documents.pdf import render_pdf
from reports.models import ResultUse, SubjectKind, UseKind, UseState
from reports.selectors.result_uses import HEADS, Filters, entries, table

JOB = "result_uses_pdf"
COLUMNS = tuple(Column(name, width) for name, width in HEADS)
SPACED = re.compile(r" (?=\d)|(?<=\d) ")  # a page has air around figures, a paper none
NOTHING = "没有可以打印的登记，请调整筛选条件。"


def ask(*, by: Actor, year: int, filters: Filters, on: date) -> Job:
    """Ask for the register as it is filtered; the same entries are the same job."""
    require(by, Action.ASSESS_READ)
    user = _asker(by)
    found = list(entries(user, year, filters))
    if not found:
        raise WrongState(NOTHING)
    digest = _digest(found, on)
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=JOB,
            key=f"{JOB}:{year}:u{user.pk}:{digest}",
            title=_title(year, filters),
            county=user.county,
            parameters={
                "year": year,
                "filters": asdict(filters),
                "on": on.isoformat(),
                "uses": [row.pk for row in found],
                "digest": digest,
            },
        )


def make(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work; run twice, the same entries give the same bytes."""
    require(by, Action.ASSESS_READ)
    given = job.parameters
    filters, on = Filters(**given["filters"]), date.fromisoformat(given["on"])
    user = _asker(by)
    county = user.county
    assert county is not None
    found = list(entries(user, given["year"], filters))
    if _digest(found, on) != given["digest"]:
        raise WrongState("排队期间登记又有变化，请回到结果运用页重新打印。")
    progress(20, "排版")
    data = render_pdf(paper_of(found, county=county, year=given["year"], filters=filters, on=on))
    progress(90, "保存文件")
    fresh = User.objects.get(pk=user.pk)
    if not scope_of(fresh).may(Action.ASSESS_READ) or not sees_uses(fresh, job):
        raise NotAllowed("本账号已没有这项权限，文件没有保存。")
    with acting(by=by) as act:
        title = _title(given["year"], filters)
        file = files.store(county=county, name=f"{title}.pdf", data=data, content_type=files.PDF)
        act.record("result_use.export", county, summary=f"生成《{title}》，{len(found)} 条")
    return Outcome(file=file, result={"rows": len(found)})


def paper_of(
    rows: list[ResultUse], *, county: County, year: int, filters: Filters, on: date
) -> OfficialPaper:
    """The register with its counts; void entries are listed and not counted."""
    standing = Counter(row.kind for row in rows if row.state == UseState.RECORDED)
    counted = "，".join(
        f"{label}{standing[kind]}项" for kind, label in UseKind.choices if standing[kind]
    )
    void = sum(row.state == UseState.VOID for row in rows)
    declined = sum(row.state == UseState.DECLINED for row in rows)
    told = f"截至{on.year}年{on.month}月{on.day}日，登记结果运用{standing.total()}项"
    told += f"：{counted}。" if counted else "。"
    more = [f"不采纳{declined}项"] * bool(declined) + [f"作废{void}项"] * bool(void)
    if more:
        told += f"另有{'，'.join(more)}。"
    printed = tuple(tuple(SPACED.sub("", cell) for cell in line) for line in table(rows))
    issuer = county.issuer
    return OfficialPaper(
        title=_title(year, filters),
        body=(Paragraph(f"{told}逐项见附件。"), Paragraph("约谈内容不在登记之列。")),
        signature=f"{issuer}办公室" if issuer.endswith("政府") else issuer,
        dated=on,
        sealed=False,
        annexes=(Annex.of_table("结果运用登记表", COLUMNS, printed),),
    )


def sees_uses(user: User, job: Job) -> bool:
    """Whether all entries of a print still are among what the user may see."""
    wanted = job.parameters["uses"]
    return ResultUse.objects.visible_to(user).filter(pk__in=wanted).count() == len(wanted)


def _title(year: int, filters: Filters) -> str:
    parts = [
        dict(SubjectKind.choices).get(filters.kind, ""),
        dict(UseKind.choices).get(filters.use, ""),
        dict(UseState.choices).get(filters.state, ""),
    ]
    named = "、".join(str(part) for part in parts if part)
    return f"{year}年度考核结果运用登记册" + (f"（{named}）" if named else "")


def _digest(rows: list[ResultUse], on: date) -> str:
    return hashlib.sha256(repr((table(rows), on)).encode()).hexdigest()[:32]


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("打印登记册须由登录人员发起。")
    return user
