"""What the page 责任书 shows: who has signed with whom, level by level, and who has not."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from accountability.access import Action, scope_for
from accountability.models import Post, User
from reports.documents.content import Column
from reports.models import Letter, LetterLevel, LetterState
from reports.models.letter import DESK_STATES, ENDED_STATES, LEVEL_ORDER, WAITING_STATES, own_seats
from reports.services.letter_content import read
from tasks.models import Paper, PaperState

SIGNED = frozenset({LetterState.EFFECTIVE, LetterState.EXPIRED})
TABS = (
    ("", "全部"),
    ("me", "待本人签"),
    ("wait", "待签"),
    ("back", "退回"),
    ("desk", "待送签"),
    ("ended", "已失效和作废"),
)
COPIED_SHARE = 0.1  # a line that stands in more letters of its level than this is nobody's own
LEAST_OWN = 10  # per cent of own text below which a letter is called a copy
NOT_OWN = frozenset({"h1", "h2", "p", "items"})


@dataclass(slots=True)
class Row:
    """One line of the matrix: a letter, or a post at the head that has none."""

    id: int | None
    party_b: str
    party_a: str
    number: str
    tasks: int
    state: str
    label: str
    lamp: str
    when: datetime | None
    note: str
    depth: int = 1
    node: str = ""
    parent: str = ""
    is_open: bool = True
    signed: int = 0
    below: int = 0
    is_current: bool = False
    is_mine: bool = False
    is_changed: bool = False
    children: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Coverage:
    """How many of a level's letters are signed by both."""

    level: str
    label: str
    signed: int
    total: int

    @property
    def percent(self) -> int:
        return 100 * self.signed // self.total if self.total else 0


LAMPS = {
    LetterState.DRAFT: ("idle", "草拟"),
    LetterState.REVIEW: ("idle", "审核"),
    LetterState.RETURNED: ("red", "退回"),
    LetterState.WAIT_A: ("yellow", "待甲方签"),
    LetterState.WAIT_B: ("yellow", "待乙方签"),
    LetterState.EFFECTIVE: ("done", "已签"),
    LetterState.EXPIRED: ("done", "期满"),
    LetterState.STALE: ("red", "失效需重签"),
    LetterState.VOID: ("idle", "作废"),
}


def latest_year(user: User) -> int | None:
    """The latest year with letters or with a paper to make them from."""
    letters = Letter.objects.visible_to(user).aggregate(year=Max("year"))["year"]
    papers: int | None = None
    if scope_for(user).may(Action.LETTER_EDIT):
        papers = (
            Paper.objects.visible_to(user)
            .filter(state__in=[PaperState.PART_ISSUED, PaperState.ISSUED])
            .aggregate(year=Max("year"))["year"]
        )
    return max((y for y in (letters, papers) if y), default=None)


def years(user: User) -> list[int]:
    """Years with letters that the user may see, the latest first."""
    found = Letter.objects.visible_to(user).order_by("-year").values_list("year", flat=True)
    return list(found.distinct())


def of_year(user: User, year: int) -> QuerySet[Letter]:
    """The letters of a year within what the user may see, with what a line shows."""
    rows: QuerySet[Letter] = (
        Letter.objects.visible_to(user)
        .filter(year=year)
        .select_related("party_a__unit", "party_b__unit", "person_a", "person_b", "unit")
        .defer("content")
        .order_by("serial")
    )
    return rows


def counted(user: User, year: int) -> dict[int, int]:
    """How many tasks each letter prints."""
    from reports.models import LetterItem

    letters = Letter.objects.visible_to(user).filter(year=year)
    rows = LetterItem.objects.filter(letter__in=letters.order_by().values("pk"))
    return Counter(rows.order_by().values_list("letter_id", flat=True))


def shown_party(post: Post, name: str) -> str:
    """县长 陈志远; 县财政局 黄志强: the unit says the seat where it is a unit's head."""
    names_its_unit = post.title.startswith(post.unit.short_name or post.unit.name)
    title = post.title if post.is_leadership or names_its_unit else post.unit.name
    return f"{title} {name}".strip()


