"""WHAT is handed out: numbers, letters, endorsements, signatures. One noun a file."""

from .dispatch import DISPATCH_TRANSITIONS, Dispatch, DispatchForm, DispatchState
from .document_number import DocumentNumber, NumberKind, NumberSeries
from .endorsement import (
    ENDORSEMENT_TRANSITIONS,
    EndorsedKind,
    Endorsement,
    EndorsementLayer,
    EndorsementState,
    EndorsementStep,
)
from .letter import (
    LETTER_TRANSITIONS,
    LIVE_STATES,
    SIGNED_STATES,
    Letter,
    LetterLayer,
    LetterLevel,
    LetterState,
)
from .letter_annex import LetterAnnex
from .letter_clause import LetterClause
from .letter_item import LetterItem
from .letter_setting import LetterForm, LetterSetting
from .power_item import PowerItem, RiskLevel
from .power_list import POWER_LIST_TRANSITIONS, PowerList, PowerListState
from .promise import PROMISE_TRANSITIONS, Promise, PromiseKind, PromiseState
from .signature_key import KeyState, SignatureKey
from .signed_file import SignedFile, SignedState
from .wording import WordedPaper, Wording

__all__ = [
    "DISPATCH_TRANSITIONS",
    "ENDORSEMENT_TRANSITIONS",
    "LETTER_TRANSITIONS",
    "LIVE_STATES",
    "POWER_LIST_TRANSITIONS",
    "PROMISE_TRANSITIONS",
    "SIGNED_STATES",
    "Dispatch",
    "DispatchForm",
    "DispatchState",
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
    "NumberKind",
    "NumberSeries",
    "PowerItem",
    "PowerList",
    "PowerListState",
    "Promise",
    "PromiseKind",
    "PromiseState",
    "RiskLevel",
    "SignatureKey",
    "SignedFile",
    "SignedState",
    "WordedPaper",
    "Wording",
]
