"""督查通报: what a person edits of it."""

from __future__ import annotations

from django import forms

from accountability.forms.directory import DirectoryForm
from reports.models import BulletinLayout


class BulletinForm(DirectoryForm):
    """Title, text and layout; `version` is the one that was shown."""

    title = forms.CharField(label="标题", max_length=120, error_messages={"required": "请填写标题"})
    layout = forms.ChoiceField(label="文种", choices=BulletinLayout.choices)
    body = forms.CharField(
        label="正文",
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 22}),
        error_messages={"required": "请填写正文"},
        help_text="“一、”开头的行排为一级标题，“（一）”开头的排为二级标题，其余为正文。",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
