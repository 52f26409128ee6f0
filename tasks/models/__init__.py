"""WHAT must be done. One noun a file."""

from .campaign import (
    CAMPAIGN_TRANSITIONS,
    OPENED_STATES,
    PERIODS,
    Campaign,
    CampaignItem,
    CampaignKind,
    CampaignMember,
    CampaignScope,
    CampaignState,
)
from .evidence import EVIDENCE_TRANSITIONS, Evidence, EvidenceState, ProgressEvidence
from .extension import EXTENSION_TRANSITIONS, Extension, ExtensionState
from .import_draft import ImportDraft
from .paper import PAPER_TRANSITIONS, Paper, PaperNote, PaperSection, PaperState, RecurringDemand
from .progress import (
    PROGRESS_TRANSITIONS,
    STANDING,
    WRITABLE,
    Part,
    Progress,
    ProgressSetting,
    ProgressState,
)
from .rights import TaskItemGroupPermission
from .save_receipt import SaveReceipt
from .share import Share
from .task_item import (
    SLOT_KIND_CHOICES,
    TASK_TRANSITIONS,
    Assignment,
    ItemSlot,
    Milestone,
    TaskItem,
    TaskState,
)
from .unit_return import (
    JUDGED_LIGHTS,
    MOST_REMINDERS,
    RETURN_TRANSITIONS,
    Light,
    Return,
    ReturnState,
)

__all__ = [
    "CAMPAIGN_TRANSITIONS",
    "EVIDENCE_TRANSITIONS",
    "EXTENSION_TRANSITIONS",
    "JUDGED_LIGHTS",
    "MOST_REMINDERS",
    "OPENED_STATES",
    "PAPER_TRANSITIONS",
    "PERIODS",
    "PROGRESS_TRANSITIONS",
    "RETURN_TRANSITIONS",
    "SLOT_KIND_CHOICES",
    "STANDING",
    "TASK_TRANSITIONS",
    "WRITABLE",
    "Assignment",
    "Campaign",
    "CampaignItem",
    "CampaignKind",
    "CampaignMember",
    "CampaignScope",
    "CampaignState",
    "Evidence",
    "EvidenceState",
    "Extension",
    "ExtensionState",
    "ImportDraft",
    "ItemSlot",
    "Light",
    "Milestone",
    "Paper",
    "PaperNote",
    "PaperSection",
    "PaperState",
    "Part",
    "Progress",
    "ProgressEvidence",
    "ProgressSetting",
    "ProgressState",
    "RecurringDemand",
    "Return",
    "ReturnState",
    "SaveReceipt",
    "Share",
    "TaskItem",
    "TaskItemGroupPermission",
    "TaskState",
]
