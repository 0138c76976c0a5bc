"""Django's entry for the effects of journeys and mailings."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LiftsConfig(AppConfig):
    """What journeys and mailings did, beside their control."""

    name = "keepwell.plays.lifts"
    label = "lifts"
    verbose_name = _("Effects of journeys and mailings")
