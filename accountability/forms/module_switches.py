"""The approval by which 责任追究和谈话函询 is opened."""

from __future__ import annotations

from django import forms

from .directory import DirectoryForm, date_field


class ApprovalForm(DirectoryForm):
    """Number, organ and date of the approval to hold 工作秘密."""

    number = forms.CharField(
        label="批准文号", max_length=60, error_messages={"required": "请填写批准文号"}
    )
    organ = forms.CharField(
        label="批准机关", max_length=80, error_messages={"required": "请填写批准机关"}
    )
    approved_on = date_field("批准日期")
