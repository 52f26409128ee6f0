"""What can be done in the portal, and which role may do it (security.md 4.3)."""

from __future__ import annotations

from enum import StrEnum

from ..models.user import Role


class Action(StrEnum):
    """One thing that a person may or may not do. A route names exactly one."""

    PUBLIC = "public"  # no login: the login page, health, error pages
    OWN = "own"  # any signed-in person, about himself
    HELP = "help"
    PAPER_READ = "paper.read"
    PAPER_IMPORT = "paper.import"
    PAPER_ISSUE = "paper.issue"
    SLOT_READ = "slot.read"
    SLOT_FILL = "slot.fill"
    TASK_READ = "task.read"
    TASK_EDIT = "task.edit"
    DIRECTORY_READ = "directory.read"
    DIRECTORY_EDIT = "directory.edit"
    ACCOUNT_READ = "account.read"
    ACCOUNT_MANAGE = "account.manage"
    ROLE_GRANT = "role.grant"
    TRAIL_READ = "trail.read"
    SECURITY_LOG_READ = "security_log.read"
    TRAIL_OR_LOG_READ = "trail_or_log.read"  # the trail's page; what it shows depends on which
    OBJECT_TRAIL_READ = "object_trail.read"  # 全部轨迹 of one object that the asker may see
    PAST_READ = "past.read"  # an object as it stood on a past day
    SYSTEM_MANAGE = "system.manage"
    LETTER_READ = "letter.read"
    LETTER_EDIT = "letter.edit"  # make, review, send, remind, void; the wording
    LETTER_SIGN = "letter.sign"  # and 提出修改; whose letter it is, the service looks at
    SEARCH = "search"
    JOB_READ = "job.read"
    FORM_MANAGE = "form.manage"  # numbers and wording of what the office sends out


_EVERYBODY = {Action.OWN, Action.HELP, Action.JOB_READ}
_BUSINESS_READER = _EVERYBODY | {
    Action.PAPER_READ,
    Action.SLOT_READ,
    Action.TASK_READ,
    Action.DIRECTORY_READ,
    Action.LETTER_READ,
    Action.SEARCH,
}

MATRIX: dict[str, frozenset[Action]] = {
    Role.OFFICE_CLERK: frozenset(
        _BUSINESS_READER
        | {
            Action.PAPER_IMPORT,
            Action.PAPER_ISSUE,
            Action.SLOT_FILL,
            Action.TASK_EDIT,
            Action.DIRECTORY_EDIT,
            Action.OBJECT_TRAIL_READ,
            Action.PAST_READ,
            Action.LETTER_EDIT,
            Action.FORM_MANAGE,
        }
    ),
    Role.OFFICE_HEAD: frozenset(
        _BUSINESS_READER
        | {
            Action.PAPER_IMPORT,
            Action.PAPER_ISSUE,
            Action.SLOT_FILL,
            Action.TASK_EDIT,
            Action.DIRECTORY_EDIT,
            Action.OBJECT_TRAIL_READ,
            Action.PAST_READ,
            Action.LETTER_EDIT,
            Action.LETTER_SIGN,
            Action.FORM_MANAGE,
        }
    ),
    Role.LIAISON: frozenset(_BUSINESS_READER),
    Role.UNIT_HEAD: frozenset(_BUSINESS_READER | {Action.LETTER_SIGN}),
    Role.LEADER: frozenset(_BUSINESS_READER | {Action.LETTER_SIGN}),
    Role.INSPECTOR: frozenset(
        _BUSINESS_READER
        | {
            Action.TRAIL_READ,
            Action.TRAIL_OR_LOG_READ,
            Action.OBJECT_TRAIL_READ,
            Action.PAST_READ,
        }
    ),
    Role.SYSTEM_ADMIN: frozenset(
        _EVERYBODY
        | {
            Action.DIRECTORY_READ,
            Action.ACCOUNT_READ,
            Action.ACCOUNT_MANAGE,
            Action.SYSTEM_MANAGE,
        }
    ),
    Role.SECURITY_ADMIN: frozenset(
        _EVERYBODY | {Action.DIRECTORY_READ, Action.ACCOUNT_READ, Action.ROLE_GRANT}
    ),
    Role.AUDIT_ADMIN: frozenset(
        _EVERYBODY
        | {
            Action.DIRECTORY_READ,
            Action.ACCOUNT_READ,
            Action.SECURITY_LOG_READ,
            Action.TRAIL_OR_LOG_READ,
            Action.OBJECT_TRAIL_READ,  # of accounts alone
        }
    ),
}
