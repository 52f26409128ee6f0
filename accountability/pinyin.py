"""Search keys: full pinyin and initials of names, heteronyms of surnames and places right.

Keys are computed on the server when a name is saved, and sent to the browser
as data; there is no dictionary in the browser (ui.md 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pypinyin import Style, load_phrases_dict, load_single_dict, pinyin

# Readings of single-character surnames that differ from the everyday reading.
SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "任": "ren",
    "盖": "ge", "葛": "ge", "华": "hua", "纪": "ji", "翟": "zhai", "尉": "wei", "朴": "piao",
    "乐": "yue", "缪": "miao", "秘": "bi", "种": "chong", "召": "shao", "员": "yun", "冼": "xian",
    "折": "she", "覃": "qin", "谌": "chen", "郇": "xun", "洗": "xian", "燕": "yan", "宁": "ning",
    "黑": "he", "逄": "pang", "都": "du", "车": "che", "卜": "bu", "石": "shi", "长": "chang",
    "幺": "yao", "粘": "nian", "过": "guo", "那": "na", "句": "gou", "隗": "wei", "哈": "ha",
}  # fmt: skip
COMPOUND_SURNAMES = {
    "尉迟": ["yu", "chi"], "万俟": ["mo", "qi"], "澹台": ["tan", "tai"], "单于": ["chan", "yu"],
    "长孙": ["zhang", "sun"], "令狐": ["ling", "hu"], "宇文": ["yu", "wen"], "欧阳": ["ou", "yang"],
    "上官": ["shang", "guan"], "司马": ["si", "ma"], "诸葛": ["zhu", "ge"], "夏侯": ["xia", "hou"],
}  # fmt: skip

# Words of the field whose everyday dictionary reading is wrong or missing.
PHRASES = {
    "单家集": "shan jia ji", "长岭": "chang ling", "重山": "chong shan", "乐平": "le ping",
    "行政": "xing zheng", "银行": "yin hang", "会计": "kuai ji", "统计": "tong ji",
    "畜牧": "xu mu", "供销": "gong xiao", "调查": "diao cha", "督查": "du cha", "重大": "zhong da",
    "长寿": "chang shou", "六安": "lu an", "厦门": "xia men", "三都": "san du", "都匀": "du yun",
    "县直": "xian zhi", "乡镇": "xiang zhen", "地方": "di fang", "朝阳": "chao yang",
    "重阳": "chong yang", "重庆": "chong qing", "中行": "zhong hang", "行业": "hang ye",
    "县长": "xian zhang", "镇长": "zhen zhang", "局长": "ju zhang", "科长": "ke zhang",
    "股长": "gu zhang", "处长": "chu zhang", "部长": "bu zhang", "组长": "zu zhang",
    "主任": "zhu ren", "乡长": "xiang zhang", "院长": "yuan zhang", "检察长": "jian cha zhang",
    "乐安": "le an", "安乐": "an le", "长安": "chang an", "大厦": "da sha", "参公": "can gong",
}  # fmt: skip

load_phrases_dict({k: [[s] for s in v.split()] for k, v in PHRASES.items()})
load_single_dict({ord("行"): "xíng,háng"})


def _as_they_are(unknown: str) -> Any:
    """Digits, letters and signs stand for themselves."""
    return [[character] for character in unknown]


def readings(text: str) -> list[str]:
    """Syllables of `text` in its most likely reading; other characters as they are."""
    return [
        group[0].lower()
        for group in pinyin(text, style=Style.NORMAL, errors=_as_they_are)
        if group and group[0].strip()
    ]


def person_readings(name: str) -> list[list[str]]:
    """Readings of a person's name: the surname's own reading first, then the everyday one."""
    name = "".join(name.split())
    for surname, syllables in COMPOUND_SURNAMES.items():
        if name.startswith(surname) and len(name) > len(surname):
            return [syllables + readings(name[len(surname) :])]
    if len(name) > 1 and name[0] in SURNAMES:
        rest = readings(name[1:])
        first = [SURNAMES[name[0]], *rest]
        everyday = readings(name[0]) + rest
        return [first] if everyday == first else [first, everyday]
    return [readings(name)]


def keys(
    names: Iterable[str], *, is_person: bool = False, override: str = "", prefix: str = "县"
) -> tuple[str, str]:
    """(full pinyin keys, initials keys) of `names`, variants separated by spaces.

    A name that begins with `prefix` (县) also gets keys without it. An
    `override` such as "shan jia ji zhen" replaces the first name's reading.
    """
    full: dict[str, None] = {}
    initials: dict[str, None] = {}
    for position, name in enumerate(names):
        if position == 0 and override:
            variants = [override.lower().split()]
        elif is_person:
            variants = person_readings(name)
        else:
            variants = [readings(name)]
            if prefix and name.startswith(prefix) and len(name) > len(prefix) + 1:
                variants.append(readings(name[len(prefix) :]))
        for syllables in variants:
            full["".join(syllables)] = None
            initials["".join(s[0] for s in syllables if s)] = None
    return " ".join(full), " ".join(initials)


def text_keys(text: str, *, limit: int = 40) -> tuple[str, str]:
    """Keys of a heading, for search: its first `limit` characters."""
    syllables = readings(text[:limit])
    return "".join(syllables), "".join(s[0] for s in syllables if s)
