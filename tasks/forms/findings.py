"""Forms of 问题底稿 and 整改台账."""

from __future__ import annotations

from typing import Any

from django import forms

from accountability.forms.directory import date_field
from accountability.models import Post
from tasks.forms.notices import NO_SECRETS, WRONG_CHOICE, ActForm, file_field, text_field
from tasks.models import FindingState, ObjectionState, RectificationState, SourceKind
from tasks.services.findings import Content


class FindingForm(ActForm):
    """What was found. From outside it names its paper."""

    source_kind = forms.ChoiceField(label="来源", choices=SourceKind.choices)
    source_text = forms.CharField(
        label="来源名称", max_length=200, required=False, help_text="反馈意见、检查或督查方案名称"
    )
    source_number = forms.CharField(label="来源文号", max_length=80, required=False)
    source_on = date_field("来源日期", required=False, help_text="外部反馈的必填")
    title = forms.CharField(label="问题", max_length=120, error_messages={"required": "请填写问题"})
    rectify_by = date_field("整改期限")
    facts = text_field("事实", rows=5, most=4000, help_text=NO_SECRETS)
    basis = text_field("依据", rows=2, help_text="违反的规定及条款")
    demand = text_field("整改要求", rows=2, required=False)
    examiners = forms.CharField(
        label="检查人员", max_length=200, required=False,
        help_text="没有账号的党风行风监督员直接写姓名",
    )  # fmt: skip
    source_id = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    item = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def content(self) -> Content:
        return Content(**{k: v for k, v in self.cleaned_data.items() if k not in ("item", "unit")})


class NewFindingForm(FindingForm):
    """A finding with the unit at which it was made."""

    unit = forms.TypedChoiceField(
        label="责任单位", coerce=int,
        error_messages={"required": "请选择责任单位", "invalid_choice": WRONG_CHOICE},
    )  # fmt: skip
    field_order = ["unit", "source_kind"]

    def __init__(self, *args: Any, units: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ChoiceField)
        unit.choices = [("", "请选择"), *units]


class ReplyForm(ActForm):
    """The unit confirms, or objects with a statement."""

    verdict = forms.ChoiceField(
        label="答复", choices=[("confirm", "确认"), ("dispute", "有异议")],
        error_messages={"required": "请选择确认或有异议"},
    )  # fmt: skip
    statement = text_field("说明", most=2000, required=False, help_text="有异议的，写明理由和依据")


class PlanForm(ActForm):
    """整改措施 with who answers for it."""

    measures = text_field("整改措施", rows=4, most=4000)
    responsible = forms.CharField(
        label="责任人", max_length=60, error_messages={"required": "请填写责任人"}
    )
    post = forms.ModelChoiceField(
        Post.objects.none(), label="责任职务", required=False, empty_label="不选",
        error_messages={"invalid_choice": WRONG_CHOICE},
    )  # fmt: skip


class ReportForm(ActForm):
    """整改结果 with its evidence."""

    text = text_field("整改情况", rows=5, most=4000, help_text=NO_SECRETS)
    reference = forms.CharField(
        label="佐证文号", max_length=200, required=False, help_text="没有文件的，填写文号或材料名称"
    )
    file = file_field()


class DecisionForm(ActForm):
    """认定 of what the unit disputes or left unanswered."""

    decision = text_field("认定说明", required=False, help_text="单位有异议的必填")


class GroundsForm(ActForm):
    """申诉理由."""

    grounds = text_field("申诉理由", rows=5, most=4000)


class ObjectionForm(ActForm):
    """What was decided on an objection."""

    outcome = forms.ChoiceField(
        label="复核决定",
        choices=[(s.value, s.label) for s in ObjectionState if s != ObjectionState.OPEN],
    )
    decision = text_field("复核理由", rows=3, most=2000)
    facts = text_field(
        "变更后的事实", rows=3, most=4000, required=False, help_text="决定变更的必填"
    )


class FilterForm(forms.Form):
    """What 整改台账 is narrowed by; an empty form is the whole year."""

    q = forms.CharField(label="关键词", max_length=60, required=False)
    state = forms.ChoiceField(
        label="状态", required=False, error_messages={"invalid_choice": WRONG_CHOICE},
        choices=[
            ("", "全部"), ("open", "未销号"), ("late", "逾期"), ("objected", "申诉复核中"),
            *((s.value, s.label) for s in FindingState if s != FindingState.STANDING),
            *((s.value, s.label) for s in RectificationState if s != RectificationState.VOID),
        ],
    )  # fmt: skip
    place = forms.ChoiceField(
        label="内外", required=False, error_messages={"invalid_choice": WRONG_CHOICE},
        choices=[("", "全部"), ("inside", "本级发现"), ("outside", "外部反馈")],
    )  # fmt: skip
    source_kind = forms.ChoiceField(
        label="来源", required=False, error_messages={"invalid_choice": WRONG_CHOICE},
        choices=[("", "全部来源"), *SourceKind.choices],
    )  # fmt: skip
    unit = forms.TypedChoiceField(
        label="单位", coerce=int, empty_value=None, required=False,
        error_messages={"invalid_choice": WRONG_CHOICE},
    )  # fmt: skip

    def __init__(self, data: Any, *, units: list[tuple[int, str]]) -> None:
        super().__init__(data)
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ChoiceField)
        unit.choices = [("", "全部单位"), *units]
        for name, field in self.fields.items():
            kind = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs |= {"class": kind, "id": f"f-{name}"}
