"""The pure core: canonical bytes, SM3, Ed25519, chain checks."""

from __future__ import annotations

import hashlib
import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from accountability.ledger import standalone
from accountability.ledger.canonical import Entry, genesis, link_hash, row_bytes, row_hash
from accountability.ledger.chain import ChainState, Link, check_head, check_links
from accountability.ledger.ed25519 import verify
from accountability.ledger.sm3 import sm3

pytestmark = pytest.mark.nodb


def entry(**values: str) -> Entry:
    fields = {
        "table": "t",
        "key": "1",
        "op": "I",
        "image": "{}",
        "actor": "user:1",
        "on_behalf_of": "",
        "event": "",
        "at": "2026-01-01T00:00:00.000000Z",
    }
    return Entry(**{**fields, **values})


def test_the_canonical_form_is_fixed_for_ever() -> None:
    assert row_bytes(entry(image="县"))[:10] == b"\x00\x00\x00\x011\x00\x00\x00\x01t"
    assert row_hash(entry(image='{"name":"县财政局"}')) == (
        "{}".format(
            hashlib.sha256(
                b"".join(
                    len(x.encode()).to_bytes(4, "big") + x.encode()
                    for x in (
                        "1", "t", "1", "I", '{"name":"县财政局"}', "user:1", "", "",
                        "2026-01-01T00:00:00.000000Z",
                    )
                )
            ).hexdigest()
        )
    )  # fmt: skip


@given(st.lists(st.text(), min_size=8, max_size=8), st.integers(0, 7))
def test_no_field_can_borrow_from_its_neighbour(fields: list[str], cut: int) -> None:
    one = Entry(*fields)
    moved = list(fields)
    moved[cut], moved[(cut + 1) % 8] = "", moved[cut] + moved[(cut + 1) % 8]
    if moved != fields:
        assert row_bytes(one) != row_bytes(Entry(*moved))


def test_sm3_vectors() -> None:
    assert sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


@given(st.binary(max_size=300))
def test_sm3_agrees_with_openssl(data: bytes) -> None:
    assert sm3(data) == hashlib.new("sm3", data).hexdigest()


def test_both_signature_checks_agree_with_cryptography() -> None:
    for _ in range(5):
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        message = os.urandom(50)
        signature = key.sign(message)
        for check in (verify, standalone.signature_is_right):
            assert check(public, message, signature)
            assert not check(public, message + b"x", signature)
            bad = bytearray(signature)
            bad[7] ^= 1
            assert not check(public, message, bytes(bad))


def chain_of(entries: list[Entry], chain: int = 3) -> list[Link]:
    links = []
    link = genesis(chain)
    for seq, item in enumerate(entries, 1):
        link = link_hash(link, row_hash(item))
        links.append(Link(seq, row_hash(item), link, item))
    return links


def test_a_chain_is_checked_from_its_start() -> None:
    links = chain_of([entry(key=str(n)) for n in range(20)])
    state = ChainState.start(3)
    assert check_links(state, links) is None
    assert check_head(state, seq=20, link=links[-1].link) is None
    assert check_head(state, seq=21, link=links[-1].link) is not None
    assert check_head(state, seq=20, link=links[-1].link, known={25: "x"}) is not None


@given(st.integers(0, 19), st.sampled_from(["edit", "drop", "swap", "hash"]))
def test_any_single_change_is_found(at: int, how: str) -> None:
    links = chain_of([entry(key=str(n)) for n in range(20)])
    end = links[-1].link
    if how == "edit":
        links[at] = Link(at + 1, links[at].row_hash, links[at].link, entry(key="x"))
    elif how == "drop":
        del links[at]
    elif how == "swap":
        links[at], links[at - 1] = links[at - 1], links[at]
    else:
        links[at] = Link(at + 1, links[at - 1].row_hash, links[at].link, None)
    state = ChainState.start(3)
    fault = check_links(state, links)
    assert fault is not None or check_head(state, seq=20, link=end)
