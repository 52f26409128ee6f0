"""Proof-reading hints (文稿校对): what a clerk should see before the paper is taken over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from .line import Line
from .model import FoundItem, Hint, SlotKind
from .numbering import Label, Style, recognise
from .slots import has_slots
from .tree import Node

MOST_HINTS = 300
_AROUND = 8

_PLACEHOLDER = re.compile(
    r"[*＊]{2,}(?:[省市县区乡镇村局委办])?|[×Ⅹ╳]{2,}[省市县区乡镇村局委办]?|[XxＸｘ]{2,}(?![a-zA-Z])[省市县区乡镇村局委办]?"
    r"|(?<![A-Za-z0-9])[XＸ×](?=[省市县区乡镇村次届年月日号名万亿])|(?<![A-Za-z0-9])[XＸ×](?=[和与、，及发])"
    r"|[○〇□]{2,}(?=[省市县区乡镇村局委办])|[_＿]{3,}|某某?(?=[省市县区乡镇])|[（(](?:此处|待)(?:填写|补充|定)[)）]|【[\s_]*】|[（(][\s_]*[)）]"
    r"|(?<=[由请报经])某(?=局|委|办|部)"
)
_DISTRICT = re.compile(
    r"区(?=(?:纪委|监委|政府|人大|政协|党委|委(?![员托派会])|直|级|属|长(?![期远效])|人民政府|法院|检察院|公安|财政|审计"
    r"|行政服务|政务服务|[\u4e00-\u9fff]{1,8}?(?:局|委员会|办公室|中心(?!城))))|(?<=[全我本])区(?![域间别分])"
)
_DISTRICT_WORD = frozenset(
    "社地园景小辖发业范新片库林校城街分专特治理护灾山老牧厂矿灌郊市聚能宅商税展居盟战禁防疫贫县"
    "）)郊域外内港海湖牌营心疗病考赛产农湾铁游态化功能度住聚集控保汛边房"
)
_COUNTY = re.compile(
    r"县(?:政府|委|纪委|监委|级|直|长|人大|政协|域|财政|审计|人民政府|法院|公安)|[全我本各]县"
)
_DISTRICT_LEVEL = re.compile(
    r"(?<![社地园小辖])区(?:政府|委|纪委|监委|级|直|长|人大|政协|人民政府)|[全我本]区"
)

_DAMAGE = (
    (re.compile(r"[，、；：][，。、；：]|。[，、；。]"), "标点重复或错位"),
    (re.compile(r"\d [Oo]|[Oo] ?\d(?=[件项个月日])|\d[Oo](?![a-zA-Z])"), "数字中夹有字母 O 或空格"),
    (re.compile(r"[之第][—―－](?=[的条项章个])|[（(][—―－][)）]"), "“一”被识别成横线"),
    (re.compile(r"(?<=[\u4e00-\u9fff])_(?=[\u4e00-\u9fff（(])"), "夹有多余的下划线"),
    (re.compile(r"’’|‘‘|”“”"), "引号可能识别有误"),
    (re.compile(r"“[^“”\n]{1,20}\""), "引号前后不一致"),
    (re.compile(r"(?!一.一)([\u4e00-\u9fff]{2,4})\1"), "词语重复"),
    (re.compile(r"(?<=[\u4e00-\u9fff])[,;?!](?=[\u4e00-\u9fff])"), "中文中夹有半角标点"),
    (re.compile(r"贡任|冀组|诺干|巳经|末完成"), "形近字识别有误"),
    (re.compile(r"\ufffd|[\ue000-\uf8ff]"), "有无法显示的字符"),
)
_PAIRS = (("（(", "）)"), ("《", "》"), ("“", "”"), ("【〔", "】〕"))
_OTHER_QUOTES = '"＂‘’'
_SENTENCE_ENDS = tuple("。；！？：")
_MOST_UNBALANCED = 5
_COUNTY_SLIP = re.compile(
    r"(?<![市各郊外邻贫扶援省区、（(])县(?=纪委|监委|政府|人大|政协|党委|委(?![员托派])|直|级|人民政府|法院|检察院"
    r"|公安|财政|审计|政务服务|[\u4e00-\u9fff]{1,6}?局)|(?<=[全我本])县(?![城区])"
)
_GAP_IN_WORD = re.compile(r"(?<=[\u4e00-\u9fff]{2}) (?=[\u4e00-\u9fff])")
_RESIDUE = (
    (re.compile(r"电子纪委监委"), "电子监察"),
    (re.compile(r"行政效能纪委监委"), "行政效能监察"),
    (re.compile(r"效能纪委监委"), "效能监察"),
    (re.compile(r"(?:行政|执法|政务|专项|廉政|廉洁|巡视|法律)纪委监委"), ""),
    (re.compile(r"(?<=的)纪委监委(?=[，。；、])"), "监察"),
    (re.compile(r"(?:实施|开展|加强|强化|进行)纪委监委(?=[，。；、])"), ""),
    (re.compile(r"纪委监委(?:法|条例|建议书|室|局|厅|部委)"), ""),
    (re.compile(r"纪委(?:监委){2,}|纪委纪委"), "纪委监委"),
)


def text_hints(lines: list[Line]) -> Iterator[Hint]:
    """Hints that the wording of the paper itself gives."""
    county = _is_county(lines)
    for line in lines:
        yield from _placeholders(line)
        if county:
            yield from _districts(line)
        elif county is False:
            yield from _counties(line)
        yield from _damage(line)
        yield from _residue(line)


def _hint(line: Line, start: int, end: int, code: str, message: str, suggestion: str = "") -> Hint:
    text = line.text
    excerpt = text[max(0, start - _AROUND) : end + _AROUND].replace("\n", " ")
    return Hint(code, message, line.place(start, end), excerpt, suggestion)


def _placeholders(line: Line) -> Iterator[Hint]:
    for match in _PLACEHOLDER.finditer(line.text):
        message = f"“{match[0]}”是占位符，请换成实际名称或内容"
        yield _hint(line, *match.span(), "placeholder", message)


def _is_county(lines: list[Line]) -> bool | None:
    """Whether the paper is a county's (False: a district's); None where it does not say."""
    county = sum(len(_COUNTY.findall(line.text)) for line in lines)
    district = sum(len(_DISTRICT_LEVEL.findall(line.text)) for line in lines)
    return None if county == district else county > district


def _districts(line: Line) -> Iterator[Hint]:
    text = line.text
    for match in _DISTRICT.finditer(text):
        start = match.start()
        if start and text[start - 1] in _DISTRICT_WORD:
            continue
        if text[max(0, start - 2) : start] in ("县、", "市、"):
            continue
        end = start + 1
        while end < len(text) and end < start + 5 and "\u4e00" <= text[end] <= "\u9fff":
            end += 1
        word = text[start:end]
        message = f"“{word}”写作“区”，全文以“县”为主，请核对是否应为“县”"
        yield _hint(line, start, start + 1, "county_district", message, "县")


def _counties(line: Line) -> Iterator[Hint]:
    """The other way round: a district's paper that says 县."""
    for match in _COUNTY_SLIP.finditer(line.text):
        start = match.start()
        message = f"“{line.text[start : start + 5]}”写作“县”，全文以“区”为主，请核对是否应为“区”"
        yield _hint(line, start, start + 1, "county_district", message, "区")


