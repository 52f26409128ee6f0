"""Hostile inputs made from a seed: damaged, lying, bloated and mislabelled papers.

`inputs(seed, count)` yields (name of the generator, data, filename); the same seed
gives the same inputs.
"""

from __future__ import annotations

import io
import random
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator

import openpyxl

from . import docx_maker as d

Made = tuple[bytes, str]
Generator = Callable[[random.Random], Made]

LABELS = [
    *("责任领导：", "责任人员：", "牵头单位：", "责任单位：", "一、", "（一）"),
    *("1．", "（—）", "（10)", "第三条", "6月底前"),
]
ODD = "\u202e\u200b\ufeff\u2028\x85\u3000𠮷㙍閣户戶戸﹏Ａ①㊀⑴\ud83d\udfff\x00\x1a"
XXE = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
LAUGHS = "<!DOCTYPE a [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
)


def words(rng: random.Random, length: int = 12) -> str:
    return "".join(
        rng.choice(LABELS) if rng.random() < 0.3 else chr(rng.randrange(0x4E00, 0x9FA0))
        for _ in range(rng.randrange(length))
    )


def blocks(rng: random.Random, count: int = 12) -> list[str]:
    made: list[str] = []
    for _ in range(rng.randrange(1, count)):
        choice = rng.randrange(7)
        if choice == 0:
            made.append(d.numbered(words(rng), rng.randrange(4), rng.randrange(10)))
        elif choice == 1:
            made.append(d.paragraph("正", d.text_box(d.paragraph(words(rng)), d.paragraph())))
        elif choice == 2:
            made.append(d.table(*(merged_row(rng) for _ in range(rng.randrange(1, 5)))))
        elif choice == 3:
            made.append(d.paragraph(*tracked(rng)))
        elif choice == 4:
            made.append(f"<w:sdt><w:sdtContent>{d.paragraph(words(rng))}</w:sdtContent></w:sdt>")
        else:
            made.append(d.paragraph(d.run(words(rng, 30) + rng.choice(["", "\n", "\t"]))))
    return made


def merged_row(rng: random.Random) -> list[str]:
    return [
        d.cell(
            *(words(rng) or "空" for _ in range(rng.randrange(3))),
            span=rng.choice([1, 1, 2, 7]),
            merge=rng.choice([None, None, "restart", "continue"]),
        )
        for _ in range(rng.randrange(1, 5))
    ]


def tracked(rng: random.Random) -> list[str]:
    tags = ["ins", "del", "moveFrom", "moveTo", "hyperlink", "smartTag", "fldSimple", "bdo"]
    return [
        f"<w:{tag}>{d.run(words(rng) or '字')}</w:{tag}>"
        for tag in rng.choices(tags, k=rng.randrange(1, 5))
    ]


def numbering(rng: random.Random) -> str:
    formats = ["decimal", "chineseCounting", "upperRoman", "bullet", "none", "nonsense"]
    levels = "".join(
        d.level(
            n,
            rng.choice(formats),
            rng.choice(["%1、", "（%2）", "%1.%2.%9", "", "%%1", "第%1条"]),
            start=rng.choice([0, 1, -5, 10**9]),
            extra=rng.choice(["", "<w:isLgl/>", "<w:lvlRestart w:val='0'/>"]),
        )
        for n in range(rng.randrange(10))
    )
    return d.numbering({0: levels}, {1: (0, ""), 2: (0, d.restart(0, 3)), 3: (7, "")})


def paper(rng: random.Random) -> dict[str, bytes]:
    return d.parts("".join(blocks(rng)), numbering_xml=numbering(rng))


def flipped(rng: random.Random, data: bytes, most: int = 12) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.randrange(1, most)):
        at = rng.randrange(len(damaged))
        choice = rng.randrange(4)
        if choice == 0:
            damaged[at] ^= 1 << rng.randrange(8)
        elif choice == 1:
            damaged[at] = rng.randrange(256)
        elif choice == 2:
            del damaged[at : at + rng.randrange(1, 20)]
        else:
            damaged[at:at] = rng.randbytes(rng.randrange(1, 9))
        if not damaged:
            damaged = bytearray(b"\0")
    return bytes(damaged)


def docx_bytes(rng: random.Random) -> Made:
    return flipped(rng, d.package(paper(rng))), "a.docx"


def docx_stored_bytes(rng: random.Random) -> Made:
    """Flips that reach the XML: stored entries with their checksums set right again."""
    contents = paper(rng)
    name = rng.choice([n for n in contents if n != "[Content_Types].xml"])
    contents[name] = flipped(rng, contents[name], 4)
    return d.package(contents), "a.docx"


