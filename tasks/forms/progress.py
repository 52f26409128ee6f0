"""The forms of progress: the report in its row, review, extension, shares, settings."""

from __future__ import annotations

from typing import Any

from django import forms

from tasks.lights import BY_HAND
from tasks.models import Milestone, ProgressSetting
from tasks.services.progress import LONGEST, Entry

AREA = {"class": "form-control", "rows": 5}
INPUT = {"class": "form-control", "autocomplete": "off"}
DATE = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
WRONG_DATE = "日期写成 2026-06-30 的样子"
LARGEST_ID = 2**62


def ids(values: list[str]) -> list[int]:
    """The ids among a list of posted values."""
    return [int(v) for v in values if v.isdecimal() and int(v) < LARGEST_ID]


class ProgressForm(forms.Form):
    """One report. Files and evidence are read beside it, for many of one name."""

    text = forms.CharField(
        label="进展情况",
        required=False,
        max_length=LONGEST,
        error_messages={"max_length": f"不超过 {LONGEST} 字，请精简"},
        widget=forms.Textarea(attrs=AREA),
    )
    percent = forms.IntegerField(
        label="完成比例（%）",
        required=False,
        min_value=0,
        max_value=100,
        error_messages={
            "invalid": "填 0 至 100 的整数",
            "min_value": "填 0 至 100 的整数",
            "max_value": "填 0 至 100 的整数",
        },
        widget=forms.NumberInput(attrs={"class": "form-control", "min": 0, "max": 100}),
    )
    milestone = forms.ChoiceField(
        label="已到节点", required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    reference = forms.CharField(
        label="文号或会议", required=False, max_length=200, widget=forms.TextInput(attrs=INPUT)
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    token = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, milestones: list[Milestone], key: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["milestone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "未选")] + [
            (str(m.pk), f"{m.due_on:%m-%d} {m.text}"[:60]) for m in milestones
        ]
        for name, other in self.fields.items():
            other.widget.attrs["id"] = f"p{key}-{name}"

    def say(self, **values: Any) -> None:
        """Show these values the next time, whatever was sent."""
        self.data = {**{name: self.data[name] for name in self.data}, **values}

    def entry(self, evidence: list[int]) -> Entry:
        """What the form says, with the chosen evidence."""
        given = self.cleaned_data["milestone"]
        return Entry(
            text=self.cleaned_data["text"],
            percent=self.cleaned_data["percent"],
            milestone_id=int(given) if given else None,
            evidence=evidence,
        )


class ReviewForm(forms.Form):
    """What the reviewer saw, and the opinion where it is returned."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="退回意见",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3, "id": "review-reason"}),
    )


class ExtensionForm(forms.Form):
    """申请延期."""

    due_wanted = forms.DateField(
        label="申请延至",
        input_formats=["%Y-%m-%d"],
        error_messages={"required": "请填写申请的时限", "invalid": WRONG_DATE},
        widget=DATE,
    )
    reason = forms.CharField(
        label="理由",
        max_length=200,
        error_messages={"required": "请填写延期理由"},
        widget=forms.TextInput(attrs=INPUT),
    )
    unit = forms.IntegerField(widget=forms.HiddenInput)


class LightForm(forms.Form):
    """判定灯色."""

    light = forms.ChoiceField(
        label="灯色",
        required=False,
        choices=[("", "按规则计算"), *((light.value, light.word) for light in BY_HAND)],
        widget=forms.Select(attrs={"class": "form-select", "id": "light-light"}),
    )
    reason = forms.CharField(
        label="判定依据",
        max_length=200,
        error_messages={"required": "请填写判定依据"},
        help_text="如 实地督查发现的情况。记入轨迹，任务页上可见。",
        widget=forms.TextInput(attrs={**INPUT, "id": "light-reason"}),
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    field_order = ["light", "reason", "version"]


class ShareForm(forms.Form):
    """One part of the unit's share: on whom, what, by when."""

    carrier = forms.ChoiceField(
        label="科室或承办人",
        error_messages={"required": "请选择科室或承办人", "invalid_choice": "请重选"},
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    text = forms.CharField(
        label="分工内容",
        max_length=300,
        error_messages={"required": "请填写分工内容"},
        widget=forms.TextInput(attrs=INPUT),
    )
    due_on = forms.DateField(
        label="完成时限",
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": WRONG_DATE},
        widget=DATE,
    )

    def __init__(self, *args: Any, carriers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["carrier"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "请选择"), *carriers]


class ShareReportForm(forms.Form):
    """How far a share is."""

    percent = forms.IntegerField(min_value=0, max_value=100)
    note = forms.CharField(required=False, max_length=1000)
    version = forms.IntegerField(min_value=1)


class SettingForm(forms.ModelForm):
    """进展报送设置."""

    class Meta:
        model = ProgressSetting
        fields = ("report_days", "soon_days", "head_confirms")
        help_texts = {
            "report_days": "季度结束后的自然日；遇休息日顺延到下一个工作日，之后为逾期补报。",
            "soon_days": "按中国工作日（含调休）计算。",
            "head_confirms": "勾选后，联络员提交的进展由本单位负责人确认，再由办公室审核。",
        }
        widgets = {
            "report_days": forms.NumberInput(attrs={"class": "form-control", "min": 1, "max": 60}),
            "soon_days": forms.NumberInput(attrs={"class": "form-control", "min": 1, "max": 60}),
            "head_confirms": forms.CheckboxInput(attrs={"class": "form-check-input"}),
        }
