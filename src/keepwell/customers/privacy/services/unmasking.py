"""Show a contact value in plain: to whom it is allowed, for a reason, and on record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers.access import access_customer
from keepwell.customers.identity import queries as identity
from keepwell.customers.models import CompanyContact, ContactPoint
from keepwell.customers.privacy import queries
from keepwell.customers.privacy.contracts import PersonAddress, PrivacyError, Unmasked
from keepwell.customers.privacy.defaults import UNMASK_REASON_MINUTES, UNMASK_SECONDS
from keepwell.customers.privacy.models import Unmasking
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.foundation.rows import among


def unmask(
    *, user: Account, customer_id: str, contact_point_id: int, reason: str = "", now: datetime | None = None
) -> Unmasked:
    """One contact value in plain, to be shown for a minute.

    The reason is kept sealed and asked for once: for ten minutes the same user need not say it again for
    the same customer. Raises PermissionDenied where the user may not see this customer's contacts or has
    seen as many as the settings allow in a day, PrivacyError without a reason or such a contact.
    """
    access_customer(user, Permission.UNMASK_CONTACTS, customer_id)
    at = now or clock.now()
    assert user.pk is not None  # nobody without an account passes the gate
    with transaction.atomic():
        point = ContactPoint.objects.filter(pk=contact_point_id, customer=customer_id).first()
        if point is None:
            raise PrivacyError(_("There is no such contact."))
        text = reason.strip() or reason_said(user, customer_id, at)
        if not text:
            raise PrivacyError(_("Say what you need it for."))
        limit = int(queries.settings()["unmask_limit_per_day"])
        if queries.unmasked_today(int(user.pk), now=at) >= limit:
            raise PermissionDenied(
                _("You have seen %(count)s contacts in 24 hours, the most allowed. Ask an administrator.")
                % {"count": limit}
            )
        Unmasking.objects.create(
            user_id=user.pk, customer_id=customer_id, kind=point.kind, reason=text[:400], at=at
        )
        audit.log(
            actor=user.get_username(),
            action="contact.unmask",
            object_type="customer",
            object_id=customer_id,
            details={"kind": point.kind, "contact_point": point.pk},
            at=at,
        )
    return Unmasked(point.pk, point.kind, point.value, UNMASK_SECONDS)


def addresses_for(*, customer_ids: Collection[str], kind: str, actor: str, now: datetime) -> dict[str, str]:
    """Where messages go: the preferred or newest contact value of `kind` of each customer, in plain.

    For machines that send, never to be shown: one entry of the audit log names all whose value was used.
    """
    canonical = identity.canonical_ids(customer_ids)
    numbers = {number: canonical.get(number, number) for number in customer_ids}
    points = ContactPoint.objects.filter(among("customer", numbers.values()), kind=kind)
    in_order = points.order_by("is_preferred", "updated_at", "pk")
    newest: dict[str, str] = dict(in_order.values_list("customer_id", "value"))
    found = {asked: newest[number] for asked, number in numbers.items() if number in newest}
    if found:
        audit.log(
            actor=actor,
            action="contact.use",
            object_type="contacts",
            object_id=kind,
            details={"customers": sorted(found)},
            at=now,
        )
    return found


def people_addresses_for(*, people: Mapping[int, str], actor: str, now: datetime) -> dict[int, PersonAddress]:
    """The present e-mail addresses of people at companies, given by id with the company's number.

    Left out is who was taken away, has no address any more or is at another company. As `addresses_for`: for
    machines that send, never to be shown, and on record.
    """
    canonical = identity.canonical_ids(set(people.values()))
    rows = CompanyContact.objects.filter(pk__in=list(people)).exclude(email_index="")
    found: dict[int, PersonAddress] = {}
    for row in rows.only("pk", "customer_id", "email", "email_index", "updated_at"):
        number = people[row.pk]
        if row.customer_id == canonical.get(number, number):
            found[row.pk] = PersonAddress(row.email, row.email_index, row.updated_at)
    if found:
        audit.log(
            actor=actor,
            action="contact.use",
            object_type="contacts",
            object_id="person_email",
            details={"customers": sorted({people[one] for one in found}), "people": sorted(found)},
            at=now,
        )
    return found


def reason_said(user: Account, customer_id: str, now: datetime) -> str:
    """The reason that the user gave for this customer within the last ten minutes, else an empty text."""
    since = now - timedelta(minutes=UNMASK_REASON_MINUTES)
    latest = Unmasking.objects.filter(user=user.pk, customer=customer_id, at__gt=since).first()
    return latest.reason if latest else ""
