"""Users."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Somebody who signs in; `language` is what Keepwell speaks to them."""

    language = models.CharField(_("language"), max_length=10, blank=True, default="")

    class Meta:
        """Names for people."""

        verbose_name = _("user")
        verbose_name_plural = _("users")
