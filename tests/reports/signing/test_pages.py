"""我的签名 and 验证 as pages."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from accountability.models import LedgerRow
from accountability.services.signing_in import CONFIRMED
from reports.models import KeyState, SignatureKey
from tests.world import World

from .test_services import PIN, enrol, note, png, whole

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal_keys")]
SignedIn = Callable[[str], Client]


def enrol_by_page(client: Client, pin: str = PIN, again: str = PIN) -> object:
    return client.post("/me/signature/enrol/", {"pin": pin, "again": again}, follow=True)


def test_a_leader_enrols_renews_sets_a_picture_and_ends(signed_in: SignedIn) -> None:
    client = signed_in("xianzhang")
    assert "还没有备案" in client.get("/me/signature/").content.decode()
    page = enrol_by_page(client).content.decode()  # type: ignore[attr-defined]
    assert "签名已备案" in page
    assert "存证件，待线下签字" in page
    assert "已电子签名" not in page
    picture = SimpleUploadedFile("a.png", png(), "image/png")
    client.post("/me/signature/picture/", {"picture": picture})
    assert "data:image/png;base64" in client.get("/me/signature/").content.decode()
    enrol_by_page(client, "another-pin-99", "another-pin-99")
    assert SignatureKey.objects.filter(state=KeyState.RETIRED).count() == 1
    assert "停用的备案" in client.get("/me/signature/").content.decode()
    assert "data:image/png;base64" in client.get("/me/signature/").content.decode()
    client.post("/me/signature/picture/", {"remove": "1"})
    client.post("/me/signature/end/")
    assert SignatureKey.objects.filter(state=KeyState.RETIRED).count() == 2


def test_a_refused_enrolment_never_shows_the_pin_again(signed_in: SignedIn) -> None:
    client = signed_in("xianzhang")
    for pin, again, why in (
        ("12345678", "12345678", "连续的字符"),
        (PIN, PIN + "x", "不一致"),
        ("", "", "请输入签名口令"),
    ):
        response = client.post("/me/signature/enrol/", {"pin": pin, "again": again})
        assert response.status_code == 422
        page = response.content.decode()
        assert why in page
        assert not pin or pin not in page


def test_enrolment_asks_for_a_recent_factor_and_drops_the_pin(signed_in: SignedIn) -> None:
    client = signed_in("xianzhang")
    session = client.session
    del session[CONFIRMED]
    session.save()
    assert "/confirm/" in client.get("/me/signature/enrol/")["Location"]
    response = client.post("/me/signature/enrol/", {"pin": PIN, "again": PIN})
    assert response.status_code == 302
    assert response["Location"].endswith("/me/signature/enrol/")
    assert not SignatureKey.objects.exists()


def test_a_picture_that_is_none_is_refused_with_its_reason(
    signed_in: SignedIn, world: World
) -> None:
    enrol(world, "xianzhang")
    client = signed_in("xianzhang")
    wrong = SimpleUploadedFile("a.png", b"GIF89a....", "image/png")
    response = client.post("/me/signature/picture/", {"picture": wrong})
    assert response.status_code == 422
    assert "PNG" in response.content.decode()


def ask(client: Client, **data: object) -> str:
    return str(client.post("/verify/", data).content.decode())


def verdict(page: str) -> str:
    return page.split('role="status"><b>')[1].split("</b>")[0]


def test_anybody_verifies_and_learns_the_state_alone(client: Client, world: World) -> None:
    cache.clear()
    enrol(world, "xianzhang")
    enrol(world, "caizhengju")
    first, final = whole(world)
    note(world, first)
    row = note(world, final)
    last = LedgerRow.objects.latest("id").pk
    told = ask(client, file=io.BytesIO(final))
    assert verdict(told) == "有效"
    assert verdict(ask(client, file=io.BytesIO(first))) == "已被替代"
    assert verdict(ask(client, code=row.code[:4] + "-" + row.code[4:].lower())) == "有效"
    assert verdict(ask(client, file=io.BytesIO(final[:-1]))) == "无法识别"
    assert verdict(ask(client, code="ABCDEFGHJKMN")) == "无法识别"
    for secret in ("陈志远", "黄志强", "试县", row.sha256):
        assert secret not in told
    assert LedgerRow.objects.latest("id").pk == last  # nothing was written
    assert "sessionid" not in client.cookies


def test_the_public_page_is_asked_only_so_often(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    monkeypatch.setattr("reports.asking_rate.time.time", lambda: 1_800_000_000.0)
    settings.VERIFY_PER_MINUTE = 2
    answers = [client.post("/verify/", {"code": "ABCDEFGHJKMN"}).status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]
    monkeypatch.setattr("reports.asking_rate.time.time", lambda: 1_800_000_060.0)
    assert client.post("/verify/", {"code": "ABCDEFGHJKMN"}).status_code == 200


@pytest.mark.parametrize("data", [{}, {"code": ""}])
def test_an_empty_question_says_what_to_do(client: Client, data: dict[str, str]) -> None:
    response = client.post("/verify/", data)
    assert response.status_code == 422
    assert "二者填一项" in response.content.decode()
