"""The demo's accounts see the tasks that are theirs, and no others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from accountability.demo.loader import Loaded, load_county
from accountability.door import Actor, acting
from accountability.services import files
from tasks.models import Assignment, ItemSlot, Paper, TaskItem
from tasks.services import grants

pytestmark = pytest.mark.django_db


def lay(loaded: Loaded) -> None:
    """One task each on 县财政局, 县教育局, 各乡镇, 县政府各部门, 常务副县长 and 副县长1."""
    county, clerk = loaded.county, loaded.users["bangong"]
    holders: dict[str, dict[str, Any]] = {
        "财政": {"unit": loaded.units["县财政局"]},
        "教育": {"unit": loaded.units["县教育局"]},
        "乡镇": {"group": loaded.groups["各乡镇"]},
        "部门": {"group": loaded.groups["县政府各部门"]},
        "常务": {"post": loaded.posts["常务副县长"]},
        "副职": {"post": loaded.posts["副县长1"]},
    }
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        source = files.store(county=county, name="a.txt", data=b"x", content_type="text/plain")
        paper = Paper(
            county=county, year=2026, title="意见", source=source, source_kind="txt",
            imported_by="测试",
        )  # fmt: skip
        paper.save()
        for order, (number, holder) in enumerate(holders.items()):
            item = TaskItem(
                county=county, paper=paper, year=2026, order=order, number=number, heading=number,
                state="issued", issued_at=timezone.now(), issued_by=clerk,
            )  # fmt: skip
            item.save()
            slot = ItemSlot(item=item, kind="lead_unit", label="牵头单位")
            slot.save()
            Assignment(item=item, slot=slot, valid_from=date(2020, 1, 1), **holder).save()
        grants.sync(paper.items.all())


def test_each_account_sees_its_own() -> None:
    loaded = load_county("anhe", password="x")
    other = load_county("ningchuan", password="x")
    lay(loaded)

    def seen(username: str, county: Loaded = loaded) -> set[str]:
        rows = TaskItem.objects.visible_to(county.users[username])
        return set(rows.values_list("number", flat=True))

    everything = {"财政", "教育", "乡镇", "部门", "常务", "副职"}
    assert seen("caizheng") == seen("caizhengju") == {"财政", "部门"}
    assert seen("fuxianzhang") == {"财政", "部门", "乡镇", "常务"}, "seat, portfolio, its groups"
    assert seen("bangong") == seen("zhuren") == seen("jiwei") == everything
    for username in ("xitong", "anquan", "shenji"):
        assert seen(username) == set()
    assert "副职" not in seen("xianzhang")
    for username in other.users:
        assert seen(username, other) == set()
