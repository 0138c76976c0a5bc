"""Django's entry for content by group and buying stage."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TailoringConfig(AppConfig):
    """How far customers are in buying, and which text each of them gets at a touchpoint."""

    name = "keepwell.outreach.tailoring"
    label = "tailoring"
    verbose_name = _("Content by group and stage")

    def ready(self) -> None:
        """Follow customers who are merged or erased; offer the stage to segments."""
        from keepwell.insight.segments.contracts import register_attributes
        from keepwell.outreach.tailoring import following
        from keepwell.outreach.tailoring.attributes import PROVIDER

        following.register()
        register_attributes(PROVIDER)
