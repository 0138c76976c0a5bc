"""Django's entry for what people do."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonConfig(AppConfig):
    """Messages that a person carries out."""

    name = "keepwell.outreach.channels.person"
    label = "person"
    verbose_name = _("Done by people")

    def ready(self) -> None:
        """Follow tasks, and customers who are erased."""
        from keepwell.outreach.channels.person import following

        following.register()
