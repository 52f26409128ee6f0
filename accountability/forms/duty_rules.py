"""The form of one rule of duties."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from ..models import (
    DutyKind,
    DutyRhythm,
    DutyRoll,
    DutyRule,
    DutySubject,
    Layer,
    Unit,
    UnitGroup,
    UnitKind,
    User,
)
from ..models.dated import holds_on
from .directory import DirectoryForm, ListField


def _number(
    label: str, *, least: int, most: int, required: bool = True, hint: str = ""
) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        required=required,
        help_text=hint,
        error_messages={
            "required": f"请填写{label}",
            "invalid": "请填写数字",
            "min_value": f"不小于 {least}",
            "max_value": f"不大于 {most}",
        },
    )


def _line(label: str, most: int, *, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        help_text=hint,
        error_messages={"required": f"请填写{label}", "max_length": f"不超过 {most} 字"},
    )


def _boxes(label: str, choices: Any, hint: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        help_text=hint,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "请从列表中选择"},
    )


class RuleForm(DirectoryForm):
    """Who, what, how often, due when, on what it rests, what goes where."""

    title = _line("事项", 60)
    kind = forms.ChoiceField(label="种类", choices=DutyKind.choices)
    text = forms.CharField(
        label="要求",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请填写要求", "max_length": "不超过 500 字"},
    )
    basis_paper = _line("依据文件", 100)
    basis_clause = _line("依据条款", 60)
    per_year = forms.TypedChoiceField(label="频次", choices=DutyRhythm.choices, coerce=int)
    due_month = _number("期内第几个月到期", least=1, most=13, hint="每年一次的，1 即一月")
    due_day = _number("该月第几日", least=1, most=31, hint="31 即该月最后一日")
    roll = forms.ChoiceField(label="遇休息日", choices=DutyRoll.choices)
    is_about_former = forms.BooleanField(label="报告的是上一期情况", required=False)
    subject = forms.ChoiceField(label="责任主体", choices=DutySubject.choices)
    layers = _boxes("责任层级", Layer.choices, "责任主体是职务的必选")
    leaders_only = forms.BooleanField(label="限县领导", required=False)
    unit_kinds = _boxes("单位类别", UnitKind.choices, "不选为不限")
    group = forms.ModelChoiceField(
        UnitGroup.objects.none(), label="单位集合", required=False, empty_label="不限"
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label="指定单位", required=False, empty_label="不指定"
    )
    hears_kinds = _boxes("听取哪类单位", UnitKind.choices, "听取汇报的填")
    hand_in = ListField(label="报送材料", required=False, help_text="几样材料用顿号分开")
    hand_in_days = _number(
        "开展后几日内报送", least=0, most=365, required=False, hint="不填为不另设时限"
    )
    send_to = ListField(label="报送对象", required=False, help_text="书面报告的填，用顿号分开")
    first_reminder = _number("第一次提醒（到期前几日）", least=0, most=120, hint="0 为不提醒")
    second_reminder = _number("第二次提醒（到期前几日）", least=0, most=60, hint="0 为不提醒")
    thing = _number("第一责任人清单第几件", least=1, most=10, required=False, hint="不列入的不填")
    is_on = forms.BooleanField(label="启用", required=False)
    reason = _line("修改依据", 200, hint="文号、会议或说明，记入变更记录")
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, rule: DutyRule, on: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = Q(county_id=user.county_id) & holds_on(on)
        for name, rows in (("group", UnitGroup.objects), ("unit", Unit.objects)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows.filter(here).order_by("precedence", "id")
        for name in self.fields:
            if name not in ("reason", "revision"):
                self.initial.setdefault(name, getattr(rule, name))
        self.initial["revision"] = rule.revision

    def values(self) -> dict[str, Any]:
        """The rule's fields as the form has them."""
        return {k: v for k, v in self.cleaned_data.items() if k not in ("reason", "revision")}

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields as the page groups them."""
        return [
            (name, [self[f] for f in fields])
            for name, fields in (
                ("事项和依据", ("title", "kind", "basis_paper", "basis_clause", "text")),
                ("时限", ("per_year", "due_month", "due_day", "roll", "is_about_former")),
                (
                    "责任主体",
                    ("subject", "unit", "group", "leaders_only", "layers", "unit_kinds"),
                ),
                ("报送", ("hand_in", "hand_in_days", "send_to", "hears_kinds")),
                ("提醒和清单", ("first_reminder", "second_reminder", "thing", "is_on")),
                ("修改依据", ("reason",)),
            )
        ]
