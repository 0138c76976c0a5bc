"""Rows of groups of customers: who of them is known, by number alone; texts and names are sealed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from keepwell.foundation.crypto import EncryptedTextField


class ChatGroup(models.Model):
    """A group as WeCom has it. Its name is sealed, for it often names people."""

    chat_id = models.CharField(max_length=64, unique=True)
    name = EncryptedTextField(blank=True, default="")
    owner = models.CharField(max_length=64)  # WeCom's user ID of a colleague
    status = models.PositiveSmallIntegerField(default=0)
    members = models.PositiveIntegerField(default=0)
    strangers = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        """Those that there are first."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"group {self.pk}"


class ChatMember(models.Model):
    """That a customer is in a group."""

    group = models.ForeignKey(ChatGroup, models.CASCADE, related_name="known")
    customer_id = models.CharField(max_length=64, db_index=True)
    joined_at = models.DateTimeField(null=True)

    class Meta:
        """Once in each."""

        constraints = [models.UniqueConstraint(fields=("group", "customer_id"), name="chats_member_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.group_id}"


class GroupPost(models.Model):
    """One text to chosen groups."""

    template_code = models.CharField(max_length=80)
    template_version = models.PositiveIntegerField()
    language = models.CharField(max_length=20)
    purpose = models.CharField(max_length=12)
    text = EncryptedTextField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.template_code} {self.pk}"


class GroupDelivery(models.Model):
    """A text to one group: waits, goes to its owner as a task of WeCom, is sent once they confirm."""

    post = models.ForeignKey(GroupPost, models.CASCADE, related_name="deliveries")
    group = models.ForeignKey(ChatGroup, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, default="waiting")
    reason = models.CharField(max_length=40, blank=True, default="")
    due_at = models.DateTimeField()
    lease = models.CharField(max_length=40, blank=True, default="")
    begun_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    provider_ref = models.CharField(max_length=120, blank=True, default="")
    figures = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """A group once for each text; the worker asks for what is due and what is not known yet."""

        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=("post", "group"), name="chats_group_once")]
        indexes = [
            models.Index(fields=("due_at",), condition=Q(state="waiting"), name="chats_due"),
            models.Index(
                fields=("asked_at",),
                condition=Q(state__in=("handing", "handed", "unknown")),
                name="chats_awaited",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.group_id} {self.state}"
