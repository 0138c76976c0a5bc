"""Why somebody was contacted or not, and the rules of contact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer
from keepwell.customers.identity import queries as identity
from keepwell.customers.labels import CHANNEL
from keepwell.customers.privacy.contracts import Channel
from keepwell.foundation import clock
from keepwell.insight.labels import TIER
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.pacing import core as pace_core
from keepwell.outreach.pacing import labels
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.pacing import services as pace_services
from keepwell.outreach.pacing.contracts import Form
from keepwell.outreach.policy import queries, rulebook, services, words
from keepwell.outreach.policy.contracts import Cap, ContactView, Decision, Intent, Rules
from keepwell.outreach.tailoring import labels as tailoring_labels
from keepwell.outreach.tailoring import queries as tailoring
from keepwell.web import formats, noticing
from keepwell.web.shell import render

SHOWN = 100
# Advertising is agreed to like a channel, but reaches nobody by name.
REACHING = (*(one for one in Channel if one is not Channel.ADS), "visit")
BLANK_ROWS = 3
MARKS = {Decision.ALLOWED: "✓", Decision.LATER: "◷", Decision.REFUSED: "✕", Decision.OUTSIDE: "!"}
ANSWERS = {
    Decision.ALLOWED: pgettext_lazy("may we get in touch", "Yes"),
    Decision.LATER: pgettext_lazy("may we get in touch", "Not yet"),
    Decision.REFUSED: pgettext_lazy("may we get in touch", "No"),
}
NUMBERS = ("repeat_days", "reserve_hours")
PACE_DAYS = ("slower_days", "pause_days")
SEPARATORS = re.compile(r"[,，、;；\n]")
FOLLOWED = ("follow_clicks", "follow_opens", "follow_agreed_only")


def contacts(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Whether a customer may be contacted now, how and what for, and what became of every contact meant."""
    number = identity.canonical_id(customer_id)
    access_customer(request.user, Permission.VIEW_CUSTOMERS, number)
    record = customers.get(number)
    if record is None:
        raise Http404(_("There is no customer with this number."))
    now = clock.now()
    matrix = may_contact(record.customer_id)
    context = {
        "title": pgettext("what was meant and made", "Contacts"),
        "record": record,
        "customer_id": record.customer_id,
        "purposes": list(words.PURPOSE.values()),
        "matrix": matrix,
        "open": open_ways(matrix),
        "pace": pace_of(record.customer_id),
        "rows": rows_of(queries.contacts(record.customer_id, limit=SHOWN)),
        "now": now,
        "zone": users.zone_of(cast(Any, request.user)),
    }
    return render(request, "keepwell/contacts.html", context)


def pace_of(customer_id: str) -> dict[str, Any] | None:
    """A customer's pace and what it comes from; None where it is as usual or nobody follows it."""
    one = pacing.paces([customer_id]).get(customer_id) if queries.rules().adapt_pace else None
    return {"level": labels.LEVEL[one.level], "why": labels.sentence(one), "one": one} if one else None


def may_contact(customer_id: str) -> list[dict[str, Any]]:
    """For each channel and purpose what the policy says now."""
    intents = {
        (channel, purpose): Intent(f"{channel}/{purpose}", customer_id, channel, purpose)
        for channel in REACHING
        for purpose in words.PURPOSE
    }
    said = queries.ask_many(list(intents.values()), now=clock.now())
    rows = []
    for channel in REACHING:
        verdicts = [said[intents[channel, purpose].intent_id] for purpose in words.PURPOSE]
        rows.append(
            {
                "channel": CHANNEL[channel],
                "cells": [
                    {
                        "decision": one.decision,
                        "mark": MARKS[one.decision],
                        "name": ANSWERS[one.decision],
                        "why": words.sentence(one.cause, one.figures),
                        "until": one.until,
                    }
                    for one in verdicts
                ],
            }
        )
    return rows


