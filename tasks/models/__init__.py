"""WHAT must be done. One noun a file."""

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

__all__ = [
    "PAPER_TRANSITIONS",
    "SLOT_KIND_CHOICES",
    "TASK_TRANSITIONS",
    "Assignment",
    "ImportDraft",
    "ItemSlot",
    "Milestone",
    "Paper",
    "PaperNote",
    "PaperSection",
    "PaperState",
    "RecurringDemand",
    "SaveReceipt",
    "TaskItem",
    "TaskItemGroupPermission",
    "TaskState",
]
