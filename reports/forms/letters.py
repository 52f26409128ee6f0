"""Forms of the page 责任书."""

from __future__ import annotations

from django import forms

from accountability.forms.directory import DirectoryForm
from reports.models import LetterForm, LetterLevel

CLAUSES_HINT = "每行一条，写清本单位特有的风险和措施，不照搬其他单位。"


class ReasonForm(forms.Form):
    """Why a letter is returned or void."""

    reason = forms.CharField(label="原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class ClausesForm(forms.Form):
    """The unit-specific clauses, one a line, and the draft they were seen at."""

    clauses = forms.CharField(
        label="本单位具体责任",
        required=False,
        max_length=10_000,
        help_text=CLAUSES_HINT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    @property
    def lines(self) -> list[str]:
        return [line for line in self.cleaned_data["clauses"].splitlines() if line.strip()]


class SettingForm(forms.Form):
    """Letters or lists, and down to which level."""

    form = forms.ChoiceField(label="责任落实方式", choices=LetterForm.choices)
    lowest = forms.ChoiceField(label="签到哪一级", choices=LetterLevel.choices)


class ScanForm(DirectoryForm):
    """The scan of a letter that was signed by hand, with the code printed on it."""

    code = forms.CharField(
        label="校验码", max_length=24, help_text="签署页上印的三组字符，如 2A3B-4C5D-6E7F"
    )
    scan = forms.FileField(label="扫描件", help_text="PDF、JPG 或 PNG，不超过 20 MB")


class SignForm(forms.Form):
    """The PIN, and the digest of the text that the signer was shown."""

    pin = forms.CharField(
        label="签名口令",
        max_length=64,
        strip=False,
        error_messages={"required": "请输入签名口令"},
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    digest = forms.CharField(min_length=64, max_length=64, widget=forms.HiddenInput)
