from django.apps import AppConfig


class TasksConfig(AppConfig):
    """WHAT must be done: papers, their outline, task items and slots."""

    name = "tasks"
    verbose_name = "责任事项"

    def ready(self) -> None:
        from accountability import rhythm
        from accountability.selectors import duty_calendar
        from accountability.services import carried, rights
        from accountability.services import commitments as signed

        from . import jobs  # noqa: F401
        from .models import SourceKind
        from .selectors import (  # noqa: F401
            campaign_trail,
            campaigns,
            home_banners,
            home_blocks,
            notice_trail,
            past_shapes,
            sources,
            trail,
            waiting_evidence,
            why,
            why_watched,
        )
        from .selectors.calendar_banner import unannounced_year
        from .selectors.calendar_days import task_days
        from .selectors.slot_answers import waiting_block
        from .selectors.waiting_returns import waiting_plans, waiting_returns
        from .services import (
            campaign_rounds,
            commitments,
            conclusion_objections,
            grants,
            notice_reminders,
            objections,
            slot_answers,
        )
        from .services.carried import open_tasks

        duty_calendar.register(task_days)
        carried.register("tasks", open_tasks)
        home_banners.register(waiting_evidence.held_files)
        rights.register("tasks", grants.directory_changed)
        rhythm.register(campaign_rounds.RULE)
        home_banners.register(waiting_returns)
        home_banners.register(waiting_plans)
        rhythm.register(
            rhythm.Rule(
                "notice.reminder",
                "督办文书签收、反馈提醒",
                "到期前 1 个工作日和逾期时，每件最多两次",
                notice_reminders.remind_notices,
            )
        )
        rhythm.register(
            rhythm.Rule(
                "rectification.reminder",
                "问题整改提醒",
                "到期前 1 个工作日和逾期时，每件最多两次",
                notice_reminders.remind_rectifications,
            )
        )
        rhythm.register(slot_answers.RULE)
        home_blocks.register(waiting_block)
        signed.register_groups("tasks", commitments.settle_groups)
        objections.register(
            conclusion_objections.KIND,
            conclusion_objections.found,
            conclusion_objections.follow,
            "unit_return",
        )
        sources.register(SourceKind.CAMPAIGN, campaigns.named, "campaign")
        home_banners.register(unannounced_year)
