"""建议: units named in a text, and who follows from them, each with a reason."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accountability.models import Unit, UnitKind
from accountability.selectors.directory import directory
from tasks.selectors.charge import charge
from tasks.selectors.suggestions import Finder
from tests.papers import key_of
from tests.world import START, World


@pytest.fixture
def finder(world: World) -> Finder:
    found = directory(world.county, on=timezone.localdate())
    return Finder(found, charge(found))


def words(finder: Finder, text: str) -> list[str]:
    return [m.words for m in finder.mentions(text)]


@pytest.mark.django_db
def test_the_lead_its_leader_and_its_head_follow_from_the_text(
    world: World, finder: Finder
) -> None:
    found = finder.suggest("管好经费", "柳河镇配合，县财政局牵头审核，县审计局抽查，各乡镇落实。")
    assert found["lead_unit"].keys == [key_of(world, "县财政局")]
    assert found["lead_unit"].reason == "正文写明“县财政局”"
    assert found["responsible_leader"].keys == [key_of(world, "周建平")]
    assert found["responsible_leader"].reason == "县财政局由周建平分管"
    assert found["responsible_person"].keys == [key_of(world, "黄志强")]
    assert found["responsible_unit"].keys == [
        key_of(world, n) for n in ("柳河镇", "县审计局", "各乡镇")
    ]


@pytest.mark.django_db
def test_aliases_count_and_the_longest_name_wins(finder: Finder) -> None:
    assert words(finder, "由住建局和县政府办公室办理") == ["住建局", "县政府办公室"]
    assert words(finder, "县政府各部门要抓落实") == ["县政府各部门"]


@pytest.mark.django_db
def test_false_hits_are_left_out(finder: Finder) -> None:
    assert words(finder, "加强审计监督，做好财政工作，抓好社区建设。") == []
    assert words(finder, "市财政局、省审计局另有规定的，从其规定。") == []
    assert words(finder, "县政府常务会议每季度研究一次") == []


@pytest.mark.django_db
def test_the_government_itself_leads_nothing(finder: Finder) -> None:
    assert finder.suggest("总的要求", "县政府要切实负起责任。") == {}


@pytest.mark.django_db
def test_two_of_one_name_are_no_suggestion(world: World, door: object) -> None:
    for name in ("甲单位", "乙单位"):
        unit = Unit(
            county=world.county,
            name=name,
            aliases=["服务中心"],
            kind=UnitKind.INSTITUTION,
            valid_from=START,
        )
        unit.save()
    found = directory(world.county, on=timezone.localdate())
    assert words(Finder(found, charge(found)), "由服务中心办理") == []


@pytest.mark.django_db
def test_a_text_is_cut_at_the_names(finder: Finder) -> None:
    assert finder.marked("由县财政局会同县审计局办理") == [
        "由",
        "县财政局",
        "会同",
        "县审计局",
        "办理",
    ]
    assert finder.marked("没有名称") == ["没有名称"]
