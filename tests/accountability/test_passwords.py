"""The password rules, each with what it refuses and what it lets pass."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent, PasswordHistory, User
from accountability.passwords import KEPT
from accountability.services import accounts
from tests.world import PASSWORD, World

GOOD = "Shan-Quan-9035-lu"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Sh-9035-lu", "至少 12 位"),
        ("aaaaaaaaaaaaA1", "相同的字符过多"),
        ("shuiliuyuandeng", "3 种"),
        ("X-bangong-77-Xk", "用户名"),
        ("Hu-gon-7733-Xk", "用户名"),
        ("Kw-Min-7733-Xkq", "姓名的拼音"),
        ("Lian-Zheng-7733x", "lianzheng"),
        (f"Qw{timezone.localdate().year}-Xkwzz-p", "容易猜到"),
        ("Cai-Zheng-Ju-88x", "县名或单位名"),
        ("Liu-He-Zhen-88xk", "县名或单位名"),
        ("P@ssw0rd-P@ssw0rd", "password"),
        (PASSWORD, "最近 5 次"),
    ],
)
def test_what_is_refused_says_why(world: World, password: str, why: str) -> None:
    with pytest.raises(ValidationError) as error:
        validate_password(password, world.users["bangong"])
    assert why in "；".join(error.value.messages)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password",
    [GOOD, "water runs under the old bridge", "xk" + "Ab9-Rz" * 10 + "-=", "山高水长-Ab9-月明-Kq"],
)
def test_what_passes(world: World, password: str) -> None:
    validate_password(password, world.users["bangong"])


@pytest.mark.django_db
def test_administrators_need_fourteen(world: World) -> None:
    validate_password("Kv-9035-luxe", world.users["bangong"])
    with pytest.raises(ValidationError, match="至少 14 位"):
        validate_password("Kv-9035-luxe", world.users["shenji"])


@pytest.mark.django_db
def test_the_last_five_do_not_come_again(world: World, client: Client) -> None:
    client.force_login(world.users["bangong"])
    old = PASSWORD
    new = [f"Shan-Quan-90{n}{n}-lu" for n in range(7)]
    for word in new[:6]:
        answer = client.post(reverse("password"), {"old": old, "new": word, "again": word})
        assert answer.status_code == 302, answer.content.decode()
        old = word
    again = {"old": old, "new": new[1], "again": new[1]}
    assert "最近 5 次" in client.post(reverse("password"), again).content.decode()
    again = {"old": old, "new": new[0], "again": new[0]}
    assert client.post(reverse("password"), again).status_code == 302
    assert PasswordHistory.objects.count() == KEPT


@pytest.mark.django_db
def test_a_password_grows_old(world: World, client: Client) -> None:
    user = world.users["bangong"]
    client.force_login(user)

    def age(days: int) -> None:
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            row = User.objects.get(pk=user.pk)
            row.password_changed_at = timezone.now() - timezone.timedelta(days=days)
            row.save()

    age(74)
    assert "天到期" not in client.get(reverse("home")).content.decode()
    age(80)
    assert "密码还有 10 天到期" in client.get(reverse("home")).content.decode()
    age(91)
    assert client.get(reverse("home"))["Location"] == reverse("password")
    assert client.post(reverse("audit_verify"))["Location"] == reverse("password")
    assert client.get(reverse("password")).status_code == 200


@pytest.mark.django_db
def test_no_event_no_new_password(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(world.users["bangong"])
    before = User.objects.get(username="bangong").password

    def broken(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accountability.services.audit.record", broken)
    with pytest.raises(RuntimeError):
        client.post(reverse("password"), {"old": PASSWORD, "new": GOOD, "again": GOOD})
    assert User.objects.get(username="bangong").password == before
    assert not AuditEvent.objects.filter(action="password.change").exists()


@pytest.mark.django_db
def test_secrets_stand_in_no_image(world: World) -> None:
    from accountability.models import LedgerRow, SecondFactor

    user, code = accounts.create_with_code(
        by=Actor.system("test"), username="newcomer", county=world.county, person=None
    )
    images = " ".join(LedgerRow.objects.values_list("image", flat=True))
    secrets = [
        *SecondFactor.objects.values_list("secret", flat=True),
        *User.objects.values_list("password", flat=True),
        user.setup_codes.get().digest,
        code,
    ]
    for secret in secrets:
        assert secret not in images
    assert "1:" in SecondFactor.objects.first().secret  # type: ignore[union-attr]
