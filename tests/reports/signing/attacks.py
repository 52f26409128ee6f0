"""The attacks on signed files that are known by name, and what each needs to be noted as.

Each takes the good file and gives a forged one. They are judged with the
forged file's own digests noted, so that the signatures' checks alone must
refuse; the digests refuse each of them besides.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from datetime import timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from reports.signing import sign as signing
from reports.signing.authority import Revoked
from reports.signing.backend import SoftKey, digest_of
from reports.signing.fields import PARTY_A, PARTY_B, SEAL
from reports.signing.validate import Expected, ExpectedSigner

from .signers import (
    NOW,
    STEP,
    Signed,
    expected_of,
    fresh_authority,
    issue,
    key_of,
    prepared,
    put,
    signed_with,
)

Forged = tuple[bytes, Expected]
ALL = (PARTY_A, PARTY_B, SEAL)
ATTACKS: dict[str, Callable[[Signed], Forged]] = {}


def attack(make: Callable[[Signed], Forged]) -> Callable[[Signed], Forged]:
    ATTACKS[make.__name__] = make
    return make


def noted(good: Signed, pdf: bytes) -> Forged:
    assert pdf != good.pdf, "the attack changed nothing"
    return pdf, good.noted_as(pdf)


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """An incremental update of `pdf`."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def last_gap(pdf: bytes) -> tuple[int, int]:
    """Where the last signature's /Contents stands, its brackets included."""
    found = list(re.finditer(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)", pdf))[-1]
    return int(found[1]), int(found[2])


# --- USF: universal signature forgery ---------------------------------------
@attack
def usf_contents_zeroed(good: Signed) -> Forged:
    start, end = last_gap(good.pdf)
    return noted(good, good.pdf[: start + 1] + b"0" * (end - start - 2) + good.pdf[end - 1 :])


@attack
def usf_contents_emptied(good: Signed) -> Forged:
    start, end = last_gap(good.pdf)
    return noted(good, good.pdf[:start] + b"<>" + b" " * (end - start - 2) + good.pdf[end:])


@attack
def usf_byte_range_renamed(good: Signed) -> Forged:
    place = good.pdf.rindex(b"/ByteRange")
    return noted(good, good.pdf[:place] + b"/ByteRangX" + good.pdf[place + 10 :])


@attack
def usf_byte_range_negative(good: Signed) -> Forged:
    found = list(re.finditer(rb"/ByteRange\s*\[[^]]*\]", good.pdf))[-1]
    text = b"/ByteRange [0 -1 -1 0]".ljust(len(found[0]))
    return noted(good, good.pdf[: found.start()] + text + good.pdf[found.end() :])


@attack
def usf_contents_renamed(good: Signed) -> Forged:
    start, _ = last_gap(good.pdf)
    place = good.pdf.rindex(b"/Contents", 0, start)
    return noted(good, good.pdf[:place] + b"/ContentX " + good.pdf[place + 10 :])


# --- ISA: incremental saving -------------------------------------------------
def _repaint(writer: IncrementalPdfFileWriter) -> None:
    stream = generic.StreamObject(stream_data=b"q 1 0 0 rg 60 400 300 80 re f Q")
    writer.add_stream_to_page(0, writer.add_object(stream))


@attack
def isa_page_repainted(good: Signed) -> Forged:
    return noted(good, updated(good.pdf, _repaint))


@attack
def isa_trailing_bytes(good: Signed) -> Forged:
    return noted(good, good.pdf + b"\n% nothing to see\n")


@attack
def isa_body_without_xref(good: Signed) -> Forged:
    return noted(good, good.pdf + b"\n999 0 obj\n<</Type/Page>>\nendobj\nstartxref\n0\n%%EOF\n")


@attack
def repainted_between_two_signatures(good: Signed) -> Forged:
    pdf = updated(put(prepared(), PARTY_A), _repaint)
    for number, field in ((1, PARTY_B), (2, SEAL)):
        pdf = put(pdf, field, at=NOW + number * STEP)
    return noted(good, pdf)


# --- SWA: signature wrapping -------------------------------------------------
@attack
def swa_bytes_moved_out_of_the_range(good: Signed) -> Forged:
    found = list(re.finditer(rb"/ByteRange\s*\[\s*0 (\d+) (\d+) (\d+)\s*\]", good.pdf))[-1]
    start, end = last_gap(good.pdf)
    injected = b"\n7 0 obj\n<</Type/Page/Contents 8 0 R>>\nendobj\n"
    text = b"/ByteRange [0 %d %d %d]" % (start, end + len(injected), int(found[3]))
    head = good.pdf[: found.start()] + text.ljust(len(found[0])) + good.pdf[found.end() : end]
    return noted(good, head + injected + good.pdf[end:])


# --- shadow attacks: prepared before the first signature ---------------------
def _signed_anew(unsigned: bytes) -> Signed:
    pdf, signers = unsigned, []
    for number, field in enumerate(ALL):
        at = NOW + number * STEP
        pdf = put(pdf, field, at=at)
        signers.append(ExpectedSigner(field, digest_of(key_of(field).certificate), at))
    return Signed(pdf, expected_of(pdf, tuple(signers)))


@attack
def shadow_hide_by_layer(good: Signed) -> Forged:
    def layer(writer: IncrementalPdfFileWriter) -> None:
        group = writer.add_object(
            generic.DictionaryObject(
                {pdf_name("/Type"): pdf_name("/OCG"), pdf_name("/Name"): pdf_string("x")}
            )
        )
        writer.root[pdf_name("/OCProperties")] = generic.DictionaryObject(
            {pdf_name("/OCGs"): generic.ArrayObject([group])}
        )
        writer.update_root()

    made = _signed_anew(updated(prepared(), layer))
    return made.pdf, made.expected


@attack
def shadow_replace_by_form_field(good: Signed) -> Forged:
    def text_field(writer: IncrementalPdfFileWriter) -> None:
        field = writer.add_object(
            generic.DictionaryObject(
                {
                    pdf_name("/FT"): pdf_name("/Tx"),
                    pdf_name("/T"): pdf_string("x"),
                    pdf_name("/V"): pdf_string("1000"),
                    pdf_name("/Type"): pdf_name("/Annot"),
                    pdf_name("/Subtype"): pdf_name("/Widget"),
                    pdf_name("/Rect"): generic.ArrayObject(
                        [generic.NumberObject(n) for n in (60, 600, 200, 620)]
                    ),
                }
            )
        )
        writer.root["/AcroForm"]["/Fields"].append(field)
        writer.update_container(writer.root["/AcroForm"])
        page = writer.find_page_for_modification(0)[0].get_object()
        page[pdf_name("/Annots")] = generic.ArrayObject([field])
        writer.update_container(page)

    made = _signed_anew(updated(prepared(), text_field))
    return made.pdf, made.expected


@attack
def shadow_hide_and_replace(good: Signed) -> Forged:
    """The catalog points to other pages after the signatures; the old ones lie hidden."""

    def other_pages(writer: IncrementalPdfFileWriter) -> None:
        pages = writer.root["/Pages"]
        kids = list(pages.raw_get("/Kids"))
        writer.root[pdf_name("/Pages")] = writer.add_object(
            generic.DictionaryObject(
                {
                    pdf_name("/Type"): pdf_name("/Pages"),
                    pdf_name("/Kids"): generic.ArrayObject(kids[:1]),
                    pdf_name("/Count"): generic.NumberObject(1),
                }
            )
        )
        writer.update_root()

    return noted(good, updated(good.pdf, other_pages))


# --- annotations, scripts, fields -------------------------------------------
def _note(writer: IncrementalPdfFileWriter) -> None:
    page = writer.find_page_for_modification(0)[0].get_object()
    rect = generic.ArrayObject([generic.NumberObject(n) for n in (60, 600, 400, 700)])
    free = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Contents"): pdf_string("1000"),
            pdf_name("/DA"): pdf_string("/Helv 40 Tf"),
            pdf_name("/Rect"): rect,
        }
    )
    page[pdf_name("/Annots")] = generic.ArrayObject([writer.add_object(free)])
    writer.update_container(page)


