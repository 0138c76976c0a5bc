"""Django's entry for habits."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HabitsConfig(AppConfig):
    """How channels and texts are read and answered, when customers do what, and proposals from it."""

    name = "keepwell.outreach.habits"
    label = "habits"
    verbose_name = _("Habits")
