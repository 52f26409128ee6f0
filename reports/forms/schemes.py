"""考核方案: a new one, its head, one of its lines, a reason; rounds and teams."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from accountability.forms.directory import DirectoryForm, UploadForm, date_field
from reports.assessment import Band
from reports.assessment.package import band_as_data, band_from_data
from reports.assessment.points import plain
from reports.models import Occasion, SubjectKind
from reports.models.scheme import METHOD_CHOICES
from reports.rules import rule_names

MOST_BANDS = 6


def _points(label: str, *, required: bool = False, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=Decimal(0),
        max_value=Decimal(9999),
        decimal_places=2,
        help_text=help_text,
        error_messages={
            "required": f"请填写{label}",
            "invalid": "应为数字",
            "min_value": "不能是负数",
            "max_value": "数字过大",
            "max_decimal_places": "最多两位小数",
        },
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


class NewSchemeForm(DirectoryForm):
    """A new scheme, from an example."""

    kind = forms.ChoiceField(label="考核对象", choices=SubjectKind.choices)
    occasion = forms.ChoiceField(label="考核类型", choices=Occasion.choices)
    topic = forms.CharField(
        label="专门考核事项", required=False, max_length=60, help_text="只在专门考核时填写"
    )
    example = forms.ChoiceField(label="从示例开始", choices=())

    def __init__(self, *args: Any, examples: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["example"].choices = examples  # type: ignore[attr-defined]


class SchemeUploadForm(UploadForm):
    """A scheme as Excel."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = "考核方案表（.xlsx）"


class SchemeForm(DirectoryForm):
    """Title, caps, quota, and the grades from the best to the worst: a name and its lower edge."""

    title = forms.CharField(
        label="方案名称", max_length=100, error_messages={"required": "请填写方案名称"}
    )
    add_cap = _points("加分上限", help_text="留空不设上限")
    deduct_cap = _points("扣分上限", help_text="留空不设上限")
    quota_grade = forms.CharField(label="名额等次", required=False, max_length=20)
    quota_percent = _points("名额比例（%）")
    veto_grade = forms.CharField(label="否决后的等次", required=False, max_length=20)

    def __init__(self, *args: Any, bands: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(MOST_BANDS):
            band = band_from_data(bands[n]) if n < len(bands) else None
            self.fields[f"band_{n}"] = forms.CharField(
                label=f"等次 {n + 1}",
                required=False,
                max_length=20,
                initial=band.name if band else "",
            )
            self.fields[f"low_{n}"] = _points("分数线")
            self.fields[f"low_{n}"].initial = (
                plain(band.low) if band and band.low is not None else ""
            )
            self.fields[f"in_{n}"] = forms.ChoiceField(
                label="含不含",
                choices=[("1", "以上（含）"), ("0", "超过（不含）")],
                initial="1" if band is None or band.low_in else "0",
            )

    def band_rows(self) -> list[tuple[Any, Any, Any]]:
        """The bound fields of each grade."""
        return [(self[f"band_{n}"], self[f"low_{n}"], self[f"in_{n}"]) for n in range(MOST_BANDS)]

    def values(self) -> dict[str, Any]:
        """The model's fields; the upper edge of a grade is the lower one of the grade before."""
        data = self.cleaned_data
        bands = []
        high, high_in = None, False
        for n in range(MOST_BANDS):
            name, low = data[f"band_{n}"].strip(), data[f"low_{n}"]
            if not name:
                continue
            low_in = data[f"in_{n}"] == "1" if low is not None else True
            bands.append(band_as_data(Band(name, low, high, low_in, high_in)))
            high, high_in = low, not low_in
        names = ("title", "add_cap", "deduct_cap", "quota_grade", "quota_percent", "veto_grade")
        return {name: data[name] for name in names} | {"bands": bands}


class CriterionForm(DirectoryForm):
    """One line of the tree; fields that its nature does not have are left empty."""

    name = forms.CharField(
        label="考核内容", max_length=200, error_messages={"required": "请填写考核内容"}
    )
    points = _points("分值", help_text="评分项、加分项、扣分项填写")
    weight = _points("权重（%）", help_text="只在部分填写，全部留空即按分值相加")
    method = forms.ChoiceField(label="评分方式", choices=METHOD_CHOICES, required=False)
    rule = forms.ChoiceField(label="系统规则", choices=(), required=False)
    per_case = _points("每项扣分", help_text="留空按比例计分")
    standard = forms.CharField(
        label="评分标准",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].choices = [("", "不用"), *rule_names().items()]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The model's fields."""
        data = self.cleaned_data
        return {
            **data,
            "points": data["points"] or Decimal(0),
            "method": data["method"] or "review",
        }


class RoundForm(DirectoryForm):
    """A round: its days and its subjects."""

    self_due = date_field("自评截止")
    review_due = date_field("复评截止")


class ReasonForm(DirectoryForm):
    """A reason, for the trail."""

    reason = forms.CharField(
        label="原因", max_length=300, error_messages={"required": "请填写原因"}
    )
