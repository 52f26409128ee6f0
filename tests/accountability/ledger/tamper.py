"""The tamper campaign: random attacks of a database administrator, each found or not.

Every attack is made past the triggers, verified, and rolled back. Two
verifiers written apart look at each: the portal's own and the stand-alone one.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection, transaction
from django.test import override_settings

from accountability.ledger import standalone
from accountability.ledger.canonical import Entry, genesis, link_hash, row_hash
from accountability.ledger.checkpoint import ChainHead
from accountability.models import LedgerHead, LedgerLink, LedgerRow
from accountability.trail import checkpoints, witness
from accountability.trail.registry import tables
from accountability.trail.verify import verify
from tests.assurance.results import IS_WHOLE

ROW, LINK, HEAD = (
    "accountability_ledgerrow",
    "accountability_ledgerlink",
    "accountability_ledgerhead",
)
COLUMNS = ("table", "key", "op", "image", "actor", "on_behalf_of", "event", "at")
LIVE = {
    "accountability_unit": ("short_name", "name"),
    "accountability_person": ("name", "note"),
    "accountability_post": ("title",),
    "accountability_county": ("short_name", "issuer"),
    "accountability_auditevent": ("summary", "reason", "actor_name"),
    "accountability_historicalunit": ("name", "short_name"),
}


@dataclass
class Tally:
    """How many of each attack were made, and found by whom.

    `found`: with checkpoints and witness; `found_anchored`: with checkpoints,
    without a witness; `found_alone`: from the database alone.
    """

    made: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    found_anchored: Counter[str] = field(default_factory=Counter)
    found_alone: Counter[str] = field(default_factory=Counter)
    asked_twice: int = 0
    disagreements: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.made.values())

    def rows(self) -> list[list[Any]]:
        """Attack, made, found with witness, with checkpoints, from the database alone."""
        columns = (self.made, self.found, self.found_anchored, self.found_alone)
        return [[kind, *(column[kind] for column in columns)] for kind in sorted(self.made)]

    def lines(self) -> Iterator[str]:
        head = ("attack", "made", "witness", "checkpoints", "alone")
        rows = [*self.rows()]
        rows.append(["all", *(sum(row[n] for row in rows) for n in range(1, 5))])
        asked = 4 if IS_WHOLE else 2
        for kind, *numbers in [list(head), *rows]:
            yield f"{kind:<36}" + "".join(f"{number:>13}" for number in numbers[:asked])


@contextmanager
def past_the_triggers() -> Iterator[Any]:
    """A cursor for which no trigger of the ledger fires."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            try:
                yield cursor
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield cursor


def one(cursor: Any, sql: str, *values: Any) -> Any:
    cursor.execute(sql, values)
    return cursor.fetchone()


def some_link(cursor: Any, rng: random.Random) -> tuple[int, int, int]:
    """(chain, seq, row id) of a random link."""
    count = one(cursor, f"SELECT count(*) FROM {LINK}")[0]
    found: tuple[int, int, int] = one(
        cursor,
        f"SELECT chain, seq, row_id FROM {LINK} ORDER BY id LIMIT 1 OFFSET %s",
        rng.randrange(count),
    )
    return found


def edit_row(cursor: Any, rng: random.Random) -> None:
    """Change one field of one ledger row."""
    _, _, row = some_link(cursor, rng)
    column = rng.choice(COLUMNS)
    # One letter is all that an operation has room for.
    changed = "'X'" if column == "op" else f"\"{column}\" || 'x'"
    cursor.execute(f'UPDATE {ROW} SET "{column}" = {changed} WHERE id = %s', [row])


def edit_hash(cursor: Any, rng: random.Random) -> None:
    """Change a stored hash."""
    chain, seq, row = some_link(cursor, rng)
    fake = f"{rng.getrandbits(256):064x}"
    if rng.random() < 0.5:
        cursor.execute(f"UPDATE {ROW} SET row_hash = %s WHERE id = %s", [fake, row])
    else:
        cursor.execute(
            f"UPDATE {LINK} SET hash = %s WHERE chain = %s AND seq = %s", [fake, chain, seq]
        )


def drop_rows(cursor: Any, rng: random.Random) -> None:
    """Delete a row with its link, in the middle or at the end."""
    chain, seq, row = some_link(cursor, rng)
    cursor.execute(f"DELETE FROM {LINK} WHERE chain = %s AND seq = %s", [chain, seq])
    cursor.execute(f"DELETE FROM {ROW} WHERE id = %s", [row])


