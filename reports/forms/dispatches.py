"""Forms of the pages 发文."""

from __future__ import annotations

from typing import Any

from django import forms

from accountability.forms.directory import VersionedForm
from reports.models import DispatchForm

BODY_HINT = "每行一段；以“一、”“（一）”“1.”“（1）”开头的行按四级标题排版"


class DispatchTextForm(VersionedForm):
    """What a dispatch says; the service judges it."""

    mark = forms.CharField(label="版头", max_length=60, error_messages={"required": "请填写版头"})
    title = forms.CharField(label="标题", max_length=120, error_messages={"required": "请填写标题"})
    addressee = forms.CharField(label="主送", max_length=300, required=False)
    body = forms.CharField(
        label="正文",
        max_length=20_000,
        help_text=BODY_HINT,
        widget=forms.Textarea(attrs={"rows": 16}),
        error_messages={"required": "请填写正文"},
    )
    attachments = forms.CharField(
        label="附件",
        max_length=1000,
        required=False,
        help_text="每行一个附件名称",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    signature = forms.CharField(
        label="署名", max_length=60, error_messages={"required": "请填写署名"}
    )
    copies_to = forms.CharField(label="抄送", max_length=300, required=False)

    def __init__(self, *args: Any, form: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if form == DispatchForm.BRIEF:
            self.fields["addressee"].help_text = "简报一般不写主送"

    def texts(self) -> dict[str, str]:
        """The fields of the paper."""
        return {name: str(value) for name, value in self.values().items()}
