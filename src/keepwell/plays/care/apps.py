"""Django's entry for care."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CareConfig(AppConfig):
    """Care plans, gifts, activities, packages."""

    name = "keepwell.plays.care"
    label = "care"
    verbose_name = _("Care")

    def ready(self) -> None:
        """Follow customers and tasks."""
        from keepwell.plays.care import following

        following.register()
