"""签名备案, 手写签名图片 and 验证."""

from __future__ import annotations

from django import forms

from reports.signing.keys import PIN_LONGEST, PIN_SHORTEST
from reports.signing.validate import LARGEST_FILE


class EnrolForm(forms.Form):
    """A PIN, twice. It is never shown again, nor put back into the page."""

    pin = forms.CharField(
        label="签名口令",
        max_length=PIN_LONGEST,
        strip=False,
        error_messages={"required": "请输入签名口令"},
        help_text=f"{PIN_SHORTEST} 位以上，不同于登录密码，只由本人掌握。"
        "平台不保存，忘记后须重新备案。",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    again = forms.CharField(
        label="再输入一次签名口令",
        max_length=PIN_LONGEST,
        strip=False,
        error_messages={"required": "请再输入一次签名口令"},
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class PictureForm(forms.Form):
    """The picture of one's handwriting."""

    picture = forms.FileField(
        label="手写签名图片",
        error_messages={"required": "请选择图片文件", "empty": "文件是空的，请重新选择"},
        help_text="PNG，不超过 200 kB，背景透明的效果好。签署时印在签名旁。",
        widget=forms.FileInput(attrs={"accept": "image/png"}),
    )


class VerifyForm(forms.Form):
    """A file or a printed code."""

    file = forms.FileField(
        label="签署文件（PDF）",
        required=False,
        error_messages={"empty": "文件是空的，请重新选择"},
        help_text=f"不超过 {LARGEST_FILE // 2**20} MB。须是原文件，转存、打印后扫描的不能验证。",
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )
    code = forms.CharField(
        label="或验证码",
        required=False,
        max_length=40,
        help_text="印在文件上的 12 位字母和数字，不分大小写。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if not self.errors and bool(data.get("file")) == bool(data.get("code")):
            raise forms.ValidationError("请选择文件或填写验证码，二者填一项。")
        file = data.get("file")
        if file and file.size > LARGEST_FILE:
            self.add_error("file", f"文件超过 {LARGEST_FILE // 2**20} MB，不是本平台的文件。")
        return data
