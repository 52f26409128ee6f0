"""The ledger (账本): canonical form, hash chain, checkpoints, the stand-alone verifier.

A pure core without Django. The database's triggers compute the same bytes;
tests hold the two together. Fixed for ever by its first row: a new format
would be a new table.
"""
