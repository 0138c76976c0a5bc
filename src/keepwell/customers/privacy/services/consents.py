"""What customers allow: each change is a new entry of the history and a fact."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.identity import queries as identity
from keepwell.customers.models import Customer
from keepwell.customers.privacy import queries
from keepwell.customers.privacy.contracts import (
    LANGUAGES,
    PARTS,
    Channel,
    ConsentRow,
    ImportedConsents,
    PrivacyError,
    Purpose,
    WordingView,
)
from keepwell.customers.privacy.core import stricter
from keepwell.customers.privacy.models import Consent, ConsentEvent, Wording
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.history import services as history

CHUNK = 1_000
SOURCE = "keepwell"
REJECTED_MAX = 1_000
YES = frozenset({"1", "true", "yes", "y", "given", "on", "是", "同意", "有"})
NO = frozenset({"0", "false", "no", "n", "withdrawn", "off", "否", "不同意", "无", "無", "撤回"})


def set_consent(
    *,
    customer_id: str,
    channel: str,
    purpose: str,
    given: bool,
    source: str,
    actor: str,
    wording: str = "",
    at: datetime | None = None,
) -> bool:
    """Record what a customer said about one channel and purpose; whether it changed anything.

    Raises PrivacyError for an unknown customer, channel, purpose or wording, and for a consent that names
    no wording.
    """
    said = ConsentRow(customer_id, channel, purpose, given, at or clock.now(), source, wording)
    problem = _problem(said)
    if problem:
        raise PrivacyError(problem)
    return record_consents(rows=[said], actor=actor, live=True) == 1


def withdraw_all(*, customer_id: str, source: str, actor: str, channel: str | None = None) -> int:
    """Withdraw every consent that is given, of one channel where it is named; how many."""
    at = clock.now()
    given = [c for c in queries.consents(customer_id) if c.given and channel in (None, c.channel)]
    rows = [ConsentRow(customer_id, c.channel, c.purpose, False, at, source, c.wording) for c in given]
    return record_consents(rows=rows, actor=actor, live=True)


def record_consents(*, rows: Iterable[ConsentRow], actor: str, live: bool = True) -> int:
    """Record many; returns how many changed the present state.

    What is older than what is known is kept in the history but does not count. Each chunk of 1,000 is one
    transaction. `live` false for what is imported: it sets nothing in motion. Raises PrivacyError for an
    unknown customer.
    """
    changed = 0
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        with transaction.atomic():
            changed += _record(chunk, actor, live)
    return changed


def import_consents(*, file: IO[str], actor: str, name: str = "") -> ImportedConsents:
    """Read consents from CSV: customer_id, channel, purpose, given, at, source, wording.

    A line that cannot be right is rejected with its number, column and reason; the others count. The same
    file again changes nothing. Raises PrivacyError where a needed column is missing.
    """
    reader = csv.DictReader(file)
    missing = {"customer_id", "channel", "purpose", "given", "at"} - set(reader.fieldnames or ())
    if missing:
        raise PrivacyError(_("Missing columns: %(names)s") % {"names": ", ".join(sorted(missing))})
    rejected: list[tuple[int, str, str]] = []
    read = changed = accepted = 0
    while chunk := list(islice(reader, CHUNK)):
        good: list[tuple[int, ConsentRow]] = []
        for offset, line in enumerate(chunk):
            number = read + offset + 2  # the first line names the columns
            parsed = _parse(line, name)
            if isinstance(parsed, ConsentRow):
                good.append((number, parsed))
            elif len(rejected) < REJECTED_MAX:
                rejected.append((number, *parsed))
        read += len(chunk)
        known = _people([row.customer_id for _n, row in good])
        for number, row in good:
            if row.customer_id not in known and len(rejected) < REJECTED_MAX:
                rejected.append((number, "customer_id", _("no such customer")))
        rows = [row for _n, row in good if row.customer_id in known]
        accepted += len(rows)
        changed += record_consents(rows=rows, actor=actor, live=False)
    audit.log(
        actor=actor,
        action="consents.import",
        object_type="consents",
        details={"read": read, "changed": changed, "rejected": len(rejected)},
    )
    return ImportedConsents(read, changed, accepted - changed, tuple(rejected))


def add_wording(
    *, code: str, purpose: str, texts: Mapping[str, Mapping[str, str]], actor: str
) -> WordingView:
    """Keep a new version of what customers are told; earlier versions stay what they were.

    `texts` has for each language purpose, scope and use. Raises PrivacyError where one is missing.
    """
    Purpose(purpose)
    for language in LANGUAGES:
        if any(not str(texts.get(language, {}).get(part, "")).strip() for part in PARTS):
            raise PrivacyError(_("Say purpose, scope and use in every language."))
    at = clock.now()
    with transaction.atomic():
        version = max((w.version for w in queries.all_wordings() if w.code == code), default=0) + 1
        row = Wording.objects.create(
            code=code,
            version=version,
            purpose=purpose,
            texts={lang: {part: texts[lang][part].strip() for part in PARTS} for lang in LANGUAGES},
            created_at=at,
            created_by=actor,
        )
        audit.log(
            actor=actor, action="wording.add", object_type="wording", object_id=f"{code}/{version}", at=at
        )
    return WordingView(row.code, row.version, row.purpose, row.texts, row.created_at, row.created_by)


def _record(rows: list[ConsentRow], actor: str, live: bool) -> int:
    people = _people([row.customer_id for row in rows])
    for row in rows:
        Channel(row.channel), Purpose(row.purpose)
        if row.customer_id not in people:
            raise PrivacyError(_("There is no customer %(number)s.") % {"number": row.customer_id})
    numbers = sorted(set(people.values()))
    list(Customer.objects.select_for_update().filter(pk__in=numbers).order_by("pk").values_list("pk"))
    present = {(c.customer_id, c.channel, c.purpose): c for c in Consent.objects.filter(customer__in=numbers)}
    recorded_at = clock.now()
    events, changed = [], 0
    for row in sorted(rows, key=lambda row: row.at):
        number = people[row.customer_id]
        key = (number, row.channel, row.purpose)
        state = present.get(key)
        if state and (state.given, state.at, state.source, state.wording) == (
            row.given, row.at, row.source[:80], row.wording,
        ):  # fmt: skip
            continue
        action = "given" if row.given else "withdrawn"
        event = ConsentEvent(
            event_id=_event_id(number, row),
            customer_id=number,
            channel=row.channel,
            purpose=row.purpose,
            action=action,
            at=row.at,
            recorded_at=recorded_at,
            source=row.source[:80],
            wording=row.wording,
            actor=actor,
        )
        events.append(event)
        # At the same instant a no goes before a yes.
        if state and (row.at < state.at or (row.at == state.at and row.given and not state.given)):
            continue
        state = state or Consent(customer_id=number, channel=row.channel, purpose=row.purpose)
        state.given, state.at, state.source, state.wording = row.given, row.at, row.source[:80], row.wording
        present[key] = state
        changed += 1
    _write(present, events, live, actor)
    return changed


def _write(
    present: dict[tuple[str, str, str], Consent], events: list[ConsentEvent], live: bool, actor: str
) -> None:
    """State, history, facts and audit of one chunk; an event that is known already is not written again."""
    ids = [event.event_id for event in events]
    known = set(ConsentEvent.objects.filter(event_id__in=ids).values_list("event_id", flat=True))
    new = list({event.event_id: event for event in events if event.event_id not in known}.values())
    touched = {(event.customer_id, event.channel, event.purpose) for event in events}
    Consent.objects.bulk_create(
        [present[key] for key in touched if key in present],
        update_conflicts=True,
        unique_fields=["customer", "channel", "purpose"],
        update_fields=["given", "at", "source", "wording"],
    )
    ConsentEvent.objects.bulk_create(new)
    history.record_many(facts=[("interactions", _fact(event)) for event in new], source=SOURCE, live=live)
    if live:
        for event in new:
            audit.log(
                actor=actor,
                action=f"consent.{event.action}",
                object_type="customer",
                object_id=event.customer_id,
                details={"channel": event.channel, "purpose": event.purpose, "wording": event.wording},
                at=event.recorded_at,
            )


def _fact(event: ConsentEvent) -> dict[str, Any]:
    return {
        "interaction_id": f"consent-{event.event_id}",
        "customer_id": event.customer_id,
        "at": event.at,
        "channel": event.channel,
        "type": "consent",
        "subject": f"{event.purpose} {event.action}",
        "value": 1.0 if event.action in ("given", "restored") else 0.0,
    }


def _event_id(number: str, row: ConsentRow) -> str:
    """The same statement has the same id, so that a file can be read twice."""
    text = "\0".join(
        (number, row.channel, row.purpose, str(row.given), row.at.isoformat(), row.source, row.wording)
    )
    return uuid.uuid5(uuid.NAMESPACE_URL, text).hex


def _people(customer_ids: Iterable[str]) -> dict[str, str]:
    """Surviving number by number asked for, of those who exist."""
    asked = list(dict.fromkeys(customer_ids))
    canonical = identity.canonical_ids(asked)
    numbers = {number: canonical.get(number, number) for number in asked}
    there = set(Customer.objects.filter(pk__in=set(numbers.values())).values_list("pk", flat=True))
    return {asked: number for asked, number in numbers.items() if number in there}


def _problem(row: ConsentRow) -> str:
    if row.channel not in list(Channel) or row.purpose not in list(Purpose):
        return _("This channel or purpose is not known.")
    if row.at > clock.now() + timedelta(days=1):
        return _("A consent cannot be given in the future.")
    if row.given and not row.wording:
        return _("Say which wording the customer was shown.")
    if row.wording and queries.wording(row.wording) is None:
        return _("There is no wording %(name)s.") % {"name": row.wording}
    return ""


def _parse(line: Mapping[str, Any], name: str) -> ConsentRow | tuple[str, str]:
    cells = {
        key: (value or "").strip()
        for key, value in line.items()
        if isinstance(key, str) and not isinstance(value, list)
    }
    if not cells.get("customer_id"):
        return "customer_id", _("a required value is missing")
    channel, purpose = cells.get("channel", "").lower(), cells.get("purpose", "").lower()
    if channel not in list(Channel):
        return "channel", _("not one of the known values")
    if purpose not in list(Purpose):
        return "purpose", _("not one of the known values")
    given = cells.get("given", "").casefold()
    if given not in YES | NO:
        return "given", _("neither yes nor no")
    try:
        at = clock.parse_as_of(cells["at"]) if len(cells["at"]) > 10 else _day(cells["at"])
    except ValueError:
        return "at", _("not a date or time that can be read")
    if at > clock.now() + timedelta(days=1):
        return "at", _("more than a day in the future")
    return ConsentRow(
        cells["customer_id"], channel, purpose, given in YES, at, cells.get("source") or name or "import",
        cells.get("wording", "")[:60],
    )  # fmt: skip


def _day(text: str) -> datetime:
    return clock.parse_as_of(text).replace(hour=0, minute=0, second=0, microsecond=0)


def merge_consents(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """The stricter of both counts per channel and purpose: a merge never widens what is allowed."""
    mine = {(c.channel, c.purpose): c for c in Consent.objects.filter(customer=kept_id)}
    other = {(c.channel, c.purpose): c for c in Consent.objects.filter(customer=merged_id)}
    memo = {"kept": [_state(c) for c in mine.values()], "merged": [_state(c) for c in other.values()]}
    after = []
    for key in sorted(mine.keys() | other.keys()):
        one, two = mine.get(key), other.get(key)
        result = stricter(one.given if one else None, two.given if two else None)
        if result is None:
            narrowed = one or two
            assert narrowed is not None
            _event(kept_id, narrowed, "narrowed", at)
            if one:
                one.delete()
        elif one is None or one.given != result:
            assert two is not None
            row = one or Consent(customer_id=kept_id, channel=two.channel, purpose=two.purpose)
            row.given, row.at, row.source, row.wording = two.given, two.at, two.source, two.wording
            row.save()
            after.append(_state(row))
        else:
            after.append(_state(one))
    Consent.objects.filter(customer=merged_id).delete()
    return {**memo, "after": after}


def split_consents(kept_id: str, merged_id: str, memo: Any, at: datetime) -> None:
    """Give both their consents back; what the person withdrew since stays withdrawn for both."""
    present = {(c.channel, c.purpose): c for c in Consent.objects.filter(customer=kept_id)}
    after = {(s["channel"], s["purpose"]): s for s in memo["after"]}
    since = {key: c for key, c in present.items() if _state(c, pk=False) != _state_of(after.get(key))}
    for number, states in ((kept_id, memo["kept"]), (merged_id, memo["merged"])):
        for state in states:
            key = (state["channel"], state["purpose"])
            newer = since.get(key)
            if newer is not None and (number == kept_id or not newer.given):
                state = {**state, **_state(newer, pk=False)}
            _restore_state(number, state)
    kept_before = {(s["channel"], s["purpose"]) for s in memo["kept"]}
    merged_before = {(s["channel"], s["purpose"]) for s in memo["merged"]}
    for key, row in present.items():
        if key in kept_before:
            continue
        newer = since.get(key)
        if newer is None:
            Consent.objects.filter(customer=kept_id, channel=key[0], purpose=key[1]).delete()
        elif not newer.given and key not in merged_before:
            _restore_state(merged_id, {**_state(row, pk=False), "pk": None})


def _state(row: Consent, *, pk: bool = True) -> dict[str, Any]:
    state = {
        "channel": row.channel,
        "purpose": row.purpose,
        "given": row.given,
        "at": row.at.isoformat(),
        "source": row.source,
        "wording": row.wording,
    }
    return {**state, "pk": row.pk} if pk else state


def _state_of(state: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {k: v for k, v in state.items() if k != "pk"} if state else None


def _restore_state(number: str, state: Mapping[str, Any]) -> None:
    Consent.objects.filter(customer=number, channel=state["channel"], purpose=state["purpose"]).delete()
    pk = state["pk"]
    if pk is not None and Consent.objects.filter(pk=pk).exists():
        pk = None
    Consent.objects.create(
        pk=pk,
        customer_id=number,
        channel=state["channel"],
        purpose=state["purpose"],
        given=state["given"],
        at=datetime.fromisoformat(state["at"]),
        source=state["source"],
        wording=state["wording"],
    )


def _event(number: str, row: Consent, action: str, at: datetime) -> None:
    ConsentEvent.objects.create(
        event_id=uuid.uuid4().hex,
        customer_id=number,
        channel=row.channel,
        purpose=row.purpose,
        action=action,
        at=at,
        recorded_at=clock.now(),
        source=SOURCE,
        wording=row.wording,
        actor=SOURCE,
    )
