"""Putting a 违规干预插手 on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from ..models import Interference, InterferenceMatter, InterferenceWay
from .directory import DirectoryForm, date_field


class InterferenceForm(DirectoryForm):
    """A new entry, or one that corrects an own one."""

    happened_on = date_field("发生日期")
    matter = forms.ChoiceField(
        label="事项类别",
        choices=[("", "请选择"), *InterferenceMatter.choices],
        error_messages={"required": "请选择事项类别"},
    )
    way = forms.ChoiceField(
        label="干预方式",
        choices=[("", "请选择"), *InterferenceWay.choices],
        error_messages={"required": "请选择干预方式"},
    )
    who = forms.CharField(
        label="干预人单位和职务",
        max_length=60,
        error_messages={"required": "请填写干预人单位和职务"},
    )
    facts = forms.CharField(
        label="简要情况",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="200 字以内，加密保存；材料留在纸质档案中",
        error_messages={"required": "请填写简要情况"},
    )

    def __init__(self, *args: Any, own: Sequence[Interference] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        firsts = [(str(row.pk), row.number) for row in own if row.corrects_id is None]
        self.fields["corrects"] = forms.ChoiceField(
            label="更正本人登记的记录",
            required=False,
            choices=[("", "不是更正"), *firsts],
            help_text="登记后不能修改，有误的另行登记一份并选择原编号",
        )

    def corrects_id(self) -> int | None:
        """The entry that this one corrects."""
        chosen = self.cleaned_data["corrects"]
        return int(chosen) if chosen else None
