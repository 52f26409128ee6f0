"""The ledger's side of the database: registry of tables, triggers, verification."""
