"""Forms of the directory: they read the input, the services judge it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.conf import settings

from ..models import Layer, UnitKind
from ..refusals import Conflict, Invalid, Refusal, WrongState

Done = TypeVar("Done")
REASON = "文号、会议或说明，记入变更记录"


def date_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    """A date with the browser's own picker."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": f"请填写{label}", "invalid": "日期写作 2026-03-01"},
    )


def reason_field() -> forms.CharField:
    """Why: kept in the trail with the change."""
    return forms.CharField(label="依据", required=False, max_length=200, help_text=REASON)


class ListField(forms.CharField):
    """Several names in one box, set apart by 、，；or line ends."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return [part.strip() for part in re.split(r"[、，,；;\n]+", text) if part.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "、".join(value) if isinstance(value, list) else value


class DirectoryForm(forms.Form):
    """A form whose service may refuse; the refusal is shown on the form itself."""

    refusal: Refusal | None = None

    def refuse(self, refusal: Refusal) -> None:
        """Put the refusal's sentence where it belongs."""
        self.refusal = refusal
        if isinstance(refusal, Conflict) and "version" in self.fields:
            # Both versions are on the page now: submitting again means this one.
            self.data = {**self.data.dict(), "version": self.initial.get("version")}  # type: ignore[attr-defined]
        if isinstance(refusal, Conflict) or not isinstance(refusal.details, dict):
            self.add_error(None, refusal.sentence)
            return
        named = {k: v for k, v in refusal.details.items() if k in self.fields}
        for name, sentences in named.items():
            for sentence in sentences:
                self.add_error(name, sentence)
        if not named:
            self.add_error(None, refusal.sentence)

    def attempt(self, act: Callable[[], Done]) -> Done | None:
        """What `act` gives, or None when it was refused (the form then says why)."""
        try:
            return act()
        except (Invalid, Conflict, WrongState) as refusal:
            self.refuse(refusal)
            return None

    @property
    def status(self) -> int:
        """The status of the page that shows this form."""
        if self.refusal is not None:
            return self.refusal.status
        return 422 if self.errors else 200


class VersionedForm(DirectoryForm):
    """A form of a row that somebody else may change meanwhile."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def values(self) -> dict[str, Any]:
        """The row's fields, without version and reason."""
        return {k: v for k, v in self.cleaned_data.items() if k not in ("version", "reason")}


def _required(label: str) -> dict[str, str]:
    return {"required": f"请填写{label}"}


class UnitForm(VersionedForm):
    """One unit. The choices of `parent` are the asker's."""

    name = forms.CharField(
        label="单位名称", max_length=80, error_messages=_required("单位名称"), help_text="规范全称"
    )
    short_name = forms.CharField(label="简称", max_length=40, required=False)
    kind = forms.ChoiceField(
        label="类别",
        choices=[("", "请选择"), *UnitKind.choices],
        error_messages=_required("类别"),
    )
    parent = forms.ChoiceField(label="上级单位", required=False)
    aliases = ListField(
        label="别名", required=False, max_length=400, help_text="文件中的其他叫法，用顿号分开"
    )
    precedence = forms.IntegerField(
        label="排序", required=False, min_value=0, max_value=10_000_000, help_text="留空排在最后"
    )
    pinyin_override = forms.CharField(
        label="拼音",
        max_length=200,
        required=False,
        help_text="多音字读法不对时填写，音节用空格分开，如 shan jia ji zhen",
    )
    valid_from = date_field("生效日期")
    reason = reason_field()

    def __init__(self, *args: Any, parents: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["parent"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = parents


class RetireUnitForm(DirectoryForm):
    """停用 or 撤并 of a unit."""

    day = date_field("停用日期", help_text="自这一天起不再使用")
    successor = forms.ChoiceField(
        label="撤并后单位", required=False, help_text="并入其他单位的选择承接单位，只停用的留空"
    )
    reason = reason_field()

    def __init__(self, *args: Any, successors: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["successor"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = successors


class EndForm(DirectoryForm):
    """The day from which something no longer holds."""

    day = date_field("日期")
    reason = reason_field()

    def __init__(self, *args: Any, label: str, help_text: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].label = label
        self.fields["day"].help_text = help_text


class GroupForm(VersionedForm):
    """Name, aliases and place of a group."""

    name = forms.CharField(label="集合名称", max_length=60, error_messages=_required("集合名称"))
    aliases = ListField(
        label="别名", required=False, max_length=400, help_text="文件中的其他叫法，用顿号分开"
    )
    precedence = forms.IntegerField(
        label="排序", required=False, min_value=0, max_value=10_000_000, help_text="留空排在最后"
    )
    reason = reason_field()


class UnitsForm(DirectoryForm):
    """A set of units from a day on."""

    units = forms.TypedMultipleChoiceField(label="单位", required=False, coerce=int)
    day = date_field("生效日期", help_text="自这一天起按所选调整，此前的成员关系保留备查")
    reason = reason_field()

    def __init__(self, *args: Any, allowed: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["units"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(pk, str(pk)) for pk in allowed]


class PortfolioForm(UnitsForm):
    """Units and fields of work of a leader's seat."""

    fields_of_work = ListField(
        label="分管领域", required=False, max_length=1000, help_text="如 财政税收、应急管理"
    )


class PersonForm(VersionedForm):
    """A person."""

    name = forms.CharField(label="姓名", max_length=40, error_messages=_required("姓名"))
    note = forms.CharField(
        label="备注", max_length=60, required=False, help_text="有同名人员时用来区分"
    )
    pinyin_override = forms.CharField(
        label="拼音",
        max_length=120,
        required=False,
        help_text="读音不对时填写，音节用空格分开，如 shan zhe",
    )
    reason = reason_field()


class PostForm(VersionedForm):
    """A seat; its unit and first day are chosen once, when it is made."""

    unit = forms.ChoiceField(label="单位", error_messages=_required("单位"))
    title = forms.CharField(label="职务", max_length=60, error_messages=_required("职务"))
    seat = forms.IntegerField(
        label="席位", min_value=1, max_value=99, initial=1, help_text="同一职务的第几个席位"
    )
    layer = forms.ChoiceField(label="责任层级", choices=[("", "请选择"), *Layer.choices])
    is_leadership = forms.BooleanField(label="县领导", required=False)
    precedence = forms.IntegerField(
        label="排序", required=False, min_value=0, max_value=10_000_000, help_text="留空排在最后"
    )
    valid_from = date_field("生效日期")
    reason = reason_field()

    def __init__(
        self, *args: Any, units: list[tuple[str, str]], is_new: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["unit"], self.fields["valid_from"]
            return
        field = self.fields["unit"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = units


class AppointForm(DirectoryForm):
    """Who sits down on a seat, from when."""

    person = forms.CharField(
        label="任职人",
        max_length=110,
        error_messages=_required("任职人"),
        help_text="输入姓名选择；名单中没有的，先新增人员",
        widget=forms.TextInput(attrs={"list": "person-names", "autocomplete": "off"}),
    )
    day = date_field("任职日期", help_text="原任职人自同一天起不再任职，任务随职务不变")
    is_acting = forms.BooleanField(label="临时主持工作（不免去原任职人）", required=False)
    reason = reason_field()


class UploadForm(DirectoryForm):
    """The workbook. Content is judged by the reader, not by its name."""

    file = forms.FileField(
        label="单位与人员表",
        max_length=200,
        error_messages={
            "required": "请选择 .xlsx 文件",
            "empty": "文件是空的，请重新选择",
            "max_length": "文件名过长，请改短后再导入",
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError("文件超过 20 MB，请分开导入")
        return file
