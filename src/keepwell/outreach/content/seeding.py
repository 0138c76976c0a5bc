"""Put the ready-made texts into a database; what is there already stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connections, transaction

from keepwell.foundation import clock
from keepwell.outreach.content.contracts import Status
from keepwell.outreach.content.models import BrandVersion, Template, TemplateText, TemplateVersion
from keepwell.outreach.content.seeds import SEEDS, Seed

ACTOR = "keepwell"


def after_migrate(using: str) -> None:
    """Seed a database whose tables have just been made or emptied."""
    if BrandVersion._meta.db_table in connections[using].introspection.table_names():
        seed(using=using)


def seed(*, using: str = "default") -> None:
    """Add the templates that are missing."""
    known = set(Template.objects.using(using).values_list("code", flat=True))
    missing = [code for code in SEEDS if code not in known]
    if not missing:
        return
    with transaction.atomic(using=using):
        _add({code: SEEDS[code] for code in missing}, using)


def _add(brought: Mapping[str, Seed], using: str) -> None:
    """In three statements: tests and restores make many databases."""
    now = clock.now()
    by = {"created_at": now, "created_by": ACTOR, "updated_at": now, "updated_by": ACTOR}
    rows = [
        Template(
            code=code,
            kind=one.kind,
            purpose=one.purpose,
            content_type=one.content_type,
            situation=one.situation,
            service_type=one.service_type,
            is_own=False,
            **by,
        )
        for code, one in brought.items()
    ]
    templates = Template.objects.using(using).bulk_create(rows)
    out = {"approved_at": now, "approved_by": ACTOR, "published_at": now, "published_by": ACTOR}
    versions = TemplateVersion.objects.using(using).bulk_create(
        TemplateVersion(template=row, number=1, **by)
        if brought[row.code].is_draft
        else TemplateVersion(template=row, number=1, status=Status.PUBLISHED, **by, **out)
        for row in templates
    )
    TemplateText.objects.using(using).bulk_create(
        TemplateText(
            version=version,
            language=language,
            subject=wording.subject,
            body=wording.body,
            blocks=[dict(one) for one in wording.blocks],
            **wording.variant.facets(),
        )
        for version in versions
        for language, wordings in brought[version.template.code].texts.items()
        for wording in wordings
    )
