from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """WHAT is handed out: official documents, letters, bulletins."""

    name = "reports"
    verbose_name = "文书"

    def ready(self) -> None:
        from tasks.selectors import home_banners
        from tasks.services import commitments

        from . import jobs  # noqa: F401
        from .selectors import letter_trail  # noqa: F401
        from .selectors.waiting_letters import waiting_letters
        from .services import letter_signing
        from .services.letter_changes import LetterKeeper
        from .services.letter_keys import EnrolledKeys

        commitments.register(LetterKeeper())
        home_banners.register(waiting_letters)
        letter_signing.use(EnrolledKeys())