def page(user: User, year: int, *, tab: str = "", chosen: int | None = None) -> dict[str, Any]:
    """The matrix with its tabs and coverage, and the letter at the right; bounded queries."""
    letters = list(of_year(user, year))
    tasks = counted(user, year)
    mine = set(
        Letter.objects.visible_to(user)
        .waiting_for(user)
        .filter(year=year)
        .values_list("pk", flat=True)
    )
    live = [row for row in letters if row.state not in ENDED_STATES]
    counts = {
        "": len(live),
        "me": len(mine),
        "wait": sum(row.state in WAITING_STATES for row in live),
        "back": sum(row.state == LetterState.RETURNED for row in live),
        "desk": sum(row.state in DESK_STATES for row in live),
        "ended": len(letters) - len(live),
    }
    wanted = {
        "me": lambda row: row.pk in mine,
        "wait": lambda row: row.state in WAITING_STATES,
        "back": lambda row: row.state == LetterState.RETURNED,
        "desk": lambda row: row.state in DESK_STATES,
        "ended": lambda row: row.state in ENDED_STATES,
    }.get(tab)
    if wanted is None:
        rows = _tree(live, tasks, mine)
    else:
        rows = [_row(row, tasks, mine) for row in letters if wanted(row)]
    current = _chosen(letters, rows, chosen)
    for row in rows:
        row.is_current = row.id is not None and row.id == current
    signed = sum(row.state in SIGNED for row in live)
    scope = scope_for(user)
    return {
        "rows": rows,
        "tabs": [
            {"key": key, "label": label, "count": counts[key], "is_on": key == tab}
            for key, label in TABS
            if key in ("", "me", "wait", "back") or counts[key]
        ],
        "tab": tab,
        "total": len(live),
        "signed": signed,
        "percent": 100 * signed // len(live) if live else 0,
        "coverage": coverage(live),
        "current": current,
        "waiting_count": len(mine),
        "desk_count": sum(row.state == LetterState.DRAFT for row in live),
        "review_count": sum(row.state == LetterState.REVIEW for row in live),
        "may_edit": scope.may(Action.LETTER_EDIT),
    }


def coverage(letters: list[Letter]) -> list[Coverage]:
    """Signed by both, level by level."""
    by_level: dict[str, list[Letter]] = defaultdict(list)
    for row in letters:
        by_level[row.level].append(row)
    return [
        Coverage(
            level,
            str(LetterLevel(level).label),
            sum(row.state in SIGNED for row in by_level[level]),
            len(by_level[level]),
        )
        for level in LEVEL_ORDER
        if by_level[level]
    ]


def _chosen(letters: list[Letter], rows: list[Row], chosen: int | None) -> int | None:
    if chosen is not None and any(row.pk == chosen for row in letters):
        return chosen
    first = [row.id for row in rows if row.is_mine] or [row.id for row in rows if row.id]
    return first[0] if first else None


def _row(letter: Letter, tasks: dict[int, int], mine: set[int]) -> Row:
    lamp, label = LAMPS[LetterState(letter.state)]
    when = letter.signed_b_at if letter.state in SIGNED else None
    note = ""
    if letter.pk in mine:
        note = "待本人签"
    elif letter.state in (LetterState.RETURNED, *ENDED_STATES):
        note = letter.reason
    elif letter.is_paper_signed:
        note = "纸质签署"
    return Row(
        id=letter.pk,
        party_b=shown_party(letter.party_b, letter.person_b.name if letter.person_b else "空缺"),
        party_a=shown_party(letter.party_a, letter.person_a.name if letter.person_a else "空缺"),
        number=letter.number,
        tasks=tasks.get(letter.pk, 0),
        state=letter.state,
        label=label,
        lamp=lamp,
        when=when,
        note=note,
        node=f"p{letter.party_b_id}",
        parent=f"p{letter.party_a_id}",
        is_mine=letter.pk in mine,
        is_changed=letter.is_changed,
    )


def _tree(letters: list[Letter], tasks: dict[int, int], mine: set[int]) -> list[Row]:
    """Each letter below its first party's own; a first party without one heads its branch."""
    rows = [_row(letter, tasks, mine) for letter in letters]
    by_node: dict[str, Row] = {}
    for row in rows:
        by_node.setdefault(row.node, row)
    heads: list[Row] = []
    for row, letter in zip(rows, letters, strict=True):
        parent = by_node.get(row.parent)
        if parent is None:
            parent = by_node[row.parent] = _head(letter)
            heads.append(parent)
        parent.children.append(row)
    known = {id(row) for row in rows}
    roots = heads or [row for row in rows if id(row) not in known]
    found: list[Row] = []
    for root in roots:
        _lay(root, 1, found, set())
        if len(root.children) == 1:
            root.children[0].is_open = True  # one line tells nothing
    return found


def _head(letter: Letter) -> Row:
    post = letter.party_a
    name = letter.person_a.name if letter.person_a else "空缺"
    return Row(
        id=None,
        party_b=shown_party(post, name),
        party_a="",
        number="",
        tasks=0,
        state="",
        label="",
        lamp="",
        when=None,
        note="",
        node=f"p{post.pk}",
    )


