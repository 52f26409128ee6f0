"""存证点报送: what goes to the inspectors' machine, how it is kept, what it then proves."""

from __future__ import annotations

import json
import mailbox
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outgoing
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.channels import inspectors
from accountability.checks import checkpoints_have_somewhere_to_go
from accountability.door import Actor
from accountability.jobs import entry
from accountability.ledger import keeper, standalone
from accountability.models import AuditEvent, CheckpointCopy, County, Job, LedgerLink
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import checkpoint_copies, evidence, jobs
from accountability.trail import checkpoints
from tests.accountability.ledger.test_verify import behind_its_back, rename
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = "jiwei@example.gov.cn"


def actor(world: World, name: str) -> Actor:
    user = world.users[name]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


def sign(book: World, name: str) -> Client:
    client = Client()
    client.force_login(book.users[name])
    return client


def another(book: World, name: str) -> None:
    """One more checkpoint, after one more change."""
    rename(book.units["县审计局"], name)
    assert checkpoints.write(cause="定时")


def run() -> dict[str, int]:
    """The reconciler's turn and the job that it asked for."""
    checkpoint_copies.keep_going(now=timezone.now())
    if not CheckpointCopy.objects.due(now=timezone.now()).exists():
        return {}
    with transaction.atomic():  # the reconciler asks for one job in twenty seconds
        job = checkpoint_copies.ask(key=f"test:{Job.objects.count()}")
    done = jobs.run(job.pk)
    assert done is not None
    assert done.state == "done", done.error
    return dict(done.result)


def states() -> list[tuple[int, str]]:
    return list(CheckpointCopy.objects.order_by("id").values_list("number", "state"))


def all_due() -> None:
    CheckpointCopy.objects.update(run_after=timezone.now())


@pytest.fixture
def kept(outside: Path, settings: Any) -> Iterator[Path]:
    """The file of an inspectors' machine on loopback, which the portal is set to post to."""
    path = outside / "kept.jsonl"
    machine = keeper.server(str(path), "127.0.0.1", 0)
    machine.RequestHandlerClass.log_message = lambda *_: None
    thread = threading.Thread(target=machine.serve_forever, daemon=True)
    thread.start()
    settings.CHECKPOINT_RECIPIENTS = (f"http://127.0.0.1:{machine.server_port}/in?key=tajny",)
    yield path
    machine.shutdown()
    machine.server_close()
    thread.join()


