"""Everything that people wrote about a customer, gone."""

from __future__ import annotations

from django.db import transaction

from keepwell.customers.files import unlink_files
from keepwell.customers.models import Attachment, CustomerTag, Handover, Portrait
from keepwell.customers.services.items import ITEMS


def erase_portrait(*, customer_id: str) -> int:
    """Delete portrait, contact points, items, tags and files of a customer; how many rows. No audit entry.

    The record itself, ownership and handovers stay: whoever erases a person decides over them. Texts of
    handovers in which only this customer stands are emptied.
    """
    count = 0
    with transaction.atomic():
        files = Attachment.every.filter(customer=customer_id)
        unlink_files(list(files.values_list("stored_name", flat=True)))
        for model in ITEMS.values():
            count += model.every.filter(customer=customer_id).delete()[0]
        for other in (Portrait, CustomerTag):
            count += other._default_manager.filter(customer=customer_id).delete()[0]
        for handover in Handover.objects.filter(customers__customer=customer_id):
            if handover.customers.count() == 1:
                handover.reason = handover.open_matters = ""
                handover.preferences = handover.decision_reason = ""
                handover.save()
    return count
