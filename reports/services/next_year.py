"""开启下一年度: papers, schemes, duty rules as drafts of the next year, and what changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County, Job
from accountability.refusals import Invalid, NotAllowed, NotFound
from accountability.services import duty_rules, evidence, files, jobs
from accountability.services.jobs import Outcome, Progress
from reports.models import Scheme, SchemeState
from reports.selectors.next_year import papers_of, schemes_of
from reports.services import schemes
from reports.services.schemes import person
from tasks.models import Paper, PaperState
from tasks.services import paper_copies

KIND = "next_year"
COLUMNS = ("实施意见", "编号", "事项", "变动")
MOST_TOLD = 30


def ask(
    *,
    by: Actor,
    year: int,
    paper_ids: Collection[int],
    scheme_ids: Collection[int],
    with_holders: bool,
    with_duties: bool,
    on: date,
) -> Job:
    """Copy schemes and duty rules at once, and ask for the job that copies the papers.

    What is there already is left alone and told of. Nothing of `year` changes.
    """
    user = person(by)
    require(by, Action.YEAR_EDIT)
    county = by.county
    if county is None:
        raise NotFound
    if not on.year - 2 <= year <= on.year:
        raise Invalid("只能由上年、前年或本年开启下一年度，请另选年度。")
    papers = list(papers_of(user, year).filter(pk__in=paper_ids))
    chosen = list(schemes_of(user, year).filter(pk__in=scheme_ids))
    if len(papers) != len(set(paper_ids)) or len(chosen) != len(set(scheme_ids)):
        raise Invalid("所选内容已有变动，请刷新后重新选择。")
    if not (papers or chosen or with_duties):
        raise Invalid("请选择要带入下一年度的内容。")
    with acting(by=by) as act:
        County.objects.select_for_update(no_key=True).get(pk=county.pk)
        told = [_scheme(by, row, year + 1) for row in chosen]
        if with_duties:
            made = duty_rules.carry_over(by=by, county=county, year=year + 1)
            none = f"{year + 1}年度已有履责规则，或{year}年度没有规则，没有沿用"
            told.append(f"沿用履责规则 {len(made)} 条" if made else none)
        job = jobs.ask(
            by=by,
            kind=KIND,
            key=f"{KIND}:{act.id}",
            title=f"开启{year + 1}年度",
            county=county,
            parameters={
                "year": year,
                "papers": [paper.pk for paper in papers],
                "with_holders": with_holders,
                "told": told,
            },
        )
        act.record(
            "year.next",
            county,
            summary=f"由{year}年度开启{year + 1}年度：实施意见 {len(papers)} 件，"
            f"考核方案 {len(chosen)} 个" + ("，履责规则" if with_duties else ""),
        )
    return job


def make(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """Copy the papers, each in a transaction of its own; one that has its copy is left alone."""
    asker = by.on_behalf_of
    if asker is None or job.county is None:
        raise NotAllowed("开启下一年度须由办公室人员本人发起。")
    year, wanted = job.parameters["year"], job.parameters["papers"]
    on = timezone.localdate()
    told: list[str] = list(job.parameters["told"])
    lines: list[list[str]] = []
    for place, paper in enumerate(papers_of(asker, year).filter(pk__in=wanted).order_by("id")):
        progress(5 + 85 * place // len(wanted), paper.title)
        copied = _paper(by, paper, year + 1, with_holders=job.parameters["with_holders"], on=on)
        if copied is None:
            told.append(f"《{paper.title}》已有{year + 1}年度草稿，没有再复制")
            continue
        told.append(
            f"《{copied.paper.title}》：任务 {copied.items} 项，沿用责任 {copied.filled} 处，"
            f"须核对 {len(copied.noted)} 处"
        )
        lines += [[copied.paper.title, *note] for note in copied.noted]
    shown = ["：".join(part for part in line[1:] if part) for line in lines[:MOST_TOLD]]
    if len(lines) > MOST_TOLD:
        shown.append(f"其余 {len(lines) - MOST_TOLD} 处见变动清单")
    if not lines:
        return Outcome(result={"warnings": told})
    with acting(by=by) as act:
        file = files.store(
            county=job.county,
            name=f"{year + 1}年度变动清单.xlsx",
            data=evidence.workbook("变动清单", COLUMNS, lines),
            content_type=files.CONTENT_TYPES[".xlsx"],
        )
        act.record("year.changes", file, summary=f"{year + 1}年度变动清单 {len(lines)} 处")
    return Outcome(file=file, result={"warnings": told + shown})


def _paper(
    by: Actor, paper: Paper, to_year: int, *, with_holders: bool, on: date
) -> paper_copies.Copied | None:
    with acting(by=by) as act:
        require(by, Action.PAPER_IMPORT)
        require(by, Action.SLOT_FILL)
        County.objects.select_for_update(no_key=True).get(pk=paper.county_id)
        if Paper.objects.filter(
            county_id=paper.county_id,
            year=to_year,
            source_id=paper.source_id,
            state=PaperState.DRAFT,
        ).exists():
            act.unchanged()
            return None
        made = paper_copies.copy(
            by=by, paper=paper, to_year=to_year, with_holders=with_holders, on=on
        )
        act.record(
            "paper.copy",
            made.paper,
            summary=f"由{paper.year}年度《{paper.title}》复制为{to_year}年度草稿："
            f"任务 {made.items} 项，沿用责任 {made.filled} 处",
        )
    return made


def _scheme(by: Actor, row: Scheme, to_year: int) -> str:
    there = Scheme.objects.filter(
        county_id=row.county_id,
        year=to_year,
        kind=row.kind,
        occasion=row.occasion,
        topic=row.topic,
    ).exclude(state=SchemeState.VOID)
    if there.exists():
        return f"考核方案“{row.title}”：{to_year}年度同类考核已有方案，没有再复制"
    made = schemes.draft(
        by=by, year=to_year, kind=row.kind, occasion=row.occasion, topic=row.topic, core=row.core()
    )
    return f"考核方案“{made.title}”：已复制为{to_year}年度草稿"
