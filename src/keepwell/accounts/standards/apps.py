"""Django's entry for the register."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StandardsConfig(AppConfig):
    """Standards and records."""

    name = "keepwell.accounts.standards"
    label = "standards"
    verbose_name = _("Standards and records")
