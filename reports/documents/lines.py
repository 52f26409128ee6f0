"""Numbers, dates and line breaks as an official paper writes them (GB/T 9704-2012)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

# Spaces other than U+0020 and U+3000, and characters that are never seen but change what
# is: controls, halves of surrogate pairs, joiners, marks of writing direction, non-characters.
_SPACES = re.compile("[\t\x0b\x0c\x85\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_BREAKS = re.compile("\r\n|[\r\u2028\u2029]")

# What may not be parted at the end of a line, beyond what line breaking knows already: a
# number and its unit, and an interpunct (·, GB/T 15834 forbids it to begin a line).
_TOGETHER = re.compile(r"[0-9]+(?:[.,][0-9]+)*[年月日号时分项条％‰℃]|[^\W\d_]·")

# Line breaking knows “ and ” as quotation marks of either side and never breaks beside
# them; in Chinese a line may end before the opening and after the closing one.
_QUOTES = re.compile(
    "(?<=[^\\W\\d_])(?=[“‘])|(?<=[，。、；：？！）》”])(?=[“‘])|(?<=[”’])(?=[^\\W\\d_])"
)
MAY_BREAK = "\u200b"

TITLE_CHARACTERS = 20  # characters of 2号 on a line of 156 mm

# Words that a line of a title must not cut in two. Not a dictionary: the words of titles.
_TITLE_WORDS = re.compile(
    "人民政府|政府系统|党风廉政建设|反腐败|主体责任|责任制|责任书|实施意见|实施方案|实施办法|任务分解|办公室|委员会|"
    "关于印发|关于|印发|进一步|年度|工作|责任|任务|分解|方案|意见|通知|通报|报告|实施|落实|建设|"
    "政府|系统|重点|推进|加强|办法|规定|细则|要点|全面|从严|治党|廉政|党风|主体|全县|全区|机关|"
    "部门|领导|干部|考核|监督|检查|专项|整治|分工|清单|名单|联系人|有关|职责|说明|情况|年第|季度|"
    "[0-9]+年度?|[^\\W\\d_]+县(?=人民政府|委)|“[^“”]{1,8}”"
)


def clean(text: str) -> str:
    """The text without what cannot be seen; odd spaces become U+0020, breaks become \\n."""
    return _UNSEEN.sub("", _SPACES.sub(" ", _BREAKS.sub("\n", text))).strip(" \n")


def document_number(organ: str, year: int, serial: int) -> str:
    """A 发文字号: 安政发〔2026〕10号, six-cornered brackets, no leading zero (7.2.5)."""
    return f"{organ}〔{year}〕{serial}号"


def chinese_date(day: date) -> str:
    """A 成文日期 in Arabic figures without leading zeros: 2026年3月5日 (7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def width(text: str) -> float:
    """The width of a text in characters (字); ASCII counts half."""
    return sum(0.5 if char < "\x7f" else 1.0 for char in text)


def breakable(text: str) -> str:
    """The text with the (invisible) places at quotation marks where a line may end."""
    return _QUOTES.sub(MAY_BREAK, text)


def kept_together(text: str) -> Iterator[tuple[str, bool]]:
    """The text in stretches, each with whether it must stay on one line."""
    start = 0
    for found in _TOGETHER.finditer(text):
        if found.start() > start:
            yield text[start : found.start()], False
        yield found.group(), True
        start = found.end()
    if start < len(text):
        yield text[start:], False


def title_lines(title: str, limit: int = TITLE_CHARACTERS) -> list[str]:
    """The lines of a title: words kept whole, lines of like length (7.3.1).

    The title's own line breaks are kept. Else the fewest lines that hold it, broken where
    it costs least: inside a word never if it can be helped, before 关于 gladly.
    """
    title = clean(title)
    if "\n" in title:
        return [line.strip() for line in title.split("\n") if line.strip()]
    if width(title) <= limit:
        return [title] if title else []
    return _broken(title, limit)


def _broken(title: str, limit: int) -> list[str]:
    """The cheapest way to break; every line at most `limit` wide, as few lines as possible."""
    inside = {
        place
        for word in _TITLE_WORDS.finditer(title)
        for place in range(word.start() + 1, word.end())
    }
    count = -(-int(width(title) * 2) // (limit * 2))
    ideal = width(title) / count
    # best[i]: cost and lines of the title up to i
    best: dict[int, tuple[float, list[str]]] = {0: (0.0, [])}
    for end in range(1, len(title) + 1):
        for start in range(end - 1, -1, -1):
            line = title[start:end]
            if width(line) > limit:
                break
            cost = best[start][0] + (width(line) - ideal) ** 2 + 40
            if end < len(title):
                cost += _break_cost(title, end, inside)
            if end not in best or cost < best[end][0]:
                best[end] = (cost, [*best[start][1], line])
    return best[len(title)][1]


def _break_cost(title: str, place: int, inside: set[int]) -> float:
    before, after = title[place - 1], title[place]
    if after in "，。、；：？！）》”〉】〕·" or before in "（《“〈【〔·":
        return 1000
    if before.isdigit() and (after.isdigit() or after in "年月日号"):
        return 1000
    cost = 300.0 if place in inside else 0.0
    if after in "的和与及之了":
        cost += 200
    if before in "和与及":
        cost += 60
    if title.startswith("关于", place):
        cost -= 60
    if title.startswith("《", place) or before in "》、":
        cost -= 15
    return cost
