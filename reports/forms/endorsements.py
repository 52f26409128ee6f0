"""签字背书: asking for it; an opinion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import F
from django.utils import timezone

from accountability.forms.directory import DirectoryForm
from accountability.models import Post, User
from accountability.models.dated import holds_on
from reports.models import EndorsedKind, EndorsementLayer


class SeatField(forms.ModelChoiceField):
    """A seat, shown with its unit and who sits on it."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj}（{obj.holder}）"


class AskForm(DirectoryForm):
    """What is endorsed, and the four seats in order."""

    kind = forms.ChoiceField(label="背书内容")

    def __init__(
        self, *args: Any, user: User, kinds: Sequence[EndorsedKind], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(value.value, str(value.label)) for value in kinds]
        if len(kinds) == 1:
            kind.widget = forms.HiddenInput()
            kind.initial = kinds[0].value
        today = timezone.localdate()
        seats = (
            Post.objects.filter(
                holds_on(today), holds_on(today, "tenures__"), county_id=user.county_id
            )
            .select_related("unit")
            .annotate(holder=F("tenures__person__name"))
            .order_by("unit__precedence", "unit_id", "precedence", "id")
        )
        for layer in EndorsementLayer:
            self.fields[f"layer_{layer.value}"] = SeatField(
                seats,
                label=str(layer.label),
                empty_label="请选择职务",
                error_messages={"required": f"请选择{layer.label}", "invalid_choice": "请重新选择"},
            )

    def post_ids(self) -> list[int]:
        """The four seats from 承办人 upwards."""
        return [self.cleaned_data[f"layer_{layer.value}"].pk for layer in EndorsementLayer]


class OpinionForm(DirectoryForm):
    """The signer's opinion; `digest` is of the text that was shown."""

    opinion = forms.CharField(
        label="意见",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请填写意见"},
    )
    pin = forms.CharField(required=False, strip=False, widget=forms.PasswordInput)
    digest = forms.CharField(widget=forms.HiddenInput, required=False)
