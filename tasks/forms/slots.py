"""What a person sends to fill slots: the grid's JSON, and the plain form without a script."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from django import forms

from accountability.refusals import Invalid
from accountability.selectors.directory import Directory
from tasks.models import TaskItem, TaskState
from tasks.selectors.held import Cell
from tasks.services.commitments import Choice
from tasks.services.slots import CellChange, Changes, DueChange

SPLIT = re.compile(r"[、,，;；\n]+")
NOT_READ = "保存的内容不完整，请刷新页面后再填写。"


def changes_from_json(body: bytes) -> Changes:
    """The grid's save: {"token", "cells": {id: {"values", "version", "basis"}}, "dues": {…}}.

    `reason` is the ground of the deadlines among it, `letters` the choice where
    signed letters print what changes.
    """
    try:
        data = json.loads(body)
        cells = [
            CellChange(
                int(pk),
                tuple(str(v) for v in cell["values"]),
                int(cell["version"]),
                str(cell.get("basis") or ""),
            )
            for pk, cell in data.get("cells", {}).items()
        ]
        dues = [
            DueChange(
                int(pk),
                date.fromisoformat(due["due"]) if due["due"] else None,
                int(due["version"]),
                str(due.get("basis") or ""),
            )
            for pk, due in data.get("dues", {}).items()
        ]
        token = str(data.get("token") or "")
        reason = str(data.get("reason") or "")[:200]
        letters = _choice(data.get("letters"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(NOT_READ) from error
    if len(token) > 64:
        raise Invalid(NOT_READ)
    return Changes(cells=cells, dues=dues, token=token, reason=reason, letters=letters)


def _choice(given: Any) -> Choice | None:
    """What becomes of signed letters: {"seen": ids, "void": ids, "reason"}."""
    if not given:
        return None
    return Choice(
        frozenset(int(pk) for pk in given["void"]),
        str(given.get("reason") or "").strip()[:300],
        frozenset(int(pk) for pk in given["seen"]),
    )


def resolved(text: str, kind: str, label: str, found: Directory, held: Cell | None) -> list[str]:
    """Keys for names separated by 、 or lines; raises ValidationError with what was not found."""
    keys: list[str] = []
    for name in filter(None, (part.strip() for part in SPLIT.split(text))):
        kept = [h.key for h in held.holders if name in (h.label, h.told)] if held else []
        candidates = found.resolve(name, kind)
        if len(candidates) == 1:
            key = candidates[0].key
        elif kept:
            key = kept[0]
        elif candidates:
            choices = "、".join(f"{c.detail}{c.label}" for c in candidates[:4])
            raise forms.ValidationError(f"“{name}”有多个，请写明是哪一个：{choices}")
        else:
            raise forms.ValidationError(
                f"{label}“{name}”不在名录中，请改用单位全称或在“设置”中添加。"
            )
        if key not in keys:
            keys.append(key)
    return keys


class SlotsForm(forms.Form):
    """One text field a slot, names separated by 、; and the deadline."""

    due = forms.DateField(
        label="完成时限",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "日期格式不对，应如 2026-06-30。"},
    )
    item_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, item: TaskItem, cells: list[Cell], found: Directory, data: Any = None
    ) -> None:
        self.item, self.cells, self.found = item, cells, found
        initial: dict[str, Any] = {"due": item.due_on, "item_version": item.version}
        super().__init__(data, initial=initial)
        for cell in cells:
            pk = cell.slot.pk
            self.fields[f"slot_{pk}"] = forms.CharField(
                label=cell.slot.label,
                required=False,
                max_length=2000,
                initial="、".join(h.label for h in cell.holders),
                help_text="多个用“、”分开",
            )
            self.fields[f"version_{pk}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=cell.slot.version
            )
        if item.state == TaskState.ISSUED:
            self.fields["reason"] = forms.CharField(
                label="调整依据",
                required=False,
                max_length=200,
                help_text="任务已下发，调整时限须填写，如会议纪要文号",
            )
        self.order_fields([*(f"slot_{c.slot.pk}" for c in cells), "due", "reason"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for cell in self.cells:
            name = f"slot_{cell.slot.pk}"
            if name not in data:
                continue
            try:
                data[name] = resolved(data[name], cell.slot.kind, cell.slot.label, self.found, cell)
            except forms.ValidationError as error:
                self.add_error(name, error)
        return data

    def changes(self) -> Changes:
        """What to save, once valid."""
        data = self.cleaned_data
        return Changes(
            cells=[
                CellChange(
                    c.slot.pk, tuple(data[f"slot_{c.slot.pk}"]), data[f"version_{c.slot.pk}"]
                )
                for c in self.cells
            ],
            dues=[DueChange(self.item.pk, data["due"], data["item_version"])],
            reason=data.get("reason", ""),
        )
