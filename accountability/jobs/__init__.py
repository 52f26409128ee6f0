"""Background work of WHO answers; importing `ledger` and `rhythm` registers its kinds."""
