"""What a practised clerk types into the grid of the first real paper, and what must come of it.

The plan is by task number; the sentences of the paper are nowhere in it. Each
row is typed in pinyin initials, `Tab` from cell to cell, `Enter` for one more
value, and the leader of several rows in a row by one selection.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Page

LABELS = ("责任领导", "责任人员", "牵头单位", "责任单位")
LEADERS = {
    "czy": "陈志远",
    "zjp": "周建平",
    "lmh": "李明华",
    "oyj": "欧阳珺",
    "xyg": "解永刚",
}
PEOPLE = {
    "rgd": "任国栋",
    "jxl": "蒋小玲",
    "hzq": "黄志强",
    "slc": "沈立诚",
    "ljm": "罗嘉铭",
    "cf": "曹峰",
    "wsj": "汪素洁",
    "sgj": "上官婧",
    "hlq": "韩立群",
    "hwm": "贺卫民",
    "jjz": "贾建章",
}
UNITS = {
    "zfb": "县政府办公室",
    "bb": "县委机构编制委员会办公室",
    "rsj": "县人力资源和社会保障局",
    "czj": "县财政局",
    "jgs": "县机关事务服务中心",
    "sjj": "县审计局",
    "gkj": "县国库集中支付中心",
    "fgj": "县发展和改革局",
    "zjj": "县住房和城乡建设局",
    "gzj": "县国有资产监督管理局",
    "ggz": "县公共资源交易中心",
    "jtj": "县交通运输局",
    "slj": "县水利局",
    "spj": "县行政审批服务局",
    "sfj": "县司法局",
    "jw": "县纪委监委",
    "xfj": "县信访局",
    "dsj": "县大数据中心",
    "gxz": "各乡镇",
    "zfg": "县政府各部门",
    "gsq": "各社区",
}
# number, 责任领导, 责任人员 ("": the paper has none), 牵头单位, 责任单位
PLAN = [
    ("二1", "czy", "", "zfb", "gxz zfg"),
    ("二2", "czy", "rgd", "zfb", "zfg"),
    ("二3", "zjp", "rgd", "zfb", "zfg"),
    ("三（一）", "oyj", "jxl", "bb", "rsj"),
    ("三（二）1", "zjp", "hzq", "czj", "jgs sjj"),
    ("三（二）2", "zjp", "hzq", "czj", "gkj"),
    ("三（二）3", "zjp", "hzq", "czj", "zfg"),
    ("三（二）4", "zjp", "slc", "sjj", "czj"),
    ("三（三）", "zjp", "ljm", "fgj", "zjj sjj"),
    ("三（四）", "zjp", "cf", "gzj", "jgs"),
    ("三（五）", "lmh", "wsj", "ggz", "jtj slj"),
    ("三（六）1", "lmh", "sgj", "spj", "zfg"),
    ("三（六）2", "lmh", "sgj", "spj", "gxz gsq"),
    ("三（七）1", "xyg", "hlq", "sfj", "zfg"),
    ("三（七）2", "czy", "hwm", "jw", "sfj"),
    ("三（七）3", "czy", "hwm", "jw", "sjj"),
    ("三（八）1", "zjp", "rgd", "zfb", "gxz"),
    ("三（八）2", "lmh", "sgj", "spj", "xfj"),
    ("三（八）3", "zjp", "jxl", "bb", "rsj"),
    ("三（八）4", "zjp", "jjz", "zfb", "dsj gxz"),
]
# What is laid on 县财政局: by name, or as one of 县政府各部门.
OF_FINANCE = {n for n, *_, lead, units in PLAN if {"czj", "zfg"} & {lead, *units.split()}}
# What is the county head's: as leader, or laid on 县审计局 and 安城镇, of which he is in charge.
OF_COUNTY_HEAD = {
    n for n, leader, _, lead, units in PLAN
    if leader == "czy" or {"sjj", "zfg", "gxz"} & {lead, *units.split()}
}  # fmt: skip


@dataclass(slots=True)
class Filled:
    """What stands in the four slots of one task once the plan is typed."""

    number: str
    slots: dict[str, list[str]] = field(default_factory=dict)


def expected() -> list[Filled]:
    """The 79 slots, by task and label, in the paper's order."""
    told = []
    for number, leader, person, lead, units in PLAN:
        values = [
            [LEADERS[leader]],
            [PEOPLE[person]] if person else [],
            [UNITS[lead]],
            [UNITS[u] for u in units.split()],
        ]
        told.append(Filled(number, {k: v for k, v in zip(LABELS, values, strict=True) if v}))
    return told


def type_plan(page: Page) -> int:
    """Type the whole plan, from the keyboard alone; the number of keydowns that it took."""
    before: int = page.evaluate("window.__keys")
    keyboard = page.keyboard
    keyboard.press("F8")
    done = 0  # rows below whose leader stands already
    for row, (_, leader, person, lead, units) in enumerate(PLAN):
        above = PLAN[row - 1] if row else ("", "", "", "", "")
        if done:
            done -= 1
            keyboard.press("ArrowRight")
        elif run_of(row) >= 4:
            done = run_of(row)
            select_down(page, done)
            keyboard.type(leader)
            keyboard.press("Control+Enter")
            for _ in range(done):
                keyboard.press("ArrowUp")
            keyboard.press("ArrowRight")
        else:
            put(page, leader, same=leader == above[1])
        if person:
            put(page, person, same=person == above[2])
        else:
            keyboard.press("ArrowRight")
        put(page, lead, same=lead == above[3])
        put(page, units, same=units == above[4], last=True)
        if row < len(PLAN) - 1:
            keyboard.press("Home")
            keyboard.press("ArrowDown")
    after: int = page.evaluate("window.__keys")
    return after - before


def put(page: Page, values: str, *, same: bool, last: bool = False) -> None:
    """One cell: as in the row above by Ctrl+D, else typed; then one cell to the right."""
    if same:
        page.keyboard.press("Control+d")
        if not last:
            page.keyboard.press("ArrowRight")
        return
    *first, end = values.split()
    for one in first:
        page.keyboard.type(one)
        page.keyboard.press("Enter")
    page.keyboard.type(end)
    page.keyboard.press("Tab")


def select_down(page: Page, rows: int) -> None:
    """Select this cell and `rows` below it."""
    page.keyboard.down("Shift")
    for _ in range(rows):
        page.keyboard.press("ArrowDown")
    page.keyboard.up("Shift")


def run_of(row: int) -> int:
    """How many rows straight below have the same leader."""
    leader = PLAN[row][1]
    n = 0
    while row + n + 1 < len(PLAN) and PLAN[row + n + 1][1] == leader:
        n += 1
    return n
