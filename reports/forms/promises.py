"""Forms of the pages 承诺书."""

from __future__ import annotations

from typing import Any

from django import forms

from accountability.forms.directory import DirectoryForm, VersionedForm, date_field
from accountability.models import Layer
from reports.models import PromiseKind


class MakeForm(DirectoryForm):
    """Which promises are made."""

    kind = forms.ChoiceField(label="种类", choices=PromiseKind.choices)
    layers = forms.MultipleChoiceField(
        label="责任层级",
        choices=Layer.choices,
        required=False,
        help_text="公开承诺由各单位第一责任人作出，不必选择",
        widget=forms.CheckboxSelectMultiple,
    )


class PromiseTextForm(VersionedForm):
    """The person's own words."""

    text = forms.CharField(
        label="承诺内容",
        max_length=4000,
        help_text="每行一段。内容对外公开，不要写入家庭成员、财产、证件和联系方式",
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": "请填写承诺内容", "max_length": "承诺内容不超过 4000 字"},
    )


class PinForm(DirectoryForm):
    """The PIN, and the digest of the text that the signer was shown."""

    pin = forms.CharField(
        label="签名口令",
        max_length=64,
        strip=False,
        help_text="签名备案时本人设定的口令，不是登录密码，平台不保存",
        error_messages={"required": "请输入签名口令"},
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    digest = forms.CharField(min_length=64, max_length=64, widget=forms.HiddenInput)


class NoteForm(DirectoryForm):
    """The note that takes the place of what is withdrawn, and its day."""

    day = date_field("撤下日期")
    note = forms.CharField(
        label="撤下说明",
        max_length=200,
        help_text="随编号和日期一并公开，如 因职务变动撤下",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请填写撤下说明"},
    )


class ReturnForm(DirectoryForm):
    """Why it goes back or is void."""

    reason = forms.CharField(
        label="原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请填写原因"},
    )

    def __init__(self, *args: Any, label: str = "原因", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = label
