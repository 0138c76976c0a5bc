"""Settings → Channels: the accounts that messages go out by, and messages of unknown fate."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import Mode, Provider, SettingsError
from keepwell.outreach.sending import labels, queries
from keepwell.outreach.sending.contracts import AccountView
from keepwell.outreach.sending.services import accounts, reconciling
from keepwell.web.shell import render
from keepwell.web.views import approved

GATE = Permission.MANAGE_INTEGRATIONS


def listed(request: HttpRequest) -> HttpResponse:
    """Every account, and the providers that one can be set up at."""
    access.require(request.user, GATE)
    found = queries.accounts()
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in registry.providers().values():
        mine = [account_row(account) for account in found if account.provider == one.code]
        groups.setdefault(one.channel, []).append({"provider": one, "accounts": mine})
    context = {
        "title": _("Channels"),
        "groups": [
            {
                "name": str(CHANNEL.get(code, code)),
                "providers": group,
                "in_use": any(row["account"].active for one in group for row in one["accounts"]),
                "has_accounts": any(one["accounts"] for one in group),
            }
            for code, group in groups.items()
        ],
        "counts": queries.counts(),
        "unknown": queries.unknown_fates(),
        "now": clock.now(),
    }
    return render(request, "keepwell/channels/list.html", context)


def new(request: HttpRequest, provider: str) -> HttpResponse:
    """Set up an account at a provider."""
    access.require(request.user, GATE)
    kind = registry.providers().get(provider)
    if kind is None:
        raise Http404
    if request.method == "POST":
        return _saved(request, kind, None)
    return _form(request, kind, None, {}, {})


def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """One account: its state, its settings, the address that the provider calls."""
    access.require(request.user, GATE)
    found = queries.account(account_id)
    kind = registry.providers().get(found.provider) if found else None
    if found is None or kind is None:
        raise Http404
    if request.method == "POST":
        return _saved(request, kind, found)
    return _form(request, kind, found, {}, {})


@require_POST
def act(request: HttpRequest, account_id: int, action: str) -> HttpResponse:
    """Try it out, put it in use, let it rest, resume it."""
    access.require(request.user, GATE)
    if queries.account(account_id) is None:
        raise Http404
    who: dict[str, Any] = {"actor": request.user.get_username(), "now": clock.now()}
    if action == "try":
        problem = accounts.try_out(account_id=account_id)
        if problem:
            messages.error(request, _("It does not let us in: %(said)s") % {"said": problem})
        else:
            messages.success(request, _("It works: the provider let us in. Nothing was sent."))
    elif action == "use":
        accounts.put_in_use(account_id=account_id, **who)
        messages.success(request, _("Messages of this channel go out by this account now."))
    elif action == "rest":
        accounts.rest(account_id=account_id, **who)
        messages.success(request, _("Nothing goes out by this account any more; what waits goes on waiting."))
    elif action == "resume":
        accounts.resume(account_id=account_id, **who)
        messages.success(request, _("It is tried again at once."))
    else:
        raise Http404
    return HttpResponseRedirect(reverse("channel_account", args=[account_id]))


@require_POST
def settle(request: HttpRequest, message_id: str) -> HttpResponse:
    """Say what became of a message of unknown fate."""
    access.require(request.user, GATE)
    went = request.POST.get("went")
    if went not in ("yes", "no"):
        raise Http404
    actor, now = request.user.get_username(), clock.now()
    if reconciling.settle(message_id=message_id, went=went == "yes", actor=actor, now=now):
        done = _("It counts as sent.") if went == "yes" else _("It goes again.")
        messages.success(request, done)
    else:
        messages.info(request, _("Its fate is known by now."))
    return HttpResponseRedirect(reverse("channels"))


def _saved(request: HttpRequest, kind: Provider, before: AccountView | None) -> HttpResponse:
    typed = {one.name: request.POST.get(one.name, "") for one in kind.fields}
    name = request.POST.get("name", "")
    try:
        done = accounts.set_account(
            provider=kind.code,
            values=typed,
            name=name,
            account_id=before.account_id if before else None,
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except SettingsError as error:
        return _form(request, kind, before, {**typed, "name": name}, error.problems)
    messages.success(request, _("Saved. Try it out before you send."))
    return HttpResponseRedirect(reverse("channel_account", args=[done.account_id]))


def _form(
    request: HttpRequest,
    kind: Provider,
    found: AccountView | None,
    typed: dict[str, str],
    problems: dict[str, str],
) -> HttpResponse:
    stored = found.values if found else {}
    fields = [
        {
            "field": one,
            # A secret is never written into a page, not even the one just typed.
            "value": "" if one.secret else typed.get(one.name, stored.get(one.name, one.default)),
            "is_set": found is not None and one.name in found.secrets,
            "error": str(labels.SETTINGS_PROBLEM.get(problems[one.name], problems[one.name]))
            if one.name in problems
            else "",
        }
        for one in kind.fields
    ]
    context = {
        "title": str(kind.label),
        "provider": kind,
        "channel": str(CHANNEL.get(kind.channel, kind.channel)),
        "account": found,
        "state": account_row(found) if found else None,
        "name": typed.get("name", found.name if found else ""),
        "fields": fields,
        "failed": bool(problems),
        "hook": _hook(request, found) if found and kind.receive is not None else "",
        "on_visit": kind.contract.mode is Mode.NEXT_VISIT,
        "hook_is_public": bool(settings.KEEPWELL_URL),
        "approved": approved.panel(found.account_id) if found else None,
        "now": clock.now(),
    }
    return render(request, "keepwell/channels/account.html", context, status=422 if problems else 200)


def _hook(request: HttpRequest, found: AccountView) -> str:
    path = reverse("provider_hook", args=[found.token])
    return (
        settings.KEEPWELL_URL.rstrip("/") + path
        if settings.KEEPWELL_URL
        else request.build_absolute_uri(path)
    )


def account_row(one: AccountView) -> dict[str, Any]:
    """An account with its state: stopped, paused, in use or resting."""
    now = clock.now()
    if one.stopped_at is not None:
        state = "stopped"
    elif one.paused_until is not None and one.paused_until > now:
        state = "paused"
    else:
        state = "in_use" if one.active else "rests"
    return {"account": one, "state": state, "why": labels.STOPPED.get(one.stopped_reason, one.stopped_reason)}
