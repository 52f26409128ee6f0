"""Forms of 反馈书 and 结果运用."""

from __future__ import annotations

from typing import Any

from django import forms

from accountability.forms.directory import DirectoryForm, date_field
from reports.models import UseKind


class RectifyForm(DirectoryForm):
    """Which deductions are to be put right, and until when."""

    codes = forms.MultipleChoiceField(
        label="扣分项", error_messages={"required": "请选择要转为整改的扣分项"}
    )
    rectify_by = date_field("整改期限")
    demand = forms.CharField(label="整改要求", max_length=500, required=False)

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["codes"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]


class UseForm(DirectoryForm):
    """One use of a result; the service judges it."""

    sheet = forms.TypedChoiceField(
        label="考核对象", coerce=int, error_messages={"required": "请选择考核对象"}
    )
    kind = forms.ChoiceField(
        label="运用方式", choices=UseKind.choices, error_messages={"required": "请选择运用方式"}
    )
    basis = forms.CharField(
        label="依据（文号）",
        max_length=100,
        help_text="文号、会议纪要编号",
        error_messages={"required": "请填写依据，如文号或会议纪要编号"},
    )
    organ = forms.CharField(
        label="决定或办理机关",
        max_length=60,
        error_messages={"required": "请填写决定或办理机关"},
    )
    used_on = date_field("日期")
    talk = forms.TypedChoiceField(
        label="谈话登记", coerce=int, empty_value=None, required=False, help_text="约谈时可以关联"
    )
    note = forms.CharField(
        label="内容", max_length=200, required=False, help_text="约谈内容不录入系统"
    )

    def __init__(self, *args: Any, subjects: list[Any], talks: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [("", "请选择")] + [  # type: ignore[attr-defined]
            (s.pk, f"{s.name}（{s.assessment.get_kind_display()}第 {s.rank} 名）") for s in subjects
        ]
        self.fields["talk"].choices = [("", "不关联")] + [  # type: ignore[attr-defined]
            (t.pk, f"{t.held_on:%Y-%m-%d} {t.talker}与{t.talked}（{t.talked_post.unit}）")
            for t in talks
        ]
