"""The separation rules of security.md 4.4 (三权分立), each with what holds it today.

A rule is held by the database, by a service, or by having no code that could
break it; a test named in `shown_by` shows it. `since` says which later part
of the portal brings a rule's objects; until then there is nothing to hold.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its number and text, what holds it, the tests that show it."""

    number: int
    text: str
    held_by: str
    shown_by: tuple[str, ...] = ()
    since: str = ""


_T = "tests/accountability/test_separation.py::"
_S = "tests/tasks/test_slot_answers.py::"

RULES: tuple[Rule, ...] = (
    Rule(
        1,
        "同一人只任系统、安全、审计管理员之一，且不任任何业务角色（按人，不按账号）",
        "触发器 ledger_separation_mixed_*、ledger_separation_person；services.grants",
        (_T + "test_rule_1_by_the_service", _T + "test_rule_1_by_raw_sql"),
    ),
    Rule(
        2,
        "系统管理员建账号，安全管理员授权，审计管理员查看；对同一账号没有人办两样",
        "触发器 ledger_separation_own_*、ledger_separation_maker；权限表",
        (_T + "test_rule_2_creator_is_not_granter", _T + "test_rule_2_by_raw_sql"),
    ),
    Rule(
        3,
        "三员任命须两人，记任命文件文号；安全管理员不能单独变更；首批由一次性命令产生",
        "约束 role_grant_of_administrator_has_witness；services.grants、services.bootstrap",
        (_T + "test_rule_3_an_administrators_role_wants_a_witness", _T + "test_rule_3_by_raw_sql"),
    ),
    Rule(
        4,
        "通知、评分、方案的拟稿、审核、签发不是同一人",
        "services.notices.issue、campaigns.approve、bulletins.issue、schemes.publish、"
        "scoring.approve、publications.decide、year_reports.approve",
        (
            "tests/tasks/test_notices.py::test_who_drafted_does_not_send_and_all_are_sent_or_none",
            "tests/tasks/test_campaigns.py::test_a_plan_is_approved_by_another_than_its_drafter",
            "tests/reports/test_bulletins.py::test_it_is_issued_by_another_numbered_frozen_and_made",
            "tests/reports/assessment/test_rounds.py::"
            "test_publication_waits_for_the_time_the_appeals_and_another_person",
            "tests/reports/year_report/test_reports.py::"
            "test_who_drafted_or_edited_does_not_approve",
        ),
    ),
    Rule(
        5,
        "单位填报由联络员提交、主要负责人审签；一人单位由政府办负责人会签",
        "services.progress.confirm（县里要求时）、services.progress_review：报送人不确认、不审核",
        (
            "tests/tasks/progress/test_progress.py::test_the_head_confirms_where_the_county_wants_it",
            "tests/tasks/progress/test_progress.py::test_nobody_reviews_twice_or_his_own",
        ),
    ),
    Rule(6, "监督检查人员不修改被监督内容，本单位的人不监督本单位", "权限表没有其写权限",
         (_T + "test_rule_6_inspectors_change_nothing",)),
    Rule(7, "政府办本身的评分由监督检查人员或其他单位录入", "services.scoring.must_not_be_own",
         ("tests/reports/assessment/test_rounds.py::test_the_office_is_scored_and_approved_by_others",)),
    Rule(
        8,
        "任何人不为本人授权、解锁、重置、导出审批",
        "约束 role_grant_not_to_oneself、触发器 ledger_separation_own_*；services",
        (_T + "test_rule_8_nobody_acts_for_himself", _T + "test_rule_8_by_raw_sql"),
    ),
    Rule(
        9,
        "责任领导 5 个工作日内确认或提出异议，逾期如实记为未答复",
        "services.slot_answers：本人现任职务的槽位才可答复；计划任务 slot.unanswered；"
        "约束 slot_answer_*、每处责任一份答复",
        (
            _S + "test_all_is_confirmed_in_one_click_from_the_home",
            _S + "test_nobody_answers_for_another",
            _S + "test_an_objection_has_grounds_is_told_and_decided_by_the_office",
            _S + "test_silence_is_recorded_once_after_five_working_days_and_a_late_word_is_taken",
            _S + "test_the_database_holds_one_answer_a_holding",
        ),
    ),
    Rule(
        10,
        "审计管理员、监督检查人员的查看导出本身有记录，互相可见",
        "services.evidence 记录每次导出；同一审计轨迹",
        ("tests/accountability/test_audit_page.py",),
    ),
    Rule(11, "应急账号封存、双人启封、自动告警",
         "没有应急账号：首批三员以后，没有账号能在授权之外产生",
         ("tests/accountability/test_signing_in.py::test_bootstrap_refuses_where_there_is_an_account",)),
    Rule(12, "没有“以他人身份登录”", "没有这样的路由和代码",
         (_T + "test_rule_12_there_is_no_impersonation",)),
    Rule(
        13,
        "代管有依据、有起止、记轨迹，不超过 30 天，不含签署，不转代管",
        "约束 delegation_*、触发器 ledger_separation_days_*；Scope.own_post_ids",
        ("tests/accountability/test_delegation.py",),
    ),
    Rule(14, "任何角色都不能彻底删除；作废保留编号和理由", "外键 PROTECT；账本触发器；没有删除路由",
         (_T + "test_rule_14_no_route_deletes",)),
)  # fmt: skip
