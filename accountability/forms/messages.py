"""Forms of messages, the gateway and the working calendar."""

from __future__ import annotations

from django import forms

from ..models import GatewayForm
from .directory import DirectoryForm, date_field, reason_field


class ContactForm(DirectoryForm):
    """One's own choice of channels."""

    by_mail = forms.BooleanField(label="发电子邮件", required=False)
    mail = forms.EmailField(
        label="电子邮箱",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"inputmode": "email"}),
        error_messages={"invalid": "电子邮箱写作 name@example.gov.cn"},
    )
    by_webhook = forms.BooleanField(label="发即时通信", required=False)
    webhook_account = forms.CharField(
        label="即时通信账号",
        required=False,
        max_length=60,
        help_text="企业微信或钉钉通讯录中的账号",
    )


class GatewaySettingForm(DirectoryForm):
    """Where the county's messages are posted to."""

    form = forms.ChoiceField(label="消息格式", choices=GatewayForm.choices)
    address = forms.CharField(
        label="网关完整地址",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="保存后不再显示，留空则不更换",
    )
    is_on = forms.BooleanField(label="启用", required=False)


class CalendarDaysForm(DirectoryForm):
    """One entry of a year's calendar: a span of days on which one works, or does not."""

    first = date_field("起日")
    last = date_field("止日", required=False, help_text="只有一天的可不填")
    kind = forms.ChoiceField(label="安排", choices=[("off", "放假"), ("work", "上班")])
    name = forms.CharField(
        label="名称",
        max_length=40,
        help_text="如 春节、国庆节调休",
        error_messages={"required": "请填写名称，如 春节"},
    )
    reason = reason_field()


class AnnounceForm(DirectoryForm):
    """The notice on which a year's arrangement rests."""

    basis = forms.CharField(
        label="放假安排通知文号",
        max_length=120,
        error_messages={"required": "请填写放假安排通知的文号"},
    )
