"""WHO answers. One noun a file."""

from .account_session import AccountSession, EndedBecause
from .audit_event import AuditEvent, AuditEventUnit, Concern, Outcome
from .checkpoint_copy import CheckpointCopy
from .closed_year import CLOSING_TRANSITIONS, SHUT, ClosedYear, ClosingState
from .contact import Contact
from .county import County
from .credential import PasswordHistory, SetupCode, SetupPurpose
from .delegation import Delegation
from .directory_draft import DirectoryDraft
from .duty import DUTY_TRANSITIONS, Duty, DutyFile, DutyState
from .duty_rule import (
    DutyKind,
    DutyRhythm,
    DutyRoll,
    DutyRule,
    DutySubject,
)
from .gateway import Gateway, GatewayForm
from .interference import Interference, InterferenceMatter, InterferenceWay
from .job import Job, JobState
from .lead_transfer import LeadTransfer, TransferResult, TransferState
from .ledger import LedgerHead, LedgerLink, LedgerRow
from .module_switch import ModuleSwitch, SwitchState
from .outbox_message import Channel, DeliveryState, OutboxDelivery, OutboxMessage
from .person import Layer, Leader, Person, Portfolio, Post, Tenure
from .recorded import DoorModel, RecordedModel, RecordedQuerySet
from .rights_group import RightsGroup
from .second_factor import SecondFactor
from .stored_file import StoredFile
from .talk import Talk, TalkGroup, TalkTopic
from .unit import DirectoryQuerySet, GroupMembership, Unit, UnitGroup, UnitKind
from .user import ADMINISTRATORS, UNIT_ROLES, Role, RoleGrant, User
from .work_year import WorkYear

__all__ = [
    "ADMINISTRATORS",
    "CLOSING_TRANSITIONS",
    "DUTY_TRANSITIONS",
    "SHUT",
    "UNIT_ROLES",
    "AccountSession",
    "AuditEvent",
    "AuditEventUnit",
    "Channel",
    "CheckpointCopy",
    "ClosedYear",
    "ClosingState",
    "Concern",
    "Contact",
    "County",
    "Delegation",
    "DeliveryState",
    "DirectoryDraft",
    "DirectoryQuerySet",
    "DoorModel",
    "Duty",
    "DutyFile",
    "DutyKind",
    "DutyRhythm",
    "DutyRoll",
    "DutyRule",
    "DutyState",
    "DutySubject",
    "EndedBecause",
    "Gateway",
    "GatewayForm",
    "GroupMembership",
    "Interference",
    "InterferenceMatter",
    "InterferenceWay",
    "Job",
    "JobState",
    "Layer",
    "LeadTransfer",
    "Leader",
    "LedgerHead",
    "LedgerLink",
    "LedgerRow",
    "ModuleSwitch",
    "OutboxDelivery",
    "OutboxMessage",
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
    "SwitchState",
    "Talk",
    "TalkGroup",
    "TalkTopic",
    "Tenure",
    "TransferResult",
    "TransferState",
    "Unit",
    "UnitGroup",
    "UnitKind",
    "User",
    "WorkYear",
]
