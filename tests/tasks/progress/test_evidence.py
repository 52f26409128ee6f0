"""佐证: what comes in, what is refused, what is sealed; the scanner; extensions; shares."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from accountability.models import AuditEvent, OutboxMessage, Role, StoredFile
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import files
from accountability.uploads import NotAdmitted
from accountability.virus_scan import Infected, NotScanned, scan
from tasks.models import Evidence, Extension, ProgressEvidence, Share, TaskItem
from tasks.screening import mark_of, screen
from tasks.selectors.progress import evidence_of, shares_of
from tasks.services import evidence, extensions, light_marks, progress, shares
from tasks.services.evidence import Taken, Upload
from tasks.services.progress import Entry
from tasks.services.shares import Plan
from tests.task_factory import make_tasks
from tests.tasks.progress.desk import APRIL, account, actor, docx, pdf, place, png, section
from tests.world import World

SECRET = "机" + "密"


def upload(world: World, *given: tuple[str, bytes], who: str = "caizheng") -> Taken:
    return evidence.upload(
        by=actor(world, who), unit=world.units["县财政局"], uploads=[Upload(*g) for g in given]
    )


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("方案.docx", f"{SECRET}★10年\n关于某事"),
        ("方案.docx", f"第一行\n  {SECRET[0]} {SECRET[1]}  \n第三行"),
        ("方案.docx", f"密级：{SECRET}"),
        ("方案.docx", f"{SECRET} 5年"),
        (f"{SECRET}方案.docx", "正文"),
        ("秘密文件.pdf", ""),
        ("绝密.png", ""),
    ],
)
def test_a_mark_is_found(name: str, text: str) -> None:
    assert mark_of(name, text)


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("保守国家秘密工作总结.docx", "开展保守国家秘密宣传"),
        ("商业秘密保护.pdf", "不得泄露工作秘密"),
        ("总结.docx", "严守机密，做到守口如瓶"),
        ("总结.docx", "秘密年度检查、机密年份台账各一次"),
        ("统计表.xlsx", ""),
    ],
)
def test_speaking_of_secrets_is_no_mark(name: str, text: str) -> None:
    assert mark_of(name, text) == ""


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("木马.exe", b"MZ\x90\x00", "只收"),
        ("改名.pdf", b"MZ\x90\x00", "不一致"),
        ("改名.docx", b"%PDF-1.7", "改名.docx"),
        ("空.pdf", b"", "空的"),
        ("大.pdf", b"%PDF-" + b"0" * (20 * 1024 * 1024), "20 MB"),
        ("坏.png", b"\x89PNG\r\n\x1a\n" + b"0" * 50, "损坏"),
        ("坏.pdf", b"%PDF-1.7 nothing", "损坏"),
        ("宏.docx", docx(word__vbaProject="x"), "宏"),
        ("旧.doc", b"\xd0\xcf\x11\xe0", "只收"),
    ],
)
def test_what_may_not_come_in_is_named_with_what_to_do(name: str, data: bytes, told: str) -> None:
    with pytest.raises(NotAdmitted) as caught:
        screen(name, data)
    assert told in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.nodb
def test_a_pdf_is_read_in_a_child_and_an_encrypted_one_refused() -> None:
    assert screen("表.pdf", pdf()).mark == ""
    assert screen("表.pdf", pdf(title=f"{SECRET}★5年")).mark
    with pytest.raises(NotAdmitted, match="密码"):
        screen("表.pdf", pdf(password="a-1"))
    assert screen("图.png", png()).content_type == "image/png"


@contextmanager
def clamd(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A scanner on loopback that takes one stream and gives `answer`."""
    server = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def serve() -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            data = b""
            while size := struct.unpack(">I", stream.read(4))[0]:
                data += stream.read(size)
            got.append(data)
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}", got
    finally:
        thread.join(5)
        server.close()


@pytest.mark.nodb
def test_the_scanner_is_asked_where_one_is_configured(settings: object) -> None:
    data = b"x" * 150_000
    with clamd(b"stream: OK\0") as (address, got):
        settings.CLAMD_ADDRESS = address  # type: ignore[attr-defined]
        scan(data)
    assert got == [data]
    with clamd(b"stream: Eicar-Test-Signature FOUND\0") as (address, _):
        settings.CLAMD_ADDRESS = address  # type: ignore[attr-defined]
        with pytest.raises(Infected, match="Eicar"):
            scan(b"x")
    with pytest.raises(NotScanned):  # nobody listens there any more
        scan(b"x")
    settings.CLAMD_ADDRESS = ""  # type: ignore[attr-defined]
    scan(b"x")


