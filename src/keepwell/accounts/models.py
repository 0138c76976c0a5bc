"""Users and teams."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Team(models.Model):
    """People who look after customers together; who leads it sees and changes what its members may."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    leader = models.ForeignKey(
        "accounts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("leader"),
    )

    class Meta:
        """By name."""

        ordering = ("name",)
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Somebody who signs in.

    `language` is what Keepwell speaks to them; `roles` are codes of `contracts.Role`; a superuser is an
    administrator whatever the roles say.
    """

    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True, default="")
    roles = models.JSONField(_("roles"), default=list, blank=True)
    team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("team")
    )

    class Meta:
        """Names for people."""

        verbose_name = _("user")
        verbose_name_plural = _("users")
