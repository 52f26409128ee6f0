"""督查: a round's plan, a judgement, a reason, what the board is narrowed to."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from accountability.forms.directory import DirectoryForm, date_field
from accountability.models import Person, Unit, UnitGroup, UnitKind
from accountability.models.dated import holds_on
from tasks.models import (
    JUDGED_LIGHTS,
    Campaign,
    CampaignItem,
    CampaignKind,
    CampaignMember,
    CampaignScope,
    TaskItem,
)
from tasks.selectors.board import LAMPS, Filters
from tasks.selectors.campaign_units import seats_of
from tasks.services.campaigns import Plan

KINDS = [
    (CampaignKind.SPECIAL.value, "专项督查"),
    (CampaignKind.INSPECTION.value, "巡察"),
    (f"{CampaignKind.HALF_YEARLY.value}:1", "半年督查（上半年）"),
    (f"{CampaignKind.HALF_YEARLY.value}:2", "半年督查（下半年）"),
]


class PlanForm(DirectoryForm):
    """方案: content, objects, scope, tasks, team, days."""

    kind = forms.ChoiceField(label="类型", choices=KINDS)
    title = forms.CharField(label="名称", max_length=100, error_messages={"required": "请填写名称"})
    content = forms.CharField(
        label="督查内容",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "请填写督查内容"},
    )
    objects_text = forms.CharField(
        label="督查对象", max_length=200, error_messages={"required": "请填写督查对象"}
    )
    starts_on = date_field("启动日期")
    due_on = date_field("报送截止日期")
    scope = forms.ChoiceField(
        label="范围",
        choices=CampaignScope.choices,
        help_text="随机抽取从下面选定的单位中抽，都不选时从承担任务的单位中抽",
    )
    groups = forms.TypedMultipleChoiceField(label="单位集合", required=False, coerce=int)
    units = forms.TypedMultipleChoiceField(label="单位", required=False, coerce=int)
    draw_units = forms.IntegerField(
        label="抽取单位数", required=False, min_value=0, max_value=1000, initial=0
    )
    draw_inspectors = forms.IntegerField(
        label="每个单位检查人数", required=False, min_value=1, max_value=2, initial=2
    )
    items = forms.TypedMultipleChoiceField(
        label="督查任务", required=False, coerce=int, help_text="不选为本年度全部已下发任务"
    )
    lead = forms.TypedChoiceField(label="组长", required=False, coerce=int, empty_value=None)
    team = forms.TypedMultipleChoiceField(
        label="成员", required=False, coerce=int, help_text="党风行风监督员没有账号也可列入"
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, county_id: int, year: int, on: date, is_new: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["kind"]
        people = Person.objects.filter(county_id=county_id, retired_on__isnull=True)
        seats = seats_of(list(people.values_list("pk", flat=True)), on=on)
        named = [
            (pk, f"{name}（{seats[pk]}）" if pk in seats else name)
            for pk, name in people.order_by("pinyin", "pk").values_list("pk", "name")
        ]
        units = Unit.objects.filter(holds_on(on), county_id=county_id)
        groups = UnitGroup.objects.filter(holds_on(on), county_id=county_id)
        items = TaskItem.objects.filter(
            county_id=county_id, year=year, issued_at__isnull=False
        ).exclude(state="void")
        self._choose("lead", [("", "请选择"), *named])
        self._choose("team", named)
        self._choose(
            "units",
            list(
                units.exclude(kind=UnitKind.SECTION)
                .order_by("precedence", "pk")
                .values_list("pk", "name")
            ),
        )
        self._choose("groups", list(groups.order_by("precedence", "pk").values_list("pk", "name")))
        self._choose(
            "items",
            [
                (pk, f"{number} {heading}")
                for pk, number, heading in items.order_by("paper_id", "order").values_list(
                    "pk", "number", "heading"
                )
            ],
        )

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.widget.attrs["size"] = 5

    def kind_and_period(self) -> tuple[str, int | None]:
        """The kind, and the half-year of a half-yearly round."""
        kind, _, period = self.cleaned_data["kind"].partition(":")
        return kind, int(period) if period else None

    def plan(self) -> Plan:
        """What was filled in."""
        given = self.cleaned_data
        return Plan(
            title=given["title"],
            content=given["content"],
            objects_text=given["objects_text"],
            scope=given["scope"],
            starts_on=given["starts_on"],
            due_on=given["due_on"],
            units=given["units"],
            groups=given["groups"],
            items=given["items"],
            lead=given["lead"],
            team=[pk for pk in given["team"] if pk != given["lead"]],
            draw_units=given["draw_units"] or 0,
            draw_inspectors=given["draw_inspectors"] or 2,
        )


def initial_of(campaign: Campaign) -> dict[str, Any]:
    """A plan as it stands, for its form; two queries."""
    team = list(CampaignMember.objects.filter(campaign=campaign))
    items = CampaignItem.objects.filter(campaign=campaign)
    names = (
        "title", "content", "objects_text", "starts_on", "due_on", "scope", "draw_units",
        "draw_inspectors", "version",
    )  # fmt: skip
    return {name: getattr(campaign, name) for name in names} | {
        "units": campaign.chosen.get("units", []),
        "groups": campaign.chosen.get("groups", []),
        "items": list(items.values_list("item_id", flat=True)),
        "lead": next((m.person_id for m in team if m.is_lead), None),
        "team": [m.person_id for m in team if not m.is_lead],
    }


class JudgeForm(DirectoryForm):
    """判定: a light and what it rests on."""

    light = forms.ChoiceField(
        label="判定", choices=[(light.value, light.label) for light in JUDGED_LIGHTS]
    )
    reason = forms.CharField(
        label="判定依据", max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class BoardForm(forms.Form):
    """What the board is narrowed to; anything strange is passed over."""

    lamp = forms.ChoiceField(
        label="灯色",
        required=False,
        choices=[("", "全部"), *((lamp.value, lamp.label) for lamp in LAMPS)],
    )
    leader = forms.TypedChoiceField(label="分管领导", required=False, coerce=int, empty_value=None)
    q = forms.CharField(label="单位", required=False, max_length=40)
    missing = forms.BooleanField(label="只看未报", required=False)

    def __init__(self, *args: Any, leaders: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["leader"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "全部"), *leaders]

    def filters(self) -> Filters:
        """What was chosen, of what can be chosen."""
        self.is_valid()
        given = self.cleaned_data
        return Filters(
            lamp=given.get("lamp", ""),
            leader=given.get("leader"),
            words=given.get("q", "").strip(),
            only_missing=given.get("missing", False),
        )
