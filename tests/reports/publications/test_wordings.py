"""文书措辞: one mechanism for all papers, named places known and none else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound
from reports.models import WordedPaper, Wording
from reports.services import filled_paper, wording_preview, wordings
from tests.papers import make_paper
from tests.reports.publications.conftest import Act
from tests.world import World


@pytest.mark.nodb
@pytest.mark.parametrize("paper", WordedPaper.values)
def test_what_is_shipped_would_be_accepted(paper: str) -> None:
    for key, part in wordings.parts(paper).items():
        assert wordings.checked(paper, key, part.text) == part.text


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("part", "text", "told"),
    [
        ("unit", "{单位}承诺，{密码}", "没有“{密码}”这个填写处"),
        ("unit", "{单位承诺", "成对"),
        ("unit", "  ", "不能为空"),
        ("unit", "长" * 8001, "不能超过"),
    ],
)
def test_an_unknown_place_is_refused(part: str, text: str, told: str) -> None:
    with pytest.raises(Invalid, match=told.replace("{", r"\{").replace("}", r"\}")):
        wordings.checked("promise", part, text)


@pytest.mark.nodb
def test_inserts_stand_alone_and_some_may_be_empty() -> None:
    with pytest.raises(Invalid, match="单独成行"):
        wordings.checked("letter", "frame", "{职责}\n{事项}\n按{单位条款}办")
    assert wordings.checked("issued", "note", "") == ""
    for paper, part in (("nonsense", "unit"), ("promise", "nonsense")):
        with pytest.raises(NotFound):
            wordings.checked(paper, part, "x")


@pytest.mark.django_db
def test_versions_of_a_county(world: World, act: Act) -> None:
    county = world.county
    args = {"county": county, "paper": "promise", "part": "unit"}
    kept = wordings.reword(by=act("bangong"), text="{单位}公开承诺。", seen_version=0, **args)
    assert kept is not None
    assert wordings.wording_of(county, "promise")["unit"] == "{单位}公开承诺。"
    with pytest.raises(Conflict):
        wordings.reword(by=act("bangong"), text="别的", seen_version=0, **args)
    same = wordings.reword(by=act("bangong"), text="{单位}公开承诺。 ", seen_version=1, **args)
    assert same is None
    with pytest.raises(NotAllowed):
        wordings.reword(by=act("caizhengju"), text="别的", seen_version=1, **args)
    shown = wording_preview.preview(county, "promise", "unit", "{单位}公开承诺。")
    assert shown == [("p", "（单位）公开承诺。")]


@pytest.mark.django_db
def test_the_issued_papers_head_and_foot_follow(world: World, act: Act) -> None:
    for part, text in (("mark", "{发文机关}公文"), ("copies_to", "县委办公室")):
        wordings.reword(
            by=act("bangong"), county=world.county, paper="issued", part=part, text=text,
            seen_version=0,
        )  # fmt: skip
    paper = make_paper(world, items=1)
    from django.utils import timezone

    official = filled_paper.official_paper(paper, timezone.localdate())
    assert official.head == "试县人民政府公文"


@pytest.mark.django_db
def test_the_page_previews_keeps_and_refuses(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("bangong")
    url = reverse("wording", args=["endorsement", "statement"])
    shown = client.post(url, {"text": "本人负责。", "version": 0, "preview": "1"}).content.decode()
    assert "预览（未保存）" in shown
    assert not Wording.objects.exists()
    assert client.post(url, {"text": "{某处}", "version": 0}).status_code == 422
    assert client.post(url, {"text": "本人负责。", "version": 0}).status_code == 302
    assert client.post(url, {"text": "又改。", "version": 0}).status_code == 409
    for paper in WordedPaper.values:
        for part in wordings.parts(paper):
            assert client.get(reverse("wording", args=[paper, part])).status_code == 200
    assert signed_in("caizhengju").get(url).status_code == 403
