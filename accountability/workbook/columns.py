"""The sheets and columns of the workbook; export, template and import share them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["id", "text", "list", "int", "bool", "date", "choice"]


@dataclass(frozen=True)
class Column:
    """One column. `key` is its name in the code, `header` what stands in the first row."""

    header: str
    key: str
    kind: Kind = "text"
    is_required: bool = False
    width: int = 14
    note: str = ""


@dataclass(frozen=True)
class Sheet:
    """One sheet with its columns in order."""

    name: str
    columns: tuple[Column, ...]
    note: str

    @cached_property
    def by_header(self) -> dict[str, Column]:
        return {c.header: c for c in self.columns}

    @cached_property
    def header_of(self) -> dict[str, str]:
        return {c.key: c.header for c in self.columns}


_ID = Column("编号", "id", "id", width=8, note="导出时自动填写，请勿改动；新增的行留空")
_POST = (
    Column("单位", "unit", is_required=True, width=26),
    Column("职务", "title", is_required=True, width=18),
    Column("席位", "seat", "int", width=8, note="同一职务的第几个席位，留空为 1"),
)

UNITS = Sheet(
    "单位",
    (
        _ID,
        Column("单位名称", "name", is_required=True, width=28, note="规范全称"),
        Column("上级单位", "parent", width=24, note="县级单位可留空"),
        Column("类别", "kind", "choice", is_required=True, width=16),
        Column("简称", "short_name", width=16),
        Column("别名", "aliases", "list", width=30, note="多个用顿号分开"),
        Column("排序", "precedence", "int", width=8, note="数字小的在前，留空排在最后"),
        Column("拼音", "pinyin_override", width=22, note="多音字读法不对时填写，音节用空格分开"),
        Column("生效日期", "valid_from", "date", note="留空取本县启用日期"),
        Column("失效日期", "valid_to", "date", note="填写即为停用，自该日起不再使用"),
        Column("撤并后单位", "successor", width=24),
    ),
    "每行一个单位。撤并的单位填写失效日期和撤并后单位，不删除。",
)
GROUPS = Sheet(
    "单位集合",
    (
        _ID,
        Column("集合名称", "group", is_required=True, width=20),
        Column("集合别名", "aliases", "list", width=30),
        Column("集合排序", "precedence", "int", width=10),
        Column("集合生效日期", "group_from", "date"),
        Column("集合失效日期", "group_to", "date"),
        Column("成员单位", "unit", width=28),
        Column("加入日期", "valid_from", "date", note="留空取集合生效日期"),
        Column("退出日期", "valid_to", "date"),
    ),
    "每行一个成员单位，同一集合各行的别名、排序、日期填写一致，也可只填第一行。",
)
PERSONS = Sheet(
    "人员",
    (
        _ID,
        Column("姓名", "name", is_required=True),
        Column("备注", "note", width=18, note="有同名人员时用来区分"),
        Column("拼音", "pinyin_override", width=20, note="读音不对时填写"),
        Column("离任日期", "retired_on", "date"),
    ),
    "每行一名人员。离任的填写离任日期，不删除。",
)
POSTS = Sheet(
    "职务",
    (
        _ID,
        *_POST,
        Column("责任层级", "layer", "choice", is_required=True, width=14),
        Column("县领导", "is_leadership", "bool", width=8, note="是、否，留空为否"),
        Column("排序", "precedence", "int", width=8),
        Column("生效日期", "valid_from", "date", note="留空取单位的生效日期"),
        Column("失效日期", "valid_to", "date"),
    ),
    "每行一个席位，可以空缺。五名副县长是五个席位，席位填 1 至 5。",
)
TENURES = Sheet(
    "任职",
    (
        _ID,
        *_POST,
        Column("姓名", "person", is_required=True),
        Column("备注", "note", width=18, note="同人员表的备注"),
        Column("主持工作", "is_acting", "bool", width=10, note="临时主持工作填是"),
        Column("任职日期", "valid_from", "date", is_required=True),
        Column("免职日期", "valid_to", "date"),
    ),
    "每行一段任职。换人时给原任职人填写免职日期，另加一行新任职。",
)
PORTFOLIOS = Sheet(
    "分管",
    (
        _ID,
        *_POST,
        Column("分管单位", "charge", width=28, note="分管单位和分管领域每行填一项"),
        Column("分管领域", "field", width=22),
        Column("起始日期", "valid_from", "date", is_required=True),
        Column("结束日期", "valid_to", "date"),
    ),
    "每行一项分管，填单位或领域之一。",
)
SHEETS: tuple[Sheet, ...] = (UNITS, GROUPS, PERSONS, POSTS, TENURES, PORTFOLIOS)
