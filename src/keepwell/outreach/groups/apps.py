"""Django's entry for groups."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GroupsConfig(AppConfig):
    """Notices to groups of colleagues."""

    name = "keepwell.outreach.groups"
    label = "groups"
    verbose_name = _("Notices to groups")
