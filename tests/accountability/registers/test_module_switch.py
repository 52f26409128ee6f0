"""责任追究和谈话函询 is off by default, opened by two hands, shut by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.access.actions import MODULE_ACTIONS
from accountability.access.scope import scope_of
from accountability.door import Actor, acting
from accountability.models import AuditEvent, ModuleSwitch
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import module_switches
from config.route_policy import ROUTE_POLICY
from tests.world import World

from .conftest import NOW, actor, switch_on

pytestmark = pytest.mark.django_db
WITH_A_ROW = {"interference_read", "lead_receive", "lead_answer", "lead_withdraw"}
SignIn = Callable[[str], Client]


def ask(world: World, who: str = "xitong", **values: Any) -> ModuleSwitch:
    given: dict[str, Any] = {
        "number": "试保〔2026〕1号", "organ": "试县保密办", "approved_on": date(2026, 1, 5),
        "now": NOW, **values,
    }  # fmt: skip
    return module_switches.ask(by=actor(world, who), **given)


def test_two_hands_open_it_and_it_is_shut_for_a_reason(world: World) -> None:
    ask(world)
    assert not module_switches.is_open(world.county.pk)
    module_switches.confirm(by=actor(world, "anquan"), now=NOW)
    assert module_switches.is_open(world.county.pk)
    assert scope_of(world.users["jiwei"]).actions & MODULE_ACTIONS
    row = module_switches.shut(by=actor(world, "anquan"), reason="批准到期", now=NOW)
    assert (row.state, row.ended_by) == ("off", world.users["anquan"])
    assert not scope_of(world.users["jiwei"]).actions & MODULE_ACTIONS
    ask(world, number="试保〔2026〕2号")  # another approval may follow
    done = AuditEvent.objects.filter(action__startswith="module.").order_by("id")
    assert list(done.values_list("action", flat=True)) == [
        "module.ask", "module.confirm", "module.shut", "module.ask",
    ]  # fmt: skip
    seen = AuditEvent.objects.visible_to(world.users["shenji"]).filter(action="module.confirm")
    assert seen.exists()


@pytest.mark.parametrize("who", ["anquan", "shenji", "bangong", "jiwei", "zhuren"])
def test_only_the_system_administrator_asks(world: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        ask(world, who)


@pytest.mark.parametrize("who", ["xitong", "shenji", "bangong", "jiwei", "zhuren"])
def test_only_the_security_administrator_confirms(world: World, who: str) -> None:
    ask(world)
    with pytest.raises(NotAllowed):
        module_switches.confirm(by=actor(world, who), now=NOW)
    with pytest.raises(NotAllowed):
        module_switches.decline(by=actor(world, who), reason="无", now=NOW)
    assert not module_switches.is_open(world.county.pk)


def test_the_database_refuses_one_hand(world: World) -> None:
    row = ask(world)
    row.state, row.decided_at, row.decided_by = "on", NOW, world.users["xitong"]
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_what_is_refused_changes_nothing(world: World) -> None:
    for wrong in ({"number": " "}, {"organ": ""}, {"approved_on": date(2026, 6, 11)}):
        with pytest.raises(Invalid):
            ask(world, **wrong)
    for act, who in ((module_switches.shut, "xitong"), (module_switches.decline, "anquan")):
        with pytest.raises(WrongState):
            act(by=actor(world, who), reason="理由", now=NOW)
    assert not ModuleSwitch.objects.exists()
    ask(world)
    with pytest.raises(WrongState):
        ask(world)
    with pytest.raises(Invalid, match="理由"):
        module_switches.decline(by=actor(world, "anquan"), reason=" ", now=NOW)
    row = module_switches.decline(by=actor(world, "anquan"), reason="文号不符", now=NOW)
    assert (row.state, row.reason) == ("declined", "文号不符")
    with pytest.raises(WrongState):
        module_switches.confirm(by=actor(world, "anquan"), now=NOW)


def test_off_there_is_no_page_and_no_entry(world: World, signed_in: SignIn) -> None:
    routes = [name for name, action in ROUTE_POLICY.items() if action in MODULE_ACTIONS]
    assert len(routes) == 8
    for who in ("bangong", "jiwei", "xianzhang", "anquan"):
        client = signed_in(who)
        for route in routes:
            args = [1] if route in WITH_A_ROW else []
            for method in (client.get, client.post):
                assert method(reverse(route, args=args)).status_code == 404, (who, route)
        page = client.get(reverse("home")).content.decode()
        assert "干预" not in page
        assert "追责" not in page.replace("追责模块", "")
    switch_on(world)
    assert "追责" in signed_in("jiwei").get(reverse("home")).content.decode()


def test_the_scope_takes_no_query_more_for_it(world: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            scope_of(world.users["jiwei"])
        return len(queries)

    before = count()
    switch_on(world)
    assert count() == before


def test_its_page(world: World, signed_in: SignIn) -> None:
    url = reverse("settings_module")
    form = {"number": "试保〔2026〕1号", "organ": "试县保密办", "approved_on": "2026-01-05"}
    client = signed_in("xitong")
    assert "登记批准文件" in client.get(url).content.decode()
    assert client.post(url, {**form, "number": ""}).status_code == 422
    assert client.post(url, form).status_code == 302
    assert "等待安全管理员" in client.get(url).content.decode()
    client = signed_in("anquan")
    assert client.post(url, form).status_code == 403
    refused = client.post(reverse("module_decline"), {"reason": ""})
    assert refused.status_code == 422
    assert "请写明理由" in refused.content.decode()
    assert client.post(reverse("module_confirm")).status_code == 302
    assert "已启用" in client.get(url).content.decode()
    assert client.post(reverse("module_shut"), {"reason": "到期"}).status_code == 302
    assert "到期" in client.get(url).content.decode()
