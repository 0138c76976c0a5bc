"""Django's entry for the care of VIP customers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VipConfig(AppConfig):
    """Who counts as VIP, how soon they are answered, and who is on duty at night."""

    name = "keepwell.outreach.vip"
    label = "vip"
    verbose_name = _("VIP care")
