"""What plans keep of a person who was erased: that somebody was in them, not who."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from keepwell.customers.privacy.contracts import Subject
from keepwell.plays.models import PlanLine

MODELS = ("plays.PlanLine",)


def forget(subject: Subject) -> Mapping[str, int]:
    """Put the lines under the pseudonym, so that a plan's sums stay what they were."""
    changed = 0
    with transaction.atomic():
        for plan_id in PlanLine.objects.filter(customer_id__in=subject.customer_ids).values_list(
            "plan", flat=True
        ):
            lines = PlanLine.objects.filter(plan=plan_id, customer_id__in=subject.customer_ids).order_by("pk")
            for place, key in enumerate(list(lines.values_list("pk", flat=True))):
                # Two numbers of one person may be in one plan, where a number is there once.
                number = f"{subject.pseudonym}-{place}" if place else subject.pseudonym
                changed += PlanLine.objects.filter(pk=key).update(customer_id=number)
    return {"lines of plans": changed}
