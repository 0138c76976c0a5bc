"""Accounts at providers: set up, put in use, paused by outages, stopped until a person sees to them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import ChannelDownError, Provider, Settings, SettingsError
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.contracts import AccountView
from keepwell.outreach.sending.models import ChannelAccount
from keepwell.outreach.sending.opening import opened, sealed

PAUSE = timedelta(seconds=30)
PAUSE_MAX = timedelta(hours=1)
VALUE_MAX = 4_000
NAME_MAX = 80


def set_account(
    *,
    provider: str,
    values: Mapping[str, str],
    actor: str,
    now: datetime,
    name: str = "",
    account_id: int | None = None,
) -> AccountView:
    """Set up an account, or change one; audited by the names of what changed, never by the values.

    A secret that is left empty stays as it was. A new account is put in use where its channel has none.
    Raises SettingsError, which names each field; KeyError for no such provider.
    """
    kind = registry.provider(provider)
    with transaction.atomic():
        row = _row(kind, account_id, actor, now)
        before = opened(row) if row.pk else {}
        after = _merged(kind, before, values)
        _check(kind, after)
        _know_secrets(kind, before, after, values)
        row.settings, row.name = sealed(after), name.strip()[:NAME_MAX]
        row.updated_at, row.updated_by = now, actor
        # What was wrong may be right now.
        row.stopped_at, row.stopped_reason, row.paused_until, row.outages, row.last_error = (
            None,
            "",
            None,
            0,
            "",
        )
        created = row.pk is None
        row.save()
        changed = sorted(one for one in after if after[one] != before.get(one))
        _audit("channel.add" if created else "channel.change", row, {"fields": changed}, actor, now)
    return _view(row)


def put_in_use(*, account_id: int, actor: str, now: datetime) -> AccountView:
    """Send on the account's channel by this one from now on; the one before rests."""
    with transaction.atomic():
        row = ChannelAccount.objects.select_for_update().get(pk=account_id)
        ChannelAccount.objects.filter(channel=row.channel, active=True).exclude(pk=row.pk).update(
            active=False
        )
        ChannelAccount.objects.filter(pk=row.pk).update(active=True, updated_at=now, updated_by=actor)
        _audit("channel.use", row, {}, actor, now)
    return _view(ChannelAccount.objects.get(pk=account_id))


def rest(*, account_id: int, actor: str, now: datetime) -> AccountView:
    """Send nothing by this account any more; what waits goes on waiting."""
    with transaction.atomic():
        row = ChannelAccount.objects.select_for_update().get(pk=account_id)
        ChannelAccount.objects.filter(pk=row.pk).update(active=False, updated_at=now, updated_by=actor)
        _audit("channel.rest", row, {}, actor, now)
    return _view(ChannelAccount.objects.get(pk=account_id))


def resume(*, account_id: int, actor: str, now: datetime) -> AccountView:
    """Try again at once what an outage or a refusal has stopped."""
    with transaction.atomic():
        row = ChannelAccount.objects.select_for_update().get(pk=account_id)
        row.stopped_at, row.stopped_reason, row.paused_until, row.outages = None, "", None, 0
        row.save()
        _audit("channel.resume", row, {}, actor, now)
    return _view(row)


def try_out(*, account_id: int) -> str:
    """Connect and say goodbye, sending nothing; "" or what the provider said."""
    row = ChannelAccount.objects.get(pk=account_id)
    try:
        provider = registry.provider(row.provider)
        provider.open(opened(row)).close()
        if provider.probe is not None:
            provider.probe(opened(row))
    except ChannelDownError as error:
        return str(error)
    return ""


def pause(*, account_id: int, error: str, now: datetime) -> None:
    """Send nothing for a while, longer after each outage in a row; two workers that see one count it once."""
    with transaction.atomic():
        row = ChannelAccount.objects.select_for_update().get(pk=account_id)
        if row.paused_until is not None and row.paused_until > now:
            return
        row.outages += 1
        row.paused_until = now + min(PAUSE * 2 ** min(row.outages - 1, 10), PAUSE_MAX)
        row.last_error = error
        row.save(update_fields=["outages", "paused_until", "last_error"])


def stop(*, account_id: int, reason: str, error: str, now: datetime) -> None:
    """Send nothing until a person has seen to it."""
    with transaction.atomic():
        row = ChannelAccount.objects.select_for_update().get(pk=account_id)
        if row.stopped_at is not None:
            return
        row.stopped_at, row.stopped_reason, row.last_error = now, reason[:40], error
        row.save(update_fields=["stopped_at", "stopped_reason", "last_error"])
        _audit("channel.stopped", row, {"reason": reason[:40]}, "keepwell", now)


def works(*, account_id: int) -> None:
    """The outage is over."""
    ChannelAccount.objects.filter(pk=account_id, outages__gt=0).update(
        outages=0, paused_until=None, last_error=""
    )


def to_use(channel: str, *, now: datetime) -> tuple[int, Settings] | None:
    """The account that may send on a channel at this moment, and what it was told, secrets included.

    For a provider's own functions only; None where there is none, or it is paused or stopped.
    """
    row = ChannelAccount.objects.filter(channel=channel, active=True, stopped_at=None).first()
    if row is None or (row.paused_until is not None and row.paused_until > now):
        return None
    return row.pk, opened(row)


def _row(kind: Provider, account_id: int | None, actor: str, now: datetime) -> ChannelAccount:
    if account_id is not None:
        return ChannelAccount.objects.select_for_update().get(pk=account_id, provider=kind.code)
    free = not ChannelAccount.objects.filter(channel=kind.channel, active=True).exists()
    return ChannelAccount(
        provider=kind.code,
        channel=kind.channel,
        token=secrets.token_urlsafe(24),
        active=free,
        created_at=now,
        updated_by=actor,
    )


def _merged(kind: Provider, before: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for field in kind.fields:
        said = values.get(field.name, before.get(field.name, field.default)).strip()
        found[field.name] = before.get(field.name, "") if field.secret and not said else said
    return found


def _know_secrets(
    kind: Provider, before: Mapping[str, str], after: Mapping[str, str], values: Mapping[str, str]
) -> None:
    """Nobody sends stored secrets to a place of their own: who changes where they go types them again."""
    moved = any(field.leads and before.get(field.name, "") != after[field.name] for field in kind.fields)
    if not before or not moved:
        return
    unsaid = [
        one.name for one in kind.fields if one.secret and before.get(one.name) and not values.get(one.name)
    ]
    if unsaid:
        raise SettingsError(dict.fromkeys(unsaid, "type_again"))


def _check(kind: Provider, values: Mapping[str, str]) -> None:
    problems = {}
    for field in kind.fields:
        value = values[field.name]
        if field.required and not value:
            problems[field.name] = "missing"
        elif len(value) > VALUE_MAX or ("\n" in value and not field.multiline):
            problems[field.name] = "too_long"
        elif field.choices and value not in dict(field.choices):
            problems[field.name] = "no_such_choice"
    if problems:
        raise SettingsError(problems)
    if kind.check is not None:
        kind.check(values)


def _audit(action: str, row: ChannelAccount, details: dict[str, object], actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=action,
        object_type="channel_account",
        object_id=str(row.pk),
        details={"provider": row.provider, **details},
        at=now,
    )


def _view(row: ChannelAccount) -> AccountView:
    found = queries.account(row.pk)
    assert found is not None
    return found
