"""What a package that proves itself offline is made of, whatever it holds.

Ledger lines, checkpoints, the stand-alone verifier, a signed manifest. Rows
outside the chosen scope enter as (seq, row hash, link) alone.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.utils import timezone

from ..ledger import standalone
from ..models import LedgerHead, LedgerLink, LedgerRow
from ..trail import checkpoints

Heads = dict[int, list[Any]]
VERIFIER = "verify_ledger.py"
_BATCH = 2000
_TIME = (2026, 1, 1, 0, 0, 0)


def heads_of(county_id: int) -> Heads:
    """chain → [seq, link] of the installation's and the county's chain, now."""
    rows = LedgerHead.objects.filter(chain__in=[0, county_id])
    return {head.chain: [head.seq, head.hash] for head in rows}


def ledger_values(
    heads: Heads, is_shown: Callable[[str, str, str], bool]
) -> Iterator[dict[str, Any]]:
    """Every link up to `heads`; whole where `is_shown` says so of (table, key, event)."""
    for chain, (last, _) in sorted(heads.items()):
        links = (
            LedgerLink.objects.filter(chain=chain, seq__lte=last)
            .order_by("seq")
            .values_list(
                "seq", "hash", "row_id", "row__row_hash", "row__table", "row__key", "row__event"
            )
        )
        batch: list[tuple[Any, ...]] = []
        for link in links.iterator(chunk_size=_BATCH):
            batch.append(link)
            if len(batch) == _BATCH:
                yield from _lines(chain, batch, is_shown)
                batch = []
        yield from _lines(chain, batch, is_shown)


def _lines(
    chain: int, batch: list[tuple[Any, ...]], is_shown: Callable[[str, str, str], bool]
) -> Iterator[dict[str, Any]]:
    rows = LedgerRow.objects.in_bulk([link[2] for link in batch if is_shown(*link[4:7])])
    for seq, link, row_id, of_row, *_ in batch:
        row = rows.get(row_id)
        yield {
            "chain": chain,
            "seq": seq,
            "row_hash": of_row,
            "link": link,
            "entry": {
                "table": row.table,
                "key": row.key,
                "op": row.op,
                "image": row.image,
                "actor": row.actor,
                "on_behalf_of": row.on_behalf_of,
                "event": row.event,
                "at": row.at,
            }
            if row
            else None,
        }


def jsonl(values: Iterable[dict[str, Any]]) -> bytes:
    """One JSON object a line."""
    return "".join(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n" for value in values
    ).encode("utf-8")


def sealed(contents: dict[str, bytes], *, about: Mapping[str, Any], heads: Heads) -> bytes:
    """The zip of `contents` with checkpoints, verifier, manifest and its signature."""
    contents = {
        **contents,
        "checkpoints.jsonl": "".join(
            checkpoint.line() + "\n" for checkpoint in checkpoints.all_checkpoints()
        ).encode(),
        VERIFIER: Path(standalone.__file__).read_bytes(),
    }
    manifest = json.dumps(
        {
            "format": 1,
            **about,
            "made_at": timezone.now().isoformat(),
            "heads": {str(chain): head for chain, head in heads.items()},
            "key": checkpoints.public_key(),
            "files": {name: hashlib.sha256(d).hexdigest() for name, d in sorted(contents.items())},
        },
        ensure_ascii=False,
        sort_keys=True,
        indent=1,
    ).encode()
    contents["manifest.json"] = manifest
    contents["manifest.sig"] = checkpoints.signing_key().sign(manifest).hex().encode("ascii")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(contents.items()):
            archive.writestr(zipfile.ZipInfo(name, _TIME), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
