"""WHAT must be done. One noun a file."""

from .finding import FINDING_TRANSITIONS, OUTSIDE, Finding, FindingState
from .import_draft import ImportDraft
from .notice import (
    COLOUR_STEPS,
    NOTICE_TRANSITIONS,
    OPEN_NOTICES,
    UNITS_TURN,
    WARNING_COLOURS,
    Colour,
    Notice,
    NoticeKind,
    NoticeState,
    SourceKind,
)
from .objection import OBJECTION_TRANSITIONS, Objection, ObjectionState
from .paper import PAPER_TRANSITIONS, Paper, PaperNote, PaperSection, PaperState, RecurringDemand
from .rectification import (
    OPEN_RECTIFICATIONS,
    RECTIFICATION_TRANSITIONS,
    UNITS_WORK,
    Rectification,
    RectificationState,
)
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
    "COLOUR_STEPS",
    "FINDING_TRANSITIONS",
    "NOTICE_TRANSITIONS",
    "OBJECTION_TRANSITIONS",
    "OPEN_NOTICES",
    "OPEN_RECTIFICATIONS",
    "OUTSIDE",
    "PAPER_TRANSITIONS",
    "RECTIFICATION_TRANSITIONS",
    "SLOT_KIND_CHOICES",
    "TASK_TRANSITIONS",
    "UNITS_TURN",
    "UNITS_WORK",
    "WARNING_COLOURS",
    "Assignment",
    "Colour",
    "Finding",
    "FindingState",
    "ImportDraft",
    "ItemSlot",
    "Milestone",
    "Notice",
    "NoticeKind",
    "NoticeState",
    "Objection",
    "ObjectionState",
    "Paper",
    "PaperNote",
    "PaperSection",
    "PaperState",
    "Rectification",
    "RectificationState",
    "RecurringDemand",
    "SaveReceipt",
    "SourceKind",
    "TaskItem",
    "TaskItemGroupPermission",
    "TaskState",
]
