"""What people read for the codes of marks."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Why marketing cannot be queued: codes of `addresses.ready`.
PROBLEM: dict[str, str | Promise] = {
    "no_public_address": _(
        "Marketing by e-mail needs an address where customers can unsubscribe: set KEEPWELL_URL to the"
        " address under which this installation is reached from outside."
    ),
    "address_not_https": _(
        "Mail programs unsubscribe by HTTPS only: KEEPWELL_URL must begin with https:// to send marketing."
    ),
    "no_company_name": _("Marketing by e-mail must say who sends it: enter the company's name in Brand."),
    "no_postal_address": _(
        "Marketing by e-mail must say where the sender can be found: enter the postal address in Brand."
    ),
}
