"""What is done with lists for advertising and with spend; everything that gives data away is audited."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from keepwell.customers import queries as customers
from keepwell.customers.privacy import services as privacy
from keepwell.foundation.audit import services as audit
from keepwell.foundation.rows import among
from keepwell.history import services as history
from keepwell.insight import queries as insight
from keepwell.insight.segments import queries as segments
from keepwell.outreach.advertising import choosing, core, removing
from keepwell.outreach.advertising.contracts import (
    MEMBERS_MIN,
    AdvertisingError,
    Imported,
    Part,
    Platform,
    Refreshed,
    Use,
)
from keepwell.outreach.advertising.models import Audience, AudienceMember, Removal, Spend
from keepwell.outreach.channels.sms.numbers import CHINA, NORTH_AMERICA, read

SOURCE = "keepwell"
NAME_MAX, PART_MAX, CAMPAIGN_MAX, LINES_MAX = 120, 100, 200, 20_000
AMOUNT_MAX = Decimal(10) ** 9
# Where people write numbers without a country code, by the customer's country; "" is not known.
PLANS = {"": CHINA, "CN": CHINA, "US": NORTH_AMERICA, "CA": NORTH_AMERICA}
COLUMNS = ("date", "source", "medium", "campaign", "amount")


def add(*, name: str, segment_id: int, platform: str, use: str, actor: str, now: datetime) -> int:
    """Make a list of a segment for a platform; its number. Nobody is on it until it is read."""
    if not name.strip() or len(name.strip()) > NAME_MAX:
        raise AdvertisingError("name")
    one = segments.segment(segment_id)
    if one is None or one.archived_at is not None:
        raise AdvertisingError("segment")
    if platform not in list(Platform):
        raise AdvertisingError("platform")
    if use not in list(Use):
        raise AdvertisingError("use")
    with transaction.atomic():
        row = Audience.objects.create(
            name=name.strip(),
            segment_id=segment_id,
            platform=platform,
            use=use,
            created_at=now,
            created_by=actor,
        )
        _log("add", row.pk, {"segment": segment_id, "platform": platform, "use": use}, actor, now)
    return int(row.pk)


def refresh(*, audience_id: int, actor: str, now: datetime) -> Refreshed:
    """Read the segment anew: who is new, who must go. Audited as a use of contact data.

    Nobody is on a list without consent, under a hold, or kept aside (`choosing.allowed`). Where fewer than
    100 may be on it, all are taken off; raises AdvertisingError ("no_list").
    """
    wanted, reasons = _wanted(audience_id, actor=actor, now=now)
    if len(wanted) < MEMBERS_MIN:
        wanted = {}
    with transaction.atomic():
        row = Audience.objects.select_for_update().get(pk=audience_id)
        there = {one.customer_id: one for one in AudienceMember.objects.filter(audience=row)}
        gone = [
            one
            for number, one in there.items()
            if number not in wanted or removing.parsed(one.digests) != wanted[number]
        ]
        removed = removing.take_off(gone, now=now)
        stay = set(there) - {one.customer_id for one in gone}
        new = [
            AudienceMember(audience=row, customer_id=number, digests=orjson.dumps(said).decode())
            for number, said in wanted.items()
            if number not in stay
        ]
        AudienceMember.objects.bulk_create(new, batch_size=1_000)
        removing.settle(row, now=now)
        row.left_out, row.read_at, row.read_by = dict(reasons), now, actor
        row.save(update_fields=["left_out", "read_at", "read_by"])
        done = Refreshed(len(wanted), len(new), removed, dict(reasons))
        _log("refresh", row.pk, {"people": done.people, "added": done.added, "removed": removed}, actor, now)
    return done


def _wanted(audience_id: int, *, actor: str, now: datetime) -> tuple[dict[str, dict[str, str]], Counter[str]]:
    """Digests of everybody who may be on the list, by number, and how many may not, by reason."""
    row = Audience.objects.filter(pk=audience_id, archived_at=None).first()
    if row is None:
        raise AdvertisingError("no_list")
    platform, use = Platform(row.platform), Use(row.use)
    found, reasons = choosing.allowed(list(segments.member_ids(row.segment_id)), use=use, now=now)
    values: dict[str, dict[str, str]] = {"email": {}, "phone": {}}
    for kind in core.FORMS[platform].columns:
        values[kind] = privacy.addresses_for(customer_ids=found, kind=kind, actor=actor, now=now)
    places = customers.whereabouts(found)
    wanted = {}
    for number in found:
        _time_zone, country = places.get(number, ("", ""))
        phone = _e164(values["phone"].get(number, ""), country)
        said = core.digests(platform, email=values["email"].get(number, ""), phone=phone)
        if said:
            wanted[number] = said
        else:
            reasons["no_address"] += 1
    return wanted, reasons


def _e164(value: str, country: str) -> str:
    """A number with its country code; "" where it names none and the customer's country does not say which.

    A number that is taken for one of another country is a stranger's.
    """
    if country not in PLANS and not value.strip().startswith(("+", "00")):
        return ""
    try:
        return read(value, country=PLANS.get(country, CHINA)).e164
    except ValueError:
        return ""


def file_of(
    *, audience_id: int, part: str, actor: str, now: datetime
) -> tuple[str, str, list[tuple[str, ...]]]:
    """A file for the platform: its name, how it ends, its lines; from now on the platform has it.

    Who has withdrawn since the list was read is in no file of people, and in that of removals. Audited with
    the numbers of those who are in it. Raises AdvertisingError "no_list", "too_small", "nothing".
    """
    wanted = Part(part)
    with transaction.atomic():
        row = Audience.objects.select_for_update().filter(pk=audience_id, archived_at=None).first()
        if row is None:
            raise AdvertisingError("no_list")
        platform = Platform(row.platform)
        drop_unwilling(row, now=now)
        due = removing.settle(row, now=now)
        people: list[Mapping[str, str]]
        if wanted is Part.REMOVED:
            people = list(due.values())
            numbers: list[str] = []
            Removal.objects.filter(audience=row, handed_at=None).update(handed_at=now)
        else:
            members = AudienceMember.objects.filter(audience=row)
            if members.count() < MEMBERS_MIN:
                raise AdvertisingError("too_small")
            chosen = list(members if wanted is Part.ALL else members.filter(handed_at=None))
            people = [removing.parsed(one.digests) for one in chosen]
            numbers = sorted(one.customer_id for one in chosen)
            members.filter(among("pk", [one.pk for one in chosen]), handed_at=None).update(handed_at=now)
        if people:
            row.handed_at = now
            row.save(update_fields=["handed_at"])
            details = {"part": str(wanted), "people": len(people), "customers": numbers}
            _log("export", row.pk, details, actor, now)
    # What was put right on the way stays so, also where there is no file in the end.
    if not people:
        raise AdvertisingError("nothing")
    suffix = core.FORMS[platform].suffix
    return f"{platform}-{row.pk}-{wanted}-{now:%Y%m%d}", suffix, core.lines(platform, people)


def drop_unwilling(row: Audience, *, now: datetime) -> int:
    """Take off who may no longer be on the list, within the caller's transaction; how many."""
    members = list(AudienceMember.objects.filter(audience=row))
    found, _reasons = choosing.allowed([one.customer_id for one in members], use=Use(row.use), now=now)
    still = set(found)
    gone = [one for one in members if one.customer_id not in still]
    removing.take_off(gone, now=now)
    return len(gone)


