"""What imports keep of a person who was erased: rejected rows and staged files are swept as files are."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from keepwell.customers.privacy.contracts import Subject
from keepwell.foundation import clock
from keepwell.intake import services
from keepwell.intake.models import ImportBatch, ImportFile


def forget(subject: Subject) -> Mapping[str, int]:
    """Finish what is staged, so that it can be found; take names out of records of imports."""
    finished = services.finish_pending(actor="keepwell", now=clock.now())
    changed = 0
    for batch in ImportBatch.objects.iterator(chunk_size=500):
        # The JSON of both databases may hold escapes: look at the values themselves.
        text = orjson.dumps([batch.error, batch.plan, batch.counts]).decode()
        if subject.mentions(text):
            ImportBatch.objects.filter(pk=batch.pk).update(error="", plan={}, counts={})
            changed += 1
    for file in ImportFile.objects.iterator(chunk_size=500):
        if subject.mentions(file.name):
            ImportFile.objects.filter(pk=file.pk).update(name="erased")
            changed += 1
    return {"imports finished": finished, "records of imports": changed}
