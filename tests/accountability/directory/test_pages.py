"""设置: role × URL, visible and hidden together, filters, forms, query counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.door import Act, Actor
from accountability.models import AuditEvent, Person, Post, Tenure, Unit, UnitGroup, UnitKind
from accountability.selectors.matching import matches
from accountability.services import carried, units
from accountability.services.directory import version_of
from tests.world import START, World, build

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]

LISTS = ("settings_units", "settings_groups", "settings_people", "settings_portfolio")
NEW = ("unit_new", "group_new", "person_new", "post_new", "settings_import", "settings_template")
EDITORS = {"bangong", "zhuren"}
ADMINISTRATORS = ("xitong", "anquan", "shenji")


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def detail_urls(world: World) -> dict[str, str]:
    return {
        "unit_edit": reverse("unit_edit", args=[world.units["县审计局"].pk]),
        "group_edit": reverse("group_edit", args=[world.groups["各乡镇"].pk]),
        "person_edit": reverse("person_edit", args=[world.persons["许静"].pk]),
        "post_edit": reverse("post_edit", args=[world.posts["许静"].pk]),
        "portfolio_edit": reverse("portfolio_edit", args=[world.posts["周建平"].pk]),
    }


def acting_urls(world: World) -> list[str]:
    tenure = Tenure.objects.get(post=world.posts["许静"])
    return [
        reverse("unit_retire", args=[world.units["县审计局"].pk]),
        reverse("group_end", args=[world.groups["各乡镇"].pk]),
        reverse("person_retire", args=[world.persons["许静"].pk]),
        reverse("post_appoint", args=[world.posts["许静"].pk]),
        reverse("post_retire", args=[world.posts["许静"].pk]),
        reverse("tenure_end", args=[tenure.pk]),
    ]


@pytest.mark.parametrize(
    "username",
    ["bangong", "zhuren", "caizheng", "caizhengju", "xianzhang", "jiwei", *ADMINISTRATORS],
)
def test_readers_see_and_editors_change(signed_in: SignIn, world: World, username: str) -> None:
    client = signed_in(username)
    assert client.get(reverse("settings"))["Location"] == reverse("settings_units")
    may = username in EDITORS
    for route in LISTS:
        assert client.get(reverse(route)).status_code == 200
    assert client.post(reverse("settings_export")).status_code == 200
    for url in detail_urls(world).values():
        answer = client.get(url)
        assert answer.status_code == 200
        assert ("保存" in text(answer)) is may
        if not may:
            assert "承担任务" not in text(answer), "how much work lies where is business content"
            assert client.post(url, {"name": "x"}).status_code == 403
    for route in (*NEW, "handover"):
        assert client.get(reverse(route)).status_code == (200 if may else 403), route
    for url in acting_urls(world):
        assert client.get(url).status_code == (200 if may else 403), url
    shown = f'href="{reverse("settings")}"' in text(client.get(reverse("home")))
    assert shown is (may or username in ADMINISTRATORS)


def test_another_county_is_not_there(signed_in: SignIn, world: World, door: Act) -> None:
    other = build(name="邻县", code="990012", suffix="_lin")
    units.edit(
        by=Actor.system("test"), unit=other.units["县数据中心"], values={"name": "邻县专属中心"}
    )
    client = signed_in("bangong")
    for url in (*detail_urls(other).values(), *acting_urls(other)):
        assert client.get(url).status_code == 404, url
        assert client.post(url, {}).status_code == 404, url
    for route in LISTS:
        page = text(client.get(reverse(route), {"state": "all"}))
        assert "邻县专属中心" not in page
        assert "县审计局" in page or route != "settings_units"
    assert (
        client.get(reverse("handover"), {"from": f"u{other.units['县财政局'].pk}"}).status_code
        == 404
    )


@pytest.mark.parametrize(
    ("q", "found", "hidden"),
    [
        ("财政", "县财政局", "县审计局"),
        ("caizheng", "县财政局", "县审计局"),
        ("sjj", "县审计局", "县财政局"),
        ("zhujian", "县住房和城乡建设局", "县财政局"),
        ("clx", "长岭乡", "柳河镇"),
        ("changling", "长岭乡", "柳河镇"),
    ],
)
def test_units_are_found_by_text_pinyin_and_initials(
    signed_in: SignIn, world: World, q: str, found: str, hidden: str
) -> None:
    answer = signed_in("bangong").get(
        reverse("settings_units"), {"q": q}, headers={"HX-Request": "true"}
    )
    page = text(answer)
    assert "<html" not in page
    assert f">{found}</a>" in page
    assert f">{hidden}</a>" not in page


@pytest.mark.parametrize(
    ("q", "found", "hidden"),
    [
        ("shanming", "单明", "曾立"),
        ("zl", "曾立", "单明"),
        ("单", "单明", "曾立"),
        ("jiefang", "解放", "单明"),
    ],
)
def test_people_are_found_by_both_readings(
    signed_in: SignIn, world: World, q: str, found: str, hidden: str
) -> None:
    client = signed_in("bangong")
    for view in ("seats", "persons"):
        page = text(client.get(reverse("settings_people"), {"q": q, "view": view}))
        assert f">{found}</a>" in page, view
        assert f">{hidden}</a>" not in page, view


def test_a_word_begins_a_key() -> None:
    assert matches("sj", ["县审计局"], "xianshenjiju shenjiju", "xsjj sjj")
    assert not matches("jj", ["县审计局"], "xianshenjiju shenjiju", "xsjj sjj")


def test_filters_say_what_is_vacant_and_who_is_free(
    signed_in: SignIn, world: World, system: Actor
) -> None:
    from accountability.services import persons, tenures

    tenures.end(by=system, tenure=Tenure.objects.get(post=world.posts["许静"]), day=START)
    persons.create(by=system, county=world.county, name="新来")
    client = signed_in("bangong")
    vacant = text(client.get(reverse("settings_people"), {"state": "vacant"}))
    assert "空缺" in vacant
    assert "黄志强" not in vacant
    free = text(client.get(reverse("settings_people"), {"view": "persons", "state": "free"}))
    assert ">新来</a>" in free
    assert ">许静</a>" in free
    assert ">黄志强</a>" not in free


def test_a_unit_is_made_edited_and_retired_on_its_pages(signed_in: SignIn, world: World) -> None:
    client = signed_in("bangong")
    answer = client.post(
        reverse("unit_new"),
        {"name": "县林业局", "kind": "gov_department", "valid_from": "2026-01-01",
         "parent": world.units["县政府"].pk, "aliases": "林业局、县林草局"},
    )  # fmt: skip
    unit = Unit.objects.get(name="县林业局")
    assert answer["Location"] == reverse("unit_edit", args=[unit.pk])
    assert unit.aliases == ["林业局", "县林草局"]
    values = {"name": "县林业局", "short_name": "林局", "kind": "gov_department",
              "valid_from": "2026-01-01", "version": version_of(unit),
              "parent": world.units["县政府"].pk}  # fmt: skip
    assert client.post(reverse("unit_edit", args=[unit.pk]), values).status_code == 302
    clash = client.post(reverse("unit_edit", args=[unit.pk]), {**values, "short_name": "别的"})
    assert clash.status_code == 409
    assert "林局" in text(clash)
    assert f'name="version" value="{version_of(unit)}"' in text(clash), "again means this one"
    page = text(client.get(reverse("unit_edit", args=[unit.pk])))
    assert '<h2 id="h-trail">轨迹</h2>' in page
    assert "<b>张敏</b> 县政府办公室 科员" in page
    bad = client.post(reverse("unit_new"), {"name": "县林业局", "kind": "gov_department",
                      "valid_from": "2026-01-01", "parent": world.units["县政府"].pk})  # fmt: skip
    assert bad.status_code == 422
    assert "已有同名单位" in text(bad)
    assert (
        client.post(
            reverse("unit_retire", args=[unit.pk]), {"day": "2026-06-01", "successor": ""}
        ).status_code
        == 302
    )
    unit.refresh_from_db()
    assert unit.valid_to == date(2026, 6, 1)


def test_a_laden_unit_shows_its_list_and_the_way_on(
    signed_in: SignIn, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = world.units["县审计局"]
    holder = carried.Holder("u", unit.pk)
    monkeypatch.setattr(
        carried,
        "_lookups",
        {"t": lambda holders, on: [carried.Carried(holder, "三（二）1 严格管理")]},
    )
    answer = signed_in("bangong").post(
        reverse("unit_retire", args=[unit.pk]), {"day": "2026-06-01"}
    )
    assert answer.status_code == 409
    assert "三（二）1 严格管理" in text(answer)
    assert f"{reverse('handover')}?from=u{unit.pk}" in text(answer)


def test_group_person_post_and_portfolio_forms(signed_in: SignIn, world: World) -> None:
    client = signed_in("bangong")
    towns = [world.units[n].pk for n in ("柳河镇", "石桥镇")]
    client.post(reverse("group_new"), {"name": "各街镇", "units": towns, "day": "2026-01-01"})
    group = UnitGroup.objects.get(name="各街镇")
    assert group.memberships.count() == 2
    client.post(
        reverse("group_members", args=[group.pk]), {"units": towns[:1], "day": "2026-02-01"}
    )
    assert group.memberships.filter(valid_to=None).count() == 1
    client.post(reverse("person_new"), {"name": "单 玉"})
    person = Person.objects.get(name="单玉")
    assert "shanyu" in person.pinyin
    client.post(
        reverse("post_new"),
        {"unit": towns[0], "title": "副镇长", "seat": 1, "layer": "dual_duty",
         "valid_from": "2026-01-01"},
    )  # fmt: skip
    post = Post.objects.get(title="副镇长")
    unknown = client.post(
        reverse("post_appoint", args=[post.pk]), {"person": "查无此人", "day": "2026-01-02"}
    )
    assert unknown.status_code == 422
    assert "没有名为“查无此人”" in text(unknown)
    client.post(reverse("post_appoint", args=[post.pk]), {"person": "单玉", "day": "2026-01-02"})
    assert post.tenures.get().person == person
    seat = world.posts["周建平"]
    client.post(
        reverse("portfolio_edit", args=[seat.pk]),
        {"units": towns, "fields_of_work": "财政、审计", "day": "2026-01-01"},
    )
    now = seat.portfolio.filter(valid_to=None)
    assert {p.unit_id or p.field for p in now} == {*towns, "财政", "审计"}
    assert AuditEvent.objects.latest("id").actor_name == "张敏"


def test_queries_do_not_grow_with_rows(signed_in: SignIn, world: World, system: Actor) -> None:
    client = signed_in("bangong")
    urls = [
        *(reverse(route) for route in LISTS),
        reverse("settings_people") + "?view=persons",
        reverse("group_edit", args=[world.groups["各乡镇"].pk]),
        reverse("portfolio_edit", args=[world.posts["周建平"].pk]),
    ]

    exported: list[int] = []

    def counts() -> list[int]:
        found = []
        for url in urls:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(url).status_code == 200
            found.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            assert client.post(reverse("settings_export")).status_code == 200
        exported.append(len(queries))
        return found

    counts()
    before = counts()
    from accountability.services import persons, posts, tenures

    for number in range(12):
        unit = units.create(by=system, county=world.county, name=f"县第{number}局",
                            kind=UnitKind.GOV_DEPARTMENT, valid_from=START,
                            parent=world.units["县政府"])  # fmt: skip
        post = posts.create(by=system, unit=unit, title="局长", layer="first_responsible",
                            valid_from=START, is_leadership=True)  # fmt: skip
        person = persons.create(
            by=system, county=world.county, name=f"王{'一二三四五六七八九十甲乙'[number]}"
        )
        tenures.appoint(by=system, post=post, person=person, day=START)
    assert counts() == before
    assert max(before) <= 20
    assert exported[-1] == exported[-2], "the export, which also writes its event"


def test_pages_of_seats_join_without_gap(
    signed_in: SignIn, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accountability.selectors import people

    monkeypatch.setattr(people, "PAGE", 4)
    user = world.users["bangong"]
    seen, after = [], 0
    while True:
        page = people.seats(user, on=date(2026, 1, 1), after=after)
        seen += [p.pk for p in page.rows]
        if page.next is None:
            break
        after = page.next
    assert len(seen) == len(set(seen)) == Post.objects.filter(county=world.county).count()
    assert people.seats(user, on=date(2026, 1, 1), after=10**9).rows == []
