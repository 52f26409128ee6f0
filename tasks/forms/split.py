"""拆分任务: the form of one sub-task."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms

from accountability.selectors.directory import Directory
from tasks.models import Milestone, TaskItem, TaskState
from tasks.outline.model import STANDARD_NAMES, SlotKind
from tasks.selectors.held import Cell
from tasks.services.split import SubItem

from .slots import resolved

LINE = re.compile(r"^\s*(\d{4})\s*[-年./]\s*(\d{1,2})\s*[-月./]\s*(\d{1,2})\s*日?\s*(.*)$")


class SubItemForm(forms.Form):
    """Heading, deadline, measure of done, milestones by line, a text field a slot kind."""

    heading = forms.CharField(label="任务内容", max_length=200)
    due_on = forms.DateField(
        label="完成时限",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "日期格式不对，应如 2026-06-30。"},
    )
    measure = forms.CharField(label="完成标准", required=False, max_length=300)
    milestones = forms.CharField(
        label="节点",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="一行一个，先写日期再写内容，如：2026-06-30 完成自查",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        found: Directory,
        data: Any = None,
        *,
        item: TaskItem | None = None,
        cells: list[Cell] | None = None,
        milestones: list[Milestone] | None = None,
    ) -> None:
        self.found = found
        self.cells = {c.slot.kind: c for c in cells or []}
        initial: dict[str, Any] = {}
        if item is not None:
            initial = {
                "heading": item.heading,
                "due_on": item.due_on,
                "measure": item.measure,
                "version": item.version,
                "milestones": "\n".join(f"{m.due_on} {m.text}" for m in milestones or []),
            }
        super().__init__(data, initial=initial)
        if item is not None and item.state == TaskState.ISSUED:
            self.fields["reason"] = forms.CharField(
                label="调整依据",
                required=False,
                max_length=200,
                help_text="任务已下发，调整时限须填写，如会议纪要文号",
            )
        for kind in SlotKind:
            cell = self.cells.get(kind)
            self.fields[kind.value] = forms.CharField(
                label=cell.slot.label if cell else STANDARD_NAMES[kind],
                required=False,
                max_length=2000,
                initial="、".join(h.label for h in cell.holders) if cell else "",
                help_text="多个用“、”分开；不填的沿用上级任务",
            )

    def clean_milestones(self) -> list[tuple[date, str]]:
        found = []
        for line in filter(str.strip, self.cleaned_data["milestones"].splitlines()):
            match = LINE.match(line)
            if match is None or not match[4].strip():
                raise forms.ValidationError(f"“{line.strip()}”应先写日期再写内容。")
            try:
                day = date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError as error:
                raise forms.ValidationError(f"“{line.strip()}”的日期不存在。") from error
            if len(match[4].strip()) > 200:
                raise forms.ValidationError("节点内容最多 200 字，请精简。")
            found.append((day, match[4].strip()))
        return found

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for kind in SlotKind:
            if kind.value not in data:
                continue
            label = STANDARD_NAMES[kind]
            try:
                data[kind.value] = resolved(
                    data[kind.value], kind, label, self.found, self.cells.get(kind)
                )
            except forms.ValidationError as error:
                self.add_error(kind.value, error)
        return data

    def sub_item(self) -> SubItem:
        """What the service takes, once valid."""
        data = self.cleaned_data
        return SubItem(
            heading=data["heading"],
            due_on=data["due_on"],
            measure=data["measure"],
            milestones=data["milestones"],
            holders={kind: data[kind.value] for kind in SlotKind},
        )
