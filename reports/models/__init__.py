"""WHAT is handed out: numbers, letters, endorsements, signatures. One noun a file."""

from .document_number import DocumentNumber, NumberKind, NumberSeries
from .endorsement import (
    ENDORSEMENT_TRANSITIONS,
    EndorsedKind,
    Endorsement,
    EndorsementLayer,
    EndorsementState,
    EndorsementStep,
)
from .letter import LETTER_TRANSITIONS, LIVE_STATES, SIGNED_STATES, Letter, LetterLevel, LetterState
from .letter_annex import LetterAnnex
from .letter_clause import LetterClause
from .letter_item import LetterItem
from .letter_setting import LetterForm, LetterSetting
from .letter_template import LetterLayer, LetterTemplate
from .signature_key import KeyState, SignatureKey
from .signed_file import SignedFile, SignedState

__all__ = [
    "ENDORSEMENT_TRANSITIONS",
    "LETTER_TRANSITIONS",
    "LIVE_STATES",
    "SIGNED_STATES",
    "DocumentNumber",
    "EndorsedKind",
    "Endorsement",
    "EndorsementLayer",
    "EndorsementState",
    "EndorsementStep",
    "KeyState",
    "Letter",
    "LetterAnnex",
    "LetterClause",
    "LetterForm",
    "LetterItem",
    "LetterLayer",
    "LetterLevel",
    "LetterSetting",
    "LetterState",
    "LetterTemplate",
    "NumberKind",
    "NumberSeries",
    "SignatureKey",
    "SignedFile",
    "SignedState",
]
