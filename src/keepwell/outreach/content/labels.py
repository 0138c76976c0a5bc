"""What people read for codes of content, and what checks and refusals say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.customers.labels import CULTURE, LANGUAGE, SERVICE_TYPE
from keepwell.customers.labels import PURPOSE as ALL_PURPOSES
from keepwell.insight.labels import LIFE_STAGE
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content.contracts import Choice, ContentError, Finding, TextView, Variant
from keepwell.outreach.content.core.variables import VARIABLES

Label = str | Promise

KIND: dict[str, Label] = {
    "email": pgettext_lazy("kind of template", "E-mail"),
    "sms": pgettext_lazy("kind of template", "Text message"),
    "chat": pgettext_lazy("kind of template", "Chat message"),
    "banner": pgettext_lazy("kind of template", "Banner on the website"),
    "popup": pgettext_lazy("kind of template", "Pop-up on the website or in the app"),
    "call_script": pgettext_lazy("kind of template", "Call script"),
    "letter": pgettext_lazy("kind of template", "Letter or card"),
    "phrase": pgettext_lazy("kind of template", "Phrase"),
    "success_case": pgettext_lazy("kind of template", "Success case"),
}
CONTENT_TYPE: dict[str, Label] = {
    "product_news": pgettext_lazy("content type", "Product news"),
    "industry_news": pgettext_lazy("content type", "Industry news"),
    "offer": pgettext_lazy("content type", "Offer"),
    "care": pgettext_lazy("content type", "Care"),
    "service_notice": pgettext_lazy("content type", "Service notice"),
}
PURPOSE: dict[str, Label] = {code: label for code, label in ALL_PURPOSES.items() if code != "profiling"}
SITUATION: dict[str, Label] = {
    "greeting": pgettext_lazy("situation", "Greeting"),
    "empathy": pgettext_lazy("situation", "Empathy"),
    "apology": pgettext_lazy("situation", "Apology"),
    "call": pgettext_lazy("situation", "During a call"),
    "closing": pgettext_lazy("situation", "Closing"),
    "listening": pgettext_lazy("situation", "Listening"),
}
STATUS: dict[str, Label] = {
    "draft": pgettext_lazy("status of a text", "Draft"),
    "approved": pgettext_lazy("status of a text", "Approved"),
    "published": pgettext_lazy("status of a text", "In use"),
    "retired": pgettext_lazy("status of a text", "Replaced"),
}
ROLE: dict[str, Label] = {
    "procurement": pgettext_lazy("role of a reader", "Procurement"),
    "finance": pgettext_lazy("role of a reader", "Finance"),
    "technical": pgettext_lazy("role of a reader", "Technical staff"),
    "decision_maker": pgettext_lazy("role of a reader", "Management"),
    "execution": pgettext_lazy("role of a reader", "Executing staff"),
}
MEDIUM: dict[str, Label] = {
    "infographic": pgettext_lazy("medium", "Infographic"),
    "white_paper": pgettext_lazy("medium", "White paper"),
    "demo_video": pgettext_lazy("medium", "Demo video"),
}
TONE: dict[str, Label] = {
    "factual": pgettext_lazy("tone", "By facts"),
    "warm": pgettext_lazy("tone", "Warm"),
    "direct": pgettext_lazy("tone", "Direct"),
    "detailed": pgettext_lazy("tone", "Every detail"),
    "brief": pgettext_lazy("tone", "Core first"),
}
FACET: dict[str, Mapping[str, Label]] = {
    "role": ROLE,
    "stage": LIFE_STAGE,
    "persona": {},  # segments of the shop's own, named by `persona_names`
    "culture": CULTURE,
    "tone": TONE,
    "medium": MEDIUM,
}
FACET_NAME: dict[str, Label] = {
    "role": _("Reader's role"),
    "persona": _("Persona: a segment"),
    "stage": _("Life-cycle stage"),
    "culture": _("Culture or country"),
    "tone": _("Tone"),
    "medium": _("Medium"),
}
BLOCK: dict[str, Label] = {
    "heading": pgettext_lazy("block", "Heading"),
    "text": pgettext_lazy("block", "Text"),
    "button": pgettext_lazy("block", "Button"),
    "image": pgettext_lazy("block", "Picture"),
    "divider": pgettext_lazy("block", "Line"),
    "product": pgettext_lazy("block", "Product"),
    "case": pgettext_lazy("block", "Success case"),
    "coupon": pgettext_lazy("block", "Coupon"),
    "recommendations": pgettext_lazy("block", "Recommendations"),
    "footer": pgettext_lazy("block", "Footer"),
    "notice": pgettext_lazy("block", "Banner or pop-up"),
}
FIELD: dict[str, Label] = {
    "text": pgettext_lazy("field of a block", "Text"),
    "label": pgettext_lazy("field of a block", "Words on the button"),
    "url": pgettext_lazy("field of a block", "Address (https)"),
    "alt": pgettext_lazy("field of a block", "What the picture shows, in words"),
    "link": pgettext_lazy("field of a block", "Where the picture leads"),
    "title": pgettext_lazy("field of a block", "Title"),
    "name": pgettext_lazy("field of a block", "Name"),
    "heading": pgettext_lazy("field of a block", "Heading"),
    "instead": pgettext_lazy("field of a block", "What stands there for whoever has no recommendation"),
    "price": pgettext_lazy("field of a block", "Price"),
    "image": pgettext_lazy("field of a block", "Picture (https)"),
    "code": pgettext_lazy("field of a block", "Success case"),
    "subject": _("Subject"),
    "body": _("Text"),
    "blocks": _("Contents"),
    "brand": _("Brand"),
    "language": _("Language"),
}
BRAND_FIELD: dict[str, Label] = {
    "company_name": _("Name of the company"),
    "legal_address": _("Postal address, as the law asks for it"),
    "phone": _("Telephone"),
    "email": _("E-mail address"),
    "website": _("Website (https)"),
    "logo_url": _("Logo (https)"),
    "logo_alt": _("What the logo shows, in words"),
    "accent": _("Colour of buttons"),
    "ink": _("Colour of text"),
    "background": _("Colour around the text"),
    "footer_note": _("Further line in the footer"),
}
VARIABLE: dict[str, Label] = {
    "customer.name": _("customer's name"),
    "customer.salutation": _("how one addresses the customer"),
    "customer.company": _("customer's company"),
    "customer.city": _("customer's city"),
    "customer.since": _("year since when we know each other"),
    "customer.years": _("full years since then"),
    "customer.orders": _("number of orders"),
    "customer.last_order_on": _("day of the last order"),
    "topic.last": _("last topic, within 60 days"),
    "product.last": _("product bought last"),
    "product.category": _("category of the product bought last"),
    "product.due_on": _("day when it is used up"),
    "recommended.name": _("product that suits the customer best"),
    "recommended.category": _("category of that product"),
    "recommended.price": _("price of that product, with its currency"),
    "recommended.link": _("where that product is shown (https)"),
    "recommended.picture": _("picture of that product (https)"),
    "recommended.because": _("product bought that speaks for it"),
    "recommended.items": _("up to three products that suit the customer, for the block Recommendations"),
    "owner.name": _("name of the contact person"),
    "owner.email": _("e-mail address of the contact person"),
    "manager.name": _("who looks after the customer, as customers know them; else the shop"),
    "manager.position": _("the position of who looks after the customer"),
    "manager.phone": _("the work phone of who looks after the customer; else the shop's"),
    "manager.email": _("the work e-mail of who looks after the customer; else the shop's"),
    "manager.signature": _("the signature of who looks after the customer"),
    "company.name": _("name of our company"),
    "company.phone": _("our telephone"),
    "company.email": _("our e-mail address"),
    "company.website": _("our website"),
    "company.address": _("our postal address"),
    "message.unsubscribe_url": _("address to unsubscribe"),
    "message.preferences_url": _("address to choose what may come"),
    "message.loss_survey_url": _("address of the questions why somebody stays away"),
    "message.feedback_url": _("address of the questions how it was"),
    "message.care_survey_url": _("address of the questions how our care is felt"),
    "vip.phone": _("telephone by day and night, for VIP customers"),
    "vip.wecom": _("WeCom by day and night, for VIP customers"),
    "vip.email": _("e-mail address by day and night, for VIP customers"),
    "offer.words": _("what the offer gives, such as 15% off"),
    "offer.until": _("last day of the offer"),
    "offer.percent": _("share off, in percent"),
    "offer.amount": _("amount off"),
    "offer.minimum": _("least order that the offer is for"),
    "coupon.code": _("the customer's own coupon code"),
    "today": _("today's date"),
}
WEEKDAY: tuple[Label, ...] = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
)  # fmt: skip
DRAFT_LENGTH: dict[str, Label] = {
    "short": pgettext_lazy("length of a text", "short"),
    "medium": pgettext_lazy("length of a text", "usual"),
    "long": pgettext_lazy("length of a text", "with every detail"),
}
# What checks find and what services refuse, by code.
PROBLEM: dict[str, Label] = {
    # checks
    "empty": _("There is nothing to read yet."),
    "only_pictures": _("There are only pictures. Many readers see none; say it in words too."),
    "field_missing": _("This must be filled in."),
    "alt_missing": _("Say in words what the picture shows; many readers do not see it."),
    "unknown_variable": _("There is no value called {{ %(variable)s }}. Choose one from the list."),
    "no_fallback": _('Not every customer has %(variable)s. Say what stands there instead: | default: "…"'),
    "brand_missing": _("The brand says nothing for %(variable)s yet."),
    "bad_syntax": _("The template cannot be read: %(detail)s"),
    "bad_line": _("Line %(line)s cannot be read: %(detail)s"),
    "no_filter": _("This is not available in templates: %(detail)s"),
    "no_date": _("“%(value)s” is no date."),
    "no_date_style": _("A date is written in one of these styles: %(styles)s."),
    "too_much_work": _("This template does too much: loops may run %(limit)s times altogether."),
    "failed": _("The template cannot be worked out: %(detail)s"),
    "missing_value": _("There is no value for %(variable)s here, and no words in its place."),
    "link_malformed": _("This link cannot be right: %(link)s"),
    "link_not_https": _("This link is not secure; it must begin with https: %(link)s"),
    "link_placeholder": _("This link leads nowhere; it is an example: %(link)s"),
    "link_variable_host": _("Where a link leads must not depend on a value: %(link)s"),
    "link_number": _("A link to a number looks like fraud: %(link)s"),
    "link_shortened": _("A shortened link hides where it leads; readers distrust it: %(link)s"),
    "date_past": _("%(date)s has passed."),
    "date_impossible": _("There is no such day: %(date)s"),
    "weekday_wrong": _("%(date)s is a %(weekday)s."),
    "period_reversed": _("It ends (%(end)s) before it begins (%(start)s)."),
    "discount_impossible": _("No such discount is possible: %(discount)s"),
    "jargon": _("Not everybody knows “%(word)s”. Plainly: %(plain)s"),
    "absolute_claim": _("“%(word)s” promises what nobody can prove; advertising law may forbid it."),
    "promotion_in_service": _("A service message must not advertise: “%(word)s”"),
    "coupon_in_service": _("A service message must not carry a coupon."),
    "recommendation_in_service": _("A service message must not recommend products."),
    "recommendations_fall_away": _(
        "Whoever has no recommendation sees nothing here, not even the heading. "
        "Say what stands there instead, or leave it so."
    ),
    "promotion_in_care": _("A greeting or act of care must be free of offers: “%(word)s”"),
    "subject_missing": _("The subject is missing."),
    "subject_long": _("The subject has %(count)s characters; on a phone about %(limit)s are read."),
    "subject_capitals": _("Capitals throughout look like an unwanted e-mail."),
    "subject_marks": _("Several exclamation or currency marks look like an unwanted e-mail."),
    "subject_spam": _("“%(word)s” in the subject brings e-mails into the spam folder."),
    "sms_length": _("%(characters)s characters, %(segments)s message(s); %(left)s left in the last one"),
    "sms_segments": _("This is sent and paid as %(segments)s messages."),
    "sms_too_long": _("%(characters)s characters; providers take %(limit)s at most."),
    "sms_odd_characters": _("These characters make the message much dearer: %(characters)s"),
    "sms_no_opt_out": _("Advertising must say how to end it, such as “Reply STOP”, 拒收请回复R."),
    "chat_too_long": _("%(count)s characters; %(limit)s fit into a message."),
    "several_links": _("%(count)s links: which one matters? At most %(limit)s keep one clear point."),
    "several_calls": _("%(count)s sentences ask for something: which one matters?"),
    "footer_missing": _("The footer is missing: it says who writes and how to unsubscribe."),
    "footer_not_last": _("The footer belongs at the end, once."),
    "address_missing": _("The brand has no postal address yet; the footer must name one."),
    "no_such_case": _("There is no success case “%(code)s” in use."),
    "other_language": _("The customer reads %(asked)s; this text is %(language)s."),
    # refusals
    "no_such_template": _("There is no such template."),
    "not_published": _("No version of this template is in use."),
    "no_such_customer": _("There is no customer with this number."),
    "nobody_served": _("Every text of this template is for another kind of reader."),
    "edited_meanwhile": _(
        "%(who)s has saved since you opened this (%(at)s). "
        "Your text is kept below; saving again replaces theirs."
    ),
    "has_errors": _("%(count)s error(s) must be put right first."),
    "not_a_draft": _("This version has been approved already."),
    "own_work": _("Somebody else must approve this: whoever wrote it does not decide on it."),
    "not_approved": _("This version has not been approved yet."),
    "no_draft": _("There is no draft; begin a new version."),
    "no_such_text": _("This text is no longer part of the draft."),
    "last_text": _("A template keeps at least one text."),
    "text_there": _("There is a text for this language and reader already."),
    "no_language": _("“%(value)s” is no language code, such as en or zh-hans."),
    "no_such_choice": _("Choose one of the list."),
    "bad_code": _("Use small letters, digits, - and _; at least two."),
    "code_taken": _("There is a template with this code already."),
    "name_missing": _("Give it a name of at most %(limit)s characters."),
    "line_break": _("The subject must be one line."),
    "bad_header": _("The subject must be one line."),
    "bad_character": _("This contains a character that cannot be stored."),
    "too_long": _("At most %(limit)s characters."),
    "bad_blocks": _("The contents cannot be read; at most %(limit)s blocks."),
    "no_such_block": _("There is no such block."),
    "layout_failed": _("No e-mail can be made of these blocks: %(detail)s"),
    "no_colour": _("A colour is # and six digits, such as #0f766e."),
    "no_email": _("This is no e-mail address."),
    "no_mail_server": _("No mail server is set up; ask an administrator (KEEPWELL_SMTP_URL)."),
    "no_own_address": _("Your account has no e-mail address; add it under Account."),
    "not_sent": _("The mail server did not take it (%(detail)s)."),
    # drafting by a model
    "brief_missing": _("Say what the text is to tell."),
    "brief_personal": _(
        "This looks like somebody’s address or number. Nothing of a person goes to the model; take it out."
    ),
    "prompt_changed": _("What the model would be told has changed; read it again, then send it."),
    "nothing_to_undo": _("There is no text before the draft to go back to."),
    "type_again": _("The address has changed: type the key again, so that it goes nowhere unasked."),
    "model_missing": _("No model is set up and switched on."),
    "model_address": _(
        "This address may not be called: https, on the public internet, without a question mark."
    ),
    "model_name": _("Give the model’s name, of at most %(limit)s characters."),
    "model_key_form": _("This is no key: letters, digits and signs in one line."),
    "model_seconds": _("From %(least)s to %(most)s seconds."),
    "model_often": _("That was %(limit)s drafts within an hour; try again in %(minutes)s minutes."),
    "model_slow": _("The model did not answer within %(seconds)s seconds. Nothing has changed."),
    "model_unreachable": _("The model cannot be reached (%(detail)s). Nothing has changed."),
    "model_key": _("The endpoint does not accept the key (HTTP %(status)s); tell an administrator."),
    "model_not_there": _("The endpoint knows no such address or model (HTTP %(status)s)."),
    "model_busy": _("The endpoint takes no more requests at present (HTTP %(status)s); try again later."),
    "model_failed": _("The endpoint failed (HTTP %(status)s). Nothing has changed."),
    "model_refused": _("The model refuses to write this. Say it otherwise, or write it yourself."),
    "model_bad_answer": _("The model’s answer is not what was asked for. Try again. Nothing has changed."),
    "model_too_long": _("The model’s answer is too long for this text. Ask for a shorter one."),
}


def problem(one: Finding | ContentError) -> str:
    """A finding or a refusal in words."""
    figures = {name: _shown(name, value) for name, value in one.figures.items()}
    template = str(PROBLEM.get(one.code, one.code))
    try:
        return template % figures
    except (KeyError, ValueError):
        return template


def _shown(name: str, value: Any) -> str:
    if name == "variable":
        return f"{value} ({VARIABLE[value]})" if value in VARIABLES else str(value)
    if name == "weekday":
        return str(WEEKDAY[int(value)])
    if name in ("language", "asked"):
        return str(LANGUAGE.get(value, value))
    if name == "at":
        at = parse_datetime(str(value))
        return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else ""
    return str(value)


def place(where: str) -> str:
    """Where something was found: the field's name, and which block it is in."""
    parts = where.split(".")
    if parts[0] == "blocks" and len(parts) > 1:
        number = int(parts[1]) + 1
        field = FIELD.get(parts[2], parts[2]) if len(parts) > 2 else FIELD["blocks"]
        return gettext("Block %(number)s, %(field)s") % {"number": number, "field": field}
    return str(FIELD.get(where, BRAND_FIELD.get(where, where)))


