"""校验并下发: hand out what is complete; with its last task the paper is issued (印发)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.utils import timezone

from accountability.access.actions import Action
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County, User
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.selectors.directory import Directory, directory
from accountability.services import audit, bulk, jobs
from tasks.models import PAPER_TRANSITIONS, Paper, PaperState, TaskItem, TaskState
from tasks.selectors.charge import charge
from tasks.selectors.checks import ItemCheck, check_item
from tasks.selectors.held import cells_of

from . import commitments, grants
from .slots import members_by_group, units_of

NUMBER = re.compile(r"^(?P<prefix>[^\s〔〕0-9]{2,20})〔(?P<year>\d{4})〕(?P<n>\d{1,4})号$")
BRACKETS = str.maketrans("[]［］", "〔〕〔〕")
HEAD_PARAGRAPHS = 12  # a number stands above the text or nowhere
FILLED_PAPER = "filled_paper"
DEFAULT_DUE = "年度默认"


@dataclass(slots=True)
class PaperCheck:
    """The check of a paper's drafts: what may be handed out, what may not and why."""

    complete: list[ItemCheck] = field(default_factory=list)
    incomplete: list[ItemCheck] = field(default_factory=list)
    unit_ids: set[int] = field(default_factory=set)

    @property
    def empty_slots(self) -> int:
        return sum(len(c.missing) for c in self.incomplete)

    @property
    def doubtful(self) -> list[ItemCheck]:
        return [c for c in (*self.complete, *self.incomplete) if c.warnings]


@dataclass(frozen=True, slots=True)
class Issued:
    """What was handed out, and the paper as it stands after it."""

    items: int
    left: int
    paper: Paper


def check(paper: Paper) -> PaperCheck:
    """The check of the drafts of `paper` today; the number of queries is constant."""
    found = directory(paper.county_id, on=timezone.localdate())
    drafts = list(
        TaskItem.objects.filter(paper=paper, state=TaskState.DRAFT).order_by("order", "id")
    )
    return _check(drafts, found)


def _check(drafts: list[TaskItem], found: Directory) -> PaperCheck:
    cells = cells_of(drafts, directory=found)
    charged = charge(found)
    result = PaperCheck()
    for item in drafts:
        checked = check_item(item, cells.get(item.pk, []), directory=found, charge=charged)
        (result.complete if checked.is_complete else result.incomplete).append(checked)
    keys = {c.item.pk: _keys(c) for c in result.complete}
    members = _members(keys, found)
    for held in keys.values():
        result.unit_ids |= units_of(held, found, members)
    return result


def _keys(checked: ItemCheck) -> set[str]:
    return {key for cell in checked.cells for key in cell.keys}


def _members(keys: dict[int, set[str]], found: Directory) -> dict[int, set[int]]:
    groups = {int(k[1:]) for held in keys.values() for k in held if k[0] == "g"}
    return members_by_group(groups, on=found.day)


def issue(
    *,
    by: Actor,
    paper: Paper,
    items: Iterable[int] | None = None,
    number: str = "",
    expected: int | None = None,
    letters: commitments.Choice | None = None,
) -> Issued:
    """Hand out the complete drafts of `paper` (of `items`, where ids are given).

    `number` (文号) is used when this hands out the last one; empty, the next
    free one is taken. `expected` is the number of tasks that the asker was
    shown: another number now is a `Conflict`. A task without a deadline or a
    wording of one gets the year's last day. `letters` says what becomes of signed
    letters that lack what is handed out now (`LettersConcerned` without it).
    Raises `WrongState` when nothing is complete, `Invalid` when a named task is
    not or the number is not free.
    """
    with acting(by=by) as act:
        require(by, Action.PAPER_ISSUE)
        hand = by.user or by.on_behalf_of
        if hand is None:
            raise NotAllowed("下发须由经办人或负责人本人办理。")
        paper = (
            Paper.objects.select_for_update(of=("self",)).select_related("county").get(pk=paper.pk)
        )
        if paper.state == PaperState.CLOSED:
            raise WrongState("这份意见已归档，不能再下发任务。")
        drafts = list(
            TaskItem.objects.select_for_update()
            .filter(paper=paper, state=TaskState.DRAFT)
            .order_by("pk")
        )
        found = directory(paper.county_id, on=timezone.localdate())
        checked = _check(drafts, found)
        chosen = _chosen(checked, items)
        if expected is not None and expected != len(chosen):
            raise Conflict(
                f"可下发的任务刚才是 {expected} 项，现在是 {len(chosen)} 项，请重新校验后再下发。"
            )
        _hand_out(act, chosen, hand, found)
        left = len(drafts) - len(chosen)
        _move_paper(act, paper, hand, left=left, number=number)
        commitments.settle(act, [c.item.pk for c in chosen], letters)
    return Issued(items=len(chosen), left=left, paper=paper)


