"""Django's entry for reply times."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReplyingConfig(AppConfig):
    """How soon customers are to get an answer on each channel, and how soon they do."""

    name = "keepwell.outreach.replying"
    label = "replying"
    verbose_name = _("Reply times")
