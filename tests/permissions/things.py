"""What addresses name: everything that the shop has one of, so that who is let in finds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.timezone import localdate

from keepwell.accounts.contracts import AuthorityKind, Permission

ORDERS = "order_id,customer_id,ordered_at,amount,currency\nA1,{customer_id},{on},10,CNY\n"
MAIL = b"From: mei@chen.example\nTo: hello@shop.example\nSubject: Thanks\n\nThank you.\n"


def of_customer(*, customer_id: str, second: str, owner: Any, receiver: Any, now: datetime) -> dict[str, Any]:
    """A customer of `owner` with all that a record holds, and `second`, who goes over to `receiver`."""
    from keepwell.customers import queries, services
    from keepwell.customers.privacy.services import place_hold
    from keepwell.outreach.channels.person.models import Errand
    from keepwell.outreach.coupons import services as coupons
    from keepwell.outreach.coupons.contracts import Kind as CouponKind
    from keepwell.outreach.coupons.contracts import Terms
    from keepwell.outreach.firstreply import services as firstreply
    from keepwell.outreach.firstreply.contracts import AnswerDraft
    from keepwell.outreach.firstreply.models import Enquiry
    from keepwell.outreach.questions import services as questions
    from keepwell.outreach.questions.models import Feedback
    from keepwell.outreach.services import tasks
    from keepwell.plays.care import services as care
    from keepwell.plays.winback import services as winback
    from keepwell.web.others import day_key

    who: dict[str, Any] = {"customer_id": customer_id, "actor": "test"}
    tomorrow = now + timedelta(days=1)
    services.assign_owner(
        customer_ids=[customer_id, second], owner_id=owner.pk, actor="test", reason="", at=now
    )
    promises = [
        services.make_promise(what=what, due_at=tomorrow, owner_id=owner.pk, at=now, **who)
        for what in ("a call back", "a sample")
    ]
    services.close_promise(promise_id=promises[1], kept=True, at=now, **who)
    task = tasks.create(kind="call", assignee_id=owner.pk, due_at=tomorrow, now=now, **who)
    letter = tasks.create(kind="message", channel="post", assignee_id=owner.pk, now=now, **who)
    Errand.objects.create(
        message_id=f"letter/{customer_id}", task_id=letter.task_id, customer_id=customer_id, channel="post",
        made_at=now,
    )  # fmt: skip
    services.save_date(kind="anniversary", on_date=tomorrow.date(), source="conversation", **who)
    days = queries.upcoming_dates(owner_ids=[owner.pk], first_on=now.date(), last_on=tomorrow.date())
    act_id = care.add(act="call", due_on=localdate(tomorrow), now=now, **who)
    asked = {"customer_id": customer_id, "text": "When?", "owner_id": owner.pk, "now": now, "actor": "test"}
    question_id = questions.open_question(**asked)
    feedback = Feedback.objects.create(
        key=f"heard-{customer_id}", customer_id=customer_id, origin="message", text="Late again", at=now,
        received_at=now, state="passed", owner=owner, passed_at=now,
    )  # fmt: skip
    case_id = winback.open_case(customer_id=customer_id, origin="customer", now=now, actor="test")
    occasion = coupons.Occasion(f"things/{customer_id}", customer_id, "hand")
    terms = Terms(CouponKind.PERCENT, Decimal("0.05"))
    coupon = coupons.give(terms=terms, occasions=[occasion], actor="test", now=now)[occasion.key]
    return {
        "customer_id": customer_id,
        "case_id": case_id,
        "question_id": question_id,
        "answer_id": firstreply.save_answer(
            draft=AnswerDraft("Hours", {"en": ("when do you open",)}, {"en": "At nine."}),
            actor="somebody",
            now=now,
        ),
        "enquiry_id": Enquiry.objects.create(
            customer_id=customer_id,
            channel="email",
            stage="closed_person",
            opened_at=now,
            last_at=now,
            asked_at=now,
        ).pk,
        "feedback_id": feedback.pk,
        "coupon_id": coupon.pk,
        "coupon_code": coupon.code,
        "care_act_id": act_id,
        **of_care(customer_id=customer_id, now=now),
        "contact_point_id": queries.get(customer_id).contact_points[0].point_id,
        "note_id": services.save_note(kind="service", text="likes tea", **who),
        "sensitive_note_id": services.save_note(kind="service", text="is ill", is_sensitive=True, **who),
        "attachment_id": services.attach(name="card.txt", content=b"thanks", **who),
        "sensitive_attachment_id": services.attach(
            name="letter.txt", content=b"in confidence", is_sensitive=True, **who
        ),
        "mail_id": services.attach(name="hello.eml", content=MAIL, **who),
        "sensitive_mail_id": services.attach(name="ill.eml", content=MAIL, is_sensitive=True, **who),
        "hold_id": place_hold(kind="stop", now=now, **who),
        "promise_id": promises[0],
        "kept_promise_id": promises[1],
        "task_id": task.task_id,
        "letter_task_id": letter.task_id,
        "day_key": next(day_key(one) for one in days if one.customer_id == customer_id),
        **of_message(customer_id=customer_id, now=now),
        "passing_id": inside_a_journey(customer_id=customer_id, now=now),
        "handover_id": services.propose_handover(
            customer_ids=[second],
            from_owner_id=owner.pk,
            to_owner_id=receiver.pk,
            due_on=tomorrow.date(),
            actor="test",
        ),
    }


def of_care(*, customer_id: str, now: datetime) -> dict[str, Any]:
    """An activity with the customer as its guest, and a package made for them."""
    from keepwell.outreach.sending.marks.tokens import Kind, Mark, seal
    from keepwell.outreach.sending.services import queueing
    from keepwell.plays.care.contracts import PackageItem
    from keepwell.plays.care.models import Guest
    from keepwell.plays.care.services import activities, packages

    values = {
        "name": "Evening", "kind": "lecture", "at": now + timedelta(days=9), "place": "", "capacity": 9,
        "owner_id": None, "budget": Decimal(0), "segment_id": None, "interest": "", "channel": "email",
        "subject": "", "text": "",
    }  # fmt: skip
    number = activities.save(values=values, actor="test", now=now)
    name = queueing.message_id(f"matrix-guest/{customer_id}")
    guest = Guest.objects.create(
        activity_id=number, customer_id=customer_id, message_id=name, state="invited"
    )
    thing = PackageItem("Chair", Decimal(1), Decimal(9), Decimal(5))
    return {
        "care_activity_id": number,
        "care_guest_id": guest.pk,
        **of_offline(now=now),
        "invitation_token": seal(Mark(Kind.GUEST, name)),
        "care_package_id": packages.save(
            customer_id=customer_id, name="Corner", items=[thing], actor="test", now=now
        ),
    }


def of_offline(*, now: datetime) -> dict[str, Any]:
    """An offline channel with its code."""
    from keepwell.outreach.offline import queries, services

    values = {
        "code": "", "kind": "store", "name": "Store", "place": "", "store": "", "cost": Decimal(0),
        "target": "https://www.keepwell-tea.com", "starts_on": now.date(), "ends_on": None, "active": True,
    }  # fmt: skip
    number = services.save(values=values, actor="test", now=now)
    return {"spot_id": number, "spot_code": queries.spot(number).code}


def of_message(*, customer_id: str, now: datetime) -> dict[str, Any]:
    """The tokens of a message with a link, as a customer finds them in it."""
    from keepwell.outreach.sending.contracts import Draft
    from keepwell.outreach.sending.marks.tokens import Kind, Mark, seal
    from keepwell.outreach.sending.services import queueing

    html = '<a href="https://www.keepwell-tea.com/">tea</a>'
    draft = Draft(f"matrix/{customer_id}", customer_id, "email", "service", "Hi", "Hi", html)
    queueing.queue(drafts=[draft], actor="test", now=now)
    name = queueing.message_id(draft.key)
    return {
        "wishes_token": seal(Mark(Kind.WISHES, name)),
        "click_token": seal(Mark(Kind.CLICK, name, 1)),
        "open_token": seal(Mark(Kind.OPEN, name)),
        "questions_token": seal(Mark(Kind.ASK, name, 2)),
    }


def inside_a_journey(*, customer_id: str, now: datetime) -> int:
    """A journey that is on, with the customer inside."""
    from keepwell.outreach.journeys import queries, services
    from keepwell.outreach.journeys.contracts import Entrant

    by: dict[str, Any] = {"actor": "test", "now": now}
    one = queries.by_code("passing")
    if one is None:
        steps = {
            "pause": {"kind": "wait", "days": 30, "next": "call"},
            "call": {"kind": "task", "task": "call", "owner": "queue", "next": "end"},
            "end": {"kind": "end"},
        }
        plan = {"start": {"fact": "orders"}, "first": "pause", "steps": steps}
        one = services.create(code="passing", name="Passing", definition=plan, **by)
        approved = services.approve(journey_id=one.journey_id, revision=1, actor="somebody", now=now)
        services.switch_on(journey_id=one.journey_id, revision=approved.revision, **by)
    entrant = Entrant(customer_id, f"matrix/{customer_id}", now)
    services.enter(journey_id=one.journey_id, entrants=[entrant], now=now)
    return one.journey_id


def of_asker(*, user: Any, customer_id: str, now: datetime) -> dict[str, Any]:
    """What everybody has one of: a notification, a view of a list, a change and a step to be taken back."""
    from keepwell.customers.lists import services as lists
    from keepwell.outreach.contracts import Notice
    from keepwell.outreach.models import Notification
    from keepwell.outreach.services import notices, tasks

    who: dict[str, Any] = {"user_id": user.pk, "actor": user.username, "now": now}
    notices.tell(user_id=user.pk, kind=Notice.APPROVAL, key=f"1 {customer_id}", data={}, now=now)
    view = lists.save_view(
        list_name="customers", name=f"Mine {customer_id}", query="", columns=[], shared=False, **who
    )
    by: dict[str, Any] = {"actor": user.username, "now": now}
    task = tasks.create(kind="call", customer_id=customer_id, **by)
    step = tasks.postpone(task_ids=[task.task_id], until=now + timedelta(days=2), **by)
    tagged = lists.add_tag(customer_ids=[customer_id], name=f"of {user.username}", **who)
    return {
        "notice_id": Notification.objects.filter(user=user).latest("pk").pk,
        "view_id": view.view_id,
        "change_id": tagged.change_id,
        "undo_token": step.token,
    }


def of_people(*, asks: Any, other: Any, receiver: Any, customer_id: str, now: datetime) -> dict[str, Any]:
    """Somebody in a team, with a token and links, and what a service agent has of its own."""
    from keepwell.accounts import queries, services
    from keepwell.outreach.services import feeds, tasks

    token = services.create_token(user=other, name="theirs", scopes=[Permission.VIEW_CUSTOMERS], now=now)
    approval = services.ask_approval(
        user=asks,
        kind=AuthorityKind.PRICE_CONCESSION,
        amount=Decimal("0.1"),
        object_type="offer",
        object_id="1",
        reason="it came late",
        now=now,
    )
    agents = tasks.create(
        kind="call", customer_id=customer_id, assignee_id=asks.pk, actor=asks.username, now=now
    )
    return {
        "user_id": other.pk,
        "receiver_id": receiver.pk,
        "team_id": services.create_team(name="North", leader_id=None, actor="test").pk,
        "token_id": token.token.token_id,
        "approval_id": approval.approval_id,
        "agents_task_id": agents.task_id,
        "confidentiality": queries.confidentiality_text("en")[0],
        "link_secret": services.create_password_link(user_id=other.pk, actor="test", now=now),
        "feed_secret": feeds.make(user_id=other.pk, with_names=True, actor="test", now=now),
        "tomorrow": (now + timedelta(days=1)).date().isoformat(),
    }


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


def of_identity(*, twins: Sequence[str], merged: Sequence[str]) -> dict[str, Any]:
    """Two records that share a telephone number, and two that were made one."""
    from keepwell.customers.identity import queries, services

    services.find_duplicates(actor="test")
    pair = next(one for one in queries.candidates() if {one.first_id, one.second_id} == set(twins))
    made = services.merge(kept_id=merged[0], merged_id=merged[1], actor="test")
    return {
        "candidate_id": pair.candidate_id,
        "kept": twins[0],
        "merged": twins[1],
        "merge_id": made.merge_id,
    }


def of_privacy(*, administrator: Any, erased: Sequence[str], now: datetime) -> dict[str, Any]:
    """A request to erase somebody that waits, and one that is done and has its certificate."""
    from keepwell.customers.privacy import services
    from keepwell.customers.privacy.models import Request

    waits, done = (
        services.request_right(user=administrator, customer_id=one, right="erase", confirmation=one, now=now)
        for one in erased
    )
    # Erasing rewrites the history, which all tests share: here it is only said to be over.
    Request.objects.filter(pk=done.request_id).update(
        status="done", finished_at=now, certificate={"right": "erase"}
    )
    return {"request_id": waits.request_id, "done_request_id": done.request_id}