def swap_rows(cursor: Any, rng: random.Random) -> None:
    """Exchange the rows of two neighbouring links."""
    chain, seq, row = some_link(cursor, rng)
    other = one(
        cursor,
        f"SELECT seq, row_id FROM {LINK} WHERE chain = %s AND seq <> %s ORDER BY abs(seq - %s)",
        chain, seq, seq,
    )  # fmt: skip
    if other is None:
        return edit_row(cursor, rng)
    cursor.execute(f"UPDATE {LINK} SET row_id = -1 WHERE chain = %s AND seq = %s", [chain, seq])
    cursor.execute(
        f"UPDATE {LINK} SET row_id = %s WHERE chain = %s AND seq = %s", [row, chain, other[0]]
    )
    cursor.execute(
        f"UPDATE {LINK} SET row_id = %s WHERE chain = %s AND seq = %s", [other[1], chain, seq]
    )
    return None


def insert_row(cursor: Any, rng: random.Random) -> None:
    """Slip in a row that never was, linked at the end with right hashes but no head."""
    chain, _, row = some_link(cursor, rng)
    columns = ", ".join(f'"{c}"' for c in ("chain", *COLUMNS, "txid", "row_hash"))
    cursor.execute(
        f"INSERT INTO {ROW} ({columns}) SELECT {columns} FROM {ROW} WHERE id = %s", [row]
    )
    if rng.random() < 0.7:
        new = one(cursor, f"SELECT max(id) FROM {ROW}")[0]
        last, link = one(cursor, f"SELECT seq, hash FROM {HEAD} WHERE chain = %s", chain)
        of_row = one(cursor, f"SELECT row_hash FROM {ROW} WHERE id = %s", new)[0]
        cursor.execute(
            f"INSERT INTO {LINK} (chain, seq, row_id, hash) VALUES (%s, %s, %s, %s)",
            [chain, last + 1, new, link_hash(link, of_row)],
        )


def cut_tail(cursor: Any, rng: random.Random) -> None:
    """Take the last rows away and set the head back: the chain itself is whole."""
    chain, _, _ = some_link(cursor, rng)
    last = one(cursor, f"SELECT seq FROM {HEAD} WHERE chain = %s", chain)[0]
    keep = max(0, last - rng.randint(1, 50))
    cursor.execute(f"SELECT row_id FROM {LINK} WHERE chain = %s AND seq > %s", [chain, keep])
    rows = [r for (r,) in cursor.fetchall()]
    cursor.execute(f"DELETE FROM {LINK} WHERE chain = %s AND seq > %s", [chain, keep])
    marks = ", ".join(["%s"] * len(rows))
    cursor.execute(f"DELETE FROM {ROW} WHERE id IN ({marks})", rows)
    link = one(cursor, f"SELECT hash FROM {LINK} WHERE chain = %s AND seq = %s", chain, keep)
    cursor.execute(
        f"UPDATE {HEAD} SET seq = %s, hash = %s WHERE chain = %s",
        [keep, link[0] if link else genesis(chain), chain],
    )


def recompute(cursor: Any, rng: random.Random) -> None:
    """Edit a row and recompute every hash after it: the chain itself is whole."""
    chain, seq, row = some_link(cursor, rng)
    cursor.execute(f"UPDATE {ROW} SET actor = 'user:999' WHERE id = %s", [row])
    cursor.execute(
        f"SELECT l.seq, l.row_id, {', '.join(f'r.{chr(34)}{c}{chr(34)}' for c in COLUMNS)} "
        f"FROM {LINK} l JOIN {ROW} r ON r.id = l.row_id WHERE l.chain = %s AND l.seq >= %s "
        "ORDER BY l.seq",
        [chain, seq],
    )
    following = cursor.fetchall()
    before = one(cursor, f"SELECT hash FROM {LINK} WHERE chain = %s AND seq = %s", chain, seq - 1)
    link = before[0] if before else genesis(chain)
    for at, row_id, *fields in following:
        of_row = row_hash(Entry(*fields))
        link = link_hash(link, of_row)
        cursor.execute(f"UPDATE {ROW} SET row_hash = %s WHERE id = %s", [of_row, row_id])
        cursor.execute(
            f"UPDATE {LINK} SET hash = %s WHERE chain = %s AND seq = %s", [link, chain, at]
        )
    cursor.execute(f"UPDATE {HEAD} SET hash = %s WHERE chain = %s", [link, chain])


def live_changed(cursor: Any, rng: random.Random) -> None:
    """Change a live row without a trace."""
    table = rng.choice(sorted(LIVE))
    column = rng.choice(LIVE[table])
    count = one(cursor, f"SELECT count(*) FROM {table}")[0]
    pk = "history_id" if "historical" in table else "id"
    value = one(
        cursor, f"SELECT {pk} FROM {table} ORDER BY {pk} LIMIT 1 OFFSET %s", rng.randrange(count)
    )[0]
    cursor.execute(f"UPDATE {table} SET {column} = {column} || '甲' WHERE {pk} = %s", [value])


