"""Makes .docx files part by part, as Word and WPS write them, for the readers' tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape

W_SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SPACES = (
    f'xmlns:w="{W_SPACE}" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STAMP = (2026, 1, 2, 3, 4, 6)


def run(text: str, properties: str = "") -> str:
    """A w:r with `text`; "\\n" and "\\t" become a soft return and a tab."""
    inner = ""
    for line_number, line in enumerate(text.split("\n")):
        inner += "<w:br/>" if line_number else ""
        for part_number, part in enumerate(line.split("\t")):
            inner += "<w:tab/>" if part_number else ""
            inner += f'<w:t xml:space="preserve">{escape(part)}</w:t>' if part else ""
    return f"<w:r>{f'<w:rPr>{properties}</w:rPr>' if properties else ''}{inner}</w:r>"


def paragraph(*content: str, properties: str = "") -> str:
    """A w:p; content that is no XML becomes a run."""
    inner = "".join(part if part.startswith("<") else run(part) for part in content)
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inner}</w:p>"


def numbered(text: str, number_id: int, level: int = 0) -> str:
    """A paragraph with an automatic number."""
    number = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number_id}"/></w:numPr>'
    return paragraph(run(text) if text else "<w:r/>", properties=number)


def cell(*paragraphs: str, span: int = 1, merge: str | None = None) -> str:
    """A w:tc; `merge` is "restart" or "continue"."""
    properties = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    if merge == "restart":
        properties += '<w:vMerge w:val="restart"/>'
    elif merge:
        properties += "<w:vMerge/>"
    inner = "".join(p if p.startswith("<") else paragraph(p) for p in paragraphs) or "<w:p/>"
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def table(*rows: Iterable[str]) -> str:
    """A w:tbl of rows of cells."""
    inner = "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows)
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{inner}</w:tbl>"


def text_box(*paragraphs: str) -> str:
    """A run with a text box in both renderings, as Word writes it."""
    inner = f"<w:txbxContent>{''.join(paragraphs)}</w:txbxContent>"
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><a:graphic>'
        f"<a:graphicData><wps:wsp><wps:txbx>{inner}</wps:txbx></wps:wsp></a:graphicData>"
        "</a:graphic></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape>"
        f"<v:textbox>{inner}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )


def level(
    index: int,
    number_format: str,
    text: str,
    *,
    start: int = 1,
    extra: str = "",
) -> str:
    """A w:lvl of a list definition."""
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="{start}"/><w:numFmt w:val="{number_format}"/>'
        f'{extra}<w:lvlText w:val="{escape(text)}"/></w:lvl>'
    )


def numbering(definitions: dict[int, str], lists: dict[int, tuple[int, str]]) -> str:
    """numbering.xml: abstractNumId → levels; numId → (abstractNumId, overrides)."""
    abstract = "".join(
        f'<w:abstractNum w:abstractNumId="{number}">{levels}</w:abstractNum>'
        for number, levels in definitions.items()
    )
    nums = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="{of}"/>{overrides}</w:num>'
        for number, (of, overrides) in lists.items()
    )
    return f"{_DECLARATION}<w:numbering {SPACES}>{abstract}{nums}</w:numbering>"


def restart(index: int, start: int = 1) -> str:
    """An override that lets a list begin anew at a level."""
    return f'<w:lvlOverride w:ilvl="{index}"><w:startOverride w:val="{start}"/></w:lvlOverride>'


def styles(inner: str) -> str:
    return f"{_DECLARATION}<w:styles {SPACES}>{inner}</w:styles>"


def document(body: str) -> str:
    return f"{_DECLARATION}<w:document {SPACES}><w:body>{body}<w:sectPr/></w:body></w:document>"


def parts(
    body: str,
    *,
    numbering_xml: str = "",
    styles_xml: str = "",
    more: dict[str, str | bytes] | None = None,
    relationships: str = "",
) -> dict[str, bytes]:
    """The parts of a package with `body` in its document, by name."""
    related = ""
    found: dict[str, str | bytes] = {}
    for kind, content in (("numbering", numbering_xml), ("styles", styles_xml)):
        if content:
            related += (
                f'<Relationship Id="rId{kind}" Type="{RELATION}/{kind}" Target="{kind}.xml"/>'
            )
            found[f"word/{kind}.xml"] = content
    space = "http://schemas.openxmlformats.org/package/2006"
    result: dict[str, str | bytes] = {
        "[Content_Types].xml": (
            f'{_DECLARATION}<Types xmlns="{space}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{_MAIN_TYPE}"/></Types>'
        ),
        "_rels/.rels": (
            f'{_DECLARATION}<Relationships xmlns="{space}/relationships">'
            f'<Relationship Id="rId1" Type="{RELATION}/officeDocument" '
            'Target="word/document.xml"/></Relationships>'
        ),
        "word/document.xml": document(body),
        "word/_rels/document.xml.rels": (
            f'{_DECLARATION}<Relationships xmlns="{space}/relationships">'
            f"{related}{relationships}</Relationships>"
        ),
        **found,
        **(more or {}),
    }
    return {n: c.encode() if isinstance(c, str) else c for n, c in result.items()}


def package(contents: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of the parts, in order, with a fixed time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in contents.items():
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = method
            archive.writestr(info, content)
    return out.getvalue()


def make(
    *body: str,
    numbering_xml: str = "",
    styles_xml: str = "",
    more: dict[str, str | bytes] | None = None,
    relationships: str = "",
) -> bytes:
    """A .docx whose body is the given blocks (see `paragraph`, `table`, `numbered` …)."""
    blocks = "".join(block if block.startswith("<") else paragraph(block) for block in body)
    return package(
        parts(
            blocks,
            numbering_xml=numbering_xml,
            styles_xml=styles_xml,
            more=more,
            relationships=relationships,
        )
    )
