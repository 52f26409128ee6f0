"""Forms of the import page: choose a file or paste a text; the corrections' fields."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from accountability.refusals import Invalid
from accountability.selectors.directory import Directory
from tasks.selectors.matching import LEAVE, Choice, kind_of


class StartForm(forms.Form):
    """A file, or a pasted text."""

    file = forms.FileField(label="文件", required=False, allow_empty_file=True)
    text = forms.CharField(
        label="粘贴正文",
        required=False,
        strip=False,
        max_length=800_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"max_length": "粘贴的文字超过 80 万字，请改为上传文件。"},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("file") and not (cleaned.get("text") or "").strip() and not self.errors:
            raise forms.ValidationError("请选择文件，或粘贴正文。")
        return cleaned


def number_of(data: QueryDict, name: str) -> int:
    """A whole number of a correction; Invalid when it is none."""
    try:
        return int(data.get(name, ""))
    except ValueError:
        raise Invalid("提交的内容不完整，请刷新页面后再试。") from None


def numbers_of(data: QueryDict, name: str) -> frozenset[int]:
    """Ticked numbers."""
    return frozenset(int(v) for v in data.getlist(name) if v.isascii() and v.isdigit())


def cut_of(data: QueryDict) -> tuple[int, int]:
    """Where to split: "paragraph:offset"."""
    paragraph, _, offset = data.get("cut", "").partition(":")
    if not (paragraph.isascii() and paragraph.isdigit() and offset.isascii() and offset.isdigit()):
        raise Invalid("请先选择从哪里拆分。")
    return int(paragraph), int(offset)


def due_of(data: QueryDict) -> date | str | None:
    """The deadline of the form: a date, none, or "" when the form has no such field."""
    if "due" not in data:
        return ""
    typed = data.get("due", "").strip()
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid("完成时限须写成 2026-06-30 的样式，请改正。") from None


def choices_of(data: QueryDict, known: Directory) -> dict[str, Choice | None]:
    """The choices for unmatched values: rows m0-…, m1-…, each with its code and use."""
    found: dict[str, Choice | None] = {}
    for name in data:
        if not (name.startswith("m") and name.endswith("-code")):
            continue
        row = name[: -len("code")]
        code = data.get(name, "")
        use = data.get(f"{row}use", "")
        family, _, value = code.partition("|")
        if use == "pick":
            typed = data.get(f"{row}pick", "").strip()
            found[code] = Choice(key=picked(known, typed, family, value))
        elif use == "unit":
            found[code] = Choice(
                create="unit",
                name=data.get(f"{row}name", "").strip() or value,
                unit_kind=data.get(f"{row}kind", ""),
            )
        elif use == "person":
            typed = data.get(f"{row}unit", "").strip()
            found[code] = Choice(
                create="person",
                name=data.get(f"{row}name", "").strip() or value,
                unit=picked(known, typed, "unit", value),
                title=data.get(f"{row}title", "").strip(),
                layer=data.get(f"{row}layer", ""),
            )
        elif use:
            found[code] = Choice(key=LEAVE if use == LEAVE else use)
        else:
            found[code] = None
    return found


def picked(known: Directory, typed: str, family: str, value: str) -> str:
    """The key of a typed name; Invalid unless it means exactly one."""
    found = known.resolve(typed, kind_of(family)) if typed else []
    if len(found) != 1:
        what = "没有找到" if not found else "有多个"
        raise Invalid(f"“{value}”：{what}“{typed}”，请从列表中选择。")
    return found[0].key
