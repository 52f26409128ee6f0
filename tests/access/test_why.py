"""为什么能看到: explanation and list never disagree, of any account, any kind, any object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accountability.access import why
from accountability.door import Actor, acting
from accountability.models import Duty, Talk, User
from reports.models import Letter, Sheet
from tasks.models import Campaign, CampaignMember, Finding, Notice, Return, TaskItem
from tests.access.people import CANARY, COUNTY_B, Scene, scene
from tests.world import World

MODELS: dict[str, Any] = {
    "task": TaskItem,
    "letter": Letter,
    "notice": Notice,
    "finding": Finding,
    "campaign": Campaign,
    "return": Return,
    "duty": Duty,
    "sheet": Sheet,
    "talk": Talk,
}


def _on_a_team(made: Scene) -> None:
    """The liaison of a town, whose unit takes no part over there, inspects the finance bureau."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        row = Return.objects.get(pk=made.kwargs["return"]["unit"]["return_id"])
        member = CampaignMember(campaign=row.campaign, person=made.home.persons["吴霞"])
        member.save()
        row.inspector = member
        row.save()


@pytest.mark.nodb
def test_everything_with_a_page_of_its_own_scope_is_explained() -> None:
    assert set(dict(why.kinds())) == set(MODELS)


@pytest.mark.django_db
def test_every_account_and_every_object_agree() -> None:
    made = scene()
    _on_a_team(made)
    seen: Counter[tuple[str, bool]] = Counter()
    decisive: dict[str, set[str]] = {kind: set() for kind in MODELS}
    accounts = [user.pk for user in made.users.values() if user is not None]
    accounts += [made.home.users["liuhe"].pk, made.away.users["fuxianzhang"].pk]
    for account_id in accounts:
        for kind, model in MODELS.items():
            account = User.objects.get(pk=account_id)
            listed = set(model.objects.visible_to(account).values_list("pk", flat=True))
            for pk in model.objects.values_list("pk", flat=True):
                found = why.explain(kind, account, pk, county_id=None)
                assert found is not None
                ways = [part.rule for part in found.ways if part.holds]
                by_rules = all(part.holds for part in found.needed) and bool(ways)
                told = (kind, account.username, found.label)
                assert by_rules == found.is_visible == (pk in listed), told
                words = found.label + "".join(p.rule + p.because for p in found.needed + found.ways)
                assert CANARY not in words, told
                assert COUNTY_B not in words, told
                seen[kind, found.is_visible] += 1
                if by_rules and len(ways) == 1:
                    decisive[kind].update(ways)
    there = made.letters["other_county"].pk
    assert why.explain("letter", account, there, county_id=made.home.county.pk) is None
    for kind in MODELS:
        assert seen[kind, True] >= 3, kind
        assert seen[kind, False] >= 10, kind
        assert len(decisive[kind]) >= 2, (kind, decisive[kind])
    assert {"本人是检查人", "报送单位是本人所在单位"} <= decisive["return"]
    assert {"由本账号登记", "本人是谈话人"} <= decisive["talk"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(MODELS))
def test_the_page_offers_every_kind(
    signed_in: Callable[[str], Client], world: World, kind: str
) -> None:
    answer = signed_in("anquan").get(
        reverse("why_visible"), {"account": "liuhe", "kind": kind, "number": 999999}
    )
    assert answer.status_code == 422
    assert f'value="{kind}"' in answer.content.decode()
