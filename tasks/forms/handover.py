"""The form of 批量移交."""

from __future__ import annotations

from django import forms

from accountability.forms.directory import DirectoryForm, date_field, reason_field


class HandoverForm(DirectoryForm):
    """Who takes over which tasks, from when. The taker's name is read by the selector."""

    target = forms.CharField(
        label="承接者",
        max_length=160,
        error_messages={"required": "请填写承接者"},
        help_text="输入名称，从名单中选择",
        widget=forms.TextInput(attrs={"list": "targets", "autocomplete": "off"}),
    )
    day = date_field("移交日期", help_text="此前的责任仍记在原承担者名下")
    reason = reason_field()
    tasks = forms.TypedMultipleChoiceField(
        label="任务", coerce=int, error_messages={"required": "请选择要移交的任务"}
    )

    def __init__(self, *args: object, allowed: list[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["tasks"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(pk, str(pk)) for pk in allowed]
