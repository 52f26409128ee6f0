"""What the page of a year's papers shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from accountability.access import scope_for
from accountability.models import Job, StoredFile, User
from accountability.selectors.object_trail import Trail
from accountability.services import jobs
from reports.kinds import FILLED_PAPER, KINDS, job_kind_of
from tasks.models import Paper, PaperState, TaskItem, TaskState
from tasks.selectors.trail import trails_of_papers

MOST_PAPERS = 50
MOST_EXPORTS = 20
_EXPORT_KINDS = [job_kind_of(kind) for kind in KINDS]


@dataclass(frozen=True, slots=True)
class PaperCard:
    """One paper of the page: its counts, its issued files, its exports."""

    paper: Paper
    items: int
    issued: int
    issued_kinds: tuple[tuple[str, str], ...]
    making: Job | None
    exports: tuple[Job, ...]
    trail: Trail

    @property
    def is_issued(self) -> bool:
        return self.paper.state in (PaperState.ISSUED, PaperState.CLOSED)


def paper_cards(user: User, year: int) -> list[PaperCard]:
    """The papers of a year that the user may see, with the user's own exports of them."""
    papers = list(
        Paper.objects.visible_to(user)
        .filter(year=year)
        .select_related("source", "issued_file", "issued_by__person")
        .defer("reading", "findings")
        .order_by("-id")[:MOST_PAPERS]
    )
    ids = [paper.pk for paper in papers]
    counts = {row["paper_id"]: row for row in _counts(ids)}
    none = {"items": 0, "issued": 0}
    exports = list(
        jobs.visible_to(user)
        .filter(kind__in=_EXPORT_KINDS, parameters__paper_id__in=ids)
        .select_related("result_file")
        .order_by("-id")[:MOST_EXPORTS]
    )
    issued = {
        job.parameters["paper_id"]: job
        for job in Job.objects.filter(kind=FILLED_PAPER, parameters__paper_id__in=ids)
    }
    trails = trails_of_papers(user, ids)
    return [
        PaperCard(
            paper=paper,
            items=counts.get(paper.pk, none)["items"],
            issued=counts.get(paper.pk, none)["issued"],
            issued_kinds=_issued_kinds(paper, issued.get(paper.pk)),
            making=_making(issued.get(paper.pk), user),
            exports=tuple(j for j in exports if j.parameters["paper_id"] == paper.pk),
            trail=trails[paper.pk],
        )
        for paper in papers
    ]


def _counts(ids: list[int]) -> list[dict[str, int]]:
    """Tasks and handed out ones of each paper; grouped by nothing wider than the paper's id."""
    handed = Q(state__in=[TaskState.ISSUED, TaskState.DONE])
    rows: Any = (
        TaskItem.objects.filter(paper_id__in=ids)
        .top()
        .exclude(state=TaskState.VOID)
        .order_by()
        .values("paper_id")
        .annotate(items=Count("pk"), issued=Count("pk", filter=handed))
    )
    return list(rows)


def _issued_kinds(paper: Paper, job: Job | None) -> tuple[tuple[str, str], ...]:
    made = set(job.result.get("files", {})) if job is not None else set()
    if paper.issued_file_id:
        made.add("pdf")
    return tuple((kind, label) for kind, label in KINDS.items() if kind in made)


def _making(job: Job | None, user: User) -> Job | None:
    """The making of the issued files, shown to who issued the paper while it goes on."""
    if job is None or job.state == "done" or job.asked_by_id != user.pk:
        return None
    return job


def latest_year(user: User) -> int | None:
    """The latest year with a paper that the user may see."""
    year: int | None = (
        Paper.objects.visible_to(user).order_by("-year").values_list("year", flat=True).first()
    )
    return year


def years(user: User) -> list[int]:
    """All years with papers that the user may see, the latest first."""
    return list(
        Paper.objects.visible_to(user).order_by("-year").values_list("year", flat=True).distinct()
    )


def issued_file(paper: Paper, kind: str) -> StoredFile | None:
    """The file that was made when the paper was issued; None where there is none."""
    if kind not in KINDS:
        return None
    if kind == "pdf" and paper.issued_file is not None:
        return paper.issued_file
    job = Job.objects.filter(kind=FILLED_PAPER, parameters__paper_id=paper.pk).first()
    file_id = job.result.get("files", {}).get(kind) if job is not None else None
    found: StoredFile | None = StoredFile.objects.filter(
        pk=file_id, county_id=paper.county_id
    ).first()
    return found


def may_import(user: User) -> bool:
    """Whether the page offers to import a paper."""
    return scope_for(user).may("paper.import")