def live_deleted(cursor: Any, rng: random.Random) -> None:
    """Delete a live row without a trace."""
    table = rng.choice(["accountability_groupmembership", "accountability_tenure"])
    count = one(cursor, f"SELECT count(*) FROM {table}")[0]
    key = one(cursor, f"SELECT id FROM {table} ORDER BY id LIMIT 1 OFFSET %s", rng.randrange(count))
    cursor.execute(f"DELETE FROM {table} WHERE id = %s", [key[0]])


def live_inserted(cursor: Any, rng: random.Random) -> None:
    """Put in a live row without a trace."""
    cursor.execute(
        "INSERT INTO accountability_person "
        "(county_id, name, note, pinyin_override, pinyin, initials) "
        "SELECT county_id, name, %s, '', '', '' FROM accountability_person WHERE id = "
        "(SELECT min(id) FROM accountability_person)",
        [f"暗{rng.getrandbits(40)}"],
    )


def old_backup(cursor: Any, rng: random.Random) -> None:
    """Set the whole book, with the live rows it tells of, back to an older state."""
    cursor.execute(f'SELECT DISTINCT "table", key FROM {ROW}')
    told = set(cursor.fetchall())
    before = {place: last_image(cursor, *place) for place in told}
    cut_tail(cursor, rng)
    models = {name: model for name, (model, _) in tables().items()}
    for name, key in sorted(told):
        image = last_image(cursor, name, key)
        if image == before[name, key] or name not in models:
            continue
        pk = models[name]._meta.pk.column
        if image is None:
            cursor.execute(f"DELETE FROM {name} WHERE {pk} = %s", [int(key)])
        else:
            values = {k: v for k, v in json.loads(image).items() if k not in (pk, "_changed")}
            if connection.vendor == "postgresql":
                columns = ", ".join(f'"{c}"' for c in values)
                cursor.execute(
                    f"UPDATE {name} SET ({columns}) = (SELECT {columns} FROM "
                    f"jsonb_populate_record(NULL::{name}, %s::jsonb)) WHERE {pk} = %s",
                    [image, int(key)],
                )
            else:
                sets = ", ".join(f'"{c}" = %s' for c in values)
                cursor.execute(
                    f"UPDATE {name} SET {sets} WHERE {pk} = %s", [*values.values(), int(key)]
                )


def last_image(cursor: Any, table: str, key: str) -> str | None:
    """The last image of a row, None when the ledger has none of it."""
    found = one(
        cursor,
        f"SELECT image FROM {ROW} WHERE \"table\" = %s AND key = %s AND op <> 'S' "
        "ORDER BY id DESC LIMIT 1",
        table, key,
    )  # fmt: skip
    return found[0] if found else None


def recompute_without_key(cursor: Any, rng: random.Random) -> None:
    """Edit, recompute, and make the checkpoints anew with a key of one's own."""
    recompute(cursor, rng)
    forge_checkpoints(Ed25519PrivateKey.generate(), claims_own_key=rng.random() < 0.5)


def recompute_with_key(cursor: Any, rng: random.Random) -> None:
    """Edit, recompute, and make the checkpoints anew with the portal's own stolen key."""
    recompute(cursor, rng)
    forge_checkpoints(checkpoints.signing_key(), claims_own_key=False)


def forge_checkpoints(key: Ed25519PrivateKey, *, claims_own_key: bool) -> None:
    """Write the checkpoint file anew over the ledger as it is now."""
    heads: dict[int, ChainHead] = {}
    lines, before = [], ""
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    for true in checkpoints.all_checkpoints():
        for head in true.heads:
            last = heads.get(head.chain)
            if last is None or last.seq < head.seq:
                link = LedgerLink.objects.get(chain=head.chain, seq=head.seq).hash
                sm3 = checkpoints._sm3(head.chain, last, head.seq)
                heads[head.chain] = ChainHead(head.chain, head.seq, link, sm3)
        forged = replace(
            true,
            heads=tuple(heads[head.chain] for head in true.heads),
            previous=before,
            key=public if claims_own_key else true.key,
        )
        before = key.sign(forged.message()).hex()
        lines.append(replace(forged, signature=before).line() + "\n")
    checkpoints.checkpoint_file().write_text("".join(lines))


def edit_checkpoint(cursor: Any, rng: random.Random) -> None:
    """Change one letter of the checkpoint file."""
    path = checkpoints.checkpoint_file()
    text = path.read_text()
    places = [n for n, letter in enumerate(text) if letter != "\n"]
    at = rng.choice(places)
    other = rng.choice([c for c in "0123456789bdf甲{" if c.lower() != text[at].lower()])
    path.write_text(text[:at] + other + text[at + 1 :])


