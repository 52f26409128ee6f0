"""The trail's filters and the evidence package's purpose."""

from __future__ import annotations

from datetime import date

from django import forms
from django.utils import timezone

from ..models import Concern
from ..selectors.trail import ACTION_NAMES, ODD_HOURS, Filters


class TrailForm(forms.Form):
    """Filters in the address; whatever is not understood is left out."""

    since = forms.DateField(label="开始日期", required=False)
    until = forms.DateField(label="结束日期", required=False)
    unit = forms.IntegerField(label="单位", required=False)
    who = forms.CharField(label="操作人", required=False, max_length=40)
    action = forms.ChoiceField(
        label="动作", required=False, choices=[("", "全部动作"), *ACTION_NAMES.items()]
    )
    words = forms.CharField(label="任务或关键词", required=False, max_length=60)
    concern = forms.ChoiceField(
        required=False, choices=[("", ""), *Concern.choices, (ODD_HOURS, "工作时间外操作")]
    )
    before = forms.IntegerField(required=False, min_value=1)
    after = forms.IntegerField(required=False, min_value=1)

    def filters(self) -> Filters:
        """The filters that could be read."""
        self.is_valid()
        values = self.cleaned_data
        return Filters(
            since=values.get("since"),
            until=values.get("until"),
            unit_id=values.get("unit"),
            who=values.get("who", ""),
            action=values.get("action", ""),
            words=values.get("words", ""),
            concern=values.get("concern", ""),
            before=values.get("before"),
            after=values.get("after"),
        )


class EvidenceForm(forms.Form):
    """Why the package is exported; the purpose is itself on the trail."""

    purpose = forms.CharField(
        label="用途",
        max_length=200,
        min_length=4,
        error_messages={
            "required": "请填写用途，用途记入审计轨迹",
            "min_length": "用途过于简略，请至少填写 4 个字",
        },
    )
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    unit = forms.IntegerField(required=False)


class DayForm(forms.Form):
    """The day of a page 以往情况; today where none is named."""

    on = forms.DateField(
        label="日期",
        required=False,
        error_messages={"invalid": "日期格式不对，应如 2026-03-05。"},
    )

    def clean_on(self) -> date:
        return self.cleaned_data["on"] or timezone.localdate()
