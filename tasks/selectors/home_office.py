"""工作台 of the office: the year's steps, what is to be done, days to come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from accountability.models import Job, JobState, User
from tasks.models import Paper, PaperState, RecurringDemand, TaskItem
from tasks.selectors.home_days import (
    Todo,
    address,
    dated_todo,
    list_url,
    missing,
    nodes,
    summary,
)
from tasks.selectors.progress_review import queue, waiting_extensions
from tasks.selectors.waiting import waiting

FREQUENCIES = {
    "year": "每年",
    "half_year": "每半年",
    "quarter": "每季度",
    "two_months": "每两个月",
    "month": "每月",
    "week": "每周",
    "date": "定期",
    "irregular": "不定期",
}
# Pages of the portal's other parts, by the first of their routes that exists.
IMPORT_ROUTES = ("paper_import", "import", "import_new", "paper_import_new")
ASSIGN_ROUTES = ("assign",)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the year; `css` is is-done, is-now or empty."""

    number: int
    title: str
    told: str
    css: str
    url: str


def office(user: User, *, on: date) -> dict[str, Any]:
    """Steps of the year, what is to be done, days to come, the user's background work."""
    year = on.year
    papers = list(
        Paper.objects.visible_to(user)
        .filter(year=year)
        .order_by("-id")
        .defer("reading", "findings")[:5]
    )
    rows = TaskItem.objects.visible_to(user, year=year)
    counts = summary(rows, user.county_id, on=on)
    gaps = missing(rows, on=on)
    jobs = list(Job.objects.filter(asked_by=user).order_by("-id")[:5])
    todo = office_todo(year, papers, counts, gaps, jobs, on=on)
    todo += waiting_todo(user, on=on)
    todo += dated_todo(rows, on=on)
    todo += waiting(user, on=on)
    return {
        "year": year,
        "steps": steps(year, papers, counts, gaps),
        "counts": counts,
        "groups": grouped(todo, on=on),
        "todo_count": len(todo),
        "nodes": nodes(user, on=on),
        "recurring": recurring(papers),
        "jobs": jobs,
        "import_url": address(IMPORT_ROUTES, year),
        "all_url": list_url(year),
    }


def steps(
    year: int, papers: list[Paper], counts: dict[str, int], gaps: dict[str, Any]
) -> list[Step]:
    """The year's steps so far as the portal has them: 导入, 分解, 下发, 办理."""
    paper = papers[0] if papers else None
    assign = address(ASSIGN_ROUTES, year) or list_url(year, "unfilled=on")
    if paper is None:
        told = [f"{year}年度还没有实施意见", "导入后开始", "分解后下发", "下发后办理"]
        state = ["is-now", "", "", ""]
    else:
        filled = not gaps["items"]
        is_out = counts["total"] > 0 and not counts["draft"]
        told = [
            f"{paper.imported_at.month}月{paper.imported_at.day}日导入，{counts['total']} 项任务",
            "全部落实" if filled else f"还有 {gaps['items']} 项未落实（{gaps['places']} 处）",
            f"已下发 {counts['total'] - counts['draft']}/{counts['total']} 项",
            f"已办结 {counts['done']}/{counts['total']} 项"
            + (f"，逾期 {counts['late']} 项" if counts["late"] else ""),
        ]
        if paper.state in (PaperState.ISSUED, PaperState.CLOSED) and paper.number:
            told[2] = f"已印发，{paper.number}"
        is_all_done = is_out and counts["done"] == counts["total"]
        state = [
            "is-done",
            "is-done" if filled else "is-now",
            "is-done" if is_out else ("is-now" if filled or counts["issued"] else ""),
            "is-done" if is_all_done else ("is-now" if counts["issued"] else ""),
        ]
    urls = [
        (address(IMPORT_ROUTES, year) if paper is None else "") or list_url(year),
        assign,
        address(ASSIGN_ROUTES, year) or list_url(year, "state=draft"),
        list_url(year, "state=issued"),
    ]
    titles = ("导入意见", "任务分解", "下发任务", "办理任务")
    return [Step(n + 1, titles[n], told[n], state[n], urls[n]) for n in range(len(titles))]


def office_todo(
    year: int,
    papers: list[Paper],
    counts: dict[str, int],
    gaps: dict[str, Any],
    jobs: list[Job],
    *,
    on: date,
) -> list[Todo]:
    """What the office has to do that is not one task's deadline."""
    found: list[Todo] = []
    assign = address(ASSIGN_ROUTES, year)
    source = (papers[0].number or papers[0].title) if papers else ""
    if not papers and (url := address(IMPORT_ROUTES, year)):
        found.append(
            Todo("导入", "ye", f"{year}年度还没有实施意见", url, "年度工作", None, "导入意见")
        )
    if gaps["items"]:
        found.append(
            Todo(
                "分解",
                "ye",
                f"还有 {gaps['items']} 项任务、{gaps['places']} 处责任未落实",
                assign or list_url(year, "unfilled=on"),
                source,
                gaps["first"],
                "去填写",
            )
        )
    ready = counts["draft"] - gaps["drafts"]
    if ready > 0:
        found.append(
            Todo(
                "下发",
                "bl",
                f"{ready} 项任务责任已落实，可以下发",
                assign or list_url(year, "state=draft"),
                source,
                None,
                "去下发" if assign else "查看",
            )
        )
    found += [
        Todo("后台", "red", f"{job.title}：未能完成", reverse("job", args=[job.pk]),
             "后台任务", on, "查看")
        for job in jobs
        if job.state == JobState.FAILED
    ]  # fmt: skip
    return found


def waiting_todo(user: User, *, on: date) -> list[Todo]:
    """Reports and requests of the units that wait for the office; three queries."""
    url = reverse("review_queue")
    found: list[Todo] = []
    if (count := queue(user).count()) > 0:
        found.append(Todo("审核", "bl", f"{count} 份进展待审核", url, "进展报送", on, "审核"))
    if asked := waiting_extensions(user):
        first = min(row.due_before for row in asked)
        title = f"{len(asked)} 件延期申请待审批"
        found.append(Todo("延期", "ye", title, url, "延期申请", first, "审批"))
    return found


def grouped(todo: list[Todo], *, on: date) -> list[tuple[str, list[Todo]]]:
    """已逾期, 今天, 本周, 以后; within each by deadline."""
    week_end = on + timedelta(days=6 - on.weekday())
    groups: dict[str, list[Todo]] = {"已逾期": [], "今天": [], "本周": [], "以后": []}
    for row in sorted(todo, key=lambda r: r.due_on or date.max):
        if row.due_on is None or row.due_on > week_end:
            groups["以后"].append(row)
        elif row.due_on < on:
            groups["已逾期"].append(replace(row, late=(on - row.due_on).days))
        elif row.due_on == on:
            groups["今天"].append(row)
        else:
            groups["本周"].append(row)
    return [(name, rows) for name, rows in groups.items() if rows]


def recurring(papers: list[Paper], *, limit: int = 6) -> list[dict[str, str]]:
    """The year's recurring demands (周期要求); one query."""
    if not papers:
        return []
    return [
        {
            "when": FREQUENCIES.get(frequency, "定期") + (f" {times} 次" if times > 1 else ""),
            "text": text,
            "source": f"意见 {section}" if section else "意见",
        }
        for text, frequency, times, section in RecurringDemand.objects.filter(
            paper=papers[0], is_kept=True
        )
        .order_by("position")
        .values_list("text", "frequency", "times", "section_number")[:limit]
    ]
