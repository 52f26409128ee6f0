"""登录 and 修改密码."""

from __future__ import annotations

from typing import Any

from django import forms

from ..passwords import HELP, MOST


class LoginForm(forms.Form):
    """Name and password; pasting and password managers are welcome."""

    username = forms.CharField(
        label="用户名",
        max_length=40,
        error_messages={"required": "请输入用户名"},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="密码",
        max_length=128,
        strip=False,
        error_messages={"required": "请输入密码"},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """The old password once, the new one twice."""

    old = forms.CharField(
        label="原密码",
        strip=False,
        error_messages={"required": "请输入原密码"},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="新密码",
        strip=False,
        error_messages={"required": "请输入新密码"},
        help_text=HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输入一次新密码",
        strip=False,
        error_messages={"required": "请再输入一次新密码"},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, str]:
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", "两次输入的新密码不一致，请重新输入")
        return data


def code_field(label: str = "动态码") -> forms.CharField:
    """Six digits of an authenticator; a space in the middle is welcome."""
    return forms.CharField(
        label=label,
        max_length=12,
        error_messages={"required": f"请输入{label}"},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-in"}
        ),
    )


class CodeForm(forms.Form):
    """The second step of signing in."""

    code = code_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["autofocus"] = True
        self.fields["code"].help_text = "打开手机上的验证器，输入当前 6 位数字。"


class ConfirmForm(forms.Form):
    """The factor again, or the password where there is none."""

    code = forms.CharField(max_length=128, strip=False)

    def __init__(self, *args: Any, has_factor: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = (
            code_field()
            if has_factor
            else forms.CharField(
                label="登录密码",
                strip=False,
                error_messages={"required": "请输入登录密码"},
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            )
        )
        self.fields["code"].widget.attrs["autofocus"] = True


class EnrolForm(forms.Form):
    """The first code of a new authenticator; a set-up code where the last was taken away."""

    setup_code = forms.CharField(
        label="设置码",
        max_length=40,
        error_messages={"required": "请输入安全管理员交给的设置码"},
        help_text="重新登记须凭安全管理员交给的设置码。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "code-in"}),
    )
    code = code_field()

    def __init__(self, *args: Any, needs_setup_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_setup_code:
            del self.fields["setup_code"]


class SetupForm(forms.Form):
    """Name, set-up code, the new password twice."""

    username = forms.CharField(
        label="用户名",
        max_length=40,
        error_messages={"required": "请输入用户名"},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    code = forms.CharField(
        label="设置码",
        max_length=40,
        error_messages={"required": "请输入设置码"},
        help_text="系统管理员交给的一次性设置码，发放后 24 小时内有效。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "code-in"}),
    )
    new = forms.CharField(
        label="新密码",
        max_length=MOST,
        strip=False,
        error_messages={"required": "请输入新密码"},
        help_text=HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输入一次新密码",
        max_length=MOST,
        strip=False,
        error_messages={"required": "请再输入一次新密码"},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, str]:
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", "两次输入的新密码不一致，请重新输入")
        return data
