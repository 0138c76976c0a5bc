"""Rows of content: templates, their versions and texts, the brand."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from keepwell.foundation.crypto import EncryptedTextField
from keepwell.outreach.content.contracts import FACETS


class Template(models.Model):
    """Something that is said or sent, whatever its wording."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, blank=True)  # empty: as Keepwell calls it
    kind = models.CharField(max_length=20)
    purpose = models.CharField(max_length=12)
    content_type = models.CharField(max_length=20)
    situation = models.CharField(max_length=20, blank=True, default="")
    service_type = models.CharField(max_length=20, blank=True, default="")
    is_own = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """Lists go by name; the phrase book asks by kind and situation."""

        ordering = ("name", "id")
        indexes = [models.Index(fields=("kind", "situation"), name="content_template_kind")]

    def __str__(self) -> str:
        return self.code


class TemplateVersion(models.Model):
    """One wording; from its publication on it never changes."""

    template = models.ForeignKey(Template, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, default="draft")
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True, default="")
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        """The newest first; one that is written and one in use at most."""

        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=("template", "number"), name="content_version_once"),
            models.UniqueConstraint(
                fields=("template",),
                condition=Q(status__in=("draft", "approved")),
                name="content_one_draft",
            ),
            models.UniqueConstraint(
                fields=("template",), condition=Q(status="published"), name="content_one_published"
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number} ({self.status})"


class TemplateText(models.Model):
    """The text of a version in one language for one kind of reader; empty facets are for everybody."""

    version = models.ForeignKey(TemplateVersion, models.CASCADE, related_name="texts")
    language = models.CharField(max_length=20)
    role = models.CharField(max_length=20, blank=True, default="")
    persona = models.CharField(max_length=20, blank=True, default="")
    stage = models.CharField(max_length=20, blank=True, default="")
    culture = models.CharField(max_length=20, blank=True, default="")
    tone = models.CharField(max_length=20, blank=True, default="")
    medium = models.CharField(max_length=20, blank=True, default="")
    subject = models.CharField(max_length=300, blank=True, default="")
    body = models.TextField(blank=True, default="")
    blocks = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=1)
    # The model that drafted it, who asked and when; `before` is what stood there, for one step back.
    drafted_with = models.CharField(max_length=120, blank=True, default="")
    drafted_by = models.CharField(max_length=150, blank=True, default="")
    drafted_at = models.DateTimeField(null=True)
    before = models.JSONField(null=True)

    class Meta:
        """Once per language and reader."""

        ordering = ("language", "id")
        constraints = [
            models.UniqueConstraint(fields=("version", "language", *FACETS), name="content_text_once")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.language}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse where the version is out already."""
        if self.version.status not in ("draft", "approved"):
            raise TypeError("a text of a published version cannot be changed")
        super().save(*args, **kwargs)


class BrandVersion(models.Model):
    """The look of all e-mails and what they say of the company; a version never changes."""

    version = models.PositiveIntegerField(unique=True)
    values = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta:
        """The newest first."""

        ordering = ("-version",)

    def __str__(self) -> str:
        return f"brand {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append only."""
        if self.pk is not None:
            raise TypeError("a version of the brand cannot be changed")
        super().save(*args, **kwargs)


class DraftingModel(models.Model):
    """The endpoint that drafts texts, one row at most; its key is a secret, and sealed."""

    enabled = models.BooleanField(default=False)
    base_url = models.CharField(max_length=500)
    model = models.CharField(max_length=120)
    key = EncryptedTextField(blank=True, default="")
    has_key = models.BooleanField(default=False)
    timeout_seconds = models.PositiveSmallIntegerField(default=30)
    json_mode = models.BooleanField(default=True)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """One row."""

        constraints = [models.CheckConstraint(condition=Q(id=1), name="content_one_drafting_model")]

    def __str__(self) -> str:
        return self.model
