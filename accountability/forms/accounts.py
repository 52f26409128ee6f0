"""账号与权限: forms of accounts, grants, delegations, and the question why."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from ..models import ADMINISTRATORS, Person, Post, Role, Unit
from .login import code_field

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def reason_field(label: str, help_text: str = "") -> forms.CharField:
    """A reason that goes on the trail."""
    return forms.CharField(
        label=label,
        max_length=200,
        help_text=help_text or "记入审计轨迹。",
        error_messages={"required": f"请填写{label}"},
    )


class ReasonForm(forms.Form):
    """An act that needs a reason and nothing else."""

    reason = reason_field("理由")


class WitnessMixin(forms.Form):
    """A second administrator stands by and enters his own code."""

    def add_witness(self, *, is_required: bool) -> None:
        self.fields["witness"] = forms.CharField(
            label="在场管理员用户名",
            max_length=40,
            required=is_required,
            error_messages={"required": "请输入在场管理员的用户名"},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        field = code_field("在场管理员动态码")
        field.required = is_required
        field.help_text = "由在场管理员本人输入。"
        field.widget.attrs["autocomplete"] = "off"
        self.fields["witness_code"] = field


class FactorAnewForm(WitnessMixin):
    """重新开放动态码登记."""

    reason = reason_field("理由", "如 手机遗失。记入审计轨迹。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_witness(is_required=True)


class AccountForm(forms.Form):
    """A new account: a name and a person of the directory."""

    username = forms.RegexField(
        r"^[a-z][a-z0-9._-]{2,39}$",
        label="用户名",
        help_text="小写字母开头，可含数字、点、横线，3 至 40 位。",
        error_messages={
            "required": "请输入用户名",
            "invalid": "用户名须以小写字母开头，只含小写字母、数字、点、横线，3 至 40 位",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    person = forms.ModelChoiceField(
        Person.objects.none(),
        label="人员",
        required=False,
        empty_label="不对应人员（专用管理账号）",
        help_text="名单来自单位与人员；同一人可有管理账号之外的账号，但不得兼任。",
    )

    def __init__(self, *args: Any, county_id: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        people = Person.objects.filter(county_id=county_id, retired_on__isnull=True)
        field.queryset = people.order_by("pinyin", "id")


class PeriodForm(forms.Form):
    """From a day to a day, both included; the rows keep the day after."""

    valid_from = forms.DateField(
        label="生效日期", widget=DAY, error_messages={"required": "请填写生效日期"}
    )
    until = forms.DateField(label="截止日期", required=False, widget=DAY)

    def valid_to(self) -> date | None:
        """The first day on which it holds no longer."""
        until: date | None = self.cleaned_data.get("until")
        return until + timedelta(days=1) if until else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, until = data.get("valid_from"), data.get("until")
        if start and until and until < start:
            self.add_error("until", "截止日期早于生效日期，请改正")
        return data


class GrantForm(WitnessMixin, PeriodForm):
    """授予角色. An administrator's role wants a second administrator."""

    role = forms.ChoiceField(
        label="角色",
        choices=[("", "请选择"), *Role.choices],
        error_messages={"required": "请选择角色"},
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label="单位",
        required=False,
        empty_label="不限单位",
        help_text="单位联络员和单位主要负责人须选单位。",
    )
    reason = reason_field("授权依据", "如 任命文件文号或申请单编号。记入审计轨迹。")
    field_order = (
        "role", "unit", "valid_from", "until", "reason", "witness", "witness_code",
    )  # fmt: skip

    def __init__(self, *args: Any, county_id: int | None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"valid_from": timezone.localdate()})
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Unit.objects.filter(county_id=county_id, valid_to__isnull=True)
        self.add_witness(is_required=False)
        self.fields["witness"].help_text = "授予系统、安全、审计管理员时填写。"
        self.fields["until"].help_text = "留空为长期有效。"
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("role") in ADMINISTRATORS:
            if not data.get("witness"):
                self.add_error("witness", "授予管理员角色须有第二名管理员在场")
            if not data.get("witness_code"):
                self.add_error("witness_code", "请由在场管理员输入本人的动态码")
        return data


class GrantEndForm(WitnessMixin):
    """收回角色."""

    reason = reason_field("收回依据")

    def __init__(self, *args: Any, is_administrator: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_administrator:
            self.add_witness(is_required=True)


class DelegationForm(PeriodForm):
    """登记代管."""

    post = forms.ModelChoiceField(
        Post.objects.none(), label="代管职务", error_messages={"required": "请选择职务"}
    )
    delegate = forms.ModelChoiceField(
        Person.objects.none(), label="代管人", error_messages={"required": "请选择代管人"}
    )
    order_number = forms.CharField(
        label="依据文号", max_length=60, error_messages={"required": "请填写依据文号"}
    )
    reason = reason_field("事由", "如 外出学习。记入审计轨迹。")
    field_order = ("post", "delegate", "valid_from", "until", "order_number", "reason")

    def __init__(self, *args: Any, county_id: int | None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"valid_from": timezone.localdate()})
        super().__init__(*args, **kwargs)
        self.fields["until"].required = True
        self.fields["until"].error_messages["required"] = "请填写截止日期"
        self.fields["until"].help_text = "含当日，一次不超过 30 天。"
        for name, rows in (
            (
                "post",
                Post.objects.filter(county_id=county_id, valid_to__isnull=True)
                .select_related("unit")
                .order_by("precedence", "id"),
            ),
            (
                "delegate",
                Person.objects.filter(county_id=county_id, retired_on__isnull=True).order_by(
                    "pinyin", "id"
                ),
            ),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        self.order_fields(self.field_order)


class WhyForm(forms.Form):
    """Which account, which object."""

    account = forms.CharField(
        label="用户名", max_length=40, error_messages={"required": "请输入用户名"}
    )
    kind = forms.ChoiceField(label="对象")
    number = forms.IntegerField(
        label="编号",
        min_value=1,
        max_value=2**62,
        error_messages={"required": "请输入编号", "invalid": "编号是地址栏里的数字"},
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = kinds
