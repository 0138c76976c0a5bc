"""Django's entry for learning from plays."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LearningConfig(AppConfig):
    """Learning from plays."""

    name = "keepwell.plays.learning"
    label = "learning"
    verbose_name = _("Learning from plays")

    def ready(self) -> None:
        """Forget whom the company forgets."""
        from keepwell.customers.privacy.services import register_eraser
        from keepwell.plays.learning import rows

        register_eraser("learning", rows.forget, models=())
