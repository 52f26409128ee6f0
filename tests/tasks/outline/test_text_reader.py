"""Plain texts in the encodings that offices produce."""

from __future__ import annotations

import pytest

from tasks.outline.readers import read, read_pasted
from tasks.outline.refusal import Refused

pytestmark = pytest.mark.nodb

PAPER = "一、总体要求\r\n坚持标本兼治，落实主体责任。\n\n（一）责任领导：\r责任人员：\u2028完"
LINES = ["一、总体要求", "坚持标本兼治，落实主体责任。", "", "（一）责任领导：", "责任人员：", "完"]


def lines(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in read(data, "文稿.TXT").paragraphs]


@pytest.mark.parametrize(
    ("codec", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("gb18030", b"", "gb18030"),
    ],
)
def test_encodings(codec: str, mark: bytes, name: str) -> None:
    data = mark + PAPER.encode(codec)
    assert lines(data) == LINES
    assert read(data, "a.txt").encoding == name


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("text", ["责任", "县", "abc", "1.", "㵘㙍𠮷甲乙丙丁戊己庚辛"])
def test_short_and_rare_texts(codec: str, text: str) -> None:
    assert lines(text.encode(codec)) == [text]


def test_anchors_are_line_numbers() -> None:
    assert [p.anchor for p in read("甲\n\n乙\n".encode(), "a.txt").paragraphs] == [0, 1, 2]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (bytes(range(256)) * 20, "binary_text"),
        (b"\x00\x01\x02\x03" * 100, "binary_text"),
        (("责任领导" * 200).encode()[:1999] + b"\xff\xfe" + ("乙" * 200).encode(), "text_broken"),
        (b"\xff\xfe" + "责任".encode("utf-16-le") + b"\x00", "text_broken"),
        (b"\xef\xbb\xbf\xff", "text_broken"),
        (b"PK\x03\x04abc", "mismatch"),
        (b"%PDF-1.7", "mismatch"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "mismatch"),
    ],
)
def test_refusals(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(data, "a.txt")
    assert refused.value.code == code


def test_pasted_text() -> None:
    found = read_pasted("\ufeff一、甲\r\n乙\x07\ud83d\n")
    assert found.kind == "text"
    assert [p.text for p in found.paragraphs] == ["一、甲", "乙\ufffd"]


def test_an_empty_paste_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        read_pasted(" \n ")
    assert refused.value.code == "empty_text"
