"""An OOXML package that passed every gate: its XML parts by name, its relationships.

Refused: macros, embedded objects, controls, external references other than ordinary
hyperlinks, a DTD in any part, a content that is not what the extension says.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from lxml import etree

from tasks.outline import archive, xml_part
from tasks.outline.sentences import refuse

MAX_XML_BYTES = 48 * 1024 * 1024  # all XML parts of a package, which are held in memory

_CONTENT_TYPES = "[content_types].xml"
_TYPES_SPACE = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_RELS_SPACE = "{http://schemas.openxmlformats.org/package/2006/relationships}"

_MAIN_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_TEMPLATE_TYPES = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
)

# The last segment of relationship types, lower case, that are refused wherever they point.
_REFUSED_TYPES = {
    "vbaproject": "macro",
    "wordvbadata": "macro",
    "xlmacrosheet": "macro",
    "xlintlmacrosheet": "macro",
    "attachedtoolbars": "macro",
    "oleobject": "embedded",
    "package": "embedded",
    "control": "embedded",
    "activexcontrol": "embedded",
    "activexcontrolbinary": "embedded",
    "afchunk": "embedded",
    "subdocument": "external",
    "attachedtemplate": "external",
    "externallink": "external",
    "externallinkpath": "external",
    "frame": "external",
}
_HYPERLINK_SCHEMES = ("http://", "https://", "mailto:", "#")


@dataclass(frozen=True, slots=True)
class Relationship:
    """One internal relationship of a part; `target` is the full name of a part."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class Package:
    """The XML parts of a checked package; names in lower case, as OPC compares them."""

    main: str
    parts: dict[str, bytes]

    def relationships(self, part: str) -> dict[str, Relationship]:
        """The internal relationships of a part by id."""
        folder, name = posixpath.split(part)
        content = self.parts.get(posixpath.join(folder, "_rels", f"{name}.rels"))
        found = {}
        if content is not None:
            for element in xml_part.parse(content).iter(f"{_RELS_SPACE}Relationship"):
                if element.get("TargetMode", "").lower() != "external":
                    target = _resolve(folder, element.get("Target", ""))
                    found[element.get("Id", "")] = Relationship(_kind(element), target)
        return found

    def related(self, kind: str) -> list[str]:
        """The names of the parts that the main part relates to as `kind`, where present."""
        relations = self.relationships(self.main).values()
        return [r.target for r in relations if r.kind == kind and r.target in self.parts]


def open_package(data: bytes, kind: str) -> Package:
    """The checked package of a file that `gate.admit` called `kind`, or Refused."""
    parts: dict[str, bytes] = {}
    names: set[str] = set()
    held = 0
    for entry, content in archive.inflated(data):
        name = entry.name.lower()
        names.add(name)
        _check_part_name(name)
        if xml_part.looks_like_xml(name, content):
            held += len(content)
            if held > MAX_XML_BYTES:
                raise refuse("too_complex")
            parts[name] = xml_part.check(content)
    for name, content in parts.items():
        if name.endswith(".rels"):
            _check_relationships(content)
    return Package(_main_part(parts, names, kind), parts)


def _check_part_name(name: str) -> None:
    segments = name.split("/")
    if segments[-1].startswith(("vbaproject", "vbadata")) or "macrosheets" in segments:
        raise refuse("macro")
    if "embeddings" in segments or "activex" in segments:
        raise refuse("embedded")
    if "externallinks" in segments:
        raise refuse("external")


def _check_relationships(content: bytes) -> None:
    root = xml_part.parse(content)
    for element in root.iter(etree.Element):
        if etree.QName(element).localname != "Relationship":
            continue
        kind = _kind(element)
        if kind in _REFUSED_TYPES:
            raise refuse(_REFUSED_TYPES[kind])
        if element.get("TargetMode", "internal").lower() == "internal":
            continue
        if kind != "hyperlink":
            raise refuse("external")
        if not _is_ordinary_link(element.get("Target", "").strip().lower()):
            raise refuse("hyperlink")


def _is_ordinary_link(target: str) -> bool:
    """A web or mail address, a place in the paper, or a bare name without any scheme."""
    if target.startswith(_HYPERLINK_SCHEMES):
        return True
    return ":" not in target and "\\" not in target and not target.startswith("/")


def _main_part(parts: dict[str, bytes], names: set[str], kind: str) -> str:
    types = parts.get(_CONTENT_TYPES)
    root_relations = parts.get("_rels/.rels")
    if types is None or root_relations is None:
        raise refuse("open_document" if "mimetype" in names else "mismatch")
    declared = {}
    for element in xml_part.parse(types).iter(f"{_TYPES_SPACE}Override", f"{_TYPES_SPACE}Default"):
        content_type = element.get("ContentType", "")
        if "macroenabled" in content_type.lower() or "vbaproject" in content_type.lower():
            raise refuse("macro")
        declared[element.get("PartName", "").lstrip("/").lower()] = content_type
    for element in xml_part.parse(root_relations).iter(f"{_RELS_SPACE}Relationship"):
        if _kind(element) == "officedocument":
            main = _resolve("", element.get("Target", ""))
            break
    else:
        raise refuse("mismatch")
    if declared.get(main) in _TEMPLATE_TYPES:
        raise refuse("template")
    if declared.get(main) != _MAIN_TYPES[kind]:
        raise refuse("mismatch")
    if main not in parts:
        raise refuse("damaged")
    return main


def _kind(element: etree._Element) -> str:
    return element.get("Type", "").rstrip("/").rpartition("/")[2].lower()


def _resolve(folder: str, target: str) -> str:
    target = target.lower()
    joined = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
    return posixpath.normpath(joined)
