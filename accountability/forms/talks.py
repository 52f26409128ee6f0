"""Putting talks on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from ..models import TalkGroup, TalkTopic
from ..selectors.talk_partners import Partner
from .directory import DirectoryForm, date_field


class TalkForm(DirectoryForm):
    """On one day with one or several persons of the three groups."""

    held_on = date_field("谈话日期")
    topic = forms.ChoiceField(
        label="谈话主题",
        choices=[("", "请选择"), *TalkTopic.choices],
        error_messages={"required": "请选择谈话主题"},
    )
    note = forms.CharField(
        label="备注",
        required=False,
        max_length=200,
        help_text="只记必要的说明，谈话内容留在纸质材料中",
    )

    def __init__(self, *args: Any, partners: Sequence[Partner] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["talked"] = forms.MultipleChoiceField(
            label="谈话对象",
            choices=[
                (
                    str(TalkGroup(group).label),
                    [
                        (str(p.post.pk), f"{p.person.name} {p.post}")
                        for p in partners
                        if p.group == group
                    ],
                )
                for group in TalkGroup.values
                if any(p.group == group for p in partners)
            ],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": "请选择谈话对象", "invalid_choice": "请从列表中选择"},
        )

    def post_ids(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data["talked"]]
