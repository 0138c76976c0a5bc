"""Words of letters and gifts."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

Label = str | Promise

SHIPPING: dict[str, Label] = {
    "packed": pgettext_lazy("letter or parcel", "packed"),
    "shipped": pgettext_lazy("letter or parcel", "posted"),
    "arrived": pgettext_lazy("letter or parcel", "arrived"),
    "returned": pgettext_lazy("letter or parcel", "came back"),
}