def _unbalanced(line: Line, after: int) -> Iterator[Hint]:
    """Brackets and quotes that are opened and never closed, or the other way round."""
    text = line.text
    for openers, closers in _PAIRS:
        open_at: list[int] = []
        for at in range(after, len(text)):
            if text[at] in openers:
                open_at.append(at)
            elif text[at] in closers:
                if open_at:
                    open_at.pop()
                else:
                    yield _hint(line, at, at + 1, "damage", f"“{text[at]}”没有前一半，请核对")
        for at in open_at[:_MOST_UNBALANCED]:
            yield _hint(line, at, at + 1, "damage", f"“{text[at]}”没有后一半，请核对")


def _damage(line: Line) -> Iterator[Hint]:
    text = line.text
    label = recognise(text)
    if label is not None and label.damaged:
        message = f"编号“{label.raw}”可能有误，已按“{label.canonical}”读取"
        yield _hint(line, 0, len(label.raw), "damage", message, label.canonical)
    after = label.end if label else 0
    for pattern, reason in _DAMAGE:
        for match in pattern.finditer(text, after):
            yield _hint(line, *match.span(), "damage", f"“{match[0]}”：{reason}，请核对")
    if text.endswith(_SENTENCE_ENDS) and not any(mark in text for mark in _OTHER_QUOTES):
        yield from _unbalanced(line, after)
    if len(text) > 40 and not has_slots(text):
        for match in _GAP_IN_WORD.finditer(text, after):
            at = match.start()
            around = text[at - 2 : at + 3]
            yield _hint(line, at, at + 1, "damage", f"“{around}”：句中有多余的空格，请核对")


