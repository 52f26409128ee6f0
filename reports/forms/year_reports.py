"""年终考核报告: what a person edits of it."""

from __future__ import annotations

from django import forms

from accountability.forms.directory import DirectoryForm


class YearReportForm(DirectoryForm):
    """Title, addressee and text; `version` is the one that was shown."""

    title = forms.CharField(label="标题", max_length=120, error_messages={"required": "请填写标题"})
    addressee = forms.CharField(
        label="主送", max_length=200, error_messages={"required": "请填写主送"}
    )
    body = forms.CharField(
        label="正文",
        max_length=30000,
        widget=forms.Textarea(attrs={"rows": 26}),
        error_messages={"required": "请填写正文"},
        help_text="“一、”“（一）”开头的行排为标题。数字后的 {编号} 指向数据来源，印出时不显示；"
        "单独一行的〔图1〕〔图2〕排为图表。",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
