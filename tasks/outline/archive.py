"""The zip container of an uploaded .docx or .xlsx: checked whole, inflated within limits.

Nothing is ever written to disk. `zipfile` reads the directory only; the entries are
inflated here, each to no more than the size it declares, so that a lying or overlapping
entry is found and not followed (security.md 2.6).
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tasks.outline.gate import OLE_MAGIC, ZIP_MAGIC
from tasks.outline.sentences import refuse

MAX_ENTRIES = 2_000
MAX_INFLATED = 100 * 1024 * 1024
MAX_RATIO = 100
RATIO_FREE_SIZE = 1024 * 1024  # below it a high ratio is harmless and honest

_LOCAL = struct.Struct("<4s5H3L2H")
_DIRECTORY_SIGNATURE = b"PK\x01\x02"
_END_SIGNATURE = b"PK\x05\x06"
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
_DESCRIPTOR_FLAG = 0x8
_UTF8_FLAG = 0x800


@dataclass(frozen=True, slots=True)
class Entry:
    """One checked entry: where its packed bytes lie in the file."""

    info: zipfile.ZipInfo
    start: int

    @property
    def name(self) -> str:
        return self.info.filename


def entries(data: bytes) -> list[Entry]:
    """The entries of a checked container in the order of its directory, or Refused."""
    if data.count(_DIRECTORY_SIGNATURE) > MAX_ENTRIES:
        raise refuse("too_many_entries")
    _check_end(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            directory = archive.start_dir
    except Exception as error:  # zipfile raises half a dozen kinds on damaged directories
        raise refuse("damaged") from error
    if len(infos) > MAX_ENTRIES:
        raise refuse("too_many_entries")
    if not infos:
        raise refuse("damaged")
    _check_names(infos)
    _check_sizes(infos)
    return _located(data, infos, directory)


def inflate(data: bytes, entry: Entry) -> bytes:
    """The content of one entry; Refused when it is not exactly what the directory says."""
    info = entry.info
    packed = data[entry.start : entry.start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        content = packed
    else:
        unpacker = zlib.decompressobj(-15)
        try:
            content = unpacker.decompress(packed, info.file_size + 1)
            if len(content) <= info.file_size and not unpacker.eof:
                content += unpacker.decompress(unpacker.unconsumed_tail, 1)
        except zlib.error as error:
            raise refuse("damaged") from error
        if not unpacker.eof or unpacker.unused_data:
            raise refuse("damaged")
    if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise refuse("damaged")
    return content


def inflated(data: bytes) -> Iterator[tuple[Entry, bytes]]:
    """Every entry with its content; no entry may be a document or archive of its own."""
    for entry in entries(data):
        content = inflate(data, entry)
        if content.startswith((ZIP_MAGIC, OLE_MAGIC)):
            raise refuse("nested")
        yield entry, content


def _check_end(data: bytes) -> None:
    """The directory's end record must close the file: what is cut or appended is found here."""
    at = data.rfind(_END_SIGNATURE)
    if at < 0 or at + 22 > len(data):
        raise refuse("damaged")
    comment = int.from_bytes(data[at + 20 : at + 22], "little")
    if at + 22 + comment != len(data):
        raise refuse("damaged")


def _check_names(infos: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for info in infos:
        name = info.orig_filename
        segments = name.split("/")
        if (
            not name
            or name.startswith("/")
            or "\\" in name
            or ":" in name
            or ".." in segments
            or any(ord(character) < 32 for character in name)
        ):
            raise refuse("entry_name")
        folded = name.lower()
        if folded in seen:
            raise refuse("entry_name")
        seen.add(folded)
        if stat.S_ISLNK(info.external_attr >> 16):
            raise refuse("entry_name")


def _check_sizes(infos: list[zipfile.ZipInfo]) -> None:
    total = 0
    for info in infos:
        if info.flag_bits & _ENCRYPTED_FLAGS:
            raise refuse("encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refuse("entry_layout")
        total += info.file_size
        if total > MAX_INFLATED:
            raise refuse("inflated")
        if info.file_size > RATIO_FREE_SIZE and info.file_size > MAX_RATIO * info.compress_size:
            raise refuse("ratio")


def _located(data: bytes, infos: list[zipfile.ZipInfo], directory: int) -> list[Entry]:
    """Each entry with the start of its bytes; local headers must agree and nothing overlap."""
    found = []
    spans = []
    for info in infos:
        at = info.header_offset
        if at < 0 or at + _LOCAL.size > directory:
            raise refuse("damaged")
        header = _LOCAL.unpack_from(data, at)
        signature, flags, method = header[0], header[2], header[3]
        crc, packed, size, name_length, extra_length = header[6:]
        if signature != ZIP_MAGIC:
            raise refuse("damaged")
        start = at + _LOCAL.size + name_length + extra_length
        end = start + info.compress_size
        encoding = "utf-8" if info.flag_bits & _UTF8_FLAG else "cp437"
        name = info.orig_filename.encode(encoding, "replace")
        declared = (info.CRC, info.compress_size, info.file_size)
        zip64 = 0xFFFFFFFF in (packed, size)
        if (
            data[at + _LOCAL.size : at + _LOCAL.size + name_length] != name
            or flags & _ENCRYPTED_FLAGS
            or method != info.compress_type
            or not (flags & _DESCRIPTOR_FLAG or zip64 or (crc, packed, size) == declared)
        ):
            raise refuse("entry_layout")
        if end > directory:
            raise refuse("damaged")
        found.append(Entry(info, start))
        spans.append((at, end))
    spans.sort()
    if spans[0][0] != 0:
        raise refuse("entry_layout")
    for (_, end), (following, _) in pairwise(spans):
        if following < end:
            raise refuse("entry_layout")
    return found
