"""Forms of 督办文书: drafting one, the list's filters, the small forms of each act."""

from __future__ import annotations

from typing import Any

from django import forms

from accountability.forms.directory import DirectoryForm, date_field
from tasks.models import (
    WARNING_COLOURS,
    Colour,
    NoticeKind,
    NoticeState,
    SourceKind,
)
from tasks.services.attached_files import ACCEPT, HINT, Attached
from tasks.services.notices import Content

WRONG_CHOICE = "没有这个选项，请重新选择"
NO_SECRETS = "严禁录入国家秘密、检举控告人信息和问题线索内容"


def text_field(label: str, *, rows: int = 3, most: int = 500, **options: Any) -> forms.CharField:
    """A box of several lines."""
    options.setdefault("error_messages", {"required": f"请填写{label}"})
    return forms.CharField(
        label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **options
    )


def file_field() -> forms.FileField:
    """Evidence; the service tells its type by its content."""
    return forms.FileField(
        label="佐证文件",
        required=False,
        help_text=f"{HINT}，严禁上传涉密材料",
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT, "class": "form-control"}),
        error_messages={"empty": "文件是空的，请重新选择"},
    )


class ActForm(DirectoryForm):
    """The small form of one act; its ids carry the act's name, several stand on one page."""

    @property
    def attached(self) -> Attached | None:
        """The file as it was sent."""
        upload = self.cleaned_data.get("file")
        return Attached(upload.name, upload.read()) if upload else None


class NoticeForm(ActForm):
    """What a notice says. Its units are check boxes beside it."""

    kind = forms.ChoiceField(label="文种", choices=NoticeKind.choices)
    title = forms.CharField(label="事项", max_length=120, error_messages={"required": "请填写事项"})
    demand = text_field("办理要求", rows=5, most=2000, help_text=NO_SECRETS)
    source_kind = forms.ChoiceField(label="来源", choices=SourceKind.choices)
    source_text = forms.CharField(
        label="来源说明", max_length=200, required=False, help_text="如 会议纪要文号、督查方案名称"
    )
    colour = forms.ChoiceField(
        label="颜色", choices=[(c.value, c.label) for c in WARNING_COLOURS], initial=Colour.YELLOW
    )
    colour_reason = forms.CharField(
        label="定色理由", max_length=200, required=False, help_text="直接定为橙色、红色的必填"
    )
    ack_days = forms.IntegerField(
        label="签收时限（工作日）", min_value=1, max_value=10, initial=2,
        error_messages={"required": "请填写签收时限"},
    )  # fmt: skip
    answer_days = forms.IntegerField(
        label="反馈时限（工作日）", min_value=1, max_value=90, initial=5,
        error_messages={"required": "请填写反馈时限"},
    )  # fmt: skip
    source_id = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    item = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    follows = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def content(self) -> Content:
        data = self.cleaned_data
        return Content(
            **{k: v for k, v in data.items() if k not in ("item", "follows")},
        )


class AnswerForm(ActForm):
    """办理情况 with its evidence."""

    text = text_field("办理情况", rows=5, most=4000, help_text=NO_SECRETS)
    reference = forms.CharField(
        label="佐证文号", max_length=200, required=False, help_text="文号、会议或材料名称"
    )
    file = file_field()


class ExtensionForm(ActForm):
    """延期: until when, and why."""

    until = date_field("延至日期")
    reason = text_field("延期理由", most=300)


class VerdictForm(ActForm):
    """Whether an extension is granted."""

    verdict = forms.ChoiceField(
        label="审批", choices=[("grant", "同意延期"), ("refuse", "不同意延期")]
    )
    reason = forms.CharField(label="理由", max_length=200, required=False, help_text="不同意的必填")

    @property
    def is_granted(self) -> bool:
        return bool(self.cleaned_data["verdict"] == "grant")


class OpinionForm(ActForm):
    """What the second look found."""

    opinion = text_field("意见", rows=3)


class ReturnForm(ActForm):
    """退回重办 with the new clock."""

    opinion = text_field("退回意见")
    days = forms.IntegerField(
        label="重办时限（工作日）", min_value=1, max_value=90, initial=5,
        error_messages={"required": "请填写重办时限"},
    )  # fmt: skip


class ColourForm(ActForm):
    """升级颜色."""

    colour = forms.ChoiceField(
        label="升为", choices=[(c.value, c.label) for c in (Colour.ORANGE, Colour.RED)]
    )
    reason = text_field("定色理由", rows=2, most=200)


class VoidForm(ActForm):
    """Why something no longer holds."""

    reason = text_field("理由", rows=2, most=200)


class FilterForm(forms.Form):
    """What the list is narrowed by; an empty form is the whole year."""

    q = forms.CharField(label="关键词", max_length=60, required=False)
    state = forms.ChoiceField(
        label="状态", required=False, error_messages={"invalid_choice": WRONG_CHOICE},
        choices=[("", "全部"), ("open", "未销号"), ("late", "逾期"), *NoticeState.choices],
    )  # fmt: skip
    kind = forms.ChoiceField(
        label="文种", required=False, error_messages={"invalid_choice": WRONG_CHOICE},
        choices=[("", "全部"), *NoticeKind.choices],
    )  # fmt: skip
    colour = forms.ChoiceField(
        label="颜色", required=False, error_messages={"invalid_choice": WRONG_CHOICE},
        choices=[("", "全部"), *Colour.choices],
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
