"""Background work of WHO answers; importing `ledger` registers its kinds."""
