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
    SLOT_ANSWER = "slot.answer"  # confirm or object to what is laid on one's own seat
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
    SYSTEM_MANAGE = "system.manage"  # the gateway, and what could not be sent
    SCHEDULE_MANAGE = "schedule.manage"  # 计划任务: what comes round by itself
    LETTER_READ = "letter.read"
    LETTER_EDIT = "letter.edit"  # make, review, send, remind, void; the wording
    LETTER_SIGN = "letter.sign"  # and 提出修改; whose letter it is, the service looks at
    CAMPAIGN_READ = "campaign.read"
    CAMPAIGN_EDIT = "campaign.edit"  # plan, open, draw, remind, send back, conclude
    CAMPAIGN_APPROVE = "campaign.approve"  # a plan; and give a round up
    RETURN_CONFIRM = "return.confirm"  # of the own unit
    BULLETIN_READ = "bulletin.read"
    BULLETIN_EDIT = "bulletin.edit"
    BULLETIN_APPROVE = "bulletin.approve"
    ASSESS_READ = "assess.read"  # and 自评, team scores, appeals: whose, the service looks at
    ASSESS_EDIT = "assess.edit"  # schemes in draft, rounds, teams, steps, corrections proposed
    ASSESS_ISSUE = "assess.issue"  # publish schemes
    ASSESS_DECIDE = "assess.decide"  # 核定, appeals, publication, corrections
    CHARTS_READ = "charts.read"  # 一图看懂: for who leads or watches more than one unit
    PROMISE_READ = "promise.read"  # and to reword, submit and sign one's own
    PROMISE_EDIT = "promise.edit"  # make, review, publish, withdraw
    POWER_READ = "power.read"
    POWER_EDIT = "power.edit"
    DISPATCH_READ = "dispatch.read"
    DISPATCH_EDIT = "dispatch.edit"
    ENDORSEMENT_READ = "endorsement.read"
    PUBLISH = "publish"  # the static zip for the county's website
    SEARCH = "search"
    JOB_READ = "job.read"
    PROGRESS_REPORT = "progress.report"  # a unit's progress, evidence, shares, extensions
    PROGRESS_CONFIRM = "progress.confirm"  # of whose unit, the service looks at
    PROGRESS_REVIEW = "progress.review"
    EVIDENCE_RELEASE = "evidence.release"  # 解除隔离
    NOTICE_READ = "notice.read"
    NOTICE_EDIT = "notice.edit"  # draft, colour, re-check, void
    NOTICE_ISSUE = "notice.issue"  # send, decide on an extension, strike off
    FINDING_READ = "finding.read"
    FINDING_EDIT = "finding.edit"  # draft, serve, re-check; of inspectors the county's alone
    FINDING_DECIDE = "finding.decide"  # extension, strike off, objection
    UNIT_ANSWER = "unit.answer"  # for one's own unit: take, answer, confirm, report, object
    DUTY_READ = "duty.read"
    DUTY_RECORD = "duty.record"  # who owes it, or the office; the service looks at whose it is
    DUTY_MANAGE = "duty.manage"  # rules; waive, return
    DUTY_CHECK = "duty.check"  # the inspectors' look at a 民主生活会
    FORM_MANAGE = "form.manage"  # numbers and wording of what the office sends out
    YEAR_EDIT = "year.edit"  # see what stands open, prepare the closing, open the next year
    YEAR_CLOSE = "year.close"  # close a year that somebody else prepared, and open it again
    YEAR_COMPARE = "year.compare"  # results over the years, of what one may see
    MODULE_READ = "module.read"  # 责任追究和谈话函询: whether it is on, and by which approval
    MODULE_ASK = "module.ask"
    MODULE_CONFIRM = "module.confirm"
    MODULE_SHUT = "module.shut"
    INTERFERENCE = "interference"  # the register's page; what it shows depends on which
    INTERFERENCE_RECORD = "interference.record"
    INTERFERENCE_READ = "interference.read"
    LEAD = "lead"  # 线索移送: of whose unit, the service looks at


# What nobody may do where the module 责任追究和谈话函询 is off (DESIGN 13).
MODULE_ACTIONS = frozenset(
    {
        Action.INTERFERENCE,
        Action.INTERFERENCE_RECORD,
        Action.INTERFERENCE_READ,
        Action.LEAD,
    }
)
_EVERYBODY = {Action.OWN, Action.HELP, Action.JOB_READ}
_BUSINESS_READER = _EVERYBODY | {
    Action.PAPER_READ,
    Action.SLOT_READ,
    Action.TASK_READ,
    Action.DIRECTORY_READ,
    Action.LETTER_READ,
    Action.CAMPAIGN_READ,
    Action.BULLETIN_READ,
    Action.NOTICE_READ,
    Action.FINDING_READ,
    Action.DUTY_READ,
    Action.ASSESS_READ,
    Action.PROMISE_READ,
    Action.POWER_READ,
    Action.DISPATCH_READ,
    Action.ENDORSEMENT_READ,
    Action.YEAR_COMPARE,
    Action.SEARCH,
}
# What one does for the own unit; the services look at whose unit it is.
_UNIT = _BUSINESS_READER | {
    Action.PROGRESS_REPORT,
    Action.RETURN_CONFIRM,
    Action.UNIT_ANSWER,
    Action.DUTY_RECORD,
}

