"""承诺书: from the county's wording to the public page, and off it again by a dated note."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accountability.models import Job, Tenure
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import files, jobs
from reports.models import DocumentNumber, Promise, SignedFile
from reports.selectors import publication as public
from reports.selectors.waiting_endorsements import waiting_promises
from reports.services import promise_signing, promises, publishable
from tests.reports.publications.conftest import PIN, Act
from tests.world import World

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
YEAR = TODAY.year


@pytest.fixture
def made(world: World, act: Act) -> dict[str, Promise]:
    """The heads' and deputies' own, by name."""
    rows = promises.make(
        by=act("bangong"), county=world.county, year=YEAR, kind="integrity",
        layers=["first_responsible", "dual_duty"], on=TODAY,
    )  # fmt: skip
    return {row.person.name: row for row in rows}


def approved(made: dict[str, Promise], act: Act, name: str) -> Promise:
    promises.submit(by=act("bangong"), promises=[made[name]])
    promises.approve(by=act("zhuren"), promises=[made[name]])
    made[name].refresh_from_db()
    return made[name]


def by_hand(row: Promise, act: Act) -> Promise:
    return promise_signing.accept_scan(
        by=act("bangong"), promise=row, code=row.check_code.lower(), name="扫描.pdf",
        data=b"%PDF-1.4 scan",
    )  # fmt: skip


def test_made_once_for_each_seat_that_is_held(
    world: World, act: Act, made: dict[str, Promise]
) -> None:
    assert "本人黄志强，任县财政局局长" in made["黄志强"].text
    assert "一岗双责" in made["周建平"].text
    again = promises.make(
        by=act("bangong"), county=world.county, year=YEAR, kind="integrity",
        layers=["first_responsible"], on=TODAY,
    )  # fmt: skip
    assert again == []
    units = promises.make(
        by=act("bangong"), county=world.county, year=YEAR, kind="public", layers=[], on=TODAY
    )
    assert len({row.unit_id for row in units}) == len(units)
    assert {row.post.layer for row in units} == {"first_responsible"}
    for wrong in ({"kind": "x", "layers": []}, {"kind": "integrity", "layers": []}):
        with pytest.raises(Invalid):
            promises.make(by=act("bangong"), county=world.county, year=YEAR, on=TODAY, **wrong)
    with pytest.raises(NotAllowed):
        promises.make(
            by=act("caizhengju"), county=world.county, year=YEAR, kind="public", layers=[],
            on=TODAY,
        )  # fmt: skip


def test_only_its_person_rewords_it_and_nothing_private_gets_in(
    act: Act, made: dict[str, Promise]
) -> None:
    row = made["黄志强"]
    with pytest.raises(NotAllowed, match="本人"):
        promises.reword(by=act("bangong"), promise=row, text="别的", version=1)
    with pytest.raises(NotFound):
        promises.reword(by=act("liuhe"), promise=row, text="别的", version=1)
    with pytest.raises(Invalid, match="填写"):
        promises.reword(by=act("caizhengju"), promise=row, text=" \n ", version=1)
    row = promises.reword(by=act("caizhengju"), promise=row, text=" 公开  预算。\n\n", version=1)
    assert (row.text, row.version) == ("公开 预算。", 2)
    with pytest.raises(Conflict):
        promises.reword(by=act("caizhengju"), promise=row, text="又改", version=1)
    with pytest.raises(Invalid, match="家庭财产"):
        promises.reword(by=act("caizhengju"), promise=row, text="本人房产3套。", version=2)


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("身份证11010519491231002X", "身份证号"),
        ("电话 138 1234 5678", "手机号"),
        ("卡号6222 0000 1111 2222 333", "银行卡号"),
        ("家庭存款约20万元", "家庭财产"),
        ("配偶：某某", "家庭成员"),
    ],
)
def test_what_is_never_public(text: str, what: str) -> None:
    with pytest.raises(Invalid, match=what):
        publishable.check(f"承诺。{text}。", field="text")
    publishable.check("2026年12月31日前，三十日内答复，公示5个工作日，资金1200万元。", field="text")
    publishable.check("本人单明，任县住房和城乡建设局局长，就2026年度承诺。", field="text")
    publishable.check("住房保障基金支出1200万元全部公示。", field="text")


def test_signed_with_ones_own_key_published_and_withdrawn(
    world: World, act: Act, made: dict[str, Promise], enrolled: Callable[[str], None]
) -> None:
    enrolled("caizhengju")
    row = approved(made, act, "黄志强")
    assert row.number is not None
    assert row.number.text == f"〔{YEAR}〕诺-001"
    with pytest.raises(Conflict, match="重新阅读"):
        promise_signing.sign(by=act("caizhengju"), promise=row, digest="0" * 64, pin=PIN)
    with pytest.raises(NotAllowed):
        promise_signing.sign(by=act("zhuren"), promise=row, digest=row.digest, pin=PIN)
    with pytest.raises(Invalid):
        promise_signing.sign(by=act("caizhengju"), promise=row, digest=row.digest, pin="Wrong-1")
    row = promise_signing.sign(by=act("caizhengju"), promise=row, digest=row.digest, pin=PIN)
    noted = SignedFile.objects.get(kind="promise", object_id=row.pk)
    assert [s["field"] for s in noted.signers] == ["承诺人", "存证"]
    assert public.promises(world.county) == []
    promises.publish(by=act("bangong"), promises=[row])
    (shown,) = public.promises(world.county)
    assert (shown.name, shown.post, shown.unit) == ("黄志强", "局长", "县财政局")
    row.refresh_from_db()
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=1)):
        with pytest.raises(Invalid, match="撤下日期"):
            promises.withdraw(by=act("bangong"), promise=row, note="调离", on=day)
    with pytest.raises(Invalid, match="说明"):
        promises.withdraw(by=act("bangong"), promise=row, note=" ", on=TODAY)
    with pytest.raises(WrongState):
        promises.void(by=act("bangong"), promise=row, reason="作废")
    promises.withdraw(by=act("bangong"), promise=row, note="职务变动", on=TODAY)
    (shown,) = public.promises(world.county)
    assert (shown.lines, shown.note, shown.withdrawn_on) == ((), "职务变动", TODAY)
    noted.refresh_from_db()
    assert noted.state == "void"


def test_signed_by_hand_with_the_code_of_the_text_as_it_stands(
    act: Act, made: dict[str, Promise]
) -> None:
    row = approved(made, act, "曾立")
    for code, data in ((row.check_code, b"GIF89a"), ("2222-2222-2222", b"%PDF-1.4")):
        with pytest.raises(Invalid):
            promise_signing.accept_scan(
                by=act("bangong"), promise=row, code=code, name="x", data=data
            )
    with pytest.raises(NotFound):
        promise_signing.accept_scan(
            by=act("caizhengju"), promise=row, code=row.check_code, name="x", data=b"%PDF-1.4"
        )
    row = by_hand(row, act)
    assert row.is_paper_signed
    assert row.file is not None


def test_returned_it_loses_its_frozen_text_and_keeps_its_number(
    act: Act, made: dict[str, Promise]
) -> None:
    row = approved(made, act, "黄志强")
    number = row.number_id
    row = promises.give_back(by=act("caizhengju"), promise=row, reason="补充一条")
    assert (row.state, row.digest, row.content) == ("returned", "", "")
    with pytest.raises(WrongState):
        by_hand(row, act)
    promises.submit(by=act("caizhengju"), promises=[row])
    promises.approve(by=act("bangong"), promises=[row])
    row.refresh_from_db()
    assert row.number_id == number
    with pytest.raises(Invalid):
        promises.void(by=act("bangong"), promise=row, reason="")
    promises.void(by=act("bangong"), promise=row, reason="重复")
    assert DocumentNumber.objects.get(pk=number).is_void
    with pytest.raises(WrongState, match="没有可以"):
        promises.publish(by=act("bangong"), promises=[row])


def test_a_successor_does_not_inherit_the_words(
    world: World, act: Act, made: dict[str, Promise]
) -> None:
    from accountability.door import Actor, acting

    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        tenure = Tenure.objects.get(post=world.posts["黄志强"])
        tenure.valid_to = TODAY
        tenure.save()
    with pytest.raises(WrongState, match="职务已有变动"):
        promises.reword(by=act("caizhengju"), promise=made["黄志强"], text="新", version=1)


def test_pages_of_list_and_one(
    act: Act, made: dict[str, Promise], signed_in: Callable[[str], object]
) -> None:
    row = made["黄志强"]
    client = signed_in("caizhengju")
    page = client.get(reverse("promise", args=[row.pk])).content.decode()  # type: ignore[attr-defined]
    assert "修改承诺内容" in page
    answer = client.post(  # type: ignore[attr-defined]
        reverse("promise_reword", args=[row.pk]), {"text": "手机13812345678", "version": 1}
    )
    assert answer.status_code == 422
    assert "手机号" in answer.content.decode()
    url = reverse("promise_pdf", args=[row.pk])
    assert client.get(url).status_code == 302  # type: ignore[attr-defined]
    assert client.post(url).status_code == 302  # type: ignore[attr-defined]
    job = jobs.run(Job.objects.get(kind="promise_pdf").pk)
    assert job is not None
    assert job.result_file is not None, job.error
    assert files.read(job.result_file).startswith(b"%PDF-")
    banner = waiting_promises(act("caizhengju").user, TODAY)  # type: ignore[arg-type]
    assert banner is not None
    assert "待修改后送审" in banner.detail


def test_the_list_asks_a_constant_number_of_queries(
    act: Act,
    made: dict[str, Promise],
    signed_in: Callable[[str], object],
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    client = signed_in("bangong")
    url = reverse("promises", args=[YEAR])
    with django_assert_max_num_queries(25):  # type: ignore[attr-defined]
        shown = client.get(url).content.decode()  # type: ignore[attr-defined]
    assert shown.count('scope="row"') == len(made)
