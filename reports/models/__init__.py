"""WHAT is handed out: numbers, letters, endorsements, signatures. One noun a file."""

from .assessment import (
    ASSESSMENT_TRANSITIONS,
    PUBLICATION_TRANSITIONS,
    Assessment,
    AssessmentState,
    Publication,
    PublicationState,
    Team,
    TeamMember,
)
from .bulletin import (
    BULLETIN_TRANSITIONS,
    Bulletin,
    BulletinKind,
    BulletinLayout,
    BulletinState,
)
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
from .scheme import (
    SCHEME_TRANSITIONS,
    Criterion,
    Occasion,
    Scheme,
    SchemeState,
    SubjectKind,
)
from .score import (
    APPEAL_TRANSITIONS,
    SHEET_TRANSITIONS,
    Appeal,
    AppealState,
    Score,
    Sheet,
    SheetState,
)
from .signature_key import KeyState, SignatureKey
from .signed_file import SignedFile, SignedState

__all__ = [
    "APPEAL_TRANSITIONS",
    "ASSESSMENT_TRANSITIONS",
    "BULLETIN_TRANSITIONS",
    "ENDORSEMENT_TRANSITIONS",
    "LETTER_TRANSITIONS",
    "LIVE_STATES",
    "PUBLICATION_TRANSITIONS",
    "SCHEME_TRANSITIONS",
    "SHEET_TRANSITIONS",
    "SIGNED_STATES",
    "Appeal",
    "AppealState",
    "Assessment",
    "AssessmentState",
    "Bulletin",
    "BulletinKind",
    "BulletinLayout",
    "BulletinState",
    "Criterion",
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
    "Occasion",
    "Publication",
    "PublicationState",
    "Scheme",
    "SchemeState",
    "Score",
    "Sheet",
    "SheetState",
    "SignatureKey",
    "SignedFile",
    "SignedState",
    "SubjectKind",
    "Team",
    "TeamMember",
]