@pytest.mark.django_db
def test_one_bad_file_keeps_no_other_out(world: World) -> None:
    taken = upload(world, ("图.png", png()), ("木马.exe", b"MZ"), ("..\\..\\方案.docx", docx()))
    assert [row.name for row in taken.evidence] == ["图.png", "方案.docx"]
    assert len(taken.sentences) == 1
    assert "木马.exe" in taken.sentences[0]
    again = upload(world, ("另一名.png", png()))
    assert again.evidence[0].pk == taken.evidence[0].pk, "the same bytes are kept once"
    with pytest.raises(NotAllowed):
        upload(world, ("图.png", png()), who="liuhe")


@pytest.mark.django_db
def test_a_marked_file_is_sealed_and_only_an_inspector_releases_it(world: World) -> None:
    name, data = "专项方案.docx", docx(f"{SECRET}★5年\n内容甲乙")
    taken = upload(world, (name, data))
    assert taken.evidence == []
    assert "立即停止上传" in taken.sentences[0]
    row = Evidence.objects.get()
    assert row.is_held
    assert row.file is not None
    assert name not in row.name
    sealed = files.read(row.file)
    assert data not in sealed
    assert "内容甲乙".encode() not in sealed
    event = AuditEvent.objects.get(action="evidence.quarantine")
    assert name not in f"{event.summary}{event.changes}{event.target_label}"
    item = make_tasks(world, 1).items[0]
    with pytest.raises(Invalid, match="隔离"):
        progress.save(
            by=actor(world, "caizheng"), place=place(world, item),
            entry=Entry("x", evidence=[row.pk]), version=0, on=APRIL,
        )  # fmt: skip
    for who, refusal in (("caizheng", NotAllowed), ("bangong", NotAllowed)):
        with pytest.raises(refusal):
            evidence.release(by=actor(world, who), evidence_id=row.pk, reason="误判")
    with pytest.raises(Invalid):
        evidence.release(by=actor(world, "jiwei"), evidence_id=row.pk, reason=" ")
    freed = evidence.release(by=actor(world, "jiwei"), evidence_id=row.pk, reason="核对原件")
    assert freed.name == name
    assert freed.file is not None
    assert files.read(freed.file) == data
    with pytest.raises((WrongState, NotFound)):
        evidence.release(by=actor(world, "jiwei"), evidence_id=row.pk, reason="再次")


@pytest.mark.django_db
def test_one_piece_serves_many_reports_and_is_dropped_not_deleted(world: World) -> None:
    items = make_tasks(world, 2).items
    by = actor(world, "caizheng")
    piece = upload(world, ("图.png", png())).evidence[0]
    named = evidence.refer(by=by, unit=world.units["县财政局"], name=" 局务会  第3次 ")
    assert evidence.refer(by=by, unit=world.units["县财政局"], name="局务会 第3次") == named
    rows = [
        progress.save(
            by=by, place=place(world, item), entry=Entry("x", evidence=[piece.pk, named.pk]),
            version=0, on=APRIL,
        )
        for item in items
    ]  # fmt: skip
    assert StoredFile.objects.filter(sha256=piece.digest).count() == 1
    progress.save(
        by=by, place=place(world, items[0]), entry=Entry("x", evidence=[named.pk]), version=1,
        on=APRIL,
    )  # fmt: skip
    found = evidence_of([row.pk for row in rows])
    assert [len(found[row.pk]) for row in rows] == [1, 2]
    assert ProgressEvidence.objects.filter(is_dropped=True).count() == 1
    assert not Evidence.objects.visible_to(world.users["bangong"]).exists(), "drafts are the unit's"


