"""Rows of social accounts. Keepwell posts nothing: people do, and keep here what they plan and see."""

from __future__ import annotations

from django.db import models

from keepwell.foundation.crypto import EncryptedTextField


class SocialAccount(models.Model):
    """An account of the shop's own on a platform."""

    platform = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    link = models.CharField(max_length=300, blank=True, default="")
    owner_id = models.BigIntegerField(null=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """Once on each platform."""

        ordering = ("platform", "name")
        constraints = [models.UniqueConstraint(fields=("platform", "name"), name="social_account_once")]

    def __str__(self) -> str:
        return f"{self.platform} {self.name}"


class Aim(models.Model):
    """For which group of customers an account is, about what, and with which texts."""

    account = models.ForeignKey(SocialAccount, models.CASCADE, related_name="aims")
    segment_id = models.BigIntegerField()
    themes = models.JSONField(default=list)
    templates = models.JSONField(default=list)

    class Meta:
        """Once for each group."""

        ordering = ("segment_id",)
        constraints = [models.UniqueConstraint(fields=("account", "segment_id"), name="social_aim_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.segment_id}"


class FollowerCount(models.Model):
    """How many follow an account on a day."""

    account = models.ForeignKey(SocialAccount, models.CASCADE, related_name="followers")
    on_date = models.DateField()
    followers = models.PositiveIntegerField()

    class Meta:
        """Once a day; the newest first."""

        ordering = ("-on_date",)
        constraints = [models.UniqueConstraint(fields=("account", "on_date"), name="social_followers_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.on_date}"


class Post(models.Model):
    """What is planned for a day, and where it stands."""

    account = models.ForeignKey(SocialAccount, models.CASCADE, related_name="posts")
    on_date = models.DateField()
    theme = models.CharField(max_length=60, blank=True, default="")
    title = models.CharField(max_length=200)
    template_code = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=10, default="planned")  # planned, posted, dropped
    link = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        """By day."""

        ordering = ("on_date", "pk")
        indexes = [models.Index(fields=("on_date",), name="social_post_day")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.on_date} {self.title}"


class Topic(models.Model):
    """A discussion or a survey on an account, and what came of it; what people said is sealed."""

    account = models.ForeignKey(SocialAccount, models.CASCADE, related_name="topics")
    kind = models.CharField(max_length=12)  # discussion, survey
    title = models.CharField(max_length=200)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    participants = models.PositiveIntegerField(null=True)
    answers = models.JSONField(default=list)  # [[option, how many], …]
    result = EncryptedTextField(blank=True, default="")

    class Meta:
        """The newest first."""

        ordering = ("-opened_on", "-pk")

    def __str__(self) -> str:
        return f"{self.account_id} {self.title}"
