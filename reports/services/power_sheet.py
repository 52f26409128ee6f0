"""权力清单 as an Excel sheet: its columns, reading it in, the empty template, the export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from accountability.refusals import Invalid
from accountability.workbook.columns import Column as Cell
from accountability.workbook.columns import Sheet
from accountability.workbook.reading import Problem, Unreadable, read
from reports.documents.content import Column
from reports.documents.xlsx import render_xlsx
from reports.models import PowerItem, RiskLevel
from reports.services import publishable

SHEET = Sheet(
    "权力清单",
    (
        Cell("序号", "position", "int", width=8),
        Cell("权力事项", "name", is_required=True, width=30),
        Cell("权力类别", "category", width=14, note="如 行政审批、资金分配、工程和采购、人事"),
        Cell("行使依据", "basis", width=30),
        Cell("责任岗位", "holder", is_required=True, width=18),
        Cell("廉政风险点", "risk", is_required=True, width=34),
        Cell("风险等级", "level", "choice", is_required=True, width=10, note="高、中、低"),
        Cell("防控措施", "measures", is_required=True, width=44),
    ),
    "每行一项权力。",
)
WORDS = {str(label): str(value) for value, label in RiskLevel.choices}
# The texts of a power and how long each may be, as PowerItem holds them.
LONGEST = {"name": 200, "category": 40, "basis": 400, "holder": 100, "risk": 400, "measures": 800}
TEXTS = tuple(LONGEST)
PRINTED = (
    Column("序号", 0.7, "center"),
    Column("权力事项", 2.6),
    Column("权力类别", 1.4, "center"),
    Column("行使依据", 2.4),
    Column("责任岗位", 1.7),
    Column("廉政风险点", 2.8),
    Column("风险等级", 0.9, "center"),
    Column("防控措施", 3.6),
)
MOST_ITEMS = 500


@dataclass(frozen=True, slots=True)
class Power:
    """One power as it was read."""

    name: str
    category: str
    basis: str
    holder: str
    risk: str
    level: str
    measures: str

    @property
    def level_label(self) -> str:
        """高, 中 or 低."""
        return str(RiskLevel(self.level).label)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workbook would bring: its powers in order, and what is wrong with it."""

    powers: tuple[Power, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()

    def packed(self) -> list[dict[str, str]]:
        """For the signed field of the preview."""
        return [asdict(power) for power in self.powers]

    @classmethod
    def unpacked(cls, rows: list[dict[str, str]]) -> Plan:
        return cls(tuple(Power(**row) for row in rows), ())


def read_plan(data: bytes) -> Plan:
    """The powers of a workbook, each fault with its row and column. Raises `Invalid`."""
    try:
        book = read(data, choices={"level": WORDS}, sheets=(SHEET,), title="权力清单")
    except Unreadable as error:
        raise Invalid(str(error), details={"file": [str(error)]}) from error
    problems = list(book.problems)
    powers: list[Power] = []
    seen: dict[str, int] = {}
    for row in book.rows.get(SHEET.name, []):
        values = {key: str(row.values.get(key) or "") for key in (*TEXTS, "level")}
        for key in TEXTS:
            place = book.place(SHEET.name, key)
            if len(values[key]) > LONGEST[key]:
                told = f"不超过 {LONGEST[key]} 字"
                problems.append(Problem(SHEET.name, row.number, place, told, values[key][:20]))
            try:
                publishable.check(values[key], field=key)
            except Invalid as refusal:
                problems.append(Problem(SHEET.name, row.number, place, refusal.sentence))
        name = values["name"]
        if name and name in seen:
            told = f"与第 {seen[name]} 行的权力事项相同"
            place = book.place(SHEET.name, "name")
            problems.append(Problem(SHEET.name, row.number, place, told, name[:20]))
        seen.setdefault(name, row.number)
        powers.append(Power(**values))
    if len(powers) > MOST_ITEMS:
        told = f"一份清单最多 {MOST_ITEMS} 项，请分开或合并。"
        raise Invalid(told, details={"file": [told]})
    if not powers and not problems:
        told = "表中没有权力事项，请填写后再上传。"
        raise Invalid(told, details={"file": [told]})
    problems.sort(key=lambda problem: problem.row)
    return Plan(tuple(powers), tuple(problems), tuple(book.notes))


def rows_of(items: Sequence[PowerItem]) -> tuple[tuple[str, ...], ...]:
    """The printed rows of a list's items."""
    return tuple(
        (
            str(item.position),
            item.name,
            item.category,
            item.basis,
            item.holder,
            item.risk,
            item.get_level_display(),
            item.measures,
        )
        for item in items
    )


def workbook(title: str, items: Sequence[PowerItem]) -> bytes:
    """The list as Excel; corrected, it can be imported as the next version."""
    return render_xlsx(title, PRINTED, rows_of(items), sheet=SHEET.name)