@attack
def evil_annotation_after(good: Signed) -> Forged:
    return noted(good, updated(good.pdf, _note))


@attack
def evil_annotation_before(good: Signed) -> Forged:
    made = _signed_anew(updated(prepared(), _note))
    return made.pdf, made.expected


def _script(writer: IncrementalPdfFileWriter) -> None:
    writer.root[pdf_name("/OpenAction")] = generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
    )
    writer.update_root()


@attack
def open_action_script_after(good: Signed) -> Forged:
    return noted(good, updated(good.pdf, _script))


@attack
def open_action_script_before(good: Signed) -> Forged:
    made = _signed_anew(updated(prepared(), _script))
    return made.pdf, made.expected


def _late_field(writer: IncrementalPdfFileWriter) -> None:
    append_signature_field(writer, SigFieldSpec("丙方", on_page=0, box=(10, 10, 90, 60)))


@attack
def field_added_late(good: Signed) -> Forged:
    return noted(good, updated(good.pdf, _late_field))


@attack
def sneaky_signature_in_a_late_field(good: Signed) -> Forged:
    return noted(good, put_in(updated(good.pdf, _late_field), "丙方"))


def put_in(pdf: bytes, field: str) -> bytes:
    return signing.sign(pdf, field, key_of(PARTY_B), name="x", reason="x", time=NOW + 3 * STEP)


# --- signers ------------------------------------------------------------------
@attack
def stripped_to_the_unsigned_paper(good: Signed) -> Forged:
    return noted(good, prepared())


@attack
def truncated_to_the_first_signature(good: Signed) -> Forged:
    return noted(good, put(prepared(), PARTY_A))


@attack
def signers_reordered(good: Signed) -> Forged:
    made = signed_with({field: key_of(field) for field in (PARTY_B, PARTY_A, SEAL)})
    return noted(good, made.pdf)


