"""Parsing one XML part of a package: UTF-8 or UTF-16 only, no DTD, within limits."""

from __future__ import annotations

import re

from lxml import etree

from tasks.outline.sentences import refuse

# A 300-page paper has about 4 MB and 200,000 marks (tags and attributes). At these limits
# the tree of the worst mix stays below 400 MB (measured in the child).
MAX_PART_BYTES = 32 * 1024 * 1024
MAX_MARKS = 1_200_000

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_FORBIDDEN = re.compile(rb"<!(?!--|\[CDATA\[)")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ALLOWED = {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"utf-16", b"utf-16le", b"utf-16be"}


def looks_like_xml(name: str, content: bytes) -> bool:
    """Whether a part is XML, by its name or, whatever the name says, by its content."""
    if name.lower().endswith((".xml", ".rels", ".vml")):
        return True
    return content[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def check(content: bytes) -> bytes:
    """The part as UTF-8 without BOM; Refused for another encoding or any DTD.

    Bytes that are UTF-8, hold no NUL and declare no other encoding leave a parser
    no second way to read them, so that searching them for `<!` is safe.
    """
    if content.startswith(_UTF16):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise refuse("xml_encoding") from error
        content = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode("utf-8", "replace")
    else:
        content = content.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(content)
    if declared and declared[1].strip().lower() not in _ALLOWED:
        raise refuse("xml_encoding")
    if b"\0" in content:
        squeezed = content.replace(b"\0", b"")
        raise refuse("doctype" if _FORBIDDEN.search(squeezed) else "xml_encoding")
    if _FORBIDDEN.search(content):
        raise refuse("doctype")
    if not content.isascii():
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise refuse("xml_encoding") from error
    return content


def parse(content: bytes) -> etree._Element:
    """The root of a checked part, or Refused."""
    if len(content) > MAX_PART_BYTES or content.count(b"<") + content.count(b"=") > MAX_MARKS:
        raise refuse("too_complex")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,  # a comment inside a text would hide what follows it
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refuse("xml_broken") from error
    if root is None:
        raise refuse("xml_broken")
    return root