def open_ways(matrix: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The channels that are open now, by purpose; purposes without any are left out."""
    ways = [
        {
            "purpose": name,
            "channels": [
                row["channel"] for row in matrix if row["cells"][place]["decision"] == Decision.ALLOWED
            ],
        }
        for place, name in enumerate(words.PURPOSE.values())
    ]
    return [way for way in ways if way["channels"]]


def rows_of(found: Sequence[ContactView]) -> list[dict[str, Any]]:
    """The rows of the history; of a message that named a touchpoint with why it said what it said."""
    chosen = tailoring.decisions([one.intent_id for one in found])
    places = tailoring.places_named() if chosen else {}
    groups = segments.names() if chosen else {}
    rows = []
    for one in found:
        kept = chosen.get(one.intent_id)
        said = (
            tailoring_labels.decision(
                kept,
                segment=lambda number: groups.get(number, str(number)),
                touchpoint=places.get(kept.touchpoint, kept.touchpoint),
            )
            if kept
            else ""
        )
        rows.append({**shown(one), "chosen": said})
    return rows


def shown(one: ContactView) -> dict[str, Any]:
    """A row of the history in words, with where it comes from."""
    kind, _separator, number = one.origin.partition(":")
    return {
        "one": one,
        "mark": MARKS[one.decision],
        "channel": CHANNEL.get(one.channel, one.channel),
        "purpose": words.PURPOSE.get(one.purpose, one.purpose),
        "decision": words.DECISION[one.decision],
        "why": words.sentence(one.cause, one.figures),
        "link": reverse("task", args=[int(number)]) if kind == "task" and number.isdecimal() else "",
    }


def policy(request: HttpRequest) -> HttpResponse:
    """The form; while one types, what it would have done last month; POST saves."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    present, holdout = queries.rules(), queries.holdout()
    asked = request.POST if request.method == "POST" else request.GET
    values, errors = read(asked) if "form" in asked else ({}, {})
    preview = None
    if not errors:
        try:
            if request.method == "POST":
                return save(request, values)
            preview = queries.preview(values, now=clock.now())
        except rulebook.RulesError as error:
            errors = {name: texts[0] for name, texts in error.message_dict.items()}
    context = {
        "title": _("Contact policy"),
        "rules": present,
        "typed": typed(asked, present) if "form" in asked else typed_of(present),
        "caps": cap_rows(asked if "form" in asked else None, present, errors),
        "errors": errors,
        "preview": preview,
        "withheld": preview.too_often + preview.at_quiet_hours if preview else 0,
        "weekdays": [
            (str(day), str(name), str(day) in asked.getlist("quiet_weekdays"))
            if "form" in asked
            else (str(day), str(name), day in present.quiet_weekdays)
            for day, name in noticing.WEEKDAYS.items()
        ],
        "followed": {
            name: name in asked if "follow" in asked else getattr(present, name) for name in FOLLOWED
        },
        "respected": [
            (code, str(TIER[code]), code in asked.getlist("respect_tiers"))
            if "respect" in asked
            else (code, str(TIER[code]), code in present.respect_tiers)
            for code in rulebook.TIERS
        ],
        "left_alone": queries.left_alone(),
        "adapt_pace": "adapt_pace" in asked if "pacing" in asked else present.adapt_pace,
        "pace": pace_rows(),
        "zones": sorted(available_timezones()),
        "channels": list(CHANNEL.items()),
        "purposes": list(words.PURPOSE.items()),
        "said": [words.cap(cap) for cap in present.caps],
        "versions": queries.versions(),
        "holdout": holdout,
        "holdouts": queries.holdout_periods(),
        "share": f"{100 * holdout.share:g}",
        "may_set": access.may(request.user, Permission.CHANGE_SETTINGS),
    }
    status = 400 if request.method == "POST" and errors else 200
    return render(
        request,
        "keepwell/contact_policy.html",
        context,
        fragment="keepwell/_policy_preview.html",
        status=status,
    )


def pace_rows() -> dict[str, Any]:
    """How many customers are at each pace, and from how many messages a silence counts."""
    told = pacing.counts()
    share = told.shop.sign_share
    return {
        "made_at": told.made_at,
        "levels": [(labels.LEVEL[code], told.levels.get(code, 0)) for code in ("faster", "slower", "pause")],
        "short": told.forms.get(Form.SHORT, 0),
        "other": told.forms.get(Form.OTHER, 0),
        "share": formats.percent(share) if told.shop.messages else "",
        "slower_from": pace_core.needed(pace_core.SLOWER_AT, share),
        "pause_from": pace_core.needed(pace_core.PAUSE_AT, share),
    }


@require_POST
def tell_pace(request: HttpRequest) -> HttpResponse:
    """Work out everybody's pace now."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    told = pace_services.work_out(now=clock.now(), agreed_only=queries.rules().follow_agreed_only)
    departing = sum(told.levels.values())
    messages.success(
        request,
        ngettext(
            "%(customers)s customer is not written to as usual.",
            "%(customers)s customers are not written to as usual.",
            departing,
        )
        % {"customers": formats.number(departing)},
    )
    return HttpResponseRedirect(reverse("contact_policy") + "#pace")


def save(request: HttpRequest, values: Mapping[str, Any]) -> HttpResponse:
    """Keep a new version."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    saved = services.set_rules(values=values, actor=request.user.get_username(), now=clock.now())
    messages.success(
        request,
        _("Version %(version)s is saved. It counts from now on.") % {"version": saved.version},
    )
    return HttpResponseRedirect(reverse("contact_policy"))


@require_POST
def set_holdout(request: HttpRequest) -> HttpResponse:
    """Keep another share of the customers aside."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    try:
        saved = services.set_holdout(
            share=_percent(request.POST.get("share", "")),
            reason=request.POST.get("reason", ""),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except rulebook.RulesError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(
            request, _("%(share)s of the customers are kept aside.") % {"share": formats.percent(saved.share)}
        )
    return HttpResponseRedirect(reverse("contact_policy") + "#holdout")


def _percent(text: str) -> float:
    """A share from a number of per cent; one that is none is outside every bound."""
    try:
        return float(Decimal(text.strip().removesuffix("%").strip()) / 100)
    except InvalidOperation:
        return -1.0


def read(asked: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that the form says, and what is wrong by field."""
    values: dict[str, Any] = {"time_zone": asked.get("time_zone", "").strip()}
    errors: dict[str, str] = {}
    for name in ("quiet_from", "quiet_until"):
        try:
            values[name] = time.fromisoformat(asked.get(name, "")).replace(
                second=0, microsecond=0, tzinfo=None
            )
        except ValueError:
            errors[name] = _("Please type a time, for example 21:00.")
    for name in NUMBERS:
        number = _whole(asked.get(name, ""))
        if number is None:
            errors[name] = _("Please type a whole number.")
        else:
            values[name] = number
    if "pacing" in asked:
        values["adapt_pace"] = "adapt_pace" in asked
        for name in PACE_DAYS:
            number = _whole(asked.get(name, ""))
            if number is None:
                errors[name] = _("Please type a whole number.")
            else:
                values[name] = number
    days = {day for day in asked.getlist("quiet_weekdays") if day in {"0", "1", "2", "3", "4", "5", "6"}}
    values["quiet_weekdays"] = tuple(sorted(int(day) for day in days))
    if "respect" in asked:
        chosen = asked.getlist("respect_tiers")
        values["respect_tiers"] = tuple(one for one in rulebook.TIERS if one in chosen)
    if "severe" in asked:
        words_of = (word.strip() for word in SEPARATORS.split(asked.get("severe_priorities", "")))
        values["severe_priorities"] = tuple(dict.fromkeys(word for word in words_of if word))
        number = _whole(asked.get("severe_days", ""))
        if number is None:
            errors["severe_days"] = _("Please type a whole number.")
        else:
            values["severe_days"] = number
    if "follow" in asked:
        values |= {name: name in asked for name in FOLLOWED}
    caps: list[Cap] = []
    for place, row in enumerate(_cap_texts(asked)):
        most, span = _whole(row["most"]), _whole(row["days"])
        if most is None or span is None:
            errors[f"cap-{place}"] = _("Please type a whole number.")
        else:
            caps.append(Cap(most, span, row["channel"], row["purpose"]))
    values["caps"] = tuple(caps)
    return values, errors


def _cap_texts(asked: QueryDict) -> list[dict[str, str]]:
    """The rows of limits as they were typed; emptied ones are left out."""
    columns = {name: asked.getlist(f"cap_{name}") for name in ("most", "days", "channel", "purpose")}
    rows = zip(*columns.values(), strict=False)
    texts = [dict(zip(columns, (text.strip() for text in row), strict=True)) for row in rows]
    return [row for row in texts if row["most"] or row["days"]]


def cap_rows(asked: QueryDict | None, rules: Rules, errors: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of the table of limits, with some blank ones to add to."""
    if asked is not None:
        rows: list[dict[str, Any]] = list(_cap_texts(asked))
    else:
        rows = [
            {"most": cap.most, "days": cap.days, "channel": cap.channel, "purpose": cap.purpose}
            for cap in rules.caps
        ]
    rows += [{"most": "", "days": "", "channel": "", "purpose": ""} for _blank in range(BLANK_ROWS)]
    return [{**row, "error": errors.get(f"cap-{place}", "")} for place, row in enumerate(rows)]


def typed(asked: QueryDict, rules: Rules) -> dict[str, Any]:
    """The single fields as they were typed."""
    stored = typed_of(rules)
    return {name: asked.get(name, value) for name, value in stored.items()}


def typed_of(rules: Rules) -> dict[str, Any]:
    """The single fields as they are stored."""
    return {
        "quiet_from": f"{rules.quiet_from:%H:%M}",
        "quiet_until": f"{rules.quiet_until:%H:%M}",
        "time_zone": rules.time_zone,
        "repeat_days": rules.repeat_days,
        "reserve_hours": rules.reserve_hours,
        "slower_days": rules.slower_days,
        "pause_days": rules.pause_days,
        "severe_priorities": ", ".join(rules.severe_priorities),
        "severe_days": rules.severe_days,
    }


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None