def archive(*, audience_id: int, actor: str, now: datetime) -> bool:
    """Put a list away: everybody is taken off; whether it is gone, or stays until removals were taken."""
    with transaction.atomic():
        row = Audience.objects.select_for_update().filter(pk=audience_id, archived_at=None).first()
        if row is None:
            raise AdvertisingError("no_list")
        removing.take_off(list(AudienceMember.objects.filter(audience=row)), now=now)
        if Removal.objects.filter(audience=row, handed_at=None).exists():
            # The list must first be emptied at the platform.
            row.read_at = now
        else:
            row.archived_at = now
        row.save(update_fields=["archived_at", "read_at"])
        _log("archive", row.pk, {}, actor, now)
    return row.archived_at is not None


def tidy(*, now: datetime) -> int:
    """Forget digests that platforms have taken out and nobody will ask for again; how many."""
    with transaction.atomic():
        return removing.forget_old(now=now)


def note_spend(
    *,
    on: date | None,
    source: str,
    medium: str,
    campaign: str,
    amount: Decimal | None,
    actor: str,
    now: datetime,
) -> None:
    """Keep what a campaign cost on a day, as a fact too; the same again is put right. Audited."""
    currency = _currency()
    with transaction.atomic():
        _keep_spend(on, source, medium, campaign, amount, currency, actor, now)
        _log("spend", 0, {"on": str(on), "campaign": campaign[:CAMPAIGN_MAX]}, actor, now)