class Answering:
    """A machine that answers every post with one status and keeps nothing."""

    def __init__(self, status: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing on the test's output."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        return self.address

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


# --- sending -----------------------------------------------------------------
def test_each_checkpoint_is_posted_once_as_it_stands_in_the_file(
    book: World, outside: Path, kept: Path
) -> None:
    checkpoints.write(cause="定时")
    assert run() == {"sent": 1}
    assert run() == {}
    another(book, "甲")
    another(book, "乙")  # two between two turns: none is passed over
    assert checkpoint_copies.keep_going(now=timezone.now()) == 2
    assert checkpoint_copies.keep_going(now=timezone.now()) == 0
    assert run() == {"sent": 2}
    assert states() == [(1, "sent"), (2, "sent"), (3, "sent")]
    assert kept.read_text() == (outside / "checkpoints.jsonl").read_text()


def test_a_new_recipient_begins_with_the_latest(book: World, kept: Path) -> None:
    checkpoints.write(cause="定时")
    another(book, "甲")
    assert run() == {"sent": 1}
    assert [json.loads(line)["number"] for line in kept.read_text().splitlines()] == [2]


def test_a_mail_holds_the_checkpoint_and_nothing_else(
    book: World, outside: Path, settings: Any
) -> None:
    settings.MAIL_IS_SET, settings.CHECKPOINT_RECIPIENTS = True, (MAIL,)
    checkpoints.write(cause="定时")
    assert run() == {"sent": 1}
    (message,) = outgoing.outbox
    assert message.to == [MAIL]
    assert message.subject == f"[{settings.PORTAL_NAME}] 存证点 1"
    assert message.body == (outside / "checkpoints.jsonl").read_text()
    values = json.loads(message.body)
    assert set(values) == {"number", "at", "cause", "heads", "previous", "key", "signature"}
    assert {key for head in values["heads"] for key in head} == {"chain", "seq", "link", "sm3"}
    assert book.county.name not in message.body
    # Out of the inspectors' mailbox it is the same line again.
    box = mailbox.mbox(str(outside / "mbox"))
    for _ in range(2):  # delivered twice
        box.add(message.message().as_bytes())
    box.add("Subject: x\n\n别的邮件\n".encode())
    box.close()
    file = outside / "kept.jsonl"
    assert keeper.main([str(file), "--mbox", str(outside / "mbox")]) == 0
    assert file.read_text() == (outside / "checkpoints.jsonl").read_text()
    assert keeper.keep_mailbox(str(file), str(outside / "mbox")) == (0, 2, 1)


def test_the_checkpoint_never_waits_for_its_copies(
    book: World, outside: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHECKPOINT_RECIPIENTS = ("http://127.0.0.1:1/",)

    def broken(**_: Any) -> int:
        raise RuntimeError("no copies today")

    monkeypatch.setattr(checkpoint_copies, "keep_going", broken)
    with pytest.raises(RuntimeError):
        entry.reconcile()
    assert checkpoints.latest() is not None
    monkeypatch.undo()
    settings.CHECKPOINT_RECIPIENTS = ("http://127.0.0.1:1/",)
    settings.LEDGER_CHECKPOINT_FILE = str(outside / "checkpoints.jsonl")
    assert run() == {"waiting": 1}
    another(book, "甲")
    assert checkpoints.latest().number == 2  # type: ignore[union-attr]


def test_a_machine_that_was_away_gets_all_of_it_later(
    book: World, kept: Path, settings: Any
) -> None:
    there = settings.CHECKPOINT_RECIPIENTS
    settings.CHECKPOINT_RECIPIENTS = ("http://127.0.0.1:1/",)
    key = inspectors.recipients()[0].key
    checkpoints.write(cause="定时")
    for name in "甲乙丙丁戊己":
        run()
        another(book, name)
        all_due()
    assert {state for _, state in states()} == {"waiting"}  # however often it was tried
    row = CheckpointCopy.objects.earliest("id")
    assert row.attempts > 5
    assert "连接不上" in row.error
    settings.CHECKPOINT_RECIPIENTS = there
    CheckpointCopy.objects.filter(recipient=key).update(
        recipient=inspectors.recipients()[0].key, run_after=timezone.now()
    )
    assert run() == {"sent": 7}
    assert [json.loads(line)["number"] for line in kept.read_text().splitlines()] == [*range(1, 8)]


@pytest.mark.parametrize(
    ("status", "state"), [(404, "failed"), (302, "failed"), (503, "waiting"), (500, "unsure")]
)
def test_what_the_machine_answers(book: World, settings: Any, status: int, state: str) -> None:
    with Answering(status) as address:
        settings.CHECKPOINT_RECIPIENTS = (address,)
        checkpoints.write(cause="定时")
        assert run() == {state: 1}


def test_what_lost_its_worker_is_to_be_verified_and_goes_again_by_hand_alone(
    book: World, kept: Path
) -> None:
    checkpoints.write(cause="定时")
    now = timezone.now()
    checkpoint_copies.keep_going(now=now)
    assert checkpoint_copies.claim(now=timezone.now()) is not None  # and the worker died
    checkpoint_copies.keep_going(now=now + timedelta(minutes=9))
    assert states() == [(1, "unsure")]
    assert run() == {}
    page = sign(book, "xitong").get(reverse("settings_sending")).content.decode()
    assert "http://127.0.0.1:" in page
    assert "重新报送 1 个" in page
    assert "tajny" not in page + "".join(
        str(v) for row in CheckpointCopy.objects.values_list() for v in row
    )
    (recipient,) = inspectors.recipients()
    with pytest.raises(NotAllowed):
        checkpoint_copies.send_again(by=actor(book, "bangong"), recipient=recipient.key)
    with pytest.raises(Invalid, match="没有这个接收方"):
        checkpoint_copies.send_again(by=actor(book, "xitong"), recipient="x")
    answer = sign(book, "xitong").post(reverse("checkpoints_again"), {"recipient": recipient.key})
    assert answer.status_code == 302
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.user) == ("outbox.checkpoints", book.users["xitong"])
    assert run() == {"sent": 1}
    with pytest.raises(WrongState, match="没有未送达"):
        checkpoint_copies.send_again(by=actor(book, "xitong"), recipient=recipient.key)
    page = sign(book, "xitong").get(reverse("settings_sending")).content.decode()
    assert "第 1 个" in page


def test_who_is_no_longer_set_gets_nothing(book: World, kept: Path, settings: Any) -> None:
    checkpoints.write(cause="定时")
    checkpoint_copies.keep_going(now=timezone.now())
    settings.CHECKPOINT_RECIPIENTS = ()
    assert run() == {}  # the job passed it over
    assert states() == [(1, "withheld")]
    assert not kept.exists()


# --- the setting ----------------------------------------------------------------
@pytest.mark.nodb
@pytest.mark.parametrize(
    ("entries", "has_mail", "told"),
    [
        ((MAIL, "https://10.0.0.9:8443/in", "http://10.0.0.9/"), True, []),
        ((MAIL,), False, ["第 1 项是电子邮箱，但没有设置邮件服务器"]),
        (("10.0.0.9:8443",), True, ["第 1 项既不是电子邮箱"]),
        (("ftp://10.0.0.9/",), True, ["第 1 项须写作 http(s)"]),
        (("https://u:tajny@10.0.0.9/",), True, ["不得含账号口令"]),
        (("http://10.0.0.9/#a",), True, ["片段"]),
        ((MAIL, MAIL), True, ["第 2 项重复"]),
    ],
)
def test_nonsense_in_the_setting_is_told(
    settings: Any, entries: tuple[str, ...], has_mail: bool, told: list[str]
) -> None:
    settings.CHECKPOINT_RECIPIENTS, settings.MAIL_IS_SET = entries, has_mail
    found = [error.msg for error in checkpoints_have_somewhere_to_go(None)]
    assert len(found) == len(told)
    for said, words in zip(found, told, strict=True):
        assert words in said
        assert "tajny" not in said


# --- what the copies prove --------------------------------------------------------
def test_verification_takes_the_kept_file(
    book: World, outside: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoints.write(cause="定时")
    another(book, "甲")
    run()
    another(book, "乙")
    run()
    call_command("verify_ledger", "--checkpoints", str(kept))
    assert "检查机留存的 2 个存证点一致" in capsys.readouterr().out
    # Out of order, and one missing: what was told still counts.
    lines = kept.read_text().splitlines()
    kept.write_text("\n".join(reversed(lines)) + "\n")
    call_command("verify_ledger", "--checkpoints", str(kept))
    with pytest.raises(CommandError, match="没有找到"):
        call_command("verify_ledger", "--checkpoints", str(outside / "none"))
    (outside / "wrong").write_text("x\n")
    with pytest.raises(CommandError, match="不是存证点"):
        call_command("verify_ledger", "--checkpoints", str(outside / "wrong"))


def test_a_book_cut_with_its_own_files_shows_against_the_kept_one(
    book: World, outside: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who holds the machine takes an older state of everything; the inspectors' file remains."""
    own, witness = outside / "checkpoints.jsonl", outside / "links.txt"
    checkpoints.write(cause="定时")
    run()
    before = own.read_text(), witness.read_text()
    links = set(LedgerLink.objects.values_list("id", flat=True))
    another(book, "甲")
    run()
    own.write_text(before[0])
    witness.write_text(before[1])
    gone = [pk for pk in LedgerLink.objects.values_list("id", flat=True) if pk not in links]
    with behind_its_back() as cursor:
        cursor.execute(f"DELETE FROM accountability_ledgerlink WHERE id >= {min(gone)}")
        cursor.execute(
            "DELETE FROM accountability_ledgerrow WHERE id NOT IN "
            "(SELECT row_id FROM accountability_ledgerlink)"
        )
        for column, last in (("seq", "max(seq)"), ("hash", "hash")):
            where = "" if column == "seq" else "AND l.seq = accountability_ledgerhead.seq"
            cursor.execute(
                f"UPDATE accountability_ledgerhead SET {column} = (SELECT {last} "
                "FROM accountability_ledgerlink l "
                f"WHERE l.chain = accountability_ledgerhead.chain {where})"
            )
    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--checkpoints", str(kept), "--json")
    said = "".join(f["what"] for f in json.loads(capsys.readouterr().out)["faults"])
    assert "检查机留存的第 2 个存证点在存证点文件中缺失" in said
    assert "截断" in said


def test_a_forged_copy_and_a_changed_checkpoint_are_named(
    book: World, outside: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoints.write(cause="定时")
    run()
    good = kept.read_text()
    kept.write_text(good.replace("定时", "另外"))
    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--checkpoints", str(kept))
    assert "检查机留存的第 1 个存证点的签名不正确" in capsys.readouterr().out
    # Whoever holds the key signs another first checkpoint in the portal's own file.
    (outside / "checkpoints.jsonl").unlink()
    checkpoints.write(cause="补写")
    kept.write_text(good)
    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--checkpoints", str(kept))
    assert "检查机留存的第 1 个存证点与存证点文件不一致" in capsys.readouterr().out


def test_the_stand_alone_verifier_takes_the_kept_file(
    book: World, outside: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoints.write(cause="定时")
    run()
    package = outside / "package.zip"
    package.write_bytes(
        evidence.package(
            county_id=book.county.pk,
            county_name=book.county.name,
            events=list(AuditEvent.objects.all()),
            purpose="核查",
            asker="x",
            parameters={},
            progress=lambda *_: None,  # type: ignore[arg-type]
        )
    )
    command = [str(package), "--key", checkpoints.public_key(), "--checkpoints"]
    assert standalone.main([*command, str(kept)]) == 0
    assert "检查机留存的存证点：1 个，签名正确" in capsys.readouterr().out
    another(book, "甲")  # kept later than the package was made
    run()
    assert standalone.main([*command, str(kept)]) == 0
    assert "其后的记录不在本包范围" in capsys.readouterr().out
    (outside / "checkpoints.jsonl").unlink()
    forged = checkpoints.write(cause="补写")
    assert forged is not None
    (outside / "forged").write_text(forged.line() + "\n")
    assert standalone.main([*command, str(outside / "forged")]) == 1
    assert "第 1 个存证点：与证据包中的不一致" in capsys.readouterr().out
    (outside / "empty").write_text("\n")
    assert standalone.main([*command, str(outside / "empty")]) == 1


# --- the inspectors' machine --------------------------------------------------------
def test_what_is_no_checkpoint_is_not_kept_and_two_of_one_number_are(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    line = '{"at":"","cause":"","heads":[],"key":"","number":1,"previous":"","signature":"%s"}'
    for wrong in ("", "x", "[]", '{"number": 1}'):
        with pytest.raises(ValueError, match=r"."):
            keeper.keep(str(file), wrong)
    assert not file.exists()
    assert keeper.keep(str(file), line % "aa")
    assert not keeper.keep(str(file), json.dumps(json.loads(line % "aa"), indent=2))
    assert keeper.keep(str(file), line % "bb")
    with file.open("a") as torn:
        torn.write('{"half')
    assert keeper.keep(str(file), line % "cc")
    assert file.read_text().splitlines() == [line % "aa", line % "bb", '{"half', line % "cc"]
    assert keeper.main([str(file)]) == 2
    assert not County.objects.exists()  # it knows no portal
