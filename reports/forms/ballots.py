"""测评: a new one, how many slips, a teller's counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from accountability.forms.directory import DirectoryForm
from reports.assessment.ballots import SMALLEST_ALLOWED, Tally
from reports.models import Ballot, BallotWay
from reports.services.ballots import Draft

SATISFIED = "满意 100\n基本满意 70\n不满意 30\n不了解 不计"
ACCOUNT_ASPECTS = "落实主体责任\n遵守政治纪律\n执行民主集中制\n改进工作作风\n保持廉洁自律"
MOST = 9999


def _required(label: str) -> dict[str, str]:
    return {"required": f"请填写{label}", "invalid": "应为数字"}


def _whole(label: str, *, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=MOST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            **_required(label),
            "min_value": f"不能少于 {least}",
            "max_value": "数字过大",
        },
    )


class BallotForm(DirectoryForm):
    """A new ballot. Where it belongs to a sheet or a duty, `place` says so and no subject is asked.

    `places` are the criteria scored by ballot of the rounds under way.
    """

    title = forms.CharField(
        label="名称", max_length=100, error_messages=_required("名称"),
        help_text="印在票面上，如 2026年度民主测评",
    )  # fmt: skip
    place = forms.ChoiceField(
        label="计入考核", choices=(), required=False, help_text="不计入考核的，请选测评对象"
    )
    subject = forms.ChoiceField(label="测评对象", choices=(), required=False)
    group = forms.CharField(
        label="参评人员", max_length=60, error_messages=_required("参评人员"),
        help_text="如 干部职工、服务对象。同一指标有几类人员的，各建一次测评",
    )  # fmt: skip
    weight = forms.DecimalField(
        label="权重", min_value=Decimal("0.01"), max_value=Decimal(100), decimal_places=2,
        initial=Decimal(100), help_text="几类人员之间的权重，只有一类的不必改",
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={
            **_required("权重"), "min_value": "须大于 0", "max_value": "不能超过 100",
            "max_decimal_places": "最多两位小数",
        },
    )  # fmt: skip
    way = forms.ChoiceField(label="投票方式", choices=BallotWay.choices)
    aspects = forms.CharField(
        label="测评项目", initial="总体评价", help_text="一行一项",
        error_messages=_required("测评项目"), widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    options = forms.CharField(
        label="选项和分值", initial=SATISFIED,
        help_text="一行一个，先写名称再写分值；不计分的写“不计”",
        error_messages=_required("选项"), widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    smallest = _whole("最少人数", least=SMALLEST_ALLOWED)
    tellers = forms.TypedMultipleChoiceField(
        label="计票人", choices=(), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="纸质票须选两人，准备人和测评对象的人除外",
    )  # fmt: skip
    duty = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        places: list[tuple[str, str]],
        subjects: list[tuple[str, str]],
        people: dict[int, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["place"].choices = [("", "不计入考核"), *places]
        fields["subject"].choices = [("", "请选择"), *subjects]
        fields["tellers"].choices = list(people.items())
        fields["smallest"].initial = SMALLEST_ALLOWED
        fields["smallest"].help_text = f"有效票少于此数的不显示结果，不能少于 {SMALLEST_ALLOWED}"

    def draft(self) -> Draft:
        """What the service takes."""
        data = self.cleaned_data
        sheet, _, criterion = data["place"].partition(":")
        return Draft(
            title=data["title"],
            group=data["group"],
            aspects=data["aspects"],
            options=data["options"],
            subject=data["subject"],
            way=data["way"],
            smallest=data["smallest"],
            weight=data["weight"],
            teller_ids=tuple(data["tellers"]),
            sheet_id=int(sheet) if sheet else None,
            criterion_id=int(criterion) if criterion else None,
            duty_id=data["duty"],
        )


class SlipsForm(DirectoryForm):
    """How many slips go out."""

    count = _whole("发出票数", least=SMALLEST_ALLOWED)


class TallyForm(DirectoryForm):
    """One teller's counts, a field for each option of each aspect."""

    returned = _whole("收回票")
    void = _whole("无效票")
    abstained = _whole("弃权票")

    def __init__(self, *args: Any, ballot: Ballot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ballot = ballot
        for a, aspect in enumerate(ballot.aspects):
            for o, option in enumerate(ballot.options):
                self.fields[f"n{a}_{o}"] = _whole(f"{aspect} {option['name']}")

    def rows(self) -> list[tuple[str, list[Any]]]:
        """(aspect, the bound fields of its options)."""
        return [
            (aspect, [self[f"n{a}_{o}"] for o in range(len(self.ballot.options))])
            for a, aspect in enumerate(self.ballot.aspects)
        ]

    def tally(self) -> Tally:
        """What the service takes."""
        data = self.cleaned_data
        return Tally(
            data["returned"],
            data["void"],
            data["abstained"],
            tuple(
                tuple(data[f"n{a}_{o}"] for o in range(len(self.ballot.options)))
                for a in range(len(self.ballot.aspects))
            ),
        )


class VoteForm(DirectoryForm):
    """A code, and once it is known the answers. No field tells who votes."""

    code = forms.CharField(
        label="投票码", max_length=60, error_messages=_required("投票码"),
        help_text="票面上的 12 位字母和数字，不分大小写",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )  # fmt: skip