def _lay(row: Row, depth: int, found: list[Row], seen: set[str]) -> tuple[int, int]:
    """The branch in order, with how many are signed below each line."""
    row.depth = min(depth, 4)
    found.append(row)
    if row.node in seen:
        return 0, 0
    seen.add(row.node)
    for child in row.children:
        signed, below = _lay(child, depth + 1, found, seen)
        row.signed += signed + (child.state in SIGNED)
        row.below += below + 1
    row.is_open = depth == 1 or any(child.is_mine for child in row.children)
    return row.signed, row.below


LEDGER_COLUMNS = (
    Column("编号", 2),
    Column("层级", 1),
    Column("甲方", 3),
    Column("乙方", 3),
    Column("责任单位", 3),
    Column("事项数", 1, "center"),
    Column("状态", 1.5, "center"),
    Column("签署方式", 1.5, "center"),
    Column("甲方签署时间", 2),
    Column("乙方签署时间", 2),
    Column("签订依据", 4),
    Column("催签次数", 1, "center"),
    Column("说明", 3),
    Column("正文摘要", 4),
)


def ledger(user: User, year: int) -> list[list[str | int | None]]:
    """签订台账: every letter of the year, void numbers too."""
    from django.utils import timezone

    tasks = counted(user, year)

    def moment(at: datetime | None) -> str:
        return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""

    rows: list[list[str | int | None]] = []
    for row in of_year(user, year):
        is_signed = row.state in (*SIGNED, LetterState.WAIT_B) and row.file_id is not None
        how = ("纸质签署" if row.is_paper_signed else "线上签署") if is_signed else ""
        note = row.reason or ("有变更，见变更附页" if row.is_changed else "")
        rows.append(
            [
                row.number,
                row.get_level_display(),
                shown_party(row.party_a, row.person_a.name if row.person_a else "空缺"),
                shown_party(row.party_b, row.person_b.name if row.person_b else "空缺"),
                (row.unit or row.party_b.unit).name,
                tasks.get(row.pk, 0),
                row.get_state_display(),
                how,
                moment(row.signed_a_at),
                moment(row.signed_b_at),
                row.basis,
                row.reminders,
                note,
                row.digest,
            ]
        )
    return rows


@dataclass(frozen=True, slots=True)
class OwnText:
    """How much of a letter is its own, in per cent, and how many others say the same."""

    percent: int
    same: int

    @property
    def is_copied(self) -> bool:
        return self.same > 0 or self.percent < LEAST_OWN


def own_text(letters: list[Letter]) -> dict[int, OwnText]:
    """The share of own text of each, compared within its level.

    Own is a clause written for it, or a task, that at most a tenth of the
    level's letters print; the common duties are nobody's own. `same` counts
    letters of the level whose clauses and tasks are word for word the same.
    """
    lines: dict[int, list[tuple[str, str]]] = {}
    size: dict[int, int] = {}
    for letter in letters:
        content = read(letter.content)
        own = [
            ("own", text.split("．", 1)[-1]) for kind, text in content["blocks"] if kind == "own"
        ]
        own += [
            ("item", i["number"] + i["heading"] + i["text"] + i["part"]) for i in content["items"]
        ]
        lines[letter.pk] = own
        common = sum(len(text) for kind, text in content["blocks"] if kind in NOT_OWN)
        size[letter.pk] = common + sum(len(text) for _, text in own)
    seen: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    alike: dict[str, Counter[tuple[tuple[str, str], ...]]] = defaultdict(Counter)
    count = Counter(letter.level for letter in letters)
    for letter in letters:
        seen[letter.level].update(set(lines[letter.pk]))
        alike[letter.level][tuple(lines[letter.pk])] += 1
    found = {}
    for letter in letters:
        most = max(1, int(count[letter.level] * COPIED_SHARE))
        own_size = sum(
            len(text)
            for line in lines[letter.pk]
            if seen[letter.level][line] <= most
            for text in line[1:]
        )
        found[letter.pk] = OwnText(
            percent=100 * own_size // size[letter.pk] if size[letter.pk] else 0,
            same=alike[letter.level][tuple(lines[letter.pk])] - 1,
        )
    return found


def own(user: User, rows: QuerySet[Letter]) -> QuerySet[Letter]:
    """Those of `rows` to which one of the user's seats is a party, or that are his unit's."""
    scope = scope_for(user)
    seats = scope.post_ids | own_seats(user)
    return rows.filter(
        Q(party_a_id__in=seats) | Q(party_b_id__in=seats) | Q(unit_id__in=scope.unit_ids)
    ).exclude(state__in=DESK_STATES | ENDED_STATES)
