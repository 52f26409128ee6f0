"""Separation of duties as triggers (security.md 4.4): what no constraint of one row can say.

Raw SQL is refused like the services are. Installed and checked with the
ledger's triggers (their names begin with "ledger_"), so that taking one away
is found.
"""

from __future__ import annotations

from ..models.delegation import MOST_DAYS
from ..models.user import ADMINISTRATORS

GRANT = "accountability_rolegrant"
USER = "accountability_user"
DELEGATION = "accountability_delegation"
ROLES = ", ".join(f"'{role.value}'" for role in sorted(ADMINISTRATORS))

# One person, one administrator's role and no other, at any time (rule 1).
_OVERLAP = """
  (g.valid_to IS NULL OR g.valid_to > n.valid_from)
  AND (n.valid_to IS NULL OR n.valid_to > g.valid_from)
  AND (g.valid_to IS NULL OR g.valid_to > g.valid_from)
  AND (n.valid_to IS NULL OR n.valid_to > n.valid_from)"""

MIXED_GRANT = f"""EXISTS (
  SELECT 1 FROM (SELECT NEW.id AS id, NEW.user_id AS user_id, NEW.role AS role,
                        NEW.valid_from AS valid_from, NEW.valid_to AS valid_to) n
  JOIN {USER} nu ON nu.id = n.user_id
  JOIN {USER} gu ON gu.id = nu.id OR gu.person_id = nu.person_id
  JOIN {GRANT} g ON g.user_id = gu.id
  WHERE (n.id IS NULL OR g.id <> n.id) AND g.role <> n.role
    AND (g.role IN ({ROLES}) OR n.role IN ({ROLES})) AND {_OVERLAP})"""

MIXED_PERSON = f"""EXISTS (
  SELECT 1 FROM {GRANT} n
  JOIN {USER} gu ON gu.person_id = NEW.person_id AND gu.id <> NEW.id
  JOIN {GRANT} g ON g.user_id = gu.id
  WHERE n.user_id = NEW.id AND g.role <> n.role
    AND (g.role IN ({ROLES}) OR n.role IN ({ROLES})) AND {_OVERLAP})"""

# Nobody grants himself, by whichever account (rule 8); who made an account does not
# grant to it (rule 2).
OWN_GRANT = f"""EXISTS (
  SELECT 1 FROM {USER} t JOIN {USER} g ON g.id = NEW.granter_id
  LEFT JOIN {USER} c ON c.id = t.made_by_id
  WHERE t.id = NEW.user_id
    AND (t.id = g.id OR t.person_id = g.person_id OR c.id = g.id OR c.person_id = g.person_id))"""

# (name, table, event, condition, sentence)
RULES: tuple[tuple[str, str, str, str, str], ...] = (
    ("mixed_insert", GRANT, "INSERT", MIXED_GRANT, "separation: administrators hold no other role"),
    ("mixed_update", GRANT, "UPDATE", MIXED_GRANT, "separation: administrators hold no other role"),
    ("own_insert", GRANT, "INSERT", OWN_GRANT, "separation: granter is subject or creator"),
    ("own_update", GRANT, "UPDATE", OWN_GRANT, "separation: granter is subject or creator"),
    ("person", USER, "UPDATE", MIXED_PERSON, "separation: administrators hold no other role"),
    (
        "maker",
        USER,
        "UPDATE",
        "coalesce(OLD.made_by_id, 0) <> coalesce(NEW.made_by_id, 0)",
        "separation: who made an account is never changed",
    ),
)
DAYS = {
    "sqlite": f"julianday(NEW.valid_to) - julianday(NEW.valid_from) > {MOST_DAYS}",
    "postgresql": f"NEW.valid_to - NEW.valid_from > {MOST_DAYS}",
}


def rules(vendor: str) -> list[tuple[str, str, str, str, str]]:
    """All rules in the words of one database."""
    too_long = "delegation: longer than allowed"
    return [
        *RULES,
        ("days_insert", DELEGATION, "INSERT", DAYS[vendor], too_long),
        ("days_update", DELEGATION, "UPDATE", DAYS[vendor], too_long),
    ]


def statements(vendor: str) -> list[str]:
    """All that is to be run, idempotent, one statement each."""
    found: list[str] = []
    for name, table, event, condition, sentence in rules(vendor):
        trigger = f"ledger_separation_{name}"
        if vendor == "sqlite":
            found += [
                f'DROP TRIGGER IF EXISTS "{trigger}"',
                f'CREATE TRIGGER "{trigger}" BEFORE {event} ON {table} FOR EACH ROW '
                f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
            ]
            continue
        # The lock makes two grants to one person wait for each other.
        lock = (
            "PERFORM pg_advisory_xact_lock(hashtext('separation'), coalesce("
            f"(SELECT person_id FROM {USER} WHERE id = NEW.user_id), -NEW.user_id)::int);"
            if table == GRANT
            else ""
        )
        found += [
            f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path = public, pg_temp AS $$ BEGIN {lock} IF {condition} THEN "
            f"RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$",
            f"DROP TRIGGER IF EXISTS {trigger} ON {table}",
            f"CREATE TRIGGER {trigger} BEFORE {event} ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION {trigger}()",
        ]
    return found
