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
from .import_draft import ImportDraft
from .paper import PAPER_TRANSITIONS, Paper, PaperNote, PaperSection, PaperState, RecurringDemand
from .rights import TaskItemGroupPermission
from .save_receipt import SaveReceipt
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
    "JUDGED_LIGHTS",
    "MOST_REMINDERS",
    "OPENED_STATES",
    "PAPER_TRANSITIONS",
    "PERIODS",
    "RETURN_TRANSITIONS",
    "SLOT_KIND_CHOICES",
    "TASK_TRANSITIONS",
    "Assignment",
    "Campaign",
    "CampaignItem",
    "CampaignKind",
    "CampaignMember",
    "CampaignScope",
    "CampaignState",
    "ImportDraft",
    "ItemSlot",
    "Light",
    "Milestone",
    "Paper",
    "PaperNote",
    "PaperSection",
    "PaperState",
    "RecurringDemand",
    "Return",
    "ReturnState",
    "SaveReceipt",
    "TaskItem",
    "TaskItemGroupPermission",
    "TaskState",
]
