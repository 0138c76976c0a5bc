"""A shop whose customers all agreed to e-mail, and a confirmed mailing to every one of them.

python -m bench.mail_shop COUNT PORT    prints the token of the account at the mail server
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, time, timedelta

SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
BRAND = {
    "company_name": "Tea",
    "legal_address": "1 West Lake Road, Hangzhou",
    "website": "https://www.keepwell-tea.com",
    "email": "hello@keepwell-tea.com",
    "phone": "+86 571 0000 0000",
}
BLOCKS = (
    {"type": "heading", "text": "Dear {{ customer.salutation | default: 'customer' }}"},
    {
        "type": "text",
        "text": "It has been a while. Spring is here, and with it the first tea of the year. " * 6,
    },
    {"type": "button", "label": "Have a look", "url": "https://www.keepwell-tea.com/spring"},
    {"type": "footer"},
)
ACTOR = "bench"


def people(count: int, now: datetime) -> list[str]:
    """Customers with an address who agreed, and nothing that keeps a message back."""
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.privacy.contracts import ConsentRow
    from keepwell.outreach.policy.services import set_holdout, set_rules

    set_holdout(share=0, reason="bench", actor=ACTOR, now=now)
    set_rules(values={"quiet_from": time(3), "quiet_until": time(3)}, actor=ACTOR, now=now)
    numbers = [f"C{n:07d}" for n in range(count)]
    rows = (
        CustomerRow(
            n,
            name=f"Customer {n}",
            country="CN",
            city="Hangzhou",
            language="en",
            email=f"{n}@customer.example",
        )
        for n in numbers
    )
    customers.upsert_many(rows=rows, source=ACTOR, at=now, actor=ACTOR)
    since = now - timedelta(days=9)
    said = (ConsentRow(n, "email", "marketing", True, since, ACTOR, "marketing/1") for n in numbers)
    privacy.record_consents(rows=said, actor=ACTOR, live=False)
    return numbers


def letter(now: datetime) -> str:
    """A published e-mail."""
    from keepwell.outreach.content import queries, services

    services.set_brand(values=BRAND, based_on=0, actor=ACTOR, now=now)
    services.create_template(
        code="spring",
        name="Spring",
        kind="email",
        purpose="marketing",
        content_type="care",
        language="en",
        actor=ACTOR,
        now=now,
    )
    one = queries.draft("spring").texts[0]
    services.save_text(
        code="spring",
        text_id=one.text_id,
        revision=one.revision,
        subject="Spring in {{ customer.city | default: 'town' }}",
        document=BLOCKS,
        actor=ACTOR,
        now=now,
    )
    done = services.approve(code="spring", revision=queries.draft("spring").revision, actor=ACTOR, now=now)
    services.publish(code="spring", revision=done.revision, actor=ACTOR, now=now)
    return "spring"


def build(count: int, port: str) -> str:
    """All of it; the account's token."""
    from keepwell.foundation import clock
    from keepwell.insight.segments import services as segments
    from keepwell.insight.segments.models import SegmentMember
    from keepwell.outreach.mailings import services as mailings
    from keepwell.outreach.mailings.services.drafting import Plan
    from keepwell.outreach.sending.services.accounts import set_account

    now = clock.now()
    numbers, code = people(count, now), letter(now)
    rule = {"attribute": "city", "is": "in", "value": ["Hangzhou"]}
    segment = segments.save(name="All", definition=rule, author_id=None, actor=ACTOR).segment_id
    members = (SegmentMember(segment_id=segment, customer_id=n, entered_at=now) for n in numbers)
    SegmentMember.objects.bulk_create(members, batch_size=5_000)
    values = {"sender": "care@tea.example", "host": "127.0.0.1", "port": port, "tls": ""}
    values |= {"reports_secret": SECRET, "reports_within_minutes": "1"}
    account = set_account(provider="email.smtp", values=values, actor=ACTOR, now=now)
    made = mailings.create(plan=Plan("Spring", segment, code, control_share=0), actor=ACTOR, now=now)
    mailings.confirm(mailing_id=made.mailing_id, revision=made.revision, typed=count, actor=ACTOR, now=now)
    return account.token


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.foundation.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(build(int(sys.argv[1]), sys.argv[2]))
