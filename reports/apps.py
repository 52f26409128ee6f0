from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """WHAT is handed out: official documents, letters, bulletins."""

    name = "reports"
    verbose_name = "文书"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from accountability import rhythm
        from accountability.selectors import duty_annexes, unprintable_names
        from tasks.models import SourceKind
        from tasks.selectors import home_banners, home_blocks, sources
        from tasks.services import commitments, numbering

        from . import jobs  # noqa: F401
        from .rules import (  # noqa: F401
            ballots,
            duties,
            letters,
            notices,
            rectifications,
            returns,
            tasks,
        )
        from .selectors import (  # noqa: F401
            assessment_trails,
            bulletin_trail,
            letter_trail,
            past_shapes,
            publication_trails,
            result_notices,
            why,
            wording_trail,
            year_drafts,
            year_reports,
        )
        from .selectors.duty_ballots import of_duty
        from .selectors.home_ten_things import own_ten_things
        from .selectors.typeface_banner import failed_typefaces
        from .selectors.waiting_endorsements import waiting_endorsements, waiting_promises
        from .selectors.waiting_letters import waiting_letters
        from .services import (
            ballot_sweeping,
            letter_expiry,
            letter_signing,
            publication_reminders,
            typeface_check,
        )
        from .services.letter_changes import LetterKeeper
        from .services.letter_keys import EnrolledKeys
        from .services.numbers import OfficeRegister

        post_migrate.connect(ballot_sweeping.install, sender=self)
        commitments.register(LetterKeeper())
        home_banners.register(failed_typefaces)
        unprintable_names.register(typeface_check.lacking)
        home_banners.register(waiting_letters)
        home_banners.register(waiting_endorsements)
        home_banners.register(waiting_promises)
        duty_annexes.register(of_duty)
        duty_annexes.register(year_drafts.of_duty)
        sources.register(SourceKind.ASSESSMENT, result_notices.named, "sheet_notice")
        home_blocks.register(own_ten_things)
        letter_signing.use(EnrolledKeys())
        rhythm.register(
            rhythm.Rule("letter.expire", "责任书期满", "每年1月1日起", letter_expiry.expire_due)
        )
        rhythm.register(
            rhythm.Rule(
                "endorsement.reminder",
                "签字背书待签提醒",
                "送签后第 3 个、第 6 个工作日仍未签署的，每人最多两次",
                publication_reminders.remind_endorsements,
            )
        )
        rhythm.register(
            rhythm.Rule(
                "promise.reminder",
                "承诺书待办提醒",
                "生成、退回或审核后第 3 个、第 6 个工作日仍未办理的，每件最多两次",
                publication_reminders.remind_promises,
            )
        )
        numbering.use(OfficeRegister())
