"""Users, teams, and what they were given: tokens, links, limits, approvals, their confidentiality duty."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.foundation.crypto import EncryptedTextField

WAITING = "waiting"


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

    # What the token covers that this request came with; None where somebody signed in by themselves.
    token_scopes: frozenset[str] | None = None

    def get_full_name(self) -> str:
        """First name and last name; the other way round and together where they are written in Chinese."""
        if any("\u3400" <= letter <= "\u9fff" for letter in self.last_name):
            return f"{self.last_name}{self.first_name}".strip()
        return super().get_full_name()

    class Meta:
        """Names for people."""

        verbose_name = _("user")
        verbose_name_plural = _("users")


class ContactCard(models.Model):
    """What customers see of a colleague who writes to them in their own name.

    `positions` are what they are, by language. From `away_from` to `away_until`, both included, `substitute`
    writes and is written to in their place.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="card")
    display_name = EncryptedTextField(blank=True, default="")
    email = EncryptedTextField(blank=True, default="")
    phone = EncryptedTextField(blank=True, default="")
    signature = EncryptedTextField(blank=True, default="")
    positions = models.JSONField(default=dict)
    away_from = models.DateField(null=True)
    away_until = models.DateField(null=True)
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="stands_in_for"
    )
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return str(self.user_id)


class ApiToken(models.Model):
    """What a program signs in with instead of its user; only the hash of the secret is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=120)
    scopes = models.JSONField(default=list)  # codes of contracts.Permission
    hint = models.CharField(max_length=12)  # how the secret begins, to tell tokens apart
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"


class PasswordLink(models.Model):
    """A link, good once and for a while, with which somebody sets the password of an account."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="password_links")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.user_id} until {self.expires_at:%Y-%m-%d %H:%M}"


class RolePolicy(models.Model):
    """What is asked of everybody who holds a role."""

    role = models.CharField(max_length=40, unique=True)
    second_factor = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.role


class AuthorityLimit(models.Model):
    """How much a role may decide alone, where that differs from the table Keepwell comes with."""

    role = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    limit = models.DecimalField(max_digits=18, decimal_places=4, null=True)  # None: without limit
    approver = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        """One limit per role and kind."""

        constraints = (models.UniqueConstraint(fields=("role", "kind"), name="accounts_one_limit"),)

    def __str__(self) -> str:
        return f"{self.role} {self.kind}"


class SecondPersonRule(models.Model):
    """Whether somebody else than the writer must approve, where the shop has said so itself."""

    kind = models.CharField(max_length=40, unique=True)
    rule = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.kind} {self.rule}"


class ApprovalRequest(models.Model):
    """Somebody asks for more than their authority allows; somebody else decides."""

    kind = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3, blank=True, default="")
    object_type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=200)
    customer_id = models.CharField(max_length=200, blank=True, default="")
    reason = models.TextField()
    approver = models.CharField(max_length=40, blank=True, default="")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="approvals_asked")
    asked_at = models.DateTimeField()
    status = models.CharField(max_length=20, default=WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="approvals_decided"
    )
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True, default="")

    class Meta:
        """The oldest first; one open request per thing asked."""

        ordering = ("asked_at", "id")
        indexes = (models.Index(fields=("status", "asked_at"), name="accounts_approvals"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="accounts_nobody_approves_own",
            ),
            models.UniqueConstraint(
                fields=("kind", "object_type", "object_id"),
                condition=models.Q(status=WAITING),
                name="accounts_one_open_request",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.object_type} {self.object_id}"


class Acknowledgement(models.Model):
    """Somebody read the duty of confidentiality, in a version and language, and took it on."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="acknowledgements")
    version = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    text_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """Once per version; never changed."""

        ordering = ("-at",)
        constraints = (
            models.UniqueConstraint(fields=("user", "version"), name="accounts_one_acknowledgement"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.version}"


class SharedValue(models.Model):
    """What the processes of one installation share for a while, as Django's database cache keeps it."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.cache_key