@pytest.mark.django_db
def test_more_time_is_asked_for_before_the_deadline_only(world: World) -> None:
    item: TaskItem = make_tasks(world, 1, due=date(2026, 4, 20)).items[0]
    by, unit = actor(world, "caizheng"), world.units["县财政局"]
    later = date(2026, 5, 20)
    for on, wanted, reason, refusal in (
        (date(2026, 4, 21), later, "征求意见", WrongState),
        (APRIL, date(2026, 4, 20), "征求意见", Invalid),
        (APRIL, date(2028, 4, 20), "征求意见", Invalid),
        (APRIL, later, " ", Invalid),
    ):
        with pytest.raises(refusal):
            extensions.ask(by=by, item=item, unit=unit, due_wanted=wanted, reason=reason, on=on)
    with pytest.raises(NotAllowed):
        extensions.ask(
            by=actor(world, "liuhe"), item=item, unit=unit, due_wanted=later, reason="x", on=APRIL
        )
    row = extensions.ask(
        by=by, item=item, unit=unit, due_wanted=later, reason="征求意见", on=date(2026, 4, 20)
    )
    with pytest.raises(Conflict):
        extensions.ask(by=by, item=item, unit=unit, due_wanted=later, reason="再要", on=APRIL)
    with pytest.raises(NotAllowed):
        extensions.decide(by=by, extension_id=row.pk, agree=True, on=APRIL)
    clerk = actor(world, "bangong")
    with pytest.raises(Invalid):
        extensions.decide(by=clerk, extension_id=row.pk, agree=False, on=APRIL)
    done = extensions.decide(by=clerk, extension_id=row.pk, agree=True, on=APRIL)
    item.refresh_from_db()
    assert item.due_on == later
    assert done.decided_by == world.users["bangong"]
    assert OutboxMessage.objects.filter(rule="extension.decide").count() == 1
    with pytest.raises(WrongState):
        extensions.decide(by=clerk, extension_id=row.pk, agree=False, opinion="x", on=APRIL)
    assert Extension.objects.count() == 1


@pytest.mark.django_db
def test_a_share_is_laid_reported_by_its_carrier_and_rolls_up(world: World) -> None:
    item = make_tasks(world, 1).items[0]
    unit, room = world.units["县财政局"], section(world)
    account(world, "gushi", Role.LIAISON, "综合股")
    by = actor(world, "caizheng")
    one = shares.add(
        by=by, item=item, unit=unit, plan=Plan("核对票据", section_id=room.pk), on=APRIL
    )
    shares.add(
        by=by, item=item, unit=unit,
        plan=Plan("起草办法", person_id=world.persons["黄志强"].pk), on=APRIL,
    )  # fmt: skip
    for plan in (
        Plan("x"),
        Plan(" ", section_id=room.pk),
        Plan("x", section_id=world.units["柳河镇"].pk),
        Plan("x", person_id=world.persons["吴霞"].pk),
    ):
        with pytest.raises(Invalid):
            shares.add(by=by, item=item, unit=unit, plan=plan, on=APRIL)
    with pytest.raises(NotAllowed):
        shares.add(
            by=actor(world, "liuhe"), item=item, unit=unit,
            plan=Plan("x", section_id=room.pk), on=APRIL,
        )  # fmt: skip
    done = shares.report(
        by=actor(world, "gushi"), share_id=one.pk, percent=80, note="核对完", version=1
    )
    with pytest.raises(Conflict) as caught:
        shares.report(by=by, share_id=one.pk, percent=10, note="", version=1)
    assert caught.value.details["theirs"]["percent"] == 80
    with pytest.raises(NotFound):
        shares.report(
            by=actor(world, "liuhe"), share_id=one.pk, percent=1, note="", version=done.version
        )
    with pytest.raises(NotAllowed):
        shares.report(
            by=actor(world, "bangong"), share_id=one.pk, percent=1, note="", version=done.version
        )
    assert shares_of([item.pk], [unit.pk])[item.pk, unit.pk] == {"count": 2, "percent": 40}
    with pytest.raises(Invalid):
        shares.drop(by=by, share_id=one.pk, reason="", version=done.version)
    shares.drop(by=by, share_id=one.pk, reason="合并办理", version=done.version)
    assert Share.objects.kept().count() == 1
    assert shares_of([item.pk], [unit.pk])[item.pk, unit.pk] == {"count": 1, "percent": 0}


@pytest.mark.django_db
def test_a_light_set_by_hand_wants_a_reason_and_is_on_the_trail(world: World) -> None:
    item = make_tasks(world, 1).items[0]
    by = actor(world, "bangong")
    for light, reason, version, refusal in (
        ("red", "", 1, Invalid), ("done", "x", 1, Invalid), ("", "x", 1, Invalid),
        ("red", "x", 9, Conflict),
    ):  # fmt: skip
        with pytest.raises(refusal):
            light_marks.set_light(by=by, item=item, light=light, reason=reason, version=version)
    with pytest.raises(NotAllowed):
        light_marks.set_light(
            by=actor(world, "caizheng"), item=item, light="green", reason="x", version=1
        )
    now = light_marks.set_light(by=by, item=item, light="red", reason="实地督查", version=1)
    event = AuditEvent.objects.get(action="task.light")
    assert (event.reason, event.changes[0]["after"]) == ("实地督查", "逾期")
    back = light_marks.set_light(by=by, item=now, light="", reason="已整改", version=2)
    assert (back.set_light, back.light_set_by) == ("", None)
