"""What addresses name that is the shop's own: rules, texts, channels, mailings, offers, imports."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.timezone import localdate

ORDERS = "order_id,customer_id,ordered_at,amount,currency\nA1,{customer_id},{on},10,CNY\n"


def of_the_shop(*, author: Any, folder: Path, now: datetime) -> dict[str, Any]:
    """A cycle, plan, segment, tag, record, webhook, refused message and entry of the guide."""
    from keepwell.accounts.standards import services as standards
    from keepwell.customers import queries as customers
    from keepwell.customers.services import save_tag
    from keepwell.insight import queries as insight
    from keepwell.insight.segments import services as segments
    from keepwell.integrations import queries as letters
    from keepwell.integrations import services as integrations
    from keepwell.integrations.services import receiving
    from keepwell.plays import services as plays

    rule = {"attribute": "city", "is": "in", "value": ["Oslo"]}
    by: dict[str, Any] = {"definition": rule, "actor": "test"}
    record = standards.save_record(
        kind="problem", title="Lost parcels", texts={"problem": "they get lost"}, actor="test", now=now
    )
    endpoint = integrations.webhooks.create(
        url="http://127.0.0.1:9/", event_types=["order.recorded"], actor="test", now=now
    )
    sent = integrations.webhooks.ping(endpoint_id=endpoint.endpoint_id, actor="test", now=now)
    receiving.receive(
        batch=[{"type": "no such", "messageId": "1"}], source="t", sent_at=None, received_at=now, actor="t"
    )
    return (
        {
            "cycle_id": insight.current_cycle().cycle_id,
            "plan_id": plays.save_plan(budget=Decimal(1000), actor="test").plan_id,
            "segment_id": segments.save(name="All", shared="all", author_id=None, **by).segment_id,
            "private_segment_id": segments.save(name="Mine", author_id=author.pk, **by).segment_id,
            "tag_id": save_tag(name="regular", actor="test"),
            "record_id": record.record_id,
            "endpoint_id": endpoint.endpoint_id,
            "delivery_id": sent.delivery_id,
            "number": letters.dead_letters(limit=1)[0].id,
            "culture_code": customers.culture_guide()[0].code,
        }
        | of_imports(folder=folder, now=now)
        | of_content(now=now)
        | of_sending(now=now)
        | of_site(now=now)
        | of_channels(now=now)
    )


def of_habits(*, now: datetime) -> int:
    """A proposal that is open."""
    from keepwell.outreach.habits.models import Proposal

    figures = {"better": [60, 300], "worse": [10, 300], "difference": 0.17, "low": 0.1, "high": 0.24}
    evidence = {
        **figures,
        "first": "phone",
        "second": "email",
        "measure": [70, 600],
        "compared": 2,
        "days": 90,
    }
    row = Proposal.objects.create(
        key="channels/decline/phone>email", kind="channels", subject="decline",
        change={"channels": ["phone", "email"]}, evidence=evidence, found_at=now,
    )  # fmt: skip
    return row.pk


def of_content(*, now: datetime) -> dict[str, Any]:
    """A template with a draft of two texts that may be approved."""
    from keepwell.outreach.content import queries, services

    by: dict[str, Any] = {"code": "letter", "actor": "test", "now": now}
    services.create_template(
        name="Letter", kind="sms", purpose="service", content_type="care", language="en", **by
    )
    first = queries.draft("letter").texts[0]
    services.save_text(text_id=first.text_id, revision=first.revision, body="Hello", **by)
    second = services.add_text(language="fr", copy_of=first.text_id, **by)
    draft = queries.draft("letter")
    return {
        "letter_code": "letter",
        "proposal_id": of_habits(now=now),
        "text_id": first.text_id,
        "second_text_id": second.text_id,
        "text_revision": draft.texts[0].revision,
        "draft_revision": draft.revision,
    }


def of_channels(*, now: datetime) -> dict[str, Any]:
    """An account for text messages, and a template that its provider has approved."""
    from keepwell.outreach.sending.approved import services as approved
    from keepwell.outreach.sending.services import accounts

    values = {"access_key_id": "a", "access_key_secret": "b", "sign_name": "c"}
    account = accounts.set_account(provider="sms.aliyun", values=values, actor="test", now=now)
    said = {"content": "letter", "category": "notice", "provider_code": "SMS_1", "values": {}}
    one = approved.set_approved(account_id=account.account_id, language="en", actor="test", now=now, **said)
    return {"approved_account_id": account.account_id, "approved_id": one.approved_id}


def of_sending(*, now: datetime) -> dict[str, Any]:
    """An account that nothing listens to, a draft of a mailing, a journey and a play to be approved."""
    from datetime import timedelta

    from keepwell.insight.segments import services as segments
    from keepwell.outreach.journeys import queries as journeys
    from keepwell.outreach.mailings import services as mailings
    from keepwell.outreach.mailings.services.drafting import Plan
    from keepwell.outreach.sending.services.accounts import set_account
    from keepwell.outreach.touchpoints import queries as touchpoints
    from keepwell.plays.experiments import services as plays
    from keepwell.plays.experiments.contracts import ArmValues, PlayValues

    journey = journeys.by_code("remind_birthday") or journeys.journeys()[0]
    values = {"sender": "shop@shop.example", "host": "127.0.0.1", "port": "9", "tls": ""}
    account = set_account(provider="email.smtp", values=values, actor="test", now=now)
    segment = segments.save(
        name="Oslo",
        definition={"attribute": "city", "is": "in", "value": ["Oslo"]},
        author_id=None,
        actor="test",
        shared="all",
    )
    plan = Plan("Spring", segment.segment_id, "win_back_email")
    made = mailings.create(plan=plan, actor="test", now=now)
    said = PlayValues(
        name="Spring",
        segment_id=segment.segment_id,
        starts_on=now.date(),
        ends_on=now.date() + timedelta(days=60),
        arms=(ArmValues("Call", kind="task", task_kind="call"),),
    )
    play = plays.draft(values=said, actor="test", now=now)
    play = plays.submit(play_id=play.play_id, actor="test", now=now)
    point = touchpoints.the_map().stages[0].touchpoints[0]
    return {
        "play_id": play.play_id,
        "play_version": play.version,
        "stage_id": point.stage_id,
        "touchpoint_id": point.touchpoint_id,
        "friction_id": point.frictions[0].friction_id,
        "journey_id": journey.journey_id,
        "journey_revision": journey.draft.revision,
        "account_id": account.account_id,
        "mailing_id": made.mailing_id,
        "mailing_segment": segment.segment_id,
        "mailing_revision": made.revision,
    }


def of_site(*, now: datetime) -> dict[str, Any]:
    """A website, a banner in use that is shown to everybody, and a group of colleagues."""
    from keepwell.outreach.channels.onsite import services
    from keepwell.outreach.content import queries as content
    from keepwell.outreach.content import services as texts
    from keepwell.outreach.groups import services as groups
    from keepwell.outreach.sending.services.accounts import set_account
    from keepwell.outreach.social import services as social

    values = {"origins": "https://www.shop.example", "secret": "x" * 32, "visits": "3"}
    account = set_account(provider="web.site", values=values, actor="test", now=now)
    who: dict[str, Any] = {"actor": "test", "now": now}
    texts.create_template(
        code="site_banner", name="Banner", kind="banner", purpose="marketing", content_type="offer",
        language="en", **who,
    )  # fmt: skip
    one = content.draft("site_banner").texts[0]
    block = {"type": "notice", "title": "New tea"}
    texts.save_text(code="site_banner", text_id=one.text_id, revision=one.revision, document=[block], **who)
    texts.approve(
        code="site_banner", revision=content.draft("site_banner").revision, actor="somebody", now=now
    )
    texts.publish(code="site_banner", revision=content.draft("site_banner").revision, **who)
    notice_id = services.add_notice(
        channel="web",
        template_code="site_banner",
        priority=1,
        starts_at=now,
        ends_at=now + timedelta(days=9),
        **who,
    )
    group = groups.set_group(
        name="Team",
        address="tgram://123456789:abcdefg_hijklmnop/-100123/",
        language="en",
        kinds=["import_done"],
        active=False,
        **who,
    )
    social_id = social.save_account(
        platform="weibo", name="Tea House", link="", owner_id=None, active=True, **who
    )
    found = {"site_id": account.account_id, "site_notice_id": notice_id, "group_id": group.group_id}
    return {**found, "social_id": social_id, "coupon_offer_id": of_offers(now=now)}


def of_offers(*, now: datetime) -> int:
    """An offer whose codes come from the till."""
    from keepwell.outreach.coupons.models import Offer

    ends = localdate(now + timedelta(days=30))
    by = {"created_at": now, "updated_at": now, "updated_by": "test"}
    row = Offer.objects.create(
        name="Till", kind="percent", value=Decimal("0.05"), source="list", ends_on=ends, **by
    )
    return int(row.pk)


def of_imports(*, folder: Path, now: datetime) -> dict[str, Any]:
    """An import that waits for what is said of it, and one that is over and rejected a row."""
    from keepwell.intake.jobs import queries, services

    jobs = []
    for on in ("2026-11-01", "no day"):
        path = folder / "orders.csv"
        path.write_text(ORDERS.format(customer_id="C000001", on=on), encoding="utf-8")
        jobs.append(services.begin(files=[("orders.csv", path)], actor="test", now=now).job_id)
    services.ask_import(job_id=jobs[1], actor="test", now=now)
    services.run_next(now=now, run_cycle=lambda actor, progress: None)
    return {"job_id": jobs[0], "done_job_id": jobs[1], "rejected": queries.job(jobs[1]).quarantine[0]}
