"""What is checked before anything is parsed: size, and magic, extension and content in agreement.

The container of .docx and .xlsx is checked in `package`; a plain text needs no more than this.
"""

from __future__ import annotations

from tasks.outline.sentences import refuse

MAX_BYTES = 20 * 1024 * 1024

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"

READABLE = {".docx": "docx", ".xlsx": "xlsx", ".txt": "text"}

OTHER_FORMATS = {
    ".doc": "old_word",
    ".dot": "old_word",
    ".wps": "old_wps",
    ".wpt": "old_wps",
    ".xls": "old_excel",
    ".xlsb": "old_excel",
    ".et": "old_et",
    ".ett": "old_et",
    ".rtf": "rich_text",
    ".pdf": "pdf",
    ".ofd": "pdf",
    ".odt": "open_document",
    ".ods": "open_document",
    ".uot": "open_document",
    ".uos": "open_document",
    ".csv": "comma_separated",
    ".dotx": "template",
    ".xltx": "template",
    ".docm": "macro",
    ".dotm": "macro",
    ".xlsm": "macro",
    ".xltm": "macro",
}

# Beginnings of files that are certainly no text.
BINARY_MAGIC = (
    OLE_MAGIC,
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x07\x08",
    b"%PDF-",
    b"{\\rtf",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"MZ\x90\x00",
    b"\x7fELF",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x1f\x8b\x08",
)


def extension(filename: str) -> str:
    """The lower-case extension with its dot, of the last path segment; "" when there is none."""
    name = filename.replace("\\", "/").rpartition("/")[2].strip().rstrip(". ")
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and stem else ""


def admit(data: bytes, filename: str) -> str:
    """The kind of a file that may be read ("docx", "xlsx", "text"), or Refused."""
    suffix = extension(filename)
    if not suffix:
        raise refuse("no_extension")
    if suffix in OTHER_FORMATS:
        raise refuse(OTHER_FORMATS[suffix])
    kind = READABLE.get(suffix)
    if kind is None:
        raise refuse("unknown_extension")
    if not data:
        raise refuse("empty")
    if len(data) > MAX_BYTES:
        raise refuse("too_large")
    if kind == "text":
        if data.startswith(BINARY_MAGIC):
            raise refuse("mismatch")
        return kind
    _admit_office(data)
    return kind


def _admit_office(data: bytes) -> None:
    if data.startswith(OLE_MAGIC):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise refuse("encrypted" if encrypted else "old_renamed")
    if data.startswith(b"%PDF-"):
        raise refuse("pdf")
    if data.startswith(b"{\\rtf"):
        raise refuse("rich_text")
    if not data.startswith(ZIP_MAGIC):
        # A file cut down to zeros or a few bytes is damaged; anything else is another format.
        raise refuse("damaged" if not data.strip(b"\0") or len(data) < 4 else "mismatch")
    if b"%PDF-" in data[:1024]:
        raise refuse("mismatch")
