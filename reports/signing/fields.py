"""Where each party signs: all fields are made before the first signature.

A field added after the first signature breaks it (tried: pyHanko then answers
False, while poppler goes on saying valid), so the places of all parties and of
the seal must be known when the paper is made.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from .fitness import strange_parts
from .refusal import UnfitFile

PARTY_A, PARTY_B, SEAL = "甲方", "乙方", "存证"


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A visible signature field.

    `page` counts from 0, a negative one from the end; `box` is left, bottom, right, top in
    points (1/72 inch) from the lower left corner of the page.
    """

    name: str
    page: int
    box: tuple[int, int, int, int]


def prepare(pdf: bytes, fields: Sequence[FieldPlace]) -> bytes:
    """The unsigned paper with all its empty signature fields.

    Raises `UnfitFile` when the file is no paper of the portal (it carries scripts, layers,
    forms, annotations, attachments), or a place does not fit it.
    """
    if not fields or len({place.name for place in fields}) != len(fields):
        raise UnfitFile("签名位置没有或重名，请检查文书模板。")
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        if strange := strange_parts(reader, is_signed=False):
            raise UnfitFile(f"文件含有{'、'.join(strange)}，不能签署，请由平台重新生成。")
        count = int(reader.root["/Pages"]["/Count"])
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=True)
        for place in fields:
            page = place.page + count if place.page < 0 else place.page
            left, bottom, right, top = place.box
            if not 0 <= page < count or not (0 <= left < right and 0 <= bottom < top):
                raise UnfitFile(f"“{place.name}”的签名位置不在文书内，请检查文书模板。")
            append_signature_field(writer, SigFieldSpec(place.name, on_page=page, box=place.box))
        output = io.BytesIO()
        writer.write(output)
    except (PdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnfitFile("文件不是完好的 PDF，不能签署，请由平台重新生成。") from error
    return output.getvalue()