def edit_witness(cursor: Any, rng: random.Random) -> None:
    """Change one digit of a link that the witness was told, or leave one out."""
    path = witness.witness_file()
    assert path is not None
    lines = path.read_text().splitlines()
    at = rng.randrange(len(lines))
    if rng.random() < 0.3 and at < len(lines) - 1:
        # Not a chain's last: what was never told cannot be missed.
        chain = lines[at].split(" ")[0]
        if any(line.startswith(f"{chain} ") for line in lines[at + 1 :]):
            del lines[at]
            path.write_text("".join(f"{line}\n" for line in lines))
            return
    digit = rng.choice([d for d in "0123456789abcdef" if d != lines[at][-1]])
    lines[at] = lines[at][:-1] + digit
    path.write_text("".join(f"{line}\n" for line in lines))


Attack = Callable[[Any, random.Random], None]
ATTACKS: dict[str, Attack] = {
    "edit a row": edit_row,
    "edit a hash": edit_hash,
    "delete a row": drop_rows,
    "swap rows": swap_rows,
    "insert a row": insert_row,
    "cut the tail": cut_tail,
    "edit and recompute": recompute,
    "live row changed": live_changed,
    "live row deleted": live_deleted,
    "live row inserted": live_inserted,
    "older state restored": old_backup,
    "recompute, own key": recompute_without_key,
    "recompute, stolen key": recompute_with_key,
    "checkpoint file edited": edit_checkpoint,
    "witness file edited": edit_witness,
}
LEDGER_ATTACKS = frozenset(list(ATTACKS)[:7]) | {
    "older state restored",
    "recompute, own key",
    "recompute, stolen key",
}


class _RollBack(Exception):
    """Ends an attack."""


def campaign(
    *, attacks: int, seed: int, every: int = 500, tell: Callable[[Tally], None] | None = None
) -> Tally:
    """Make `attacks` random attacks on the book in the database; all are undone.

    `tell` is called with the tally so far after each `every` attacks.
    """
    rng = random.Random(seed)
    tally = Tally()
    kinds = sorted(ATTACKS)
    told = witness.told()
    sinks = [path for path in (checkpoints.checkpoint_file(), witness.witness_file()) if path]
    kept = [path.read_bytes() for path in sinks]
    for number in range(attacks):
        kind = kinds[number % len(kinds)]
        try:
            with transaction.atomic(), past_the_triggers() as cursor:
                ATTACKS[kind](cursor, rng)
                judge(tally, kind, number, told)
                raise _RollBack
        except _RollBack:
            pass
        finally:
            for path, data in zip(sinks, kept, strict=True):
                path.write_bytes(data)
        if tell and (number + 1) % every == 0:
            tell(tally)
    if tell:
        tell(tally)
    return tally


def judge(tally: Tally, kind: str, number: int, told: dict[int, dict[int, str]]) -> None:
    """Ask both verifiers about the book as the attack left it."""
    tally.made[kind] += 1
    if verify(check_triggers=False, most_faults=1).faults:
        tally.found[kind] += 1
    else:
        tally.missed.append(f"{kind} #{number}")
    if IS_WHOLE:  # figures for the page, not a demand: what less than everything would find
        with override_settings(LEDGER_WITNESS_FILE=""):
            anchored = verify(check_triggers=False, most_faults=1)
        tally.found_anchored[kind] += bool(anchored.faults)
        alone = verify(check_triggers=False, most_faults=1, trust_outside=False)
        tally.found_alone[kind] += bool(alone.faults)
    if kind in LEDGER_ATTACKS:
        tally.asked_twice += 1
        if not second_opinion(told):
            tally.disagreements.append(f"{kind} #{number}")


def second_opinion(told: dict[int, dict[int, str]]) -> bool:
    """Whether the stand-alone verifier finds fault with the ledger as it is now."""

    class Now:
        """The stand-alone verifier's folder, read from the database."""

        def lines(self, name: str) -> Iterator[dict[str, Any]]:
            assert name == "ledger.jsonl"
            rows = {row.pk: row for row in LedgerRow.objects.all()}
            for link in LedgerLink.objects.order_by("chain", "seq"):
                row = rows.get(link.row_id)
                yield {
                    "chain": link.chain,
                    "seq": link.seq,
                    "row_hash": row.row_hash if row else "00" * 32,
                    "link": link.hash,
                    "entry": {c: getattr(row, c) for c in COLUMNS} if row else None,
                }

    _, ends, wrong = standalone.check_ledger(Now(), {c: dict(k) for c, k in told.items()})
    if wrong:
        return True
    heads = {h.chain: (h.seq, h.hash) for h in LedgerHead.objects.all()}
    if {c: (s, link.hex()) for c, (s, link) in ends.items()} != {
        c: v for c, v in heads.items() if v[0]
    }:
        return True
    if LedgerRow.objects.count() != LedgerLink.objects.count():
        return True
    return any(max(known) > ends.get(chain, (0, b""))[0] for chain, known in told.items())
