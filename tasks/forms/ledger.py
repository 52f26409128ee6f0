"""任务台账: the filters of the list, as they stand in the address."""

from __future__ import annotations

from typing import Any

from django import forms

from tasks.lights import URGENCY

STATES = [
    ("", "全部状态"),
    ("draft", "草稿"),
    ("issued", "已下发"),
    ("overdue", "已逾期"),
    ("done", "办结"),
    ("void", "作废"),
]
LIGHTS = [("", "全部灯色"), *((light.value, light.word) for light in URGENCY)]
WRONG_CHOICE = "没有这个选项，请重新选择"
WRONG_DATE = "日期写成 2026-06-30 的样子"


class LedgerForm(forms.Form):
    """What the list is narrowed by; an empty form is the whole list."""

    q = forms.CharField(label="关键词", max_length=60, required=False)
    state = forms.ChoiceField(
        label="状态",
        choices=STATES,
        required=False,
        error_messages={"invalid_choice": WRONG_CHOICE},
    )
    light = forms.ChoiceField(
        label="灯色",
        choices=LIGHTS,
        required=False,
        error_messages={"invalid_choice": WRONG_CHOICE},
    )
    unit = forms.TypedChoiceField(
        label="单位",
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": WRONG_CHOICE},
    )
    post = forms.TypedChoiceField(
        label="领导",
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": WRONG_CHOICE},
    )
    section = forms.TypedChoiceField(
        label="章节",
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": WRONG_CHOICE},
    )
    due_from = forms.DateField(
        label="时限从",
        required=False,
        error_messages={"invalid": WRONG_DATE},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    due_to = forms.DateField(
        label="时限至",
        required=False,
        error_messages={"invalid": WRONG_DATE},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    unfilled = forms.BooleanField(label="只看未落实", required=False)

    def __init__(
        self,
        data: Any,
        *,
        units: list[tuple[int, str]],
        posts: list[tuple[int, str]],
        sections: list[tuple[int, str]],
    ) -> None:
        super().__init__(data)
        self._offer("unit", "全部单位", units)
        self._offer("post", "全部领导", posts)
        self._offer("section", "全部章节", sections)
        for name, field in self.fields.items():
            kind = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            if name == "unfilled":
                kind = "form-check-input"
            field.widget.attrs["class"] = kind
            field.widget.attrs["id"] = f"f-{name}"

    def _offer(self, name: str, everything: str, options: list[tuple[int, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", everything), *options]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("due_from"), data.get("due_to")
        if start and end and start > end:
            self.add_error("due_to", "时限的止日早于起日，请改正")
        return data

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set."""
        return self.is_valid() and any(self.cleaned_data.values())
