"""What the API remembers of a person who was erased."""

from __future__ import annotations

from collections.abc import Mapping

from keepwell.api.models import IdempotentAnswer
from keepwell.customers.privacy.contracts import Subject

MODELS = ("api.IdempotentAnswer",)


def forget(subject: Subject) -> Mapping[str, int]:
    """Empty the answers that name the person; the keys stay used, so that nothing is done twice."""
    changed = 0
    for answer in IdempotentAnswer.objects.exclude(status=None).iterator(chunk_size=500):
        if subject.mentions(answer.body):
            changed += IdempotentAnswer.objects.filter(pk=answer.pk).update(body="{}")
    return {"answers to requests": changed}
