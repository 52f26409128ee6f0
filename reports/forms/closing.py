"""Forms of closing a year and opening the next."""

from __future__ import annotations

from django import forms

from accountability.forms.directory import DirectoryForm


class PrepareForm(DirectoryForm):
    """A word on the closing."""

    reason = forms.CharField(
        label="结转说明",
        max_length=300,
        help_text="如 年终考核结果已经常委会审定",
        error_messages={"required": "请填写结转说明，如 年终考核结果已经常委会审定。"},
    )


class ReopenForm(DirectoryForm):
    """Why a closed year is to be worked on again."""

    reason = forms.CharField(
        label="恢复理由",
        max_length=300,
        help_text="记入审计轨迹，经另一名负责人批准后恢复",
        error_messages={"required": "请填写恢复办理的理由。"},
    )
