"""WHO answers. One noun a file."""

from .account_session import AccountSession, EndedBecause
from .audit_event import AuditEvent, AuditEventUnit, Concern, Outcome
from .county import County
from .credential import PasswordHistory, SetupCode, SetupPurpose
from .delegation import Delegation
from .directory_draft import DirectoryDraft
from .job import Job, JobState
from .ledger import LedgerHead, LedgerLink, LedgerRow
from .person import Layer, Leader, Person, Portfolio, Post, Tenure
from .recorded import DoorModel, RecordedModel, RecordedQuerySet
from .rights_group import RightsGroup
from .second_factor import SecondFactor
from .stored_file import StoredFile
from .unit import DirectoryQuerySet, GroupMembership, Unit, UnitGroup, UnitKind
from .user import ADMINISTRATORS, UNIT_ROLES, Role, RoleGrant, User

__all__ = [
    "ADMINISTRATORS",
    "UNIT_ROLES",
    "AccountSession",
    "AuditEvent",
    "AuditEventUnit",
    "Concern",
    "County",
    "Delegation",
    "DirectoryDraft",
    "DirectoryQuerySet",
    "DoorModel",
    "EndedBecause",
    "GroupMembership",
    "Job",
    "JobState",
    "Layer",
    "Leader",
    "LedgerHead",
    "LedgerLink",
    "LedgerRow",
    "Outcome",
    "PasswordHistory",
    "Person",
    "Portfolio",
    "Post",
    "RecordedModel",
    "RecordedQuerySet",
    "RightsGroup",
    "Role",
    "RoleGrant",
    "SecondFactor",
    "SetupCode",
    "SetupPurpose",
    "StoredFile",
    "Tenure",
    "Unit",
    "UnitGroup",
    "UnitKind",
    "User",
]
