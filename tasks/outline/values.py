"""Splits what stands in a slot into names of people, units and groups."""

from __future__ import annotations

import re

from .line import BLANK

_OPEN = "（([【〔《"
_CLOSE = "）)]】〕》"
_SEPARATORS = "、，,；;\n\r\x0b\x0c\u2028\u2029|｜"
_NOTHING = re.compile(r"[_＿\-—–/\\.…。·*＊XxＸ×○〇【】\[\]（）()\s\u3000]*")
_TRIM = BLANK + "。.：:；;，,、\n"
_NO_ONE = frozenset({"无", "暂无", "待定"})
_COMRADE = re.compile(r"^([\u4e00-\u9fff·]{2,5})同志(?=$|[（(])")
_OFFICE = re.compile(
    r"(?:书记|常委|[省市县区乡镇村局部院会站所处科股校队行组]长|主任|主席|政委|秘书长|检察长|董事长|委员"
    r"|经理|调研员|巡视员|工程师|总师|参谋)(?:[（(][^（）()]*[)）])?$"
)
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾"
    "丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤"
    "尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐"
    "沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植"
    "甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫嵺苟褚全"
)
_UNIT_END = re.compile(
    r"(?:局|委|办|部|院|中心|室|处|科|股|队|所|站|镇|乡|街道|社区|村|政府|公司|单位|部门|集团|学校"
    r"|委员会|办公室|法院|检察院|银行|联合会|妇联|团委|工会|大队|支队|机关|组|会|园区|开发区)$"
)


def split_values(text: str) -> list[str]:
    """王 强、县财政局（会计股） 各乡镇 → ["王强", "县财政局（会计股）", "各乡镇"]."""
    names: list[tuple[str, bool]] = []
    for part in _parts(text):
        for at, name in enumerate(_split_blanks(part)):
            if not is_blank(name):
                names.append((_COMRADE.sub(r"\1", name), at > 0))
    return _with_offices(names)


def _with_offices(names: list[tuple[str, bool]]) -> list[str]:
    """王强 县委常委、副县长 and 县委常委、副县长 王强 → 王强（县委常委、副县长）.

    Each name comes with whether only a blank parts it from the one before. Offices
    without a person stay values of their own.
    """
    values: list[str] = []
    at = 0
    while at < len(names):
        end = at
        while end < len(names) and _is_office(names[end][0]):
            end += 1
        before = end > at and end < len(names) and names[end][1]
        if before and looks_like_person(names[end][0]):
            values.append(_titled(names[end][0], [name for name, _ in names[at:end]]))
            at = end + 1
            continue
        name = names[at][0]
        after = at + 1
        if looks_like_person(name) and after < len(names) and names[after][1]:
            while after < len(names) and _is_office(names[after][0]):
                after += 1
            follows = after < len(names) and names[after][1] and after - at > 2
            if follows and looks_like_person(names[after][0]):
                after -= 1  # 王强 县长、副县长 李伟: the last office is the next one's.
        else:
            after = at + 1
        values.append(_titled(name, [office for office, _ in names[at + 1 : after]]))
        at = after
    return values


def _titled(name: str, offices: list[str]) -> str:
    return f"{name}（{'、'.join(offices)}）" if offices else name


def _is_office(value: str) -> bool:
    return len(value) <= 24 and _OFFICE.search(value) is not None


def is_blank(value: str) -> bool:
    """Whether nothing, or only a line to write on, stands there."""
    return value in _NO_ONE or _NOTHING.fullmatch(value) is not None


def _parts(text: str) -> list[str]:
    """Split at the separators that stand outside brackets."""
    parts: list[str] = []
    depth = 0
    start = 0
    for at, character in enumerate(text):
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth = max(depth - 1, 0)
        elif character in _SEPARATORS and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    tail = text[start:]
    if depth and any(separator in tail for separator in _SEPARATORS):
        # A bracket that is never closed must not swallow the names after it.
        parts.extend(re.split(f"[{re.escape(_SEPARATORS)}]", tail))
    else:
        parts.append(tail)
    return parts


def _split_blanks(part: str) -> list[str]:
    """Blanks part names too, except inside one: 王 强, 县 财政局, 局（会计 股）."""
    words: list[str] = []
    depth = 0
    for chunk in re.split(f"([{BLANK}]+)", part.strip(_TRIM)):
        if not chunk.strip(BLANK):
            continue
        if (depth > 0 and words) or (words and chunk[0] in "（("):
            words[-1] += chunk
        else:
            words.append(chunk)
        depth += sum(c in _OPEN for c in chunk) - sum(c in _CLOSE for c in chunk)
    names: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        if len(word) == 1 and at + 1 < len(words):
            names.append(word + words[at + 1])
            at += 2
            continue
        if len(word) == 1 and names:
            names[-1] += word
        else:
            names.append(word)
        at += 1
    return [name.strip(_TRIM) for name in names if name.strip(_TRIM)]


def looks_like_person(value: str) -> bool:
    """A surname and two to four characters."""
    bare = re.split("[（(]", value, maxsplit=1)[0]
    return 2 <= len(bare) <= 4 and bare[0] in _SURNAMES


def looks_like_unit(value: str) -> bool:
    bare = re.split("[（(]", value, maxsplit=1)[0]
    if any(verb in bare for verb in "要应须将"):
        return False
    group = bare.startswith("各") and len(bare) <= 6
    return group or (len(bare) >= 3 and _UNIT_END.search(bare) is not None)


def look_like_values(text: str) -> bool:
    """Whether a line holds nothing but names: what a slot's next line looks like."""
    text = text.rstrip("。；; \t\u3000")
    if len(text) > 200 or any(mark in text for mark in "。！？：:"):
        return False
    values = split_values(text)
    return bool(values) and all(
        looks_like_person(value) or looks_like_unit(value) for value in values
    )
