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
from .ballot import BALLOT_TRANSITIONS, Ballot, BallotState, BallotWay, Teller
from .ballot_votes import BallotBlank, BallotCode, BallotTally, SealedVote
from .bulletin import (
    BULLETIN_TRANSITIONS,
    Bulletin,
    BulletinKind,
    BulletinLayout,
    BulletinState,
)
from .dispatch import (
    DISPATCH_TRANSITIONS,
    Dispatch,
    DispatchForm,
    DispatchState,
    DraftKind,
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
from .result_use import (
    USE_TRANSITIONS,
    ResultUse,
    SheetFinding,
    UseKind,
    UseState,
)
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
from .wording import WordedPaper, Wording
from .year_report import YEAR_REPORT_TRANSITIONS, YearReport, YearReportState

__all__ = [
    "APPEAL_TRANSITIONS",
    "ASSESSMENT_TRANSITIONS",
    "BALLOT_TRANSITIONS",
    "BULLETIN_TRANSITIONS",
    "DISPATCH_TRANSITIONS",
    "ENDORSEMENT_TRANSITIONS",
    "LETTER_TRANSITIONS",
    "LIVE_STATES",
    "POWER_LIST_TRANSITIONS",
    "PROMISE_TRANSITIONS",
    "PUBLICATION_TRANSITIONS",
    "SCHEME_TRANSITIONS",
    "SHEET_TRANSITIONS",
    "SIGNED_STATES",
    "USE_TRANSITIONS",
    "YEAR_REPORT_TRANSITIONS",
    "Appeal",
    "AppealState",
    "Assessment",
    "AssessmentState",
    "Ballot",
    "BallotBlank",
    "BallotCode",
    "BallotState",
    "BallotTally",
    "BallotWay",
    "Bulletin",
    "BulletinKind",
    "BulletinLayout",
    "BulletinState",
    "Criterion",
    "Dispatch",
    "DispatchForm",
    "DispatchState",
    "DocumentNumber",
    "DraftKind",
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
    "Occasion",
    "PowerItem",
    "PowerList",
    "PowerListState",
    "Promise",
    "PromiseKind",
    "PromiseState",
    "Publication",
    "PublicationState",
    "ResultUse",
    "RiskLevel",
    "Scheme",
    "SchemeState",
    "Score",
    "SealedVote",
    "Sheet",
    "SheetFinding",
    "SheetState",
    "SignatureKey",
    "SignedFile",
    "SignedState",
    "SubjectKind",
    "Team",
    "TeamMember",
    "Teller",
    "UseKind",
    "UseState",
    "WordedPaper",
    "Wording",
    "YearReport",
    "YearReportState",
]
