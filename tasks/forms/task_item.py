"""The small forms of 任务详情: deadline, measure of done, wording, done, void."""

from __future__ import annotations

from typing import Any

from django import forms

from tasks.models import TaskItem

WRONG_DATE = "日期写成 2026-06-30 的样子"


class _Versioned(forms.Form):
    """Carries the version that the person saw, and the grounds of the change."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="依据",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text="如 县政府常务会议纪要第18期。已下发的任务必填，记入变更记录。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["id"] = f"{self.prefix or 'x'}-{name}"


class DueForm(_Versioned):
    """完成时限 and its wording."""

    due_on = forms.DateField(
        label="完成时限",
        required=False,
        error_messages={"invalid": WRONG_DATE},
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )
    due_text = forms.CharField(
        label="时限表述",
        max_length=80,
        required=False,
        help_text="没有具体日期时写明，如 长期坚持。",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    field_order = ["due_on", "due_text", "reason", "version"]


class MeasureForm(_Versioned):
    """完成标准."""

    measure = forms.CharField(
        label="完成标准",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )
    field_order = ["measure", "reason", "version"]


class CorrectForm(_Versioned):
    """更正文字."""

    heading = forms.CharField(
        label="任务",
        max_length=200,
        error_messages={"required": "请填写任务内容"},
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    text = forms.CharField(
        label="原文",
        max_length=8000,
        required=False,
        help_text="错别字写入已签责任书的变更附页，不须重签；其他改动先列出所影响的责任书。",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 6}),
    )
    field_order = ["heading", "text", "reason", "version"]


class ReasonForm(_Versioned):
    """A change of state with its grounds."""

    reason = forms.CharField(
        label="依据",
        max_length=200,
        error_messages={"required": "请填写依据，如会议纪要文号"},
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    field_order = ["reason", "version"]


def initial_of(item: TaskItem) -> dict[str, Any]:
    """What the forms show before anybody typed."""
    return {
        "version": item.version,
        "light": item.set_light,
        "due_on": item.due_on,
        "due_text": item.due_text,
        "measure": item.measure,
        "heading": item.heading,
        "text": item.text,
    }
