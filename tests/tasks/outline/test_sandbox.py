"""A file is read in a child that cannot take the portal with it."""

from __future__ import annotations

import json
import time
from datetime import date

import pytest

from tasks.outline import sandbox, wire
from tasks.outline.fill_docx import Entry, NewLine, fill
from tasks.outline.model import FoundItem, FoundSlot, Outline, Place, SlotKind
from tasks.outline.readers import read
from tasks.outline.refusal import Refused
from tasks.outline.sandbox import fill_in_child, read_in_child
from tasks.outline.source import Source

from . import docx_maker as d

pytestmark = pytest.mark.nodb

PAPER = d.make("一、总体要求", d.table([d.cell("责任领导"), d.cell()]))


def refused_code(*arguments: object, **keywords: object) -> str:
    with pytest.raises(Refused) as refused:
        read_in_child(*arguments, **keywords)  # type: ignore[arg-type]
    return refused.value.code


def with_command(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Lets the child run `code` instead of reading."""
    command = [*sandbox._COMMAND]
    command[command.index(sandbox._START)] = (
        "import sys; sys.path[:0] = sys.argv[1:]; from tasks.outline import child\n" + code
    )
    monkeypatch.setattr(sandbox, "_COMMAND", command)


def test_the_child_reads_what_the_reader_reads() -> None:
    assert read_in_child(PAPER, "a.docx") == read(PAPER, "a.docx")


def test_it_starts_quickly() -> None:
    read_in_child(PAPER, "a.docx")
    took = []
    for _ in range(3):
        began = time.monotonic()
        read_in_child(PAPER, "a.docx")
        took.append(time.monotonic() - began)
    assert min(took) < 0.5  # 0.05 s on an idle machine


def test_the_child_fills_what_the_filler_fills() -> None:
    entries = [Entry(0, 2, 2, "<王>\ud800\n李")]
    lines = [NewLine(0, "新")]
    assert fill_in_child(PAPER, entries, lines) == fill(PAPER, entries, lines)
    with pytest.raises(ValueError, match="no paragraph 99"):
        fill_in_child(PAPER, [Entry(99, 0, 0, "x")])
    with pytest.raises(Refused):
        fill_in_child(PAPER[:-1], entries)


def test_refusals_come_through_with_sentence_and_code() -> None:
    assert refused_code(PAPER[:-9], "a.docx") == "damaged"
    assert refused_code(b"x", "a.doc") == "old_word"
    assert refused_code("正文".encode() * 3, "a\ud800.docx") == "mismatch"


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("import time; time.sleep(30)", "timeout"),
        ("sys.stdin.buffer.read(); import time; time.sleep(30)", "timeout"),
        ("child.CPU_SECONDS = 1; child._limit_itself()\nwhile True: pass", "timeout"),
        ("child._limit_itself(); x = bytearray(2 << 30)", "crashed"),
        ("child.read = lambda *a: bytearray(2 << 30)\nchild.main()", "memory"),
        ("child._limit_itself(); open('/dev/shm/x', 'w').write('x' * 99999)", "crashed"),
        ("import os; os.kill(os.getpid(), 11)", "crashed"),
        ("raise SystemExit(3)", "crashed"),
        ("print('garbage')", "crashed"),
        ("print('[]')", "crashed"),
        ("print('{}')", "crashed"),
        ("print('{\"source\":[1,2,3]}')", "crashed"),
        ("print('{\"refused\":[1,2]}')", "crashed"),
        ("print('[' * 100000)", "crashed"),
        ("while True: sys.stdout.write('x' * 1000000)", "too_complex"),
    ],
)
def test_whatever_happens_is_one_refusal(
    monkeypatch: pytest.MonkeyPatch, code: str, refusal: str
) -> None:
    with_command(monkeypatch, code)
    assert refused_code(PAPER, "a.docx", timeout=2.5) == refusal


def test_a_mistake_in_the_program_is_logged_by_kind_and_place(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    code = "def broken(*a): raise KeyError('the text of the paper')\n"
    with_command(monkeypatch, code + "child.read = broken\nchild.main()")
    assert refused_code(PAPER, "a.docx") == "crashed"
    assert "KeyError in broken" in caplog.text
    assert "the text" not in caplog.text


def test_the_child_has_no_environment_and_few_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "x")
    with_command(
        monkeypatch,
        "import os, json; child._limit_itself(); names = sorted(os.environ)\n"
        "def count():\n"
        "    held = []\n"
        "    try:\n"
        "        while True: held.append(os.open('/dev/null', 0))\n"
        "    except OSError: return len(held)\n"
        "print(json.dumps({'refused': [f'{names} {count()}', 'told']}))",
    )
    with pytest.raises(Refused) as refused:
        read_in_child(PAPER, "a.docx")
    names, _, count = str(refused.value).rpartition(" ")
    assert "SECRET_KEY" not in names
    assert int(count) <= 8


def test_an_outline_travels_unchanged() -> None:
    place = Place(3, 0, 9, None)
    slot = FoundSlot(SlotKind.LEAD_UNIT, "牵头部门", ["县财政局"], place, Place(3, 5, 9, 4), 0.5)
    item = FoundItem("三（二）1", "标题", "文", place, slots=[slot], due=date(2026, 6, 30))
    outline = Outline("意见", 2026, [], [item], [], [], has_slots=True)
    packed = json.loads(json.dumps(wire.pack(outline)))
    assert wire.unpack(Outline, packed) == outline


def test_a_value_of_another_type_is_no_source() -> None:
    packed = wire.pack(read(PAPER, "a.docx"))
    assert wire.unpack(Source, packed) == read(PAPER, "a.docx")
    packed[1][0][1] = 5
    with pytest.raises(TypeError):
        wire.unpack(Source, packed)
