"""Forms of duties: the record in the form of its kind, papers, the office's acts, the check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from ..duty_content import (
    CHECK_POINTS,
    FIELDS,
    MOST,
    RECEIPT,
    RECEIPT_ON,
    SENT,
    ContentField,
    sending_key,
)
from ..models import Duty, DutyKind
from .directory import DirectoryForm, date_field

DAY_LABELS = {
    DutyKind.MEETING: "会议日期",
    DutyKind.HEARING: "听取日期",
    DutyKind.LIFE_MEETING: "会议日期",
    DutyKind.ACCOUNT: "述责日期",
    DutyKind.REPORT: "完成日期",
}


class RecordForm(DirectoryForm):
    """The record of one duty, made from the fields of its kind; the service judges it."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, duty: Duty, heard: Sequence[tuple[int, str]] = (), **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.duty = duty
        if not (duty.kind == DutyKind.REPORT and duty.rule.send_to):
            label = DAY_LABELS.get(DutyKind(duty.kind), "开展日期")
            self.fields["held_on"] = date_field(label)
            self.initial.setdefault("held_on", duty.held_on)
        for entry in FIELDS[duty.kind]:
            self.fields[entry.key] = _field(entry, heard)
            self.initial.setdefault(entry.key, duty.record.get(entry.key))
        kept = duty.record.get("sendings") or []
        for number in range(len(duty.rule.send_to)):
            row = kept[number] if number < len(kept) else {}
            for part, label in ((SENT, "报送日期"), (RECEIPT_ON, "签收日期")):
                self.fields[sending_key(number, part)] = date_field(label, required=False)
                self.initial.setdefault(sending_key(number, part), row.get(part))
            self.fields[sending_key(number, RECEIPT)] = forms.CharField(
                label="签收凭据", required=False, max_length=80, help_text="签收人或回执号"
            )
            self.initial.setdefault(sending_key(number, RECEIPT), row.get(RECEIPT))
        self.initial["revision"] = duty.revision

    def plain_fields(self) -> list[forms.BoundField]:
        """All but those of the addressees."""
        keys = {"held_on", *(entry.key for entry in FIELDS[self.duty.kind])}
        return [self[name] for name in self.fields if name in keys]

    def addressees(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each addressee with the day sent, the day and the proof of the receipt."""
        return [
            (name, [self[sending_key(number, part)] for part in (SENT, RECEIPT_ON, RECEIPT)])
            for number, name in enumerate(self.duty.rule.send_to)
        ]

    @property
    def held_on(self) -> date | None:
        day: date | None = self.cleaned_data.get("held_on")
        return day


def _field(entry: ContentField, heard: Sequence[tuple[int, str]]) -> forms.Field:
    wanted: dict[str, Any] = {
        "label": entry.label,
        "required": entry.required,
        "help_text": entry.hint,
        "error_messages": {"required": f"请填写{entry.label}"},
    }
    if entry.shape == "units":
        return forms.MultipleChoiceField(
            choices=[(str(pk), name) for pk, name in heard],
            widget=forms.CheckboxSelectMultiple,
            **wanted,
        )
    if entry.shape == "day":
        return date_field(entry.label, required=entry.required)
    if entry.shape == "number":
        wanted["error_messages"]["invalid"] = f"{entry.label}写数字"
        return forms.IntegerField(min_value=0, max_value=999_999, **wanted)
    if entry.shape == "choice":
        return forms.ChoiceField(
            choices=[("", "请选择"), *((c, c) for c in entry.choices)], **wanted
        )
    widget: Any = forms.Textarea(attrs={"rows": 3}) if entry.shape == "text" else forms.TextInput
    return forms.CharField(max_length=MOST[entry.shape], widget=widget, **wanted)


class PaperForm(DirectoryForm):
    """One paper: a file, or a reference to one that is kept elsewhere."""

    label = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    file = forms.FileField(label="文件", required=False)
    reference = forms.CharField(
        label="或者引用", required=False, max_length=200, help_text="文号、会议或系统内已有材料"
    )


class ReasonForm(DirectoryForm):
    """Why: returned, waived, restored, taken back."""

    reason = forms.CharField(
        label="理由", max_length=200, error_messages={"required": "请填写理由"}
    )


class CheckForm(DirectoryForm):
    """The four points of a 民主生活会."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, label in CHECK_POINTS:
            self.fields[key] = forms.ChoiceField(
                label=label,
                choices=[("yes", "是"), ("no", "否")],
                widget=forms.RadioSelect,
                error_messages={"required": "请选择是或否"},
            )
        self.fields["note"] = forms.CharField(
            label="说明", required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2})
        )

    def answers(self) -> dict[str, str]:
        return {key: self.cleaned_data[key] for key, _ in CHECK_POINTS}
