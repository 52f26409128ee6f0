"""What a file of the portal never carries: looked for before the first signature and at each check.

A shadow attack (hide, replace) prepares its trick before the signature: forms,
layers, scripts, attachments, annotations. None of them is ever in a paper that
the portal made, so a file that has one is neither signed nor believed.
"""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

FORBIDDEN_IN_ROOT = {
    "/OpenAction": "打开时自动执行的动作",
    "/AA": "自动执行的动作",
    "/OCProperties": "可隐藏的图层",
    "/Collection": "附件集",
    "/AF": "附件",
    "/Perms": "使用权限",
    "/DSS": "外来的验证资料",
    "/Legal": "外来的声明",
    "/Requirements": "外来的要求",
    "/NeedsRendering": "动态表单",
}
OWN_PERMISSIONS = frozenset({"/DocMDP"})
FORBIDDEN_NAMES = {"/JavaScript": "脚本", "/EmbeddedFiles": "附件"}
MOST_PAGES = 2_000
MOST_ANNOTATIONS = 20_000


def strange_parts(reader: PdfFileReader, *, is_signed: bool) -> list[str]:
    """The names of what does not belong into a file of the portal; empty when it is fit."""
    root = reader.root
    found = [
        label
        for key, label in FORBIDDEN_IN_ROOT.items()
        if key in root and not (is_signed and key == "/Perms")
    ]
    if is_signed and "/Perms" in root and set(root["/Perms"]) - OWN_PERMISSIONS:
        found.append(FORBIDDEN_IN_ROOT["/Perms"])
    names = root.get("/Names", {})
    found += [label for key, label in FORBIDDEN_NAMES.items() if key in names]
    if "/AcroForm" in root:
        form = root["/AcroForm"]
        if not is_signed:
            found.append("表单")
        elif "/XFA" in form:
            found.append("动态表单")
    return found + _strange_on_pages(reader, is_signed=is_signed)


def _strange_on_pages(reader: PdfFileReader, *, is_signed: bool) -> list[str]:
    found: list[str] = []
    seen = 0
    count = int(reader.root["/Pages"]["/Count"])
    if not 0 < count <= MOST_PAGES:
        return ["页数不合常理"]
    for number in range(count):
        page = reader.find_page_for_modification(number)[0].get_object()
        if "/AA" in page:
            found.append("页面上自动执行的动作")
        annotations = page.get("/Annots", ())
        seen += len(annotations)
        if seen > MOST_ANNOTATIONS:
            return [*found, "批注过多"]
        for annotation in annotations:
            if strange := _strange_annotation(annotation, is_signed=is_signed):
                found.append(strange)
    return list(dict.fromkeys(found))


def _strange_annotation(annotation: Any, *, is_signed: bool) -> str:
    item = annotation.get_object()
    kind = item.get("/Subtype")
    if kind == "/Link":
        action = item.get("/A", None)
        is_inner = action is None or action.get("/S") == "/GoTo"
        return "" if is_inner and "/AA" not in item else "外部链接"
    if kind == "/Widget" and is_signed and item.get("/FT") == "/Sig":
        return "自动执行的动作" if "/A" in item or "/AA" in item else ""
    return "批注或表单域"
