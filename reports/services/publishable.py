"""What may never be published: numbers that name a person, and what a family owns.

The portal has no field for these (DESIGN decision 13). What somebody types
into a text that goes public is looked at here before it is frozen.
"""

from __future__ import annotations

import re

from accountability.refusals import Invalid

_FORBIDDEN = (
    ("身份证号", re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])|(?<!\d)\d{15}(?!\d)")),
    ("银行卡号", re.compile(r"(?<!\d)\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?!\d)")),
    ("手机号", re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")),
    # A bureau of housing, a public fund and its budget are no family's.
    (
        "家庭财产",
        re.compile(
            r"(?:本人|个人|家庭|名下|配偶)[^。；，\n]{0,10}"
            r"(?:房产|房屋|住房|存款|股票|基金|理财|收入)[^。；，\n]{0,12}?"
            r"\d+(?:\.\d+)?\s*(?:套|处|间|平方米|万|元|股|亿)"
        ),
    ),
    ("家庭成员", re.compile(r"(?:配偶|妻子|丈夫|子女|儿子|女儿|父亲|母亲)(?:姓名)?[（(：:]")),
)


def check(text: str, *, field: str) -> None:
    """Raise `Invalid` (at `field`) when the text says what must not be public."""
    for what, pattern in _FORBIDDEN:
        found = pattern.search(text)
        if found is not None:
            sentence = f"内容将对外公开，不能写入{what}（“{found[0][:12]}”），请删去后再提交。"
            raise Invalid(sentence, details={field: [sentence]})