def _residue(line: Line) -> Iterator[Hint]:
    taken: list[tuple[int, int]] = []
    for pattern, suggestion in _RESIDUE:
        for match in pattern.finditer(line.text):
            start, end = match.span()
            if any(start < before_end and before < end for before, before_end in taken):
                continue
            taken.append((start, end))
            better = suggestion or match[0].replace("纪委监委", "监察", 1)
            message = f"“{match[0]}”疑为批量替换的残留，请核对是否应为“{better}”"
            yield _hint(line, start, end, "residue", message, better)


def numbering_hints(root: Node) -> Iterator[Hint]:
    """Numbers that skip, repeat or do not begin with one."""
    last: dict[Style, int] = {}
    elder: dict[tuple[int, int, Style], Label] = {}
    for node in root.walk():
        label = node.label
        if label is None or node.inline or node.unnumbered or node.place is None:
            continue
        key = (id(node.parent), node.part, label.style)
        previous = elder.get(key)
        elder[key] = label
        runs_on = last.get(label.style, 0) + 1
        expected = previous.value + 1 if previous else 1
        last[label.style] = label.value
        if label.value in (expected, runs_on):
            continue
        if previous is not None and label.value == previous.value:
            message = f"编号“{label.raw}”重复"
        elif previous is not None and label.value < expected:
            message = f"编号“{label.raw}”接在“{previous.raw}”之后，顺序有误"
        else:
            message = f"编号到“{label.raw}”有跳号，前面缺第 {_missing(expected, label)} 项"
        excerpt = label.raw + "".join(
            piece.text[:20] for piece in node.flow[:1] if isinstance(piece, Line)
        )
        yield Hint("numbering", message, node.place, excerpt)


def _missing(expected: int, label: Label) -> str:
    last = label.value - 1
    return str(expected) if expected == last else f"{expected} 至 {last}"


def missing_slots(items: list[FoundItem]) -> Iterator[Hint]:
    """Items that lack a slot which the others have."""
    carriers = [item for item in items if item.slots]
    if len(carriers) < 3:
        return
    having: Counter[SlotKind] = Counter()
    for item in carriers:
        having.update({slot.kind for slot in item.slots})
    usual = [kind for kind in SlotKind if 2 * having[kind] > len(carriers)]
    for item in carriers:
        own = {slot.kind for slot in item.slots}
        for kind in usual:
            if kind not in own:
                message = f"{item.number} 没有“{kind.standard_name}”，其他多数条目都有"
                item.warnings.append(f"原文没有“{kind.standard_name}”")
                yield Hint("missing_slot", message, item.place, item.heading)


def unassigned(root: Node, items: list[Node]) -> Iterator[Hint]:
    """Numbered paragraphs among items that carry no slot at all."""
    carriers: Counter[tuple[int, Style]] = Counter()
    for item in items:
        if item.parent is not None and item.style is not None:
            carriers[id(item.parent), item.style] += 1
    chosen = {id(item) for item in items}
    for node in root.walk():
        if id(node) in chosen or node.inline or node.parent is None or node.style is None:
            continue
        if any(id(child) in chosen for child in node.walk()) or node.place is None:
            continue
        if carriers[id(node.parent), node.style] >= 2:
            name = node.number or node.text()[:12]
            message = f"{name} 没有任何责任槽位，未列为任务，请核对"
            yield Hint("missing_slot", message, node.place, node.text()[:20])
