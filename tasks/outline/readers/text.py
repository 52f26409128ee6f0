"""Reads a plain text: finds its encoding, splits it into lines."""

from __future__ import annotations

import codecs
import re
import unicodedata

from tasks.outline.gate import MAX_BYTES
from tasks.outline.readers.paragraph_list import ParagraphList
from tasks.outline.sentences import refuse
from tasks.outline.source import Source

_LINE_END = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
)
_CJK_PUNCTUATION = "，。、；：？“”‘’（）《》〈〉【】〔〕—…·　○〇①②③④⑤⑥⑦⑧⑨⑩"
_SAMPLE = 200_000
_PLAUSIBLE = 0.75
_CERTAIN_ERRORS = 0.02


def read(data: bytes) -> Source:
    """The lines of a text file in UTF-8, UTF-16 or GB18030, or Refused."""
    decoded, encoding = decode(data)
    return _source(decoded, encoding, empty="empty")


def read_pasted(pasted: str) -> Source:
    """The lines of a pasted text. Lone surrogates become U+FFFD, controls are dropped."""
    if len(pasted) > MAX_BYTES:
        raise refuse("too_large")
    return _source(pasted.removeprefix("\ufeff"), "", empty="empty_text")


def _source(decoded: str, encoding: str, *, empty: str) -> Source:
    out = ParagraphList()
    lines = _LINE_END.split(_SURROGATES.sub("\ufffd", decoded))
    if lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines):
        out.add(_CONTROLS.sub("", line), number)
    paragraphs = out.finished(empty=empty)
    return Source("text", paragraphs, encoding, tuple(out.notes()))


def decode(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding; Refused when it is binary, unknown or damaged.

    In this order: a byte order mark; clean UTF-8; the most plausible of UTF-16 (either
    byte order, without mark) and GB18030, where plausible means that nearly all
    characters are ones that Chinese papers use.
    """
    for mark, name, codec in _BOMS:
        if data.startswith(mark):
            try:
                return _checked(data.decode(codec).removeprefix("\ufeff")), name
            except UnicodeDecodeError as error:
                raise refuse("text_broken") from error
    if b"\0" not in data:
        try:
            return _checked(data.decode("utf-8")), "utf-8"
        except UnicodeDecodeError:
            pass
    candidates = []
    for codec in ("gb18030", "utf-16-le", "utf-16-be"):
        if codec.startswith("utf-16") and len(data) % 2:
            continue
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        candidates.append((_plausibility(text), codec, text))
    best = max(candidates, default=(0.0, "", ""))
    if best[0] >= _PLAUSIBLE:
        return _checked(best[2]), best[1]
    raise _why_not(data)


def _checked(text: str) -> str:
    """The text, unless its control characters show that it is none."""
    controls = len(_CONTROLS.findall(text))
    if "\0" in text or controls > 4 + len(text) // 1000:
        raise refuse("binary_text")
    return text


def _plausibility(text: str) -> float:
    """The share of characters that a Chinese office text consists of."""
    sample = text[:_SAMPLE]
    if not sample:
        return 0.0
    return sum(_commonness(character) for character in sample) / len(sample)


def _commonness(character: str) -> float:
    """1 for a character of ordinary papers, a half for a rare 汉字, 0 for anything else."""
    if character in "\t\r\n" or " " <= character <= "~" or character in _CJK_PUNCTUATION:
        return 1.0
    if "\uff01" <= character <= "\uff5e":
        return 1.0
    if not ("\u3400" <= character <= "\u9fff" or character >= "\U00020000"):
        return 0.0
    # The first level of GB 2312 has the 3,755 characters of ordinary papers; what a wrong
    # decoding makes of them falls mostly outside it.
    try:
        return 1.0 if 0xB0 <= character.encode("gb2312")[0] <= 0xD7 else 0.5
    except UnicodeEncodeError:
        return 0.5


def _why_not(data: bytes) -> Exception:
    """Which refusal fits bytes that no encoding explains."""
    binary = sum(1 for byte in data[:_SAMPLE] if byte < 9 or 13 < byte < 32)
    if binary > 4 + len(data[:_SAMPLE]) // 200:
        return refuse("binary_text")
    for codec in ("utf-8", "gb18030"):
        text = data[:_SAMPLE].decode(codec, "replace")
        damaged = text.count("\ufffd")
        worded = sum(1 for character in text if unicodedata.category(character) == "Lo")
        if damaged <= 1 + len(text) * _CERTAIN_ERRORS and worded:
            return refuse("text_broken")
    return refuse("text_encoding")
