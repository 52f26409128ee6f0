"""The separation rules of security.md 4.4, by the services and past them by SQL."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from accountability.access import MATRIX, Action
from accountability.access.separation import RULES
from accountability.door import Actor, acting
from accountability.models import ADMINISTRATORS, Role, RoleGrant, User
from accountability.refusals import Invalid, NotAllowed
from accountability.services import accounts, grants, second_factor, sessions
from tests.world import World

ROOT = Path(__file__).parents[2]


def actor(world: World, username: str) -> Actor:
    user = User.objects.get(pk=world.users[username].pk)
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


def code(world: World, username: str) -> str:
    return second_factor.demo_code(world.users[username])


def refused(sql: str, values: list[object]) -> None:
    def write() -> None:
        with transaction.atomic(), acting(by=Actor.system("test")) as act:
            act.unchanged()
            with connection.cursor() as cursor:
                cursor.execute(sql, values)

    with pytest.raises(DatabaseError):
        write()


GRANT = (
    "INSERT INTO accountability_rolegrant (user_id, role, unit_id, valid_from, valid_to,"
    " granted_at, granted_by, granter_id, witness_id, reason)"
    " VALUES (%s, %s, NULL, %s, NULL, %s, 'x', %s, %s, '')"
)


def grant_values(world: World, user: str, role: str, granter: str | None = None) -> list[object]:
    granter_id = world.users[granter].pk if granter else None
    return [world.users[user].pk, role, date(2026, 1, 1), timezone.now(), granter_id, None]


def test_each_rule_names_what_holds_it_or_when_it_comes() -> None:
    assert [rule.number for rule in RULES] == list(range(1, 15))
    for rule in RULES:
        assert bool(rule.shown_by) != bool(rule.since), rule.number
        for test in rule.shown_by:
            path, _, name = test.partition("::")
            assert (
                f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
                if name
                else (ROOT / path).exists()
            ), test


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.OFFICE_CLERK, Role.AUDIT_ADMIN])
def test_rule_1_by_the_service(world: World, role: str) -> None:
    with pytest.raises(Invalid, match="不得兼任"):
        grants.grant(by=Actor.system("test"), user=world.users["xitong"], role=role)
    # By the person, not by the account: a second account of an inspector.
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        second = accounts.create(
            by=Actor.system("test"),
            username="second",
            password=None,
            county=world.county,
            person=world.persons["罗文涛"],
        )
    with pytest.raises(Invalid, match="不得兼任"):
        grants.grant(by=Actor.system("test"), user=second, role=Role.AUDIT_ADMIN)
    assert not second.role_grants.exists()


@pytest.mark.django_db
def test_rule_1_by_raw_sql(world: World) -> None:
    refused(GRANT, grant_values(world, "xitong", "office_clerk"))
    refused(GRANT, grant_values(world, "bangong", "audit_admin"))
    # Giving an administrator's account a person who holds a business role.
    refused(
        "UPDATE accountability_user SET person_id = %s WHERE id = %s",
        [world.persons["张敏"].pk, world.users["xitong"].pk],
    )


@pytest.mark.django_db
def test_rule_1_lets_one_role_follow_another(world: World) -> None:
    """No overlap, no mixture: who was liaison last year may be an administrator now."""
    today = timezone.localdate()
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        row = RoleGrant.objects.get(user=world.users["liuhe"])
        row.valid_to = today
        row.save()
    grants.grant(by=Actor.system("test"), user=world.users["liuhe"], role=Role.AUDIT_ADMIN)


@pytest.mark.django_db
def test_rule_2_creator_is_not_granter(world: World) -> None:
    user, _ = accounts.create_with_code(
        by=actor(world, "xitong"), username="newcomer", county=world.county, person=None
    )
    for name, action in (("xitong", Action.ROLE_GRANT), ("anquan", Action.ACCOUNT_MANAGE)):
        assert action not in MATRIX[RoleGrant.objects.get(user=world.users[name]).role]
    with pytest.raises(NotAllowed):
        grants.grant(by=actor(world, "xitong"), user=user, role=Role.LEADER, reason="文")
    with pytest.raises(NotAllowed):
        accounts.create_with_code(
            by=actor(world, "anquan"), username="ghost", county=world.county, person=None
        )
    grants.grant(by=actor(world, "anquan"), user=user, role=Role.LEADER, reason="任字1号")
    assert user.role_grants.get().granter == world.users["anquan"]


@pytest.mark.django_db
def test_rule_2_by_raw_sql(world: World) -> None:
    user, _ = accounts.create_with_code(
        by=actor(world, "xitong"), username="newcomer", county=world.county, person=None
    )
    world.users["newcomer"] = user
    refused(GRANT, grant_values(world, "newcomer", "leader", "xitong"))
    refused("UPDATE accountability_user SET made_by_id = NULL WHERE id = %s", [user.pk])


@pytest.mark.django_db
def test_rule_3_an_administrators_role_wants_a_witness(world: World) -> None:
    user, _ = accounts.create_with_code(
        by=actor(world, "xitong"), username="newcomer", county=world.county, person=None
    )
    by = actor(world, "anquan")
    wanted = {"by": by, "user": user, "role": Role.AUDIT_ADMIN, "reason": "任字2号"}
    for witness, right in (
        ("", ""),
        ("bangong", "000000"),
        ("anquan", code(world, "anquan")),
        ("shenji", "000000"),
    ):
        with pytest.raises(Invalid):
            grants.grant(**wanted, witness=witness, witness_code=right)
    assert not user.role_grants.exists()
    row = grants.grant(**wanted, witness="shenji", witness_code=code(world, "shenji"))
    assert row.witness == world.users["shenji"]
    with pytest.raises(Invalid):
        grants.end(by=by, grant_id=row.pk, reason="免字1号", witness="shenji", witness_code="")


@pytest.mark.django_db
def test_rule_3_by_raw_sql(world: World) -> None:
    user, _ = accounts.create_with_code(
        by=actor(world, "xitong"), username="newcomer", county=world.county, person=None
    )
    world.users["newcomer"] = user
    refused(GRANT, grant_values(world, "newcomer", "audit_admin", "anquan"))


def test_rule_6_inspectors_change_nothing() -> None:
    writes = {
        Action.PAPER_IMPORT, Action.PAPER_ISSUE, Action.SLOT_FILL, Action.TASK_EDIT,
        Action.DIRECTORY_EDIT, Action.ACCOUNT_MANAGE, Action.ROLE_GRANT, Action.SYSTEM_MANAGE,
        Action.NOTICE_EDIT, Action.NOTICE_ISSUE, Action.UNIT_ANSWER,
    }  # fmt: skip
    assert not MATRIX[Role.INSPECTOR] & writes
    for role in ADMINISTRATORS:
        assert not MATRIX[role] & {Action.PAPER_READ, Action.TASK_READ, Action.SLOT_READ}


@pytest.mark.django_db
def test_rule_8_nobody_acts_for_himself(world: World) -> None:
    me, own = actor(world, "anquan"), world.users["anquan"]
    system = actor(world, "xitong")
    with pytest.raises(NotAllowed):
        grants.grant(by=me, user=own, role=Role.LEADER, reason="x")
    with pytest.raises(NotAllowed):
        grants.end(by=me, grant_id=own.role_grants.get().pk, reason="x")
    with pytest.raises(NotAllowed):
        accounts.unlock(by=me, user_id=own.pk, reason="x")
    with pytest.raises(NotAllowed):
        accounts.reset(by=system, user_id=world.users["xitong"].pk, reason="x")
    with pytest.raises(NotAllowed):
        accounts.set_active(by=system, user_id=system.user.pk, is_active=False, reason="x")  # type: ignore[union-attr]
    with pytest.raises(NotAllowed):
        second_factor.let_enrol_anew(
            by=me,
            user_id=own.pk,
            reason="x",
            witness="shenji",
            witness_code=code(world, "shenji"),
        )
    with pytest.raises(NotAllowed):
        sessions.end_of(by=system, user_id=own.pk, reason="x")


@pytest.mark.django_db
def test_rule_8_by_raw_sql(world: World) -> None:
    refused(GRANT, grant_values(world, "bangong", "leader", "bangong"))


def test_rule_12_there_is_no_impersonation() -> None:
    """One place signs anybody in: behind the password, the factor, and the waiting list."""
    found = [
        path.relative_to(ROOT).as_posix()
        for app in ("accountability", "tasks", "reports", "config")
        for path in (ROOT / app).rglob("*.py")
        if "login(request, user" in path.read_text(encoding="utf-8")
    ]
    assert found == ["accountability/services/signing_in.py"]


def test_rule_14_no_route_deletes() -> None:
    for name in get_resolver().reverse_dict:
        assert not isinstance(name, str) or "delete" not in name
    kinds = {
        field.remote_field.on_delete.__name__
        for field in RoleGrant._meta.fields
        if field.remote_field
    }
    assert kinds == {"PROTECT"}


@pytest.mark.django_db
def test_a_lapsed_grant_has_no_rights(world: World, client: Client) -> None:
    client.force_login(world.users["bangong"])
    assert client.get(reverse("home")).status_code == 200
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        row = RoleGrant.objects.get(user=world.users["anquan"])
        row.valid_to = timezone.localdate() - timedelta(days=1)
        row.save()
    with pytest.raises(NotAllowed):
        grants.grant(
            by=actor(world, "anquan"), user=world.users["caizheng"], role=Role.LEADER, reason="x"
        )
