"""Words of sending."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

SETTINGS_PROBLEM: dict[str, Label] = {
    "type_again": _("The address that it is sent to has changed: please type it again."),
    "missing": _("Please fill this in."),
    "too_long": _("This is too long, or has more than one line."),
    "no_such_choice": _("Please choose one of these."),
    "not_an_address": _("Type an e-mail address, with a name before it if you like."),
    "not_an_endpoint": _("Type an address that begins with https://."),
    "not_seconds": _("Type a number of seconds, at most 120."),
    "not_a_length": _("Type a number of characters from 1 to 500."),
    "not_an_account": _("The number of an account begins with AC."),
    "not_encrypted": _(
        "Without encryption anybody on the way can read what customers are written: choose STARTTLS or TLS. "
        "None is for a mail server whose addresses all lie in your own network."
    ),
    "not_a_port": _("Type a port number from 1 to 65535."),
    "not_a_number": _("Type a whole number."),
    "not_a_web_address": _("Type a web address that begins with https://."),
    "not_a_key": _("This is not a verification key: paste it whole, as the provider shows it."),
    "not_a_topic": _("This is not the ARN of a topic: it begins with arn:aws:sns."),
    "not_an_aes_key": _("This is not an EncodingAESKey: it has 43 letters and digits."),
    "not_https": _("Type an address that begins with https://."),
    "not_a_list": _("Type one line for each colleague: user name here = user ID there."),
    "not_per_day": _("Type a number from 1 to 500."),
    "not_due_days": _("Type a number of days from 1 to 60."),
    "not_origins": _("Type addresses such as https://www.shop.example, one on each line, without a path."),
    "short_secret": _("Type at least 32 characters."),
    "not_visits": _("Type a number from 1 to 50."),
    "not_a_secret": _("This is not a signing secret: it begins with whsec_."),
}
MESSAGE_STATUS: dict[str, Label] = {
    "waiting": pgettext_lazy("message", "waits"),
    "held": pgettext_lazy("message", "held back"),
    "sending": pgettext_lazy("message", "on its way"),
    "handed": pgettext_lazy("message", "with a colleague"),
    "sent": pgettext_lazy("message", "sent"),
    "withheld": pgettext_lazy("message", "withheld"),
    "failed": pgettext_lazy("message", "failed"),
    "unknown": pgettext_lazy("message", "of unknown fate"),
    "taken_back": pgettext_lazy("message", "taken back"),
}
STANDING: dict[str, Label] = {
    "sent": pgettext_lazy("message", "sent"),
    "delivered": pgettext_lazy("message", "delivered"),
    "bounced": pgettext_lazy("message", "came back"),
    "opened": pgettext_lazy("message", "opened"),
    "clicked": pgettext_lazy("message", "clicked"),
    "answered": pgettext_lazy("message", "answered"),
    "unsubscribed": pgettext_lazy("message", "unsubscribed"),
    "complained": pgettext_lazy("message", "called spam"),
}
# What providers and the making of a message say most often; other codes are shown as they are.
FAILURE: dict[str, Label] = {
    "not_reached": _("the customer was not reached"),
    "wrong_contact": _("the contact data were wrong"),
    "not_needed": _("it was not needed any more"),
    "no_address": _("no address for this channel"),
    "dead_address": _("the address does not exist any more"),
    "compose": _("no message could be made of it"),
    "missing_value": _("a value that the text needs is not known"),
    "no_template": _("the provider has approved no template for it"),
    "template_not_promotion": _("its template is not approved as promotion"),
    "template_not_mainland": _("its template is for numbers abroad"),
    "template_not_international": _("its template is for mainland numbers"),
    "value_empty": _("a variable of the template would be empty"),
    "value_too_long": _("a value is too long for the provider's template"),
    "value_has_link": _("a value has a link, which the provider takes in the text alone"),
    "value_names": _("the template's variables are not numbered from 1 on"),
    "text_too_long": _("it is too long"),
    "no_text": _("it says nothing"),
    "no_country": _("the number lacks its country code"),
    "not_a_mobile": _("the number is not a mobile"),
    "not_a_number": _("it is not a telephone number"),
    "interrupted": _("the worker was interrupted in the middle"),
    "lost": _("the connection was lost before the answer"),
    "5.1.1": _("the address does not exist"),
    "no_words": _("there are no words in it"),
    "too_long": _("it is too long for this channel"),
    "no_country_code": _("the telephone number lacks its country"),
    "unknown_place": _("a value has no place in the template"),
    "template_marketing": _("WeChat allows no marketing by template"),
    "not_with_member": _("in WeCom the customer is not with this colleague"),
    "not_a_friend": _("the customer has removed us"),
    "user_block": _("the customer has blocked us"),
    "day_limit": _("the customer has had enough for today"),
    "window_closed": _("the customer has not written lately"),
    # WeCom and WeChat
    "40003": _("there is no such person"),
    "40096": _("there is no such person"),
    "84061": _("nobody here is in touch with the customer"),
    "41048": _("the customer has had enough for today"),
    "43004": _("the customer does not follow us"),
    "43101": _("the customer has not ticked this subscription"),
    "45015": _("the customer has not written lately"),
    "45047": _("the customer has had all answers that are allowed"),
    # WhatsApp
    "131026": _("the number is not on WhatsApp"),
    "131047": _("the customer has not written lately"),
    "131049": _("WhatsApp gives the customer no more marketing for now"),
    "131050": _("the customer has switched our marketing off"),
    "132000": _("the values do not fit the template"),
    "132001": _("there is no such template in this language"),
    "132015": _("the template is paused"),
    "132016": _("the template is switched off"),
    "5.2.2": _("the mailbox is full"),
    "5.7.1": _("the receiver's server does not want it"),
}
STOPPED: dict[str, Label] = {"refused": _("The provider does not let us in.")}