def docx_structure(rng: random.Random) -> Made:
    """Tags of a sound document shuffled, doubled, dropped, their values made senseless."""
    contents = paper(rng)
    text = contents["word/document.xml"].decode()
    for _ in range(rng.randrange(1, 6)):
        spans = [m.span() for m in re.finditer(r"<w:(\w+)[^<>]*?(/>|>[^<]*</w:\1>)", text)]
        if not spans:
            break
        start, end = rng.choice(spans)
        piece = text[start:end]
        change = rng.choice(["", piece * 2, piece * 40, f"<w:p>{piece}</w:p>", f"<!--{piece}-->"])
        text = text[:start] + change + text[end:]
    text = re.sub(
        r'w:val="[^"]*"',
        lambda m: rng.choice([m[0]] * 9 + ['w:val="-1"', 'w:val="99999999999"', 'w:val="甲"']),
        text,
    )
    contents["word/document.xml"] = text.encode()
    return d.package(contents), "a.docx"


def docx_shape(rng: random.Random) -> Made:
    """Sizes and depths that no office makes."""
    n = rng.choice([3, 50, 200, 3_000])
    deep = min(n, 400)
    body = rng.choice(
        [
            lambda: "<w:sdt><w:sdtContent>" * deep + "<w:p/>" + "</w:sdtContent></w:sdt>" * deep,
            lambda: d.paragraph("<w:ins>" * deep + d.run("字") + "</w:ins>" * deep),
            lambda: d.paragraph(*(d.run("字") for _ in range(n * 5))),
            lambda: "<w:tbl><w:tr><w:tc>" * deep + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * deep,
            lambda: d.table(*([d.cell(span=n), d.cell("甲", merge="continue")] for _ in range(n))),
            lambda: d.paragraph(*(d.text_box(d.paragraph("框")) for _ in range(n // 4 + 1))),
            lambda: d.paragraph("<w:r><w:fldChar w:fldCharType='begin'/></w:r>" * n, "甲"),
            lambda: ("<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr></w:p>") * n + d.paragraph("甲"),
            lambda: "".join(d.numbered("项", 1, rng.randrange(9)) for _ in range(n)),
            lambda: d.paragraph("长" * n * 30),
        ]
    )()
    return d.package(d.parts(body, numbering_xml=numbering(rng))), "a.docx"


def docx_part(rng: random.Random) -> Made:
    """A forbidden or damaged part among sound ones."""
    contents = paper(rng)
    name = rng.choice([*contents, "word/styles.xml", "customXml/item1.xml", "word/x.bin"])
    text = contents.get(name, b"<a/>").decode()
    body = re.sub(r"^<\?xml[^>]*\?>\s*", "", text)
    contents[name] = rng.choice(
        [
            lambda: (XXE + body).encode(),
            lambda: (LAUGHS + body.replace("</", "&a9;</", 1)).encode(),
            lambda: (XXE + body).encode("utf-16"),
            lambda: b'<?xml version="1.0" encoding="utf-7"?>' + body.encode(),
            lambda: body.encode("utf-16-be"),
            lambda: body.encode("utf-32"),
            lambda: b"",
            lambda: b"<" * 5_000,
            lambda: body.encode() + b"<a/>",
            lambda: body.replace("w:", "x:").encode(),
        ]
    )()
    return d.package(contents), "a.docx"


def docx_missing(rng: random.Random) -> Made:
    contents = paper(rng)
    for _ in range(rng.randrange(1, 4)):
        contents.pop(rng.choice(list(contents)), None)
        if not contents:
            break
    return d.package(contents), "a.docx"


def zip_names(rng: random.Random) -> Made:
    contents = paper(rng)
    name = rng.choice(
        [
            "../x",
            "/x",
            "a\\b",
            "word/./../x",
            "C:/x",
            "x\0y",
            "WORD/document.XML",
            "甲/乙.xml",
            "a/",
        ]
    )
    contents[name] = rng.choice([b"", b"x", b"<a/>", d.make("甲"), b"\xd0\xcf\x11\xe0"])
    return d.package(contents), "a.docx"


def zip_fields(rng: random.Random) -> Made:
    """Numbers of the directory or of a local header made to lie."""
    data = bytearray(d.package(paper(rng)))
    for _ in range(rng.randrange(1, 3)):
        signature = rng.choice([b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"])
        places = [m.start() for m in re.finditer(re.escape(signature), bytes(data))]
        if not places:
            break
        at = rng.choice(places) + 4 + 2 * rng.randrange(21)
        value = rng.choice([0, 1, 7, 0xFF, 0x7FFF, 0xFFFF, rng.randrange(65_536)])
        if at + 2 <= len(data):
            struct.pack_into("<H", data, at, value)
    return bytes(data), "a.docx"


def zip_duplicate(rng: random.Random) -> Made:
    out = io.BytesIO()
    contents = list(paper(rng).items())
    contents.append(rng.choice(contents))
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content in contents:
            info = zipfile.ZipInfo(name)
            info.external_attr = rng.choice([0, 0, 0o120777 << 16])
            with archive.open(info, "w", force_zip64=rng.random() < 0.5) as entry:
                entry.write(content)
    return out.getvalue(), "a.docx"


def zip_many(rng: random.Random) -> Made:
    contents = paper(rng)
    contents |= {f"word/media/{n}": b"" for n in range(rng.choice([10, 1_990, 2_000, 6_000]))}
    return d.package(contents, method=zipfile.ZIP_STORED), "a.docx"


def zip_bomb(rng: random.Random) -> Made:
    contents = paper(rng)
    size = rng.choice([900_000, 2_000_000, 9_000_000])
    filler = rng.choice([b" ", b"<w:p/>", b"\0", "甲".encode()])
    name = rng.choice(["word/media/a.bin", "word/bomb.xml", "word/document.xml"])
    bloated = filler * (size // len(filler))
    contents[name] = contents.get(name, b"").replace(b"<w:sectPr/>", bloated) or bloated
    return d.package(contents), "a.docx"


def renamed(rng: random.Random) -> Made:
    data = rng.choice(
        [
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + rng.randbytes(900),
            b"%PDF-1.7\n" + d.package(paper(rng)),
            d.package(paper(rng)) + b"%PDF-1.7\n",
            d.package({"a.docx": d.package(paper(rng))}),
            b"PK\x05\x06" + bytes(18),
            rng.randbytes(rng.randrange(2_000)),
            d.package(paper(rng)),
            words(rng, 90).encode(),
            b"",
        ]
    )
    readable, other = ["docx", "xlsx", "txt", "DOCX"], ["doc", "wps", "rtf", "pdf", "et", "exe"]
    return data, rng.choice(["a.", "文稿.", "../", "a\0."]) + rng.choice(readable + other)


def texts(rng: random.Random) -> Made:
    text = "".join(rng.choice([words(rng, 20), "\n", "\r\n", rng.choice(ODD)]) for _ in range(40))
    unicode = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
    codec = rng.choice([*unicode, "gb18030", "big5", "gbk"])
    errors = "surrogatepass" if codec.startswith("utf") else "ignore"
    data = text.encode(codec, errors)
    return (flipped(rng, data) if data and rng.random() < 0.6 else data), "a.txt"


def mixed_texts(rng: random.Random) -> Made:
    return words(rng, 60).encode() + words(rng, 60).encode("gb18030", "ignore"), "a.txt"


def workbook(rng: random.Random) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for _ in range(rng.randrange(1, 20)):
        cell = sheet.cell(rng.randrange(1, 9), rng.randrange(1, 9))
        cell.value = rng.choice([words(rng), 5, 1.5, 46203, True, "=1+1", None, "x_x000D_"])
        cell.number_format = rng.choice(["General", "yyyy-mm-dd", "0%", 'h"时"', "[$-804]e", ";;"])
    if rng.random() < 0.5:
        sheet.merge_cells(start_row=1, start_column=1, end_row=3, end_column=2)
    if rng.random() < 0.3:
        book.create_sheet("隐").sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx_bytes(rng: random.Random) -> Made:
    return flipped(rng, workbook(rng), 6), "a.xlsx"


def xlsx_parts(rng: random.Random) -> Made:
    """Numbers, references and types inside the parts changed, the zip sound."""
    with zipfile.ZipFile(io.BytesIO(workbook(rng))) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice([n for n in contents if n.startswith("xl/")])
    text = contents[name].decode()
    odd = ["-1", "XFD1048576", "A0", "99999999999", "甲", "A1:XFD1048576", "1e999", "nan", "s", "d"]
    for _ in range(rng.randrange(1, 6)):
        spans = [m.span(1) for m in re.finditer(r'[">]([^"<>]+)["<]', text)]
        start, end = rng.choice(spans)
        text = text[:start] + rng.choice(odd) + text[end:]
    contents[name] = text.encode()
    return d.package(contents), "a.xlsx"


GENERATORS: tuple[Generator, ...] = (
    docx_bytes, docx_stored_bytes, docx_stored_bytes, docx_structure, docx_structure, docx_shape,
    docx_part, docx_missing, zip_names, zip_fields, zip_fields, zip_duplicate, zip_many, zip_bomb,
    renamed, texts, texts, mixed_texts, xlsx_bytes, xlsx_parts, xlsx_parts,
)  # fmt: skip


def inputs(seed: int, count: int) -> Iterator[tuple[str, bytes, str]]:
    """`count` inputs, all generators in turn."""
    for number in range(count):
        generator = GENERATORS[number % len(GENERATORS)]
        data, filename = generator(random.Random(f"{seed}/{number}"))
        yield generator.__name__, data, filename
