"""为什么能看到: the explanation and the list never disagree, for any account and any task."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.access.why import explain
from accountability.door import Actor, acting
from accountability.models import Delegation, StoredFile, User
from tasks.models import Assignment, ItemSlot, Paper, TaskItem, TaskState
from tasks.services import grants
from tests.world import START, World


@pytest.fixture
def items(world: World) -> list[TaskItem]:
    """Six tasks: on a post, a unit, a portfolio's unit, a group, a draft, and a sub-item."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        source = StoredFile(
            county=world.county,
            name="a.txt",
            sha256="0" * 64,
            size=1,
            content_type="text/plain",
            stored_by="测试",
        )
        source.save()
        paper = Paper(
            county=world.county, year=2026, title="意见", source=source, source_kind="txt",
            imported_by="测试",
        )  # fmt: skip
        paper.save()
        holders = [
            {"post": world.posts["周建平"]},
            {"unit": world.units["柳河镇"]},
            {"unit": world.units["县审计局"]},
            {"group": world.groups["各乡镇"]},
            {"post": world.posts["黄志强"]},
            {"unit": world.units["县财政局"]},
        ]
        made: list[TaskItem] = []
        for order, holder in enumerate(holders):
            draft = order == 5
            item = TaskItem(
                county=world.county,
                paper=paper,
                year=2026,
                order=order,
                number=f"一{order}",
                heading="机密标题CANARY",
                state=TaskState.DRAFT if draft else TaskState.ISSUED,
                issued_at=None if draft else timezone.now(),
                issued_by=None if draft else world.users["bangong"],
            )
            item.save()
            slot = ItemSlot(item=item, kind="lead_unit", label="牵头单位")
            slot.save()
            Assignment(item=item, slot=slot, valid_from=START, **holder).save()
            made.append(item)
        child = TaskItem(
            county=world.county, paper=paper, parent=made[0], year=2026, order=90, number="一01",
            heading="子项", state=TaskState.ISSUED, issued_at=timezone.now(),
            issued_by=world.users["bangong"],
        )  # fmt: skip
        child.save()
        grants.sync([*made, child])
        today = timezone.localdate()
        Delegation(
            county=world.county, post=world.posts["黄志强"], delegator=world.persons["黄志强"],
            delegate=world.persons["吴霞"], valid_from=today, valid_to=today + timedelta(days=5),
            order_number="1号", reason="x",
        ).save()  # fmt: skip
        return [*made, child]


@pytest.mark.django_db
def test_every_account_and_every_task_agree(world: World, items: list[TaskItem]) -> None:
    seen = {True: 0, False: 0}
    for user in world.users.values():
        for item in items:
            account = User.objects.get(pk=user.pk)
            found = explain("task", account, item.pk, county_id=world.county.pk)
            assert found is not None
            by_rules = all(p.holds for p in found.needed) and any(p.holds for p in found.ways)
            listed = TaskItem.objects.visible_to(User.objects.get(pk=user.pk))
            assert by_rules == found.is_visible == listed.filter(pk=item.pk).exists(), (
                user.username,
                item.number,
            )
            assert "CANARY" not in found.label
            seen[found.is_visible] += 1
    assert seen[True] >= 20
    assert seen[False] >= 20
    delegate = explain("task", world.users["liuhe"], items[4].pk, county_id=None)
    assert delegate is not None
    assert next(p.rule for p in delegate.ways if p.holds) == "责任落在本人代管的职务"


@pytest.mark.django_db
def test_the_page_says_it_without_the_content(
    signed_in: Callable[[str], Client], world: World, items: list[TaskItem]
) -> None:
    client = signed_in("anquan")
    for username, words in (("fuxianzhang", "能看到"), ("liuhe", "不能看到")):
        answer = client.get(
            reverse("why_visible"),
            {"account": username, "kind": "task", "number": items[0].pk},
        )
        text = answer.content.decode()
        assert words in text
        assert "CANARY" not in text
    answer = client.get(
        reverse("why_visible"), {"account": "liuhe", "kind": "task", "number": 999999}
    )
    assert answer.status_code == 422
