"""The machine's part, twice a second: whoever wrote gets an answer or a receipt, or is given to people."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from keepwell.customers import queries as customers
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.core import address
from keepwell.outreach.firstreply import core, texts
from keepwell.outreach.firstreply.contracts import LANGUAGES, OPEN, Act, AnswerView, Cause, Rules, Stage
from keepwell.outreach.firstreply.matching import Match, Matcher
from keepwell.outreach.firstreply.models import Enquiry, EnquiryLine
from keepwell.outreach.firstreply.queries import answers
from keepwell.outreach.firstreply.queries import rules as queries
from keepwell.outreach.firstreply.services import closing
from keepwell.outreach.firstreply.services.handing import hand_over, tell_more
from keepwell.outreach.firstreply.services.taking import begin
from keepwell.outreach.replying import queries as standards
from keepwell.outreach.sending import heard
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.services import queueing
from keepwell.outreach.vip import queries as vip

log = logging.getLogger("keepwell.firstreply")
ACTOR = "keepwell"
AT_ONCE = 50
PRIORITY = 100
USEFUL = timedelta(minutes=30)  # later the first word of a machine would only puzzle
_REFERENCE = re.compile(r"<[^<>\s]{1,380}>")


def reply(*, now: datetime, limit: int = AT_ONCE) -> int:
    """See to every enquiry with messages that nobody has looked at; how many. Each in its own transaction.

    Where first replies were switched off meanwhile, people get them without a word of the machine. What the
    machine cannot do they get too, and it holds up nobody else.
    """
    waiting = EnquiryLine.objects.filter(done_at=None).order_by("enquiry")
    numbers = list(waiting.values_list("enquiry", flat=True).distinct()[:limit])
    if not numbers:
        return 0
    version = queries.active()
    rules = version.rules if version else queries.newest().rules
    usable = answers.valid(answers.today(now)) if version else {}
    matcher = answers.matcher(usable.values())
    done = 0
    for number in numbers:
        try:
            done += _see_to(number, rules, version is not None, usable, matcher, now)
        except Exception:
            log.exception("enquiry %s cannot be answered by the machine", number)
            done += _tried(number, rules, now)
    return done


def _tried(enquiry_id: int, rules: Rules, now: datetime) -> bool:
    try:
        return _give_to_people(enquiry_id, rules, now)
    except Exception:
        log.exception("enquiry %s waits: it cannot be given to people either", enquiry_id)
        return False


def _give_to_people(enquiry_id: int, rules: Rules, now: datetime) -> bool:
    with transaction.atomic():
        found = _waiting(enquiry_id, rules, now)
        if found is None:
            return False
        row, lines = found
        row.asked_at = lines[0].received_at
        hand_over(row, lines, Cause.NOT_SENT, rules, now)
        row.save()
        EnquiryLine.objects.filter(pk__in=[line.pk for line in lines]).update(done_at=now, act=Act.PERSON)
    return True


def _waiting(enquiry_id: int, rules: Rules, now: datetime) -> tuple[Enquiry, list[EnquiryLine]] | None:
    """The enquiry, locked, with what nobody has looked at; None where another worker was faster.

    What was written when somebody had answered already is a new enquiry: the answer cannot be one to it.
    """
    row = Enquiry.objects.select_for_update(of=("self",)).filter(pk=enquiry_id).first()
    lines = _not_done(enquiry_id)
    if row is None or not lines:
        return None
    if closing.note_answer(row, rules, now):
        row.save()
    if row.stage in OPEN:
        return row, lines
    row = begin(row.customer_id, row.channel, at=lines[0].received_at)
    EnquiryLine.objects.filter(pk__in=[line.pk for line in lines]).update(enquiry=row)
    return row, _not_done(row.pk)


def _not_done(enquiry_id: int) -> list[EnquiryLine]:
    return list(EnquiryLine.objects.filter(enquiry=enquiry_id, done_at=None).order_by("pk"))


def _see_to(
    enquiry_id: int,
    rules: Rules,
    is_on: bool,
    usable: Mapping[int, AnswerView],
    matcher: Matcher,
    now: datetime,
) -> bool:
    with transaction.atomic():
        found = _waiting(enquiry_id, rules, now)
        if found is None:
            return False
        row, lines = found
        said = "\n".join(line.text for line in lines)
        match = matcher.best(said)
        act, cause = core.act(
            said,
            stage=row.stage,
            score=match.score if match else None,
            threshold=rules.threshold,
            words=rules.person_words,
            age=now - min(line.at for line in lines),
        )
        is_silent = not is_on or not core.may_reply(_last_words(row), now, rules.apart_minutes)
        is_silent = is_silent or heard.has_ended(row.customer_id, row.channel)
        if act is Act.ANSWER and is_silent:
            act, cause = Act.PERSON, Cause.NOT_SENT
        _do(row, lines, act, cause, match, rules, usable, is_silent=is_silent, now=now)
        row.save()
        EnquiryLine.objects.filter(pk__in=[line.pk for line in lines]).update(
            done_at=now, act=act, answer=row.answer_id if act is Act.ANSWER else None
        )
    return True


def _do(
    row: Enquiry,
    lines: Sequence[EnquiryLine],
    act: Act,
    cause: Cause | None,
    match: Match | None,
    rules: Rules,
    usable: Mapping[int, AnswerView],
    *,
    is_silent: bool,
    now: datetime,
) -> None:
    was = row.stage
    row.language = row.language or _language(row, lines)
    if act is Act.NOTHING:
        if was == Stage.PERSON:
            tell_more(row, lines[-1], now)
        elif was == Stage.NEW:  # thanks for what is over
            row.stage, row.closed_at, row.routine = Stage.DROPPED, now, False
        return
    if match is not None and row.answer_id is None:
        row.score = match.score
    if act is Act.ANSWER and match is not None:
        row.stage, row.answer_id, row.score = Stage.MACHINE, match.key, match.score
        row.asked_at = lines[0].received_at
        text = _answer(usable[match.key], row.language, rules, is_guided=vip.guided(row.customer_id, now=now))
        _queue(row, lines[0], text, now)
        return
    row.asked_at = lines[0].received_at
    hand_over(row, lines, cause or Cause.NO_MATCH, rules, now)
    if not is_silent and cause is not Cause.LATE:
        name = "received" if was == Stage.NEW else "person"
        text = _with_standard(rules.texts[name], row, rules)
        _queue(row, lines[0], _to_ring(row, now) + text, now)


def _last_words(row: Enquiry) -> datetime | None:
    """When the machine wrote last in this conversation, in this enquiry or one before."""
    mine = Enquiry.objects.filter(customer_id=row.customer_id, channel=row.channel)
    found: datetime | None = mine.aggregate(last=Max("machine_at"))["last"]
    return found


def _language(row: Enquiry, lines: Sequence[EnquiryLine]) -> str:
    record = customers.addressees([row.customer_id]).get(row.customer_id)
    known = tuple(one for one in dict(settings.LANGUAGES) if one in LANGUAGES)
    spoken = address.spoken(record.language, record.country, known) if record else ""
    return core.language("\n".join(line.text for line in lines), spoken, known)


def _answer(answer: AnswerView, language: str, rules: Rules, *, is_guided: bool) -> str:
    """The answer with the way to a person: that comes first for whoever is guided."""
    spoken, text = core.said(answer.draft.texts, language)
    note = core.said(rules.texts["answered"], spoken)[1].replace("{person}", person_word(spoken, rules))
    parts = (note, "", text, answer.draft.link) if is_guided else (text, answer.draft.link, "", note)
    return "\n".join(one for one in parts if one or text).strip()


def _to_ring(row: Enquiry, now: datetime) -> str:
    """For whoever is guided, where the house has told its telephone number: that they may ring."""
    phone = str(content.brand().values.get("phone", "")).strip()
    if not phone or not vip.guided(row.customer_id, now=now):
        return ""
    return texts.RING.get(row.language, texts.RING["en"]).format(phone=phone) + "\n"


def person_word(language: str, rules: Rules) -> str:
    """The word that customers are told to write: that of the language, if it is still one of the rules'."""
    usual = texts.PERSON_FIRST.get(language, "")
    return usual if usual in rules.person_words else rules.person_words[0]


