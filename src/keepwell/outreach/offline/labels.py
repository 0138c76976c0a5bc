"""Words for the codes of offline channels."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

KIND: Mapping[str, Label] = {
    "exhibition": pgettext_lazy("offline channel", "Exhibition"),
    "poster": pgettext_lazy("offline channel", "Poster"),
    "leaflet": pgettext_lazy("offline channel", "Leaflet"),
    "store": pgettext_lazy("offline channel", "Store"),
    "partner": pgettext_lazy("offline channel", "Partner outlet"),
}
PROBLEM: Mapping[str, Label] = {
    "name": _("Please give it a name."),
    "kind": _("Please choose a kind of the list."),
    "target": _("Please give the address of a page that begins with https://."),
    "ends_on": _("The last day is before the first."),
    "cost": _("Please type an amount."),
    "code": _("A code has letters a to z, digits and hyphens; this one is taken or will not do."),
    "customer": _("There is no such customer."),
}
