"""What addresses name: everything that the shop has one of, so that who is let in finds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
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
    from keepwell.outreach.moods.models import Reading
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
    reading = Reading.objects.create(
        key=f"said-{customer_id}", customer_id=customer_id, origin="message", at=now, read_at=now,
        text="Late again", polarity=-0.4, confidence=0.7, feeling="negative", model="lexicon-1",
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
        "reading_id": reading.pk,
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
        "audience_id": of_advertising(now=now),
        "shift_id": of_duty(now=now),
        **of_chats(customer_id=customer_id, now=now),
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


def of_chats(*, customer_id: str, now: datetime) -> dict[str, Any]:
    """A group of customers with the customer in it, and a text that waits to go there."""
    from keepwell.outreach.chats.models import ChatGroup, ChatMember, GroupDelivery, GroupPost

    group = ChatGroup.objects.create(
        chat_id=f"wr-{customer_id}", owner="Nobody", members=2, name="Tea", read_at=now
    )
    ChatMember.objects.create(group=group, customer_id=customer_id)
    post = GroupPost.objects.create(
        template_code="news", template_version=1, language="en", purpose="service", text="Tea",
        created_at=now, created_by="test",
    )  # fmt: skip
    GroupDelivery.objects.create(post=post, group=group, due_at=now)
    return {"chat_group_id": group.pk, "chat_post_id": post.pk}


def of_duty(*, now: datetime) -> int:
    """A night on duty, of anybody who does tasks."""
    from keepwell.outreach import users
    from keepwell.outreach.vip import services

    hours = {"starts_at": now, "ends_at": now + timedelta(hours=8)}
    return services.add_shift(user_id=min(users.workers()), **hours, actor="test", now=now)


def of_advertising(*, now: datetime) -> int:
    """A list for a platform, of any segment."""
    from keepwell.insight.segments import queries as segments
    from keepwell.outreach.advertising import services

    one = segments.every()[0].segment_id
    asked = {"name": "All", "segment_id": one, "platform": "google", "use": "show"}
    return services.add(**asked, actor="test", now=now)


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
        plan = {"start": {"fact": "orders"}, "first": "pause", "steps": steps, "control": 0}
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
