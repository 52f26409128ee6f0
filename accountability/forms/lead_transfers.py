"""Registering a 线索移送."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from ..models import Unit
from .directory import DirectoryForm, date_field


class TransferForm(DirectoryForm):
    """From which of the own units to which other, on which day."""

    handed_on = date_field("移送日期")

    def __init__(
        self, *args: Any, senders: Sequence[Unit], receivers: Sequence[Unit], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, label, units in (
            ("from_unit", "移送单位", senders),
            ("to_unit", "接收单位", receivers),
        ):
            self.fields[name] = forms.TypedChoiceField(
                label=label,
                coerce=int,
                choices=[("", "请选择"), *((str(unit.pk), unit.name) for unit in units)],
                error_messages={
                    "required": f"请选择{label}",
                    "invalid_choice": "请从列表中选择",
                },
            )
