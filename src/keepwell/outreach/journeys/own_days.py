"""What the days of the shop's own are called."""

from __future__ import annotations

from django.utils.translation import gettext

from keepwell.outreach.journeys.models import FestivalDay

# The day on which a ready-made journey begins, whether somebody has entered it yet or not.
MEMBER_DAY = "member_day"


def own_days() -> dict[str, str]:
    """Code to name, of every country and year."""
    rows = FestivalDay.objects.exclude(name="").order_by("name").values_list("code", "name")
    return dict(rows)


def name_of(code: str) -> str:
    """The name of one; its code where nobody has named it."""
    if code == MEMBER_DAY:
        return gettext("Member day")
    row = FestivalDay.objects.filter(code=code).exclude(name="").values_list("name", flat=True).first()
    return row or code
