"""The ledger's triggers on PostgreSQL (DESIGN, The ledger).

Writing: a plain AFTER ROW trigger a table. Linking: one deferred constraint
trigger on the ledger, whose first firing in a transaction locks the heads of
all chains touched, in ascending order, and links every row of the
transaction; later firings find their row linked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Model

from .registry import Table, Treatment

ROW = "accountability_ledgerrow"
LINK = "accountability_ledgerlink"
HEAD = "accountability_ledgerhead"
PREFIX = "ledger_"

# In SQL ledger_field would be parsed anew for each field of each row (convert_to is but
# STABLE, so nothing is inlined): 5,000 rows took 0.9 s so, and take 0.2 s in PL/pgSQL.
COMMON = f"""
CREATE OR REPLACE FUNCTION ledger_field(t text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  v_bytes bytea := convert_to(t, 'UTF8');
BEGIN
  RETURN int4send(octet_length(v_bytes)) || v_bytes;
END $$;

CREATE OR REPLACE FUNCTION ledger_append(
  p_chain bigint, p_table text, p_key text, p_op text, p_image text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
  v_actor text := coalesce(current_setting('app.actor', true), '');
  v_behalf text := coalesce(current_setting('app.on_behalf_of', true), '');
  v_event text := coalesce(current_setting('app.event', true), '');
  v_at text := to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
BEGIN
  IF v_actor = '' THEN
    RAISE EXCEPTION 'ledger: write without an actor to %', p_table USING ERRCODE = '42501';
  END IF;
  INSERT INTO {ROW}
    (chain, "table", key, op, image, actor, on_behalf_of, event, at, txid, row_hash)
  VALUES (p_chain, p_table, p_key, p_op, p_image, v_actor, v_behalf, v_event, v_at,
    pg_current_xact_id()::text::bigint,
    encode(sha256(
      ledger_field('1') || ledger_field(p_table) || ledger_field(p_key) || ledger_field(p_op)
      || ledger_field(p_image) || ledger_field(v_actor) || ledger_field(v_behalf)
      || ledger_field(v_event) || ledger_field(v_at)), 'hex'));
END $$;

CREATE OR REPLACE FUNCTION ledger_link() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  r record;
  v_chain bigint;
  v_seq bigint;
  v_hash text;
BEGIN
  IF EXISTS (SELECT 1 FROM {LINK} WHERE row_id = NEW.id) THEN
    RETURN NULL;
  END IF;
  INSERT INTO {HEAD} (chain, seq, hash)
    SELECT DISTINCT c.chain, 0,
      encode(sha256(convert_to('portal-ledger/1/chain/' || c.chain, 'UTF8')), 'hex')
    FROM {ROW} c WHERE c.txid = NEW.txid
    ORDER BY c.chain
    ON CONFLICT (chain) DO NOTHING;
  FOR v_chain IN
    SELECT DISTINCT c.chain FROM {ROW} c WHERE c.txid = NEW.txid ORDER BY c.chain
  LOOP
    SELECT h.seq, h.hash INTO v_seq, v_hash FROM {HEAD} h WHERE h.chain = v_chain FOR UPDATE;
    FOR r IN
      SELECT c.id, c.row_hash FROM {ROW} c
      WHERE c.txid = NEW.txid AND c.chain = v_chain
        AND NOT EXISTS (SELECT 1 FROM {LINK} l WHERE l.row_id = c.id)
      ORDER BY c.id
    LOOP
      v_seq := v_seq + 1;
      v_hash := encode(sha256(decode(v_hash, 'hex') || decode(r.row_hash, 'hex')), 'hex');
      INSERT INTO {LINK} (chain, seq, row_id, hash) VALUES (v_chain, v_seq, r.id, v_hash);
    END LOOP;
    UPDATE {HEAD} SET seq = v_seq, hash = v_hash WHERE chain = v_chain;
  END LOOP;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
"""


def image_sql(
    model: type[Model], table: Table, row: str, *, columns: Sequence[str] | None = None
) -> str:
    """The expression for the image of `row`, without secrets.

    `columns` limits it to those that the table had once (verification alone).
    """
    left_out = list(table.secrets)
    if columns is not None:
        left_out += [f.column for f in model._meta.concrete_fields if f.column not in columns]
    names = ", ".join(f"'{column}'" for column in dict.fromkeys(left_out))
    image = f"(to_jsonb({row})" + (f" - ARRAY[{names}]" if names else "") + ")::text"
    if table.treatment == Treatment.HASH_ONLY:
        return f"encode(sha256(convert_to({image}, 'UTF8')), 'hex')"
    return image


def key_sql(model: type[Model], row: str) -> str:
    """The primary key as text."""
    pk = model._meta.pk
    assert pk is not None
    return f'{row}."{pk.column}"::text'


def statements(tables: Mapping[str, tuple[type[Model], Table]]) -> list[str]:
    """All that is to be run, idempotent: common functions, then each table's triggers."""
    found = [COMMON]
    for name, (model, table) in sorted(tables.items()):
        if table.treatment == Treatment.EXEMPT:
            continue
        found.append(_writing(name, model, table))
        found.append(_refusing(name, "TRUNCATE", "STATEMENT"))
        if table.is_write_once:
            found.append(_refusing(name, "UPDATE OR DELETE", "ROW"))
        if table.stays_empty:
            found.append(_refusing(name, "INSERT", "ROW"))
    for name in (ROW, LINK):
        found.append(_refusing(name, "TRUNCATE", "STATEMENT"))
        found.append(_refusing(name, "UPDATE OR DELETE", "ROW"))
    found.append(_refusing(HEAD, "TRUNCATE", "STATEMENT"))
    found.append(
        f"""
DROP TRIGGER IF EXISTS ledger_link ON {ROW};
CREATE CONSTRAINT TRIGGER ledger_link AFTER INSERT ON {ROW}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_link();
"""
    )
    return found


def _writing(name: str, model: type[Model], table: Table) -> str:
    chain = table.chain.replace("{row}", "v_row")
    secret_changes = "".join(
        f"""
  IF TG_OP = 'UPDATE' AND OLD."{column}" IS DISTINCT FROM NEW."{column}" THEN
    v_secret := v_secret || '{column} ';
  END IF;"""
        for column in table.secrets
        if column != "last_login"
    )
    image = image_sql(model, table, "v_row")
    if table.secrets and table.treatment == Treatment.AUDITED:
        listed = ", ".join(f"'{column}'" for column in table.secrets)
        image = (
            f"((to_jsonb(v_row) - ARRAY[{listed}]) || CASE WHEN v_secret = '' THEN '{{}}'::jsonb"
            " ELSE jsonb_build_object('_changed', trim(v_secret)) END)::text"
        )
    return f"""
CREATE OR REPLACE FUNCTION ledger_w_{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
  v_row {name}%ROWTYPE;
  v_secret text := '';
BEGIN
  IF TG_OP = 'DELETE' THEN v_row := OLD; ELSE v_row := NEW; END IF;{secret_changes}
  PERFORM ledger_append(
    coalesce({chain}, 0)::bigint, '{name}', {key_sql(model, "v_row")}, left(TG_OP, 1), {image});
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS ledger_write ON {name};
CREATE TRIGGER ledger_write AFTER INSERT OR UPDATE OR DELETE ON {name}
  FOR EACH ROW EXECUTE FUNCTION ledger_w_{name}();
"""


def _refusing(name: str, what: str, each: str) -> str:
    trigger = "ledger_refuse_" + what.split()[0].lower()
    return f"""
DROP TRIGGER IF EXISTS {trigger} ON {name};
CREATE TRIGGER {trigger} BEFORE {what} ON {name}
  FOR EACH {each} EXECUTE FUNCTION ledger_refuse();
"""
