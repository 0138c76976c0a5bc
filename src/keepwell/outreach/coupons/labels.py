"""Words for the codes of coupons."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

KIND: dict[str, Label] = {
    "percent": pgettext_lazy("kind of coupon", "Percent off"),
    "amount": pgettext_lazy("kind of coupon", "Amount off"),
    "gift": pgettext_lazy("kind of coupon", "Gift"),
}
SOURCE: dict[str, Label] = {
    "own": _("Keepwell makes the codes"),
    "list": _("A list of the till or web shop"),
}
STATE: dict[str, Label] = {
    "issued": pgettext_lazy("state of a coupon", "Can be used"),
    "redeemed": pgettext_lazy("state of a coupon", "Redeemed"),
    "expired": pgettext_lazy("state of a coupon", "Expired"),
    "void": pgettext_lazy("state of a coupon", "Void"),
}
VIA: dict[str, Label] = {
    "api": pgettext_lazy("way of redeeming", "Till or web shop"),
    "file": pgettext_lazy("way of redeeming", "File"),
    "counter": pgettext_lazy("way of redeeming", "At the counter"),
}
ORIGIN: dict[str, Label] = {
    "case": pgettext_lazy("origin of a coupon", "Win-back case"),
    "play": pgettext_lazy("origin of a coupon", "Play"),
    "journey": pgettext_lazy("origin of a coupon", "Journey"),
    "mailing": pgettext_lazy("origin of a coupon", "Mailing"),
    "care": pgettext_lazy("origin of a coupon", "Care"),
    "friction": pgettext_lazy("origin of a coupon", "Remedy"),
    "hand": pgettext_lazy("origin of a coupon", "By hand"),
}
# Reasons that no person wrote.
VOID_REASON: dict[str, Label] = {
    "not_sent": _("The message with the code was not sent."),
    "called_off": _("The offer was called off."),
}
PROBLEM: dict[str, Label] = {
    "unknown": _("Nobody was given this code."),
    "mistyped": _("This code is mistyped: its last character does not fit."),
    "redeemed": _("This code has been redeemed already."),
    "expired": _("This code has expired."),
    "void": _("This code was made void."),
    "not_yet": _("This is before the code was given."),
    "future": _("This lies in the future."),
    "other_customer": _("This code belongs to another customer."),
    "below_minimum": _("The order is below the least amount of this coupon."),
    "needs_amount": _("This coupon has a least order: say the order's amount."),
    "bad_amount": _("Please type an amount of zero or more."),
    "bad_moment": _("This is no date."),
    "columns": _("The file needs a column “code”."),
    "too_many_lines": _("A file may have 100,000 lines."),
    "bad_code": _("A code has 4 to 39 letters and digits."),
    "no_list": _("Keepwell makes the codes of this offer."),
    "no_reason": _("Please say why."),
    "too_long": _("Please say it in 500 characters."),
    "over": _("This coupon is over already."),
    "bad_value": _("Please type what the coupon gives, above zero."),
    "bad_share": _("A share is at most 100%."),
    "no_gift": _("Say what the gift is, in 120 characters."),
    "no_currency": _("Choose a currency."),
    "bad_minimum": _("The least order needs an amount above zero and a currency."),
    "bad_days": _("A coupon holds for 1 to 366 days."),
    "beyond_authority": _("This is more than you may decide. Ask who has a wider authority."),
    "no_name": _("Give it a name of up to 80 characters."),
    "name_taken": _("There is an offer of this name."),
    "no_end": _("Say until when the till takes these codes."),
    "end_past": _("The till no longer takes these codes."),
    "bad_number": _("Please type a whole number."),
    "no_text": _("There is no such text."),
    "text_taken": _("One of these texts goes with another offer."),
    "other_source": _("Where the codes come from cannot be changed: make another offer."),
}
