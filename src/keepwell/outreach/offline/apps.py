"""Django's entry for offline channels."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfflineConfig(AppConfig):
    """Places and materials with a code, and how often it was scanned."""

    name = "keepwell.outreach.offline"
    label = "offline"
    verbose_name = _("Offline channels")