def _with_standard(said: Mapping[str, str], row: Enquiry, rules: Rules) -> str:
    """A receipt, with the channel's standard where customers are told it."""
    language, text = core.said(said, row.language)
    minutes = standards.promised().get(row.channel)
    if minutes is None or "within" not in rules.texts:
        return text
    within = core.said(rules.texts["within"], language)[1]
    return f"{text} {within.replace('{time}', span(minutes, language))}" if within else text


def span(minutes: int, language: str) -> str:
    """A span of minutes in words: whole hours as hours."""
    words = texts.SPANS.get(language, texts.SPANS["en"])
    return words[1].format(n=minutes // 60) if minutes % 60 == 0 else words[0].format(n=minutes)


def _queue(row: Enquiry, line: EnquiryLine, text: str, now: datetime) -> None:
    """Queue the machine's words; whether they may go the contact policy decides when they go."""
    row.machine_at = now
    row.message_key = f"first-reply:{line.pk}"
    queueing.queue(
        drafts=[draft(row, row.message_key, text, now, reference=line.reference)], actor=ACTOR, now=now
    )


def draft(
    row: Enquiry, key: str, text: str, now: datetime, *, reference: str = "", useful: timedelta = USEFUL,
    urgent: bool = True,
) -> Draft:  # fmt: skip
    """The machine's words as a message of service; an e-mail says that a program wrote it (RFC 3834)."""
    headers: dict[str, str] = {}
    if row.channel == "email":
        headers = {"Auto-Submitted": "auto-replied"}
        if _REFERENCE.fullmatch(reference):
            headers |= {"In-Reply-To": reference, "References": reference}
    return Draft(
        key=key,
        customer_id=row.customer_id,
        channel=row.channel,
        purpose="service",
        subject=texts.SUBJECTS.get(row.language, texts.SUBJECTS["en"]) if row.channel == "email" else "",
        text=text,
        language=row.language,
        priority=PRIORITY,
        urgent=urgent,
        not_after=now + useful,
        origin=f"first_reply:{row.pk}",
        headers=headers,
    )
