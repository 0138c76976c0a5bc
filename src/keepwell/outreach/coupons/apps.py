"""Django's entry for coupons."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CouponsConfig(AppConfig):
    """What was offered to whom by a code, and what became of it."""

    name = "keepwell.outreach.coupons"
    label = "coupons"
    verbose_name = _("Coupons")

    def ready(self) -> None:
        """Follow customers who are merged or erased."""
        from keepwell.outreach.coupons import following

        following.register()
