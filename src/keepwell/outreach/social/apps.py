"""Django's entry for social accounts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SocialConfig(AppConfig):
    """The matrix of social accounts."""

    name = "keepwell.outreach.social"
    label = "social"
    verbose_name = _("Social accounts")
