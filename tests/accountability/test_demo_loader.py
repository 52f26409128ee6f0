"""load_demo: an empty database becomes two counties whose accounts see what is theirs."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accountability.access.scope import scope_of
from accountability.demo import load
from accountability.door import DoorClosed
from accountability.models import (
    AuditEvent,
    County,
    Portfolio,
    Role,
    Tenure,
    Unit,
    UnitGroup,
    UnitKind,
    User,
)
from accountability.selectors.directory import directory, members
from accountability.services.second_factor import demo_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    monkeypatch.setenv("PORTAL_DEMO_PASSWORD", "any 短")
    out = StringIO()
    call_command("load_demo", skip_letters=True, stdout=out)
    return out


def test_the_whole_county_is_there(output: StringIO) -> None:
    county = County.objects.get(name="安和县")
    today = timezone.localdate()
    demo = load("anhe")
    assert Unit.objects.filter(county=county).count() == len(demo.units)
    for group in demo.groups:
        row = UnitGroup.objects.get(county=county, name=group.name)
        assert [u.name for u in members(row, on=today)] == list(group.units(today))
    for post in demo.leaders:
        held = [t.person for t in post.holders(today)]
        rows = Tenure.objects.filter(
            post__unit__name=post.unit, post__title=post.title, post__seat=post.seat,
            post__county=county, post__is_leadership=True,
        )  # fmt: skip
        assert [t.person.name for t in rows if t.holds_on(today)] == held
    assert Unit.objects.get(county=county, name="县政府").kind == UnitKind.LEADING_ORGAN
    assert Unit.objects.get(county=county, name="县政协办公室").kind == UnitKind.CONSULTATIVE
    event = AuditEvent.objects.get(county=county, action="directory.demo")
    assert event.actor_name == "系统（演示数据）"
    assert "any 短" not in output.getvalue()


def test_ends_are_the_day_after(output: StringIO) -> None:
    demo = load("anhe")
    gone = next(u for u in demo.units if u.name == "县招商局")
    row = Unit.objects.get(county__name="安和县", name="县招商局")
    assert gone.valid_to is not None
    assert row.holds_on(gone.valid_to)
    assert row.valid_to == gone.valid_to + timedelta(days=1)
    assert row.successor is not None
    assert row.successor.name == "县商务局"
    assert row.successor.holds_on(row.valid_to)
    assert not Portfolio.objects.filter(unit=row, valid_to=None).exists()


def test_every_account_signs_in_with_the_given_password(client: Client, output: StringIO) -> None:
    names = set(User.objects.values_list("username", flat=True))
    assert {
        "bangong", "zhuren", "caizheng", "caizhengju", "xianzhang", "fuxianzhang", "jiwei",
        "xitong", "anquan", "shenji",
    } <= names  # fmt: skip
    assert len(set(User.objects.values_list("password", flat=True))) == len(names), "own salts"
    for name in names:
        answer = client.post(reverse("login"), {"username": name, "password": "any 短"})
        if name in {"xitong", "anquan", "shenji"}:
            assert (answer.status_code, answer["Location"]) == (302, "/login/code/"), name
            answer = client.post(
                "/login/code/", {"code": demo_code(User.objects.get(username=name))}
            )
        assert (answer.status_code, answer["Location"]) == (302, "/"), name
        assert client.get("/").status_code == 200
        client.post(reverse("logout"))


def test_scopes_are_what_the_accounts_stand_for(output: StringIO) -> None:
    def scope(name: str):  # type: ignore[no-untyped-def]
        return scope_of(User.objects.get(username=name))

    def named(ids: frozenset[int]) -> set[str]:
        return set(Unit.objects.filter(pk__in=ids).values_list("name", flat=True))

    def grouped(ids: frozenset[int]) -> set[str]:
        return set(UnitGroup.objects.filter(pk__in=ids).values_list("name", flat=True))

    for name in ("caizheng", "caizhengju"):
        found = scope(name)
        assert named(found.unit_ids) == {"县财政局"}
        assert found.portfolio_unit_ids == frozenset()
        assert grouped(found.group_ids) == {"县直各部门", "县政府各部门"}
        assert not found.sees_whole_county
    deputy = scope("fuxianzhang")
    assert deputy.unit_ids == frozenset(), "a leader's scope is his seat, not the government"
    assert {"县财政局", "县审计局"} & named(deputy.portfolio_unit_ids) == {"县财政局"}
    assert len(deputy.post_ids) == 1
    assert scope("bangong").sees_drafts
    assert scope("jiwei").sees_whole_county
    assert not scope("jiwei").sees_drafts
    for name in ("xitong", "anquan", "shenji"):
        assert not scope(name).may("task.read")
    assert scope("caizheng").roles == {Role.LIAISON}
    mine = scope("caizheng").county_id
    other = scope("ningchuan_caizheng")
    assert other.county_id != mine
    assert named(other.unit_ids) == {"县财政局"}
    assert not other.unit_ids & scope("caizheng").unit_ids


def test_names_of_the_demo_are_found_by_their_readings(output: StringIO) -> None:
    county = County.objects.get(name="安和县")
    found = directory(county, on=timezone.localdate())
    keys = {c.label: set(c.pinyin) for c in found.candidates()}
    assert "shanwenjie" in keys["单文洁"]
    assert "zenglixin" in keys["曾立新"]
    assert "renchangle" in keys["任长乐"]
    assert "czj" in keys["县财政局"]
    town = next(u for u in Unit.objects.filter(county=county) if u.name.startswith("单家集"))
    assert town.pinyin.startswith("shanjiaji")


def test_only_an_empty_database_of_a_demo_is_filled(
    output: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(CommandError, match="只装入空库"):
        call_command("load_demo")
    call_command("load_demo", if_empty=True)
    assert AuditEvent.objects.count() == before
    with override_settings(DEMO=False), pytest.raises(CommandError, match="不是演示环境"):
        call_command("load_demo", if_empty=True)


def test_a_drawn_password_is_shown_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTAL_DEMO_PASSWORD", raising=False)
    out = StringIO()
    call_command("load_demo", skip_letters=True, stdout=out)
    password = out.getvalue().partition("演示账号密码：")[2].partition("（")[0]
    assert len(password) == 14
    assert User.objects.get(username="bangong").check_password(password)


def test_a_failing_load_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from accountability.demo import loader

    def broken(*_: object) -> None:
        raise DoorClosed

    monkeypatch.setattr(loader, "_accounts", broken)
    with pytest.raises(DoorClosed):
        call_command("load_demo")
    assert not County.objects.exists()
    assert not AuditEvent.objects.exists()


def test_its_two_opinions_are_imported_and_handed_out(output: StringIO) -> None:
    """Last year's is finished; this year's is partly filled and partly handed out."""
    from tasks.models import ItemSlot, Paper, TaskItem

    year = timezone.localdate().year
    before, now = Paper.objects.order_by("year")
    assert (before.year, before.state, now.year, now.state) == (
        year - 1, "issued", year, "part_issued",
    )  # fmt: skip
    assert f"〔{year - 1}〕" in before.number
    assert set(before.items.values_list("state", flat=True)) == {"done"}
    assert now.items.count() >= 20
    assert set(now.items.values_list("state", flat=True)) == {"draft", "issued"}
    slots = ItemSlot.objects.filter(item__paper=now)
    assert 0 < slots.filter(assignments=None).count() < slots.count()
    assert TaskItem.objects.filter(county__name="宁川县").count() == 0
    liaison = User.objects.get(username="caizheng")
    assert TaskItem.objects.visible_to(liaison).filter(paper=now).exists()
    client = Client()
    client.force_login(User.objects.get(username="bangong"))
    page = client.get(reverse("assign", args=[year])).content.decode()
    assert "还有" in page
