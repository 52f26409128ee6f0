"""文号: the forms of the settings page."""

from __future__ import annotations

from django import forms

from accountability.forms.directory import DirectoryForm
from reports.models import NumberKind


class PatternForm(DirectoryForm):
    """How the numbers of a kind and year are written."""

    kind = forms.ChoiceField(label="文种", choices=NumberKind.choices)
    year = forms.IntegerField(
        label="年度",
        min_value=2000,
        max_value=2099,
        error_messages={"required": "请填写四位年份", "invalid": "请填写四位年份"},
    )
    pattern = forms.CharField(
        label="文号格式",
        max_length=60,
        help_text="用 {年} 和 {号} 标明年份和顺序号的位置，三位顺序号写 {三位号}",
        error_messages={"required": "请填写文号格式"},
    )


class VoidForm(DirectoryForm):
    """Why a number is void."""

    reason = forms.CharField(
        label="作废理由",
        max_length=200,
        help_text="与文号一并长期列出",
        error_messages={"required": "请填写作废理由"},
    )