def import_spend(*, text: str, actor: str, now: datetime) -> Imported:
    """Spend from a file: date, source, medium, campaign, amount; in the shop's currency.

    A line that cannot be read is named and left out. The same file again changes nothing.
    """
    lines = _lines(text)
    currency, kept = _currency(), 0
    refused: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 2):
        if number > LINES_MAX + 1:
            break
        if line is None:
            refused.append((number, "line"))
            break
        said = {str(name).strip().lower(): (value or "").strip() for name, value in line.items() if name}
        try:
            with transaction.atomic():
                _keep_spend(
                    _day(said["date"]), said["source"], said["medium"], said["campaign"],
                    _amount(said["amount"]), currency, actor, now,
                )  # fmt: skip
            kept += 1
        except AdvertisingError as error:
            refused.append((number, error.code))
    _log("spend_import", 0, {"kept": kept, "refused": len(refused)}, actor, now)
    return Imported(kept, tuple(refused))


def _lines(text: str) -> Iterator[dict[str, str] | None]:
    """The lines of a file by column; None ends them where one cannot be read. Raises AdvertisingError."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        named = {(name or "").strip().lower() for name in reader.fieldnames or ()}
    except csv.Error:
        named = set()
    if not set(COLUMNS) <= named:
        raise AdvertisingError("columns")
    return _readable(reader)


def _readable(reader: csv.DictReader[str]) -> Iterator[dict[str, str] | None]:
    try:
        yield from reader
    except csv.Error:
        yield None


def _keep_spend(
    on: date | None,
    source: str,
    medium: str,
    campaign: str,
    amount: Decimal | None,
    currency: str,
    actor: str,
    now: datetime,
) -> None:
    if on is None:
        raise AdvertisingError("date")
    if (
        not campaign.strip()
        or len(campaign) > CAMPAIGN_MAX
        or len(source) > PART_MAX
        or len(medium) > PART_MAX
    ):
        raise AdvertisingError("campaign")
    if amount is None or not amount.is_finite() or not 0 <= amount < AMOUNT_MAX:
        raise AdvertisingError("amount")
    where: dict[str, Any] = {
        "on": on, "source": source.strip(), "medium": medium.strip(), "campaign": campaign.strip(),
        "currency": currency,
    }  # fmt: skip
    row = Spend.objects.select_for_update().filter(**where).first()
    if row is not None and row.amount == amount:
        return
    values = {"amount": amount, "updated_at": now, "updated_by": actor}
    row, _made = Spend.objects.update_or_create(**where, defaults=values)
    fact = {
        "cost_id": f"advertising-{row.pk}",
        "customer_id": None,
        "at": timezone.make_aware(datetime.combine(on, datetime.min.time())),
        "kind": "acquisition",
        "amount": amount,
        "currency": currency,
    }
    history.record(table="costs", fact=fact, source=SOURCE)


def _currency() -> str:
    cycle = insight.current_cycle()
    if cycle is None or not cycle.currency:
        raise AdvertisingError("no_currency")
    return cycle.currency


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _amount(value: str) -> Decimal | None:
    try:
        return Decimal(value.replace(",", ""))
    except InvalidOperation:
        return None


def _log(action: str, audience_id: int, details: Mapping[str, object], actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=f"advertising.{action}",
        object_type="audience",
        object_id=str(audience_id),
        details=dict(details),
        at=now,
    )
