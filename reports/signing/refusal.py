"""Why a file cannot be signed, or a key not be opened: a sentence for the person."""

from __future__ import annotations


class SigningRefused(Exception):
    """The signing core says no; `str(refusal)` is a sentence for the person."""


class WrongPin(SigningRefused):
    """The PIN does not open the key."""


class UnfitFile(SigningRefused):
    """The file carries what no file of the portal carries, or lacks the field to be signed."""
