"""What was refused of a person who was erased."""

from __future__ import annotations

from collections.abc import Mapping

from keepwell.customers.privacy.contracts import Subject
from keepwell.integrations.models import DeadLetter

MODELS = ("integrations.DeadLetter",)


def forget(subject: Subject) -> Mapping[str, int]:
    """Remove refused messages that name the person, under whatever number."""
    named = [
        letter.pk
        for letter in DeadLetter.objects.iterator(chunk_size=500)
        if letter.customer_id in subject.customer_ids or subject.mentions(letter.payload)
    ]
    removed, _each = DeadLetter.objects.filter(pk__in=named).delete()
    return {"refused messages": removed}