def _chosen(checked: PaperCheck, items: Iterable[int] | None) -> list[ItemCheck]:
    chosen = checked.complete
    if items is not None:
        wanted = set(items)
        bad = [c for c in checked.incomplete if c.item.pk in wanted]
        if bad:
            raise Invalid(
                f"{bad[0].item.number} 还有{bad[0].missing_labels}未落实，请先填写再下发。",
                details={str(c.item.pk): c.missing_labels for c in bad},
            )
        chosen = [c for c in chosen if c.item.pk in wanted]
    if not chosen:
        raise WrongState("没有可以下发的任务：任务须先落实全部责任，已下发的不再重复下发。")
    return chosen


def _hand_out(act: Act, chosen: list[ItemCheck], hand: User, found: Directory) -> None:
    now = timezone.now()
    keys = {c.item.pk: _keys(c) for c in chosen}
    members = _members(keys, found)
    notes = []
    for checked in chosen:
        item = checked.item
        item.state, item.issued_at, item.issued_by = TaskState.ISSUED, now, hand
        item.version += 1
        changes = [audit.change("state", "状态", "草稿", "已下发")]
        if item.due_on is None and not item.due_text:
            # The sheet shows 默认 12-31; handing out makes it so.
            item.due_on, item.due_text = date(item.year, 12, 31), DEFAULT_DUE
            changes.append(audit.change("due_on", "完成时限", "", f"{item.due_on}（默认）"))
        units = units_of(keys[item.pk], found, members)
        notes.append(
            audit.Note(
                "task.issue",
                item,
                f"下发 {item.number} {item.heading}",
                changes,
                sorted(units),
            )
        )
    bulk.update(
        [c.item for c in chosen],
        ["state", "issued_at", "issued_by", "version", "due_on", "due_text"],
    )
    grants.sync([c.item for c in chosen])
    act.record_many(notes)


def _move_paper(act: Act, paper: Paper, hand: User, *, left: int, number: str) -> None:
    target = PaperState.PART_ISSUED if left else PaperState.ISSUED
    if target not in PAPER_TRANSITIONS[paper.state]:
        return
    before = paper.get_state_display()
    changes = []
    if target == PaperState.ISSUED:
        former = paper.number
        paper.number = _number(paper, number)
        paper.issued_at, paper.issued_by = timezone.now(), hand
        changes.append(audit.change("number", "文号", former, paper.number))
    paper.state = target
    changes.insert(0, audit.change("state", "状态", before, paper.get_state_display()))
    paper.full_clean(exclude=["reading", "findings"])
    paper.save()
    if target == PaperState.PART_ISSUED:
        act.record("paper.part_issue", paper, summary=f"部分下发《{paper.title}》", changes=changes)
        return
    act.record(
        "paper.issue", paper, summary=f"印发《{paper.title}》（{paper.number}）", changes=changes
    )
    if FILLED_PAPER in jobs.registered_kinds():
        jobs.ask(
            by=act.actor,
            kind=FILLED_PAPER,
            key=f"{FILLED_PAPER}:{paper.pk}:issued",
            title=f"《{paper.title}》印发稿",
            county=paper.county,
            parameters={"paper_id": paper.pk},
        )


def _number(paper: Paper, wanted: str) -> str:
    """The number of the paper: as entered, else as it has, else the next free one."""
    text = "".join(wanted.split()).translate(BRACKETS)
    text = text or paper.number or suggested_number(paper)
    if not NUMBER.match(text):
        raise Invalid(
            f"文号“{text}”格式不对，应如“{paper.county.number_prefix}〔{paper.year}〕3号”。"
        )
    others = Paper.objects.filter(county=paper.county, number=text).exclude(pk=paper.pk)
    if others.exists():
        raise Invalid(f"文号“{text}”已用于另一份意见，请改用其他文号。")
    return text


def suggested_number(paper: Paper) -> str:
    """The number that `paper` bears: as issued, as its own head says, else the next free one."""
    if paper.number:
        return paper.number
    stem = f"{paper.county.number_prefix}〔{paper.year}〕"
    for paragraph in paper.reading.get("paragraphs", [])[:HEAD_PARAGRAPHS]:
        text = "".join(str(paragraph.get("text", "")).split()).translate(BRACKETS)
        if text.startswith(stem) and NUMBER.match(text):
            taken = Paper.objects.filter(county=paper.county, number=text).exclude(pk=paper.pk)
            return next_number(paper.county, paper.year) if taken.exists() else text
    return next_number(paper.county, paper.year)


def next_number(county: County, year: int) -> str:
    """The next number of the county's papers in a year, such as 安政发〔2026〕3号."""
    stem = f"{county.number_prefix}〔{year}〕"
    taken = [0]
    for number in Paper.objects.filter(Q(county=county), number__startswith=stem).values_list(
        "number", flat=True
    ):
        if (known := NUMBER.match(number)) is not None:
            taken.append(int(known["n"]))
    return f"{stem}{max(taken) + 1}号"
