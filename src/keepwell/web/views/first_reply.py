"""Settings, First reply: the rules, tried on what came in before they are switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.channels import registry
from keepwell.outreach.firstreply import labels, services
from keepwell.outreach.firstreply.contracts import (
    CHANNELS,
    LANGUAGES,
    Example,
    Rules,
    RulesError,
    RulesVersion,
    Trial,
)
from keepwell.outreach.firstreply.queries import answers
from keepwell.outreach.firstreply.queries import rules as queries
from keepwell.outreach.firstreply.services.files import separated
from keepwell.outreach.replying import queries as standards
from keepwell.outreach.sending import queries as sending
from keepwell.web import formats
from keepwell.web.questions import forms
from keepwell.web.shell import render
from keepwell.web.views.house_answers import LANGUAGE_NAMES
from keepwell.web.views.reply_times import duration

NUMBERS = ("apart_minutes", "settle_hours", "due_minutes")


def rules(request: HttpRequest) -> HttpResponse:
    """The page; POST keeps and tries rules, switches them on or off."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    if request.method != "POST":
        return _page(request, queries.newest())
    access.require(request.user, Permission.CHANGE_SETTINGS)
    do = request.POST.get("do", "save")
    if do in ("on", "off"):
        return _switch(request, do)
    newest = queries.newest()
    typed = read(request.POST, newest.rules)
    who: dict[str, Any] = {"actor": request.user.get_username(), "now": clock.now()}
    try:
        kept = services.save_rules(rules=typed, **who)
    except RulesError as error:
        return _page(request, replace(newest, rules=typed), problems=error.problems)
    messages.success(request, trial_sentence(services.try_rules(version=kept.version, **who)))
    return HttpResponseRedirect(reverse("first_reply"))


def _switch(request: HttpRequest, do: str) -> HttpResponse:
    who: dict[str, Any] = {"actor": request.user.get_username(), "now": clock.now()}
    try:
        if do == "on":
            services.switch_on(version=forms.number(request.POST.get("version", "")) or 0, **who)
            messages.success(request, _("Whoever writes is answered from now on."))
        else:
            services.switch_off(**who)
            messages.success(request, _("Nobody is answered automatically any more."))
    except RulesError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("first_reply"))


def trial_sentence(trial: Trial) -> str:
    """What a trial says: "would have answered 41 of 120"."""
    if not trial.came:
        return _("No message came in on these channels within the last %(days)s days.") % {"days": trial.days}
    return ngettext(
        "Would have answered %(answered)s of the %(count)s message of the last %(days)s days.",
        "Would have answered %(answered)s of the %(count)s messages of the last %(days)s days.",
        trial.came,
    ) % {
        "answered": formats.number(trial.answered),
        "count": formats.number(trial.came),
        "days": trial.days,
    }


def read(asked: QueryDict, present: Rules) -> Rules:
    """The rules as the form has them."""
    texts = {
        name: {
            code: asked.get(f"texts.{name}.{code}", "").replace("\r\n", "\n").strip() for code in LANGUAGES
        }
        for name in present.texts
    }
    numbers = {name: forms.number(asked.get(name, "")) or 0 for name in NUMBERS}
    return Rules(
        channels=tuple(code for code in CHANNELS if code in asked.getlist("channels")),
        threshold=(forms.number(asked.get("threshold", "")) or 0) / 100,
        target=(forms.number(asked.get("target", "")) or 0) / 100,
        team_id=forms.number(asked.get("team", "")),
        owner_id=forms.number(asked.get("owner", "")),
        person_words=separated(asked.get("person_words", "")),
        texts=texts,
        **numbers,
    )


def _page(
    request: HttpRequest, shown: RulesVersion, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    problems = problems or {}
    on, found, known = queries.active(), shown.rules, standards.standards()
    trial = None if problems else shown.tried
    usable = answers.valid(answers.today(clock.now()))
    context = {
        "title": _("First reply"),
        "shown": shown,
        "one": found,
        "on": on,
        "is_newest_on": shown.is_on,
        "can_switch_on": bool(
            not problems and shown.version and not shown.is_on and shown.tried and found.channels
        ),
        "trial": trial_sentence(trial) if trial else "",
        "tried": trial,
        "examples": _examples(request, shown) if trial and trial.came else None,
        "usable": len(usable),
        "problems": problems,
        "channels": [_channel(code, found, known) for code in CHANNELS],
        "threshold": round(found.threshold * 100),
        "target": round(found.target * 100),
        "person_words": "\n".join(found.person_words),
        "texts": [
            {
                "name": name,
                "label": labels.TEXT.get(name, name),
                "problem": problems.get(f"texts.{name}", ""),
                "said": [(code, LANGUAGE_NAMES[code], said.get(code, "")) for code in LANGUAGES],
            }
            for name, said in found.texts.items()
        ],
        "teams": list(users.teams().items()),
        "colleagues": forms.colleagues(),
        "may_set": access.may(request.user, Permission.CHANGE_SETTINGS),
    }
    return render(request, "keepwell/firstreply/rules.html", context, status=400 if problems else 200)


def _channel(code: str, found: Rules, known: Mapping[str, Any]) -> dict[str, Any]:
    """A channel with its standard, and why nothing could go by it."""
    account, standard = sending.in_use(code), known.get(code)
    contract = registry.contract_of(code)
    if account is None:
        note = _("no account in use: customers would get no reply, but a colleague a task")
    elif contract is not None and contract.templates_only:
        note = _("takes approved templates only: customers would get no reply, but a colleague a task")
    else:
        note = ""
    return {
        "code": code,
        "name": CHANNEL.get(code, code),
        "chosen": code in found.channels,
        "note": note,
        "standard": duration(standard.minutes) if standard else "",
    }


def _examples(request: HttpRequest, shown: RulesVersion) -> list[Example] | None:
    """Customers' own words, for those who may read everybody's; audited. None for the others."""
    if access.reach(request.user, Permission.VIEW_SENSITIVE_NOTES) < Reach.ALL:
        return None
    found = queries.examples(shown.version)
    if found:
        audit.log(
            actor=request.user.get_username(), action="first_reply.examples", object_type="first_reply",
            object_id=str(shown.version), details={"rows": len(found)},
        )  # fmt: skip
    return found
