"""Every kind of unfit file is refused with its own sentence."""

from __future__ import annotations

import io
import re
import struct
import zipfile

import pytest

from tasks.outline import archive, gate
from tasks.outline.package import open_package
from tasks.outline.readers import read
from tasks.outline.refusal import Refused
from tasks.outline.sentences import REFUSALS

from . import docx_maker as d

pytestmark = pytest.mark.nodb

OLE = gate.OLE_MAGIC + bytes(600)
GOOD = d.make("一、总体要求")


def code_of(data: bytes, filename: str = "a.docx") -> str:
    with pytest.raises(Refused) as refused:
        read(data, filename)
    assert str(refused.value) == REFUSALS[refused.value.code]
    return refused.value.code


def with_part(name: str, content: bytes | str, *, relationships: str = "") -> bytes:
    return d.make("甲", more={name: content}, relationships=relationships)


def relation(kind: str, target: str, mode: str = "External") -> str:
    return (
        f'<Relationship Id="x" Type="{d.RELATION}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    )


def rezipped(change: object) -> bytes:
    """The good paper with one thing about its entries changed by `change(info, number)`."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(GOOD)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for number, info in enumerate(old.infolist()):
            content = old.read(info)
            change(info, number)  # type: ignore[operator]
            new.writestr(info, content)
    return out.getvalue()


@pytest.mark.parametrize("sentence", REFUSALS.values(), ids=REFUSALS.keys())
def test_every_sentence_says_what_to_do(sentence: str) -> None:
    assert "请" in sentence
    assert sentence.endswith("。")
    assert not re.search("[你您！!]|失败|错误|请您", sentence)
    assert sentence.count("。") == 1


@pytest.mark.parametrize(
    ("filename", "code"),
    [
        ("a.doc", "old_word"),
        ("a.wps", "old_wps"),
        ("a.XLS", "old_excel"),
        ("a.et", "old_et"),
        ("a.rtf", "rich_text"),
        ("a.pdf", "pdf"),
        ("a.docm", "macro"),
        ("a.csv", "comma_separated"),
        ("a.dotx", "template"),
        ("a.exe", "unknown_extension"),
        ("a", "no_extension"),
        (".docx", "no_extension"),
        ("", "no_extension"),
        ("目录.docx/", "no_extension"),
        ("a.docx.", "mismatch"),
        ("C:\\文稿\\a.docx ", "mismatch"),
    ],
)
def test_by_extension(filename: str, code: str) -> None:
    assert code_of(b"anything", filename) == code


@pytest.mark.parametrize(
    ("data", "filename", "code"),
    [
        (b"", "a.docx", "empty"),
        (b"PK\x03\x04" + bytes(gate.MAX_BYTES), "a.docx", "too_large"),
        (OLE, "a.docx", "old_renamed"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.docx", "encrypted"),
        (b"%PDF-1.7 ...", "a.docx", "pdf"),
        (b"{\\rtf1", "a.docx", "rich_text"),
        (bytes(5000), "a.docx", "damaged"),
        (b"<html>", "a.docx", "mismatch"),
        (GOOD, "a.xlsx", "mismatch"),
        (GOOD[:-30], "a.docx", "damaged"),
        (GOOD[: len(GOOD) // 2], "a.docx", "damaged"),
        (GOOD + b"%PDF-1.7", "a.docx", "damaged"),
        (b"x" + GOOD, "a.docx", "mismatch"),
        (b"PK\x03\x04 %PDF-1.7" + GOOD, "a.docx", "mismatch"),
        (d.package({"a.txt": b"x"}), "a.docx", "mismatch"),
        (d.package({"mimetype": b"application/vnd.oasis"}), "a.docx", "open_document"),
    ],
)
def test_magic_extension_and_content_agree(data: bytes, filename: str, code: str) -> None:
    assert code_of(data, filename) == code


XXE = '<!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "content",
    [
        XXE + "<a>&e;</a>",
        '<?xml version="1.0"?>\n<!-- x -->' + XXE + "<a/>",
        ('<?xml version="1.0" encoding="utf-16"?>' + XXE + "<a/>").encode("utf-16"),
        (XXE + "<a/>").encode("utf-16-le"),
        (XXE + "<a/>").encode("utf-32"),
        b"\xef\xbb\xbf" + XXE.encode() + b"<a/>",
    ],
)
@pytest.mark.parametrize("name", ["word/styles2.xml", "customXml/item1.xml", "word/x.bin"])
def test_a_dtd_in_any_part(content: str | bytes, name: str) -> None:
    assert code_of(with_part(name, content)) == "doctype"


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>',
        b'<?xml version="1.0" encoding="cp037"?><a/>',
        b'<?xml version="1.0" encoding="gb18030"?><a/>',
        b"<a>\xff</a>",
        b"<a>\x00</a>",
    ],
)
def test_other_encodings_of_xml(content: bytes) -> None:
    assert code_of(with_part("word/x.xml", content)) == "xml_encoding"


def test_a_document_in_utf_16_is_read() -> None:
    contents = d.parts(d.paragraph("甲乙"))
    text = contents["word/document.xml"].decode().replace("UTF-8", "UTF-16")
    contents["word/document.xml"] = text.encode("utf-16")
    assert [p.text for p in read(d.package(contents), "a.docx").paragraphs] == ["甲乙"]


@pytest.mark.parametrize(
    ("kind", "target", "code"),
    [
        ("attachedTemplate", "file:///C:/a.dot", "external"),
        ("image", "http://example.org/a.png", "external"),
        ("frame", "http://example.org/", "external"),
        ("oleObject", "http://example.org/", "embedded"),
        ("hyperlink", "file:///C:/a.docx", "hyperlink"),
        ("hyperlink", "\\\\server\\share", "hyperlink"),
        ("hyperlink", "//server/share", "hyperlink"),
        ("hyperlink", "javascript:alert(1)", "hyperlink"),
    ],
)
def test_external_relationships(kind: str, target: str, code: str) -> None:
    assert code_of(d.make("甲", relationships=relation(kind, target))) == code


@pytest.mark.parametrize(
    "target", ["http://www.gov.cn/", "HTTPS://a.cn", "mailto:a@b.cn", "#_Toc1", "附件1.docx"]
)
def test_ordinary_hyperlinks_are_let_in(target: str) -> None:
    assert read(d.make("甲", relationships=relation("hyperlink", target)), "a.docx")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("word/vbaProject.bin", b"x", "macro"),
        ("word/embeddings/oleObject1.bin", b"x", "embedded"),
        ("word/activeX/activeX1.xml", b"<a/>", "embedded"),
        ("xl/externalLinks/externalLink1.xml", b"<a/>", "external"),
        ("word/media/image1.png", GOOD, "nested"),
        ("word/media/image1.png", OLE, "nested"),
        ("../evil.xml", b"<a/>", "entry_name"),
        ("/etc/passwd", b"x", "entry_name"),
        ("word\\x.xml", b"<a/>", "entry_name"),
        ("C:/x.xml", b"<a/>", "entry_name"),
        ("WORD/document.xml", b"<a/>", "entry_name"),
        ("word/bomb.xml", b"<a>" + b" " * 3_000_000 + b"</a>", "ratio"),
    ],
)
def test_parts_that_are_refused(name: str, content: bytes, code: str) -> None:
    assert code_of(with_part(name, content)) == code


def test_macro_by_content_type_and_strict_documents() -> None:
    contents = d.parts(d.paragraph("甲"))
    types = contents["[Content_Types].xml"]
    macro = types.replace(
        b"vnd.openxmlformats-officedocument.wordprocessingml.document.main",
        b"vnd.ms-word.document.macroEnabled.main",
    )
    assert code_of(d.package({**contents, "[Content_Types].xml": macro})) == "macro"
    template = types.replace(b"document.main", b"template.main")
    assert code_of(d.package({**contents, "[Content_Types].xml": template})) == "template"
    strict = contents["word/document.xml"].replace(
        d.W_SPACE.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main"
    )
    assert code_of(d.package({**contents, "word/document.xml": strict})) == "strict"


def test_too_many_entries() -> None:
    many: dict[str, bytes | str] = {f"word/media/{n}.txt": b"" for n in range(2_000)}
    assert code_of(d.make("甲", more=many)) == "too_many_entries"


def test_too_much_when_inflated() -> None:
    # Just compressible enough to pass the ratio, eleven times ten megabytes.
    block = (bytes(range(256)) * 4 + bytes(40_000)) * 250
    many: dict[str, bytes | str] = {f"word/media/{n}.bin": block for n in range(11)}
    assert code_of(d.make("甲", more=many)) in ("inflated", "ratio")


def test_a_symlink_and_an_encrypted_entry() -> None:
    def symlink(info: zipfile.ZipInfo, number: int) -> None:
        info.create_system = 3
        info.external_attr = 0o120777 << 16 if number == 1 else 0

    assert code_of(rezipped(symlink)) == "entry_name"
    flagged = bytearray(GOOD)
    flagged[GOOD.index(b"PK\x01\x02") + 8] |= 1
    assert code_of(bytes(flagged)) == "encrypted"


def test_a_lying_size_is_found() -> None:
    for offset, fmt in ((24, "<L"), (20, "<L"), (16, "<L"), (42, "<L")):
        lying = bytearray(GOOD)
        at = GOOD.index(b"PK\x01\x02") + offset
        (value,) = struct.unpack_from(fmt, GOOD, at)
        struct.pack_into(fmt, lying, at, value + 7)
        assert code_of(bytes(lying)) in ("damaged", "entry_layout")


def test_overlapping_entries() -> None:
    """The first entry's bytes are made to reach into the second's."""
    overlapping = bytearray(GOOD)
    at = GOOD.index(b"PK\x01\x02")
    for place in (at + 20, 18):  # packed size, in the directory and in the local header
        (value,) = struct.unpack_from("<L", GOOD, place)
        struct.pack_into("<L", overlapping, place, value + 40)
    assert code_of(bytes(overlapping)) == "entry_layout"


def test_a_part_with_too_many_marks() -> None:
    many = "<w:p/>" * 1_000_000 + "<w:tbl/>" * 700_000
    data = d.package(d.parts(many), method=zipfile.ZIP_STORED)
    assert code_of(data) == "too_complex"


def test_deep_nesting_is_broken_not_fatal() -> None:
    deep = "<w:sdt><w:sdtContent>" * 5_000 + "<w:p/>" + "</w:sdtContent></w:sdt>" * 5_000
    assert code_of(d.make(deep)) == "xml_broken"


def test_a_paper_without_any_text() -> None:
    assert code_of(d.make("<w:p/>")) == "no_text"


def test_an_honest_paper_of_many_pages_passes() -> None:
    body = [
        f"（{n}）各部门要结合实际抓好第{n * 7919 % 1000}项工作，责任单位：" for n in range(5_000)
    ]
    data = d.make(*body)
    entry = next(e for e in archive.entries(data) if e.name == "word/document.xml")
    assert entry.info.file_size > archive.RATIO_FREE_SIZE / 2
    assert len(read(data, "a.docx").paragraphs) == 5_000


def test_too_much_xml_in_many_parts() -> None:
    block = b"<a>" + bytes(range(97, 123)) * 400_000 + b"</a>"
    contents = d.parts("<w:p/>") | {f"customXml/item{n}.xml": block for n in range(5)}
    packed = d.package(contents, method=zipfile.ZIP_STORED)
    assert len(packed) > gate.MAX_BYTES  # stored it is too large to upload anyway
    with pytest.raises(Refused) as refused:
        open_package(packed, "docx")
    assert refused.value.code == "too_complex"


class Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *arguments: object) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


@pytest.mark.parametrize("zip64", [False, True])
@pytest.mark.parametrize("streamed", [False, True])
def test_archives_of_streaming_writers_and_zip64_are_read(zip64: bool, streamed: bool) -> None:
    out = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in d.parts(d.paragraph("甲")).items():
            with packed.open(name, "w", force_zip64=zip64) as entry:
                entry.write(content)
    assert [p.text for p in read(out.getvalue(), "a.docx").paragraphs] == ["甲"]
