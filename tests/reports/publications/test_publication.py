"""What goes public: whitelisted fields alone, as pages and as the static package."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.models import Job
from accountability.refusals import NotAllowed, WrongState
from accountability.services import files, jobs
from reports.models import Promise
from reports.services import power_lists, promise_signing, promises, publication
from reports.services.power_sheet import Plan
from tests.reports.publications.conftest import Act
from tests.reports.publications.test_power_lists import POWER
from tests.world import World

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def published(world: World, act: Act) -> Promise:
    """One promise and one list are public; a second promise waits."""
    office = act("bangong")
    rows = promises.make(
        by=office, county=world.county, year=TODAY.year, kind="integrity",
        layers=["first_responsible"], on=TODAY,
    )  # fmt: skip
    row = next(r for r in rows if r.person.name == "黄志强")
    promises.submit(by=office, promises=rows)
    promises.approve(by=office, promises=[row])
    row.refresh_from_db()
    promise_signing.accept_scan(
        by=office, promise=row, code=row.check_code, name="x", data=b"%PDF-1.4 SECRETSCAN"
    )
    promises.publish(by=office, promises=[row])
    made = power_lists.import_version(
        by=office,
        unit=world.units["县财政局"],
        post=None,
        plan=Plan((POWER,), ()),
        basis="内部纪要",
    )
    power_lists.approve(by=office, power_list=made)
    power_lists.publish(by=office, power_list=made, on=TODAY)
    row.refresh_from_db()
    return row


def package(act: Act) -> tuple[Job, dict[str, bytes]]:
    asked = publication.ask(by=act("bangong"))
    job = jobs.run(asked.pk) or Job.objects.get(pk=asked.pk)
    assert job.state == "done", job.error
    assert job.result_file is not None
    with zipfile.ZipFile(io.BytesIO(files.read(job.result_file))) as archive:
        return job, {name: archive.read(name) for name in archive.namelist()}


def test_the_package_holds_what_is_public_and_nothing_else(published: Promise, act: Act) -> None:
    job, members = package(act)
    row = published
    assert {f"promises/{row.pk}.html", f"promises/{row.pk}.pdf", "index.html", "style.css"} < set(
        members
    )
    text = b"".join(v for k, v in members.items() if k.endswith(".html")).decode()
    for told in ("黄志强", "局长", "县财政局", "资金分配", "集体研究、公示", "本人黄志强"):
        assert told in text
    for hidden in (
        row.digest, row.check_code, "SECRETSCAN", "内部纪要", "张敏", "曾立", "caizhengju",
        "csrf", "http://", "https://",
    ):  # fmt: skip
        assert hidden not in text, hidden
    # The same public content is the same job; a change makes another package.
    assert publication.ask(by=act("bangong")).pk == job.pk
    promises.withdraw(by=act("bangong"), promise=row, note="职务变动", on=TODAY)
    _, later = package(act)
    assert f"promises/{row.pk}.pdf" not in later
    page = later[f"promises/{row.pk}.html"].decode()
    assert "职务变动" in page
    assert "本人黄志强" not in page


def test_only_the_office_asks_and_never_for_nothing(world: World, act: Act) -> None:
    with pytest.raises(WrongState, match="还没有公开"):
        publication.ask(by=act("bangong"))
    with pytest.raises(NotAllowed):
        publication.ask(by=act("caizhengju"))


def test_anybody_reads_the_public_pages(
    published: Promise,
    world: World,
    client: Client,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    code, row = world.county.code, published
    assert client.get(reverse("public_start")).status_code == 302
    with django_assert_max_num_queries(6):  # type: ignore[attr-defined]
        listed = client.get(reverse("public_county", args=[code])).content.decode()
    assert "黄志强" in listed
    assert "曾立" not in listed
    page = client.get(reverse("public_promise", args=[code, row.pk])).content.decode()
    assert "本人黄志强" in page
    assert row.check_code not in page
    pdf = client.get(reverse("public_promise_pdf", args=[code, row.pk]))
    assert b"".join(pdf.streaming_content).startswith(b"%PDF-")
    waiting = Promise.objects.filter(state="review").first()
    assert waiting is not None
    for pk in (waiting.pk, 10**9):
        assert client.get(reverse("public_promise", args=[code, pk])).status_code == 404
    assert client.get(reverse("public_county", args=["999999"])).status_code == 404