MATRIX: dict[str, frozenset[Action]] = {
    Role.OFFICE_CLERK: frozenset(
        _BUSINESS_READER
        | {
            Action.INTERFERENCE,
            Action.INTERFERENCE_RECORD,
            Action.CHARTS_READ,
            Action.PAPER_IMPORT,
            Action.PAPER_ISSUE,
            Action.SLOT_FILL,
            Action.TASK_EDIT,
            Action.DIRECTORY_EDIT,
            Action.OBJECT_TRAIL_READ,
            Action.PAST_READ,
            Action.LETTER_EDIT,
            Action.PROGRESS_REVIEW,
            Action.NOTICE_EDIT,
            Action.FINDING_EDIT,
            Action.DUTY_RECORD,
            Action.DUTY_MANAGE,
            Action.ASSESS_EDIT,
            Action.PROMISE_EDIT,
            Action.POWER_EDIT,
            Action.DISPATCH_EDIT,
            Action.PUBLISH,
            Action.FORM_MANAGE,
            Action.YEAR_EDIT,
            Action.CAMPAIGN_EDIT,
            Action.BULLETIN_EDIT,
            Action.SCHEDULE_MANAGE,
        }
    ),
    Role.OFFICE_HEAD: frozenset(
        _BUSINESS_READER
        | {
            Action.INTERFERENCE,
            Action.INTERFERENCE_RECORD,
            Action.CHARTS_READ,
            Action.PAPER_IMPORT,
            Action.PAPER_ISSUE,
            Action.SLOT_FILL,
            Action.TASK_EDIT,
            Action.DIRECTORY_EDIT,
            Action.OBJECT_TRAIL_READ,
            Action.PAST_READ,
            Action.LETTER_EDIT,
            Action.PROGRESS_REVIEW,
            Action.LETTER_SIGN,
            Action.NOTICE_EDIT,
            Action.NOTICE_ISSUE,
            Action.FINDING_EDIT,
            Action.FINDING_DECIDE,
            Action.DUTY_RECORD,
            Action.DUTY_MANAGE,
            Action.ASSESS_EDIT,
            Action.ASSESS_ISSUE,
            Action.ASSESS_DECIDE,
            Action.PROMISE_EDIT,
            Action.POWER_EDIT,
            Action.DISPATCH_EDIT,
            Action.PUBLISH,
            Action.FORM_MANAGE,
            Action.YEAR_EDIT,
            Action.YEAR_CLOSE,
            Action.CAMPAIGN_EDIT,
            Action.CAMPAIGN_APPROVE,
            Action.BULLETIN_EDIT,
            Action.BULLETIN_APPROVE,
            Action.SCHEDULE_MANAGE,
        }
    ),
    Role.LIAISON: frozenset(_UNIT),
    Role.UNIT_HEAD: frozenset(
        _UNIT
        | {
            Action.SLOT_ANSWER,
            Action.LETTER_SIGN,
            Action.PROGRESS_CONFIRM,
            Action.INTERFERENCE,
            Action.INTERFERENCE_RECORD,
            Action.LEAD,
        }
    ),
    Role.LEADER: frozenset(
        _BUSINESS_READER
        | {
            Action.INTERFERENCE,
            Action.INTERFERENCE_RECORD,
            Action.SLOT_ANSWER,
            Action.CHARTS_READ,
            Action.LETTER_SIGN,
            Action.DUTY_RECORD,
            Action.ASSESS_DECIDE,
        }
    ),
    Role.INSPECTOR: frozenset(
        _BUSINESS_READER
        | {
            Action.INTERFERENCE,
            Action.INTERFERENCE_READ,
            Action.LEAD,
            Action.CHARTS_READ,
            Action.TRAIL_READ,
            Action.TRAIL_OR_LOG_READ,
            Action.OBJECT_TRAIL_READ,
            Action.PAST_READ,
            Action.EVIDENCE_RELEASE,
            Action.FINDING_EDIT,
            Action.FINDING_DECIDE,
            Action.DUTY_CHECK,
        }
    ),
    Role.SYSTEM_ADMIN: frozenset(
        _EVERYBODY
        | {
            Action.DIRECTORY_READ,
            Action.ACCOUNT_READ,
            Action.ACCOUNT_MANAGE,
            Action.SYSTEM_MANAGE,
            Action.SCHEDULE_MANAGE,
            Action.MODULE_READ,
            Action.MODULE_ASK,
            Action.MODULE_SHUT,
        }
    ),
    Role.SECURITY_ADMIN: frozenset(
        _EVERYBODY
        | {
            Action.DIRECTORY_READ,
            Action.ACCOUNT_READ,
            Action.ROLE_GRANT,
            Action.MODULE_READ,
            Action.MODULE_CONFIRM,
            Action.MODULE_SHUT,
        }
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
