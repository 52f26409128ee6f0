"""违规干预插手记录: written once, sealed, read by the inspectors alone, each reading an event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.door import Actor, acting
from accountability.field_crypto import field_key
from accountability.models import AuditEvent, Interference, LedgerRow
from accountability.refusals import Invalid, NotAllowed, NotFound
from accountability.services import interferences, module_switches
from accountability.trail.verify import verify
from tests.world import World

from .conftest import NOW, actor

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
WHO, FACTS = "某局CANARYWHO职务", "就某项目CANARYFACTS打招呼"


@pytest.fixture(autouse=True)
def key_of_the_test(settings: Any, tmp_path: Path) -> None:
    settings.FIELD_KEY_FILE = tmp_path / "field.key"


def record(world: World, by: str = "bangong", **values: Any) -> Interference:
    given: dict[str, Any] = {
        "happened_on": date(2026, 6, 1), "matter": "project", "way": "word", "who": WHO,
        "facts": FACTS, "now": NOW, **values,
    }  # fmt: skip
    return interferences.record(by=actor(world, by), **given)


def seen_by(world: World, who: str) -> int:
    return Interference.objects.visible_to(actor(world, who).user).count()  # type: ignore[arg-type]


def test_the_inspectors_alone_read_it_and_each_reading_is_an_event(opened: World) -> None:
    row = record(opened)
    assert row.number == "2026-001"
    shown = interferences.read(by=actor(opened, "jiwei"), interference_id=row.pk)
    assert (shown.who, shown.facts) == (WHO, FACTS)
    event = AuditEvent.objects.get(action="read.interference")
    assert event.user == opened.users["jiwei"]
    assert AuditEvent.objects.visible_to(opened.users["shenji"]).filter(pk=event.pk).exists()
    for who in set(opened.users) - {"jiwei"}:
        assert seen_by(opened, who) == 0, who
        with pytest.raises((NotAllowed, NotFound)):
            interferences.read(by=actor(opened, who), interference_id=row.pk)
    assert AuditEvent.objects.filter(action="read.interference").count() == 1


@pytest.mark.parametrize("who", ["jiwei", "caizheng", "xitong", "anquan", "shenji"])
def test_who_may_not_put_one_on_record(opened: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        record(opened, who)


def test_a_correction_is_a_further_entry_of_the_same_hand(opened: World) -> None:
    first = record(opened)
    second = record(opened, corrects_id=first.pk, facts="更正后的情况")
    assert (second.number, second.corrects) == ("2026-002", first)
    for by, pk in (("zhuren", first.pk), ("bangong", second.pk)):
        with pytest.raises(NotFound):
            record(opened, by, corrects_id=pk)
    shown = interferences.read(by=actor(opened, "jiwei"), interference_id=first.pk)
    assert shown.facts == FACTS
    assert [c.facts for c in shown.corrections] == ["更正后的情况"]


def test_nothing_changes_it(opened: World) -> None:
    row = record(opened)
    row.matter = "money"
    for write in (row.save, row.delete):
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            with pytest.raises(DatabaseError), transaction.atomic():
                write()
    assert Interference.objects.get().matter == "project"


def test_what_may_not_be_entered(opened: World) -> None:
    for wrong in (
        {"who": " "}, {"facts": ""}, {"facts": "字" * 201}, {"facts": "电话13912345678"},
        {"matter": "x"}, {"way": ""}, {"happened_on": date(2026, 6, 11)},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            record(opened, **wrong)
    assert not Interference.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="interference").exists()


def test_nothing_sealed_stands_anywhere_and_a_lost_key_leaves_the_chain(
    opened: World, settings: Any
) -> None:
    row = record(opened)
    kept: list[Any] = [*Interference.objects.values_list("who", "facts")]
    kept += [*LedgerRow.objects.values_list(), *AuditEvent.objects.values_list()]
    assert "CANARY" not in str(kept)
    assert LedgerRow.objects.filter(table=Interference._meta.db_table).exists()
    Path(settings.FIELD_KEY_FILE).unlink()
    field_key()
    shown = interferences.read(by=actor(opened, "jiwei"), interference_id=row.pk)
    assert shown.facts == interferences.LOST
    assert "CANARY" not in str(shown)
    if connection.vendor == "postgresql":  # which links at commit
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert verify(trust_outside=False).is_sound


def test_off_nobody_reads_or_writes(opened: World) -> None:
    row = record(opened)
    module_switches.shut(by=actor(opened, "xitong"), reason="到期", now=NOW)
    with pytest.raises(NotAllowed):
        record(opened)
    with pytest.raises(NotAllowed):
        interferences.read(by=actor(opened, "jiwei"), interference_id=row.pk)
    assert seen_by(opened, "jiwei") == 0


def test_the_pages(opened: World, signed_in: SignIn) -> None:
    url, form = reverse("interferences"), {
        "happened_on": "2026-06-01", "matter": "project", "way": "word", "who": WHO,
        "facts": FACTS, "corrects": "",
    }  # fmt: skip
    client = signed_in("bangong")
    assert client.post(reverse("interference_record"), {**form, "who": ""}).status_code == 422
    assert client.post(reverse("interference_record"), form).status_code == 302
    page = client.get(url).content.decode()
    row = Interference.objects.get()
    assert row.number in page
    assert "CANARY" not in page
    assert client.post(reverse("interference_read", args=[row.pk])).status_code == 403
    assert row.number not in signed_in("zhuren").get(url).content.decode()
    client = signed_in("jiwei")
    page = client.get(url).content.decode()
    assert row.number in page
    assert "CANARY" not in page
    read = client.post(reverse("interference_read", args=[row.pk])).content.decode()
    assert WHO in read
    assert FACTS in read
    assert client.post(reverse("interference_record"), form).status_code == 403


def test_the_list_takes_the_same_queries_however_long(opened: World, signed_in: SignIn) -> None:
    client, counts = signed_in("jiwei"), []
    for _ in range(2):
        for _ in range(4):
            record(opened)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("interferences"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
