"""Papers of duties, made by a worker: the 台账 of the ten things, the tables of coverage."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction

from accountability.access import Action, scope_for
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County, Job, StoredFile, User
from accountability.refusals import NotAllowed, NotFound
from accountability.selectors.duty_coverage import Coverage, coverage
from accountability.services import files, jobs
from accountability.services.jobs import Outcome, Progress
from reports.documents.content import Annex, Column, OfficialPaper, Paragraph
from reports.documents.pdf import render_pdf
from reports.selectors.ten_things import ThingsOf, chosen, ledger_rows, ten_things
from reports.services import typeface_check
from reports.services.letter_issuer import full_name

COVERAGE, TEN_THINGS = "duty_coverage_pdf", "ten_things_pdf"
SPACED = re.compile(r" (?=\d)|(?<=\d) ")  # a page has air around figures, a paper none
LEDGER_COLUMNS = (
    Column("事项", 4.2),
    Column("时限", 1.7, "center"),
    Column("状态", 1.4, "center"),
    Column("开展日期", 1.7, "center"),
    Column("记录", 4.6),
    Column("佐证", 1.1, "center"),
)


def ask_coverage(*, by: Actor, part: str, year: int, on: date) -> Job:
    """Ask for one of the tables of coverage as PDF; the same table is the same job."""
    user = _asker(by)
    require(by, Action.DUTY_READ)
    table = coverage(user, part, year, on=on)
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=COVERAGE,
            key=f"{COVERAGE}:u{user.pk}:{part}:{year}:{on:%Y%m%d}:{_mark(table.rows)}",
            title=table.title,
            county=user.county,
            parameters={
                "part": part,
                "year": year,
                "on": on.isoformat(),
                "whole": scope_for(user).sees_whole_county,
            },
        )


def make_coverage(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work; run twice, the same table gives the same bytes."""
    require(by, Action.DUTY_READ)
    user, given = _asker(by), job.parameters
    on = date.fromisoformat(given["on"])
    table = coverage(user, given["part"], given["year"], on=on)
    progress(30, "排版")
    paper = coverage_paper(table, county=_county(user), on=on)
    data = render_pdf(paper)
    progress(90, "保存文件")
    return Outcome(
        file=_keep(by=by, title=table.title, data=data),
        result={"warnings": typeface_check.warnings(paper)},
    )


def coverage_paper(table: Coverage, *, county: County, on: date) -> OfficialPaper:
    """The table as an official paper with one annex."""
    columns = tuple(
        Column(name, width) for name, width in zip(table.columns, table.widths, strict=True)
    )
    told = SPACED.sub("", table.sum)
    return OfficialPaper(
        title=table.title,
        body=(Paragraph(f"截至{on.year}年{on.month}月{on.day}日，{told}。"),),
        signature=county.issuer,
        dated=on,
        sealed=False,
        annexes=(Annex.of_table(table.title, columns, _printed(table.rows)),) if table.rows else (),
    )


def ask_ten_things(*, by: Actor, post_id: str, year: int, on: date) -> Job:
    """Ask for the 台账 of one first responsible seat (the own where none is named).

    Raises `NotFound` for a seat whose list the person may not read.
    """
    user = _asker(by)
    require(by, Action.DUTY_READ)
    found = _things(user, post_id, year, on=on)
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=TEN_THINGS,
            key=f"{TEN_THINGS}:u{user.pk}:{found.post.pk}:{year}:{on:%Y%m%d}:{_mark(ledger_rows(found))}",
            title=_title(found),
            county=user.county,
            parameters={"post_id": str(found.post.pk), "year": year, "on": on.isoformat()},
        )


def make_ten_things(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work; run twice, the same list gives the same bytes."""
    require(by, Action.DUTY_READ)
    user, given = _asker(by), job.parameters
    on = date.fromisoformat(given["on"])
    found = _things(user, given["post_id"], given["year"], on=on)
    progress(30, "排版")
    paper = ledger_paper(found, county=_county(user), on=on)
    data = render_pdf(paper)
    progress(90, "保存文件")
    return Outcome(
        file=_keep(by=by, title=_title(found), data=data),
        result={"warnings": typeface_check.warnings(paper)},
    )


def ledger_paper(found: ThingsOf, *, county: County, on: date) -> OfficialPaper:
    """第一责任人任务清单台账 in official layout."""
    done = sum(thing.done for thing in found.things)
    everything = sum(thing.count for thing in found.things)
    return OfficialPaper(
        title=f"{found.year}年度第一责任人任务清单台账",
        body=(
            Paragraph(f"第一责任人：{found.post}　{found.holder}"),
            Paragraph(
                f"截至{on.year}年{on.month}月{on.day}日，清单十件事共列事项{everything}项，"
                f"已完成{done}项，见附件。"
            ),
        ),
        signature=full_name(county, found.post.unit),
        dated=on,
        sealed=False,
        annexes=(Annex.of_table("任务清单台账", LEDGER_COLUMNS, _printed(ledger_rows(found))),),
    )


def _printed(rows: Iterable[tuple[str, ...] | str]) -> tuple[tuple[str, ...] | str, ...]:
    """The rows of a page as they are printed: what is empty has a dash."""
    return tuple(
        row if isinstance(row, str) else tuple("—" if cell == "--" else cell for cell in row)
        for row in rows
    )


def covers_coverage(user: User, job: Job) -> bool:
    """A table of the whole county is for who still reads the whole county."""
    return scope_for(user).sees_whole_county or not job.parameters.get("whole")


def covers_ten_things(user: User, job: Job) -> bool:
    """Whether the seat still is among those whose list the user may read."""
    on = date.fromisoformat(job.parameters["on"])
    return chosen(user, job.parameters["post_id"], on=on)[1] is not None


def _things(user: User, post_id: str, year: int, *, on: date) -> ThingsOf:
    post = chosen(user, post_id, on=on)[1]
    if post is None:
        raise NotFound
    return ten_things(user, post, year, on=on)


def _title(found: ThingsOf) -> str:
    return f"{found.year}年度第一责任人任务清单台账（{found.post}）"


def _mark(rows: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()[:24]


def _keep(*, by: Actor, title: str, data: bytes) -> StoredFile:
    fresh = User.objects.get(pk=_asker(by).pk)
    if not scope_for(fresh).may(Action.DUTY_READ):
        raise NotAllowed("本账号已没有这项权限，文件没有保存。")
    county = _county(fresh)
    with acting(by=by) as act:
        file = files.store(county=county, name=f"{title}.pdf", data=data, content_type=files.PDF)
        act.record("duty.export", county, summary=f"生成《{title}》")
    return file


def _county(user: User) -> County:
    if user.county is None:
        raise NotAllowed("本账号不属于任何县（区），没有可以生成的文件。")
    return user.county


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("生成文件须由登录人员发起。")
    return user