def variant(one: Variant) -> str:
    """Whom a text is for, in words; "" for everybody."""
    return " · ".join(facet(name, value) for name, value in one.facets().items())


def facet(name: str, value: str) -> str:
    """A facet's value in words; a persona by the name of its segment."""
    known = persona_names() if name == "persona" else FACET[name]
    return str(known.get(value, value))


def persona_names() -> dict[str, str]:
    """The names of the segments that a text may be for, by their number as text."""
    return {str(number): name for number, name in segments.names().items()}


def why(one: Choice) -> list[str]:
    """Why a customer gets this text and no other, in words."""
    facets = one.text.variant.facets()
    said = [f"{FACET_NAME[name]}: {facet(name, value)}" for name, value in facets.items()]
    reasons = (
        [gettext("It is for them: %(facets)s.") % {"facets": " · ".join(said)}]
        if said
        else [gettext("It is for everybody.")]
    )
    for name, count in one.others_for.items():
        words = {"count": count, "facet": FACET_NAME[name]}
        reasons.append(gettext("For somebody else by “%(facet)s”: %(count)s.") % words)
    if one.less_exact:
        reasons.append(
            gettext("Would do as well, but say less of them: %(count)s.") % {"count": one.less_exact}
        )
    return reasons


def text_name(one: TextView) -> str:
    """A text by its language and reader."""
    return " · ".join(filter(None, (str(LANGUAGE.get(one.language, one.language)), variant(one.variant))))


def service_type(code: str) -> str:
    """A type of customer."""
    return str(SERVICE_TYPE.get(code, ""))
