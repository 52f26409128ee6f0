"""What an uploaded file is, by its content; whether it bears a 密级 mark. Pure.

Types are known by their first bytes and must agree with the extension. The
text of Word and Excel files is read from their inflated parts, that of a PDF
in a child process with limits; a scan and a picture have none to read.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pypdf
from PIL import Image

from accountability.uploads import NotAdmitted, Screened
from tasks.outline import archive, gate
from tasks.outline.refusal import Refused

MOST_BYTES = 20 * 1024 * 1024
MOST_TEXT = 48 * 1024 * 1024
PDF_SECONDS = 15
MOST_PIXELS = 120_000_000

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {
    ".pdf": "application/pdf",
    ".docx": DOCX,
    ".xlsx": XLSX,
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
}
MAGIC = {
    ".pdf": b"%PDF-",
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".png": b"\x89PNG\r\n\x1a\n",
}
PICTURES = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
TEXT_PARTS = re.compile(r"(?:word|xl|docprops|customxml)/.*\.(?:xml|vml)\Z", re.I)
MACROS = re.compile(r"(?:vbaproject|vbadata|macrosheets)", re.I)
PARAGRAPH_END = re.compile(r"</(?:\w+:)?(?:p|si|c|title|subject|keywords|description)>")
TAG = re.compile(r"<[^>]*>")
LEVEL = r"(绝\s*密|机\s*密|秘\s*密)"
# A mark as 国家秘密 bears it: with its star or term, after 密级, or alone in a line.
MARKS = (
    re.compile(LEVEL + r"\s*[★☆*＊]"),
    re.compile(LEVEL + r"\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*(?:年|个月)(?![度份])"),
    re.compile(r"密\s*级\s*[:：]?\s*" + LEVEL),
    re.compile(r"(?m)^\s*[【\[（(]?" + LEVEL + r"[】\]）)]?\s*$"),
)
# Of a name any of the words, but not where it speaks of secrets in general.
IN_NAME = re.compile(r"(?<!国家)(?<!商业)(?<!工作)(?<!个人)(绝密|机密|秘密)")
_READ_PDF = (
    "import resource, sys; sys.path[:0] = sys.argv[1:]\n"
    "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
    "resource.setrlimit(resource.RLIMIT_CPU, (12, 12))\n"
    "import io, pypdf\n"
    "reader = pypdf.PdfReader(io.BytesIO(sys.stdin.buffer.read()))\n"
    "if reader.is_encrypted: sys.exit(3)\n"
    "text = [str(v) for v in (reader.metadata or {}).values()]\n"
    "text += [page.extract_text() or '' for page in reader.pages[:60]]\n"
    "sys.stdout.buffer.write('\\n'.join(text).encode('utf-8', 'replace'))\n"
)


def screen(name: str, data: bytes) -> Screened:
    """The type and mark of a file; raises `NotAdmitted` with a sentence that names it."""
    suffix = gate.extension(name)
    try:
        text = _text_of(suffix, name, data)
    except Refused as refused:
        raise NotAdmitted(f"{name}：{refused}") from refused
    return Screened(TYPES[suffix], mark_of(name, text))


def mark_of(name: str, text: str) -> str:
    """Where and which 密级 mark stands: 文件名“机密”, 正文“秘密★”; "" for none."""
    named = IN_NAME.search(name)
    if named:
        return f"文件名“{named[1]}”"
    for pattern in MARKS:
        if found := pattern.search(text):
            return f"正文“{''.join(found[1].split())}”标志"
    return ""


def _text_of(suffix: str, name: str, data: bytes) -> str:
    if not data:
        raise NotAdmitted(f"{name}：文件是空的，请核对后重新选择。")
    if len(data) > MOST_BYTES:
        raise NotAdmitted(f"{name}：超过 20 MB，请压缩图片或拆分后重新上传。")
    if suffix not in TYPES:
        raise NotAdmitted(
            f"{name}：只收 PDF、Word（.docx）、Excel（.xlsx）和图片（.jpg、.png），"
            "其他格式请另存后重新上传。"
        )
    if suffix in (".docx", ".xlsx"):
        return _office_text(suffix, name, data)
    if not data.startswith(MAGIC[suffix]):
        raise NotAdmitted(f"{name}：内容与扩展名不一致，请用原来的软件另存后重新上传。")
    if suffix == ".pdf":
        return _pdf_text(name, data)
    _check_picture(suffix, name, data)
    return ""


def _office_text(suffix: str, name: str, data: bytes) -> str:
    gate.admit(data, f"x{suffix}")
    found: list[str] = []
    held = 0
    names = set()
    for entry in archive.entries(data):
        part = entry.name.lower()
        names.add(part)
        if MACROS.search(part):
            raise NotAdmitted(f"{name}：含有宏，不能上传，请另存为不含宏的文件后重新上传。")
        if TEXT_PARTS.match(part):
            held += entry.info.file_size
            if held > MOST_TEXT:
                raise NotAdmitted(f"{name}：内容过于复杂，请拆分或转为 PDF 后重新上传。")
            xml = archive.inflate(data, entry).decode("utf-8", "replace")
            found.append(TAG.sub("", PARAGRAPH_END.sub("\n", xml)))
    main = "word/document.xml" if suffix == ".docx" else "xl/workbook.xml"
    if main not in names:
        raise NotAdmitted(f"{name}：内容与扩展名不一致，请用原来的软件另存后重新上传。")
    return "\n".join(found)


def _pdf_text(name: str, data: bytes) -> str:
    libraries = str(Path(pypdf.__file__).resolve().parents[1])
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, no shell
            [sys.executable, "-I", "-S", "-X", "utf8", "-c", _READ_PDF, libraries],
            input=data,
            capture_output=True,
            timeout=PDF_SECONDS,
            env={},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotAdmitted(
            f"{name}：内容过于复杂，无法检查密级标志，请重新打印为 PDF 后上传。"
        ) from error
    if done.returncode == 3:
        raise NotAdmitted(f"{name}：加了密码，无法检查，请去掉密码后重新上传。")
    if done.returncode != 0:
        raise NotAdmitted(f"{name}：文件已损坏或过于复杂，打不开，请重新打印为 PDF 后上传。")
    return done.stdout[:MOST_TEXT].decode("utf-8", "replace")


def _check_picture(suffix: str, name: str, data: bytes) -> None:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            is_right = picture.format == PICTURES[suffix]
            pixels = picture.width * picture.height
            picture.verify()
    except Exception as error:  # Pillow raises half a dozen kinds on damaged pictures
        raise NotAdmitted(f"{name}：图片已损坏，打不开，请重新保存后上传。") from error
    if not is_right:
        raise NotAdmitted(f"{name}：内容与扩展名不一致，请用原来的软件另存后重新上传。")
    if pixels > MOST_PIXELS:
        raise NotAdmitted(f"{name}：图片过大，请缩小后重新上传。")
