"""第一责任人任务清单: the ten things of one first responsible person in a year (M05).

Fed by the duties whose rule names the thing and by the tasks that lie on the seat;
nobody fills it in a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q
from django.urls import reverse

from accountability.access import scope_for
from accountability.duty_shipped import TEN_THINGS
from accountability.models import Duty, DutyState, Layer, Post, Tenure, User
from accountability.models.dated import holds_on
from accountability.selectors.duties import Row, row_of, shown_record
from tasks.models import Assignment, TaskItem, TaskState

# By these words of its heading a task is listed under a thing; the first that fits.
WORDS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (3, ("教育", "学习", "宣传", "党课")),
    (4, ("报告",)),
    (7, ("人事", "编制", "选人", "用人", "干部")),
    (9, ("线索", "办案", "案件", "协调机制")),
    (6, ("考核", "督查", "检查")),
    (8, ("经费", "资金", "审计", "采购", "资产", "项目", "招标", "审批", "执法", "资源", "票据")),
    (10, ("公开", "承诺", "评议", "测评", "监督")),
    (2, ("民主生活会", "党内")),
    (1, ("职责", "责任", "部署", "分解")),
    (5, ("整治", "问题", "服务", "作风", "群众")),
)


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task of the list, with where it is."""

    number: str
    heading: str
    word: str
    due_on: date | None
    url: str


@dataclass(slots=True)
class Thing:
    """One of the ten: its duties with how many papers each has, its tasks."""

    number: int
    name: str
    duties: list[tuple[Row, int]] = field(default_factory=list)
    tasks: list[TaskLine] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(row.duty.state == DutyState.DONE for row, _ in self.duties) + sum(
            task.word == "办结" for task in self.tasks
        )

    @property
    def count(self) -> int:
        return len(self.duties) + len(self.tasks)


@dataclass(frozen=True, slots=True)
class ThingsOf:
    """The list of one seat; `holder` is who sits on it on the day of the list."""

    post: Post
    holder: str
    year: int
    things: list[Thing]
    others: list[TaskLine]


def seats(user: User, *, on: date) -> list[Post]:
    """The first responsible seats whose list `user` may read: all, own, in charge; one query."""
    scope = scope_for(user)
    rows = Post.objects.visible_to(user).on(on).filter(layer=Layer.FIRST_RESPONSIBLE)
    if not scope.sees_whole_county:
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        rows = rows.filter(Q(pk__in=scope.post_ids) | Q(unit_id__in=units))
    return list(
        rows.select_related("unit").order_by(
            "-is_leadership", "unit__precedence", "unit_id", "precedence", "id"
        )
    )


def chosen(user: User, given: str, *, on: date) -> tuple[list[Post], Post | None]:
    """(the seats to choose from, the one chosen: the given, else the own, else the first)."""
    rows = seats(user, on=on)
    own = scope_for(user).post_ids
    by_id = {str(post.pk): post for post in rows}
    if given:
        return rows, by_id.get(given)
    mine = next((post for post in rows if post.pk in own), None)
    return rows, mine or (rows[0] if rows else None)


def ten_things(user: User, post: Post, year: int, *, on: date) -> ThingsOf:
    """The list of one seat, of what `user` may see; a bounded number of queries."""
    things = [Thing(n, name) for n, name in enumerate(TEN_THINGS, start=1)]
    for duty in (
        Duty.objects.visible_to(user)
        .filter(Q(post=post) | Q(unit_id=post.unit_id), year=year, rule__thing__isnull=False)
        .exclude(state=DutyState.WAIVED)
        .select_related("rule", "unit", "post__unit")
        .annotate(papers=Count("files", filter=Q(files__voided_at__isnull=True)))
        .order_by("due_on", "id")
    ):
        things[(duty.rule.thing or 1) - 1].duties.append((row_of(duty, on=on), duty.papers))
    others: list[TaskLine] = []
    for number, task in _tasks(user, post, year, on=on):
        (things[number - 1].tasks if number else others).append(task)
    holder = (
        Tenure.objects.filter(holds_on(on), post=post)
        .order_by("is_acting", "id")
        .values_list("person__name", flat=True)
        .first()
    )
    return ThingsOf(post, holder or "（空缺）", year, things, others)


def _tasks(user: User, post: Post, year: int, *, on: date) -> list[tuple[int, TaskLine]]:
    """(the thing, 0 for none; the task) of the tasks that lie on the seat itself."""
    on_seat = Assignment.objects.on(on).filter(post=post).order_by().values("item_id")
    rows = (
        TaskItem.objects.visible_to(user, year=year)
        .filter(pk__in=on_seat, state__in=[TaskState.ISSUED, TaskState.DONE])
        .order_by("paper_id", "order")
        .values_list("pk", "number", "heading", "state", "due_on")
    )
    return [
        (
            thing_of(heading),
            TaskLine(
                number,
                heading,
                _word(state, due_on, on=on),
                due_on,
                reverse("task_detail", args=[pk]),
            ),
        )
        for pk, number, heading, state, due_on in rows
    ]


def _word(state: str, due_on: date | None, *, on: date) -> str:
    if state == TaskState.DONE:
        return "办结"
    return "逾期" if due_on is not None and due_on < on else "办理中"


def thing_of(heading: str) -> int:
    """The number of the thing a task's heading speaks of; 0 for none."""
    return next((number for number, words in WORDS if any(w in heading for w in words)), 0)


def ledger_rows(found: ThingsOf) -> list[tuple[str, ...] | str]:
    """The 台账 as table rows: each thing's name across, its duties and tasks below."""
    rows: list[tuple[str, ...] | str] = []
    for thing in found.things:
        rows.append(f"第{thing.number}件　{thing.name}（{thing.done}/{thing.count}）")
        for row, papers in thing.duties:
            duty = row.duty
            told = "；".join(
                line.rstrip("。；")
                for _, text in shown_record(duty, with_units=False)
                for line in text.splitlines()
                if line.strip("。； ")
            )
            rows.append(
                (
                    duty.title,
                    f"{row.due:%Y-%m-%d}",
                    row.word,
                    f"{duty.held_on:%Y-%m-%d}" if duty.held_on else "--",
                    told[:120] + ("…" if len(told) > 120 else "") or "--",
                    f"{papers} 份" if papers else "--",
                )
            )
        rows += [_task_row(task) for task in thing.tasks]
        if not thing.count:
            rows.append(("没有列入的事项", "--", "--", "--", "--", "--"))
    if found.others:
        rows.append("其他责任任务")
        rows += [_task_row(task) for task in found.others]
    return rows


def _task_row(task: TaskLine) -> tuple[str, ...]:
    due = f"{task.due_on:%Y-%m-%d}" if task.due_on else "--"
    return (f"任务 {task.number} {task.heading}", due, task.word, "--", "--", "--")
