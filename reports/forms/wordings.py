"""文书措辞: one part's text, and the version it was seen at."""

from __future__ import annotations

from django import forms

from accountability.forms.directory import VersionedForm


class WordingForm(VersionedForm):
    """The text; the service judges its places."""

    text = forms.CharField(
        label="措辞",
        max_length=8000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 14}),
        error_messages={"max_length": "措辞不能超过 8000 字，请精简"},
    )