@attack
def signer_swapped(good: Signed) -> Forged:
    made = signed_with({PARTY_A: key_of(PARTY_B), PARTY_B: key_of(PARTY_A), SEAL: key_of(SEAL)})
    return noted(good, made.pdf)


@attack
def look_alike_authority(good: Signed) -> Forged:
    keys = {field: issue(field, root=fresh_authority()) for field in ALL}
    made = signed_with(keys)  # even were the forged certificates the enrolled ones
    return made.pdf, made.expected


@attack
def certificate_expired(good: Signed) -> Forged:
    old = issue(PARTY_B, on=NOW - timedelta(days=3 * 365 + 2))
    made = signed_with({PARTY_A: key_of(PARTY_A), PARTY_B: old, SEAL: key_of(SEAL)})
    return made.pdf, made.expected


@attack
def certificate_not_yet_valid(good: Signed) -> Forged:
    early = issue(PARTY_B, on=NOW + timedelta(days=2))
    made = signed_with({PARTY_A: key_of(PARTY_A), PARTY_B: early, SEAL: key_of(SEAL)})
    return made.pdf, made.expected


@attack
def certificate_revoked_before_signing(good: Signed) -> Forged:
    serial = key_of(PARTY_B).certificate.serial_number
    gone = (Revoked(serial, NOW - timedelta(days=1)),)
    made = signed_with({field: key_of(field) for field in ALL}, revoked=gone)
    return made.pdf, made.expected


@attack
def signing_time_moved(good: Signed) -> Forged:
    made = _signed_anew(prepared())
    pdf = put(prepared(), PARTY_A, at=NOW - timedelta(days=3))
    for number, field in ((1, PARTY_B), (2, SEAL)):
        pdf = put(pdf, field, at=NOW + number * STEP)
    return pdf, made.noted_as(pdf)


@attack
def sha1_digest(good: Signed) -> Forged:
    class Sha1Key(SoftKey):
        """Signs over SHA-1 with the enrolled key."""

        def sign(self, data: bytes) -> bytes:
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA1())

    real = key_of(SEAL)
    weak = Sha1Key(real.key, real.certificate, real.issuers)
    pdf = put(put(prepared(), PARTY_A), PARTY_B, at=NOW + STEP)
    kept, signing.DIGEST = signing.DIGEST, "sha1"
    try:
        pdf = signing.sign(pdf, SEAL, weak, name="x", reason="x", time=NOW + 2 * STEP)
    finally:
        signing.DIGEST = kept
    return noted(good, pdf)


# --- denial of service --------------------------------------------------------
def with_tail(pdf: bytes, body: bytes, offset: int) -> bytes:
    return pdf + body + b"\nstartxref\n%d\n%%%%EOF\n" % (len(pdf) + offset)


@attack
def huge_xref_subsection(good: Signed) -> Forged:
    body = b"xref\n0 2000000000\n0000000000 65535 f \ntrailer\n<</Size 2000000000/Root 1 0 R>>"
    return noted(good, with_tail(good.pdf, body, 0))


@attack
def huge_xref_stream_index(good: Signed) -> Forged:
    data = zlib.compress(b"")
    body = (
        b"900 0 obj\n<</Type/XRef/Size 5/W[0 0 0]/Index[0 4000000000]/Root 1 0 R"
        b"/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\nendobj" % (len(data), data)
    )
    return noted(good, with_tail(good.pdf, body, 0))


@attack
def xref_loop(good: Signed) -> Forged:
    place = len(good.pdf)
    body = b"xref\n0 0\ntrailer\n<</Size 50/Root 1 0 R/Prev %d>>" % place
    return noted(good, with_tail(good.pdf, body, 0))


@attack
def page_tree_loop(good: Signed) -> Forged:
    def loop(writer: IncrementalPdfFileWriter) -> None:
        pages = writer.root["/Pages"]
        own = writer.root.raw_get("/Pages")
        pages[pdf_name("/Kids")] = generic.ArrayObject([own])
        pages[pdf_name("/Parent")] = own
        writer.update_container(pages)

    return noted(good, updated(good.pdf, loop))


@attack
def field_parent_loop(good: Signed) -> Forged:
    def loop(writer: IncrementalPdfFileWriter) -> None:
        fields = writer.root["/AcroForm"]["/Fields"]
        own = fields.raw_get(0)
        field = own.get_object()
        field[pdf_name("/Parent")] = own
        field[pdf_name("/Kids")] = generic.ArrayObject([own])
        writer.update_container(field)

    return noted(good, updated(good.pdf, loop))


@attack
def decompression_bomb(good: Signed) -> Forged:
    bomb = zlib.compress(zlib.compress(b"\0" * 300_000_000, 9), 9)

    def page(writer: IncrementalPdfFileWriter) -> None:
        stream = generic.StreamObject(encoded_data=bomb)
        both = [pdf_name("/FlateDecode"), pdf_name("/FlateDecode")]
        stream[pdf_name("/Filter")] = generic.ArrayObject(both)
        writer.root[pdf_name("/Metadata")] = writer.add_object(stream)
        writer.update_root()

    return noted(good, updated(good.pdf, page))
