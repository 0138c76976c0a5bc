"""Rules of the first reply: written, tried on what came in, switched on and off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.firstreply import core, rulebook
from keepwell.outreach.firstreply.contracts import TRIAL_DAYS, Rules, RulesError, RulesVersion, Trial
from keepwell.outreach.firstreply.models import ReplyRules, ReplySwitch, TrialExample
from keepwell.outreach.firstreply.queries import answers
from keepwell.outreach.firstreply.queries import rules as queries
from keepwell.outreach.firstreply.services.taking import WRITTEN
from keepwell.outreach.questions import sources
from keepwell.outreach.questions.contracts import Inbound

TRIAL_MOST = 5_000  # of each source
EXAMPLES = 10  # of those that would be answered, and as many of the others
EXAMPLE_LENGTH = 300


def save_rules(*, rules: Rules, actor: str, now: datetime) -> RulesVersion:
    """Keep rules as a new version, which replies to nobody yet; the same again is the version that there is.

    Raises RulesError, which names each field.
    """
    problems = rulebook.check(rules, teams=users.teams(), workers=users.workers())
    if problems:
        raise RulesError(problems)
    with transaction.atomic():
        newest = ReplyRules.objects.select_for_update().order_by("-version").first()
        if newest is not None and rulebook.opened(newest.values) == rules:
            return queries.newest()
        row = ReplyRules.objects.create(
            version=newest.version + 1 if newest else 1,
            values=rulebook.packed(rules),
            created_at=now,
            actor=actor,
        )
        _audit("save", row.version, {"channels": list(rules.channels)}, actor, now)
    return queries.newest()


def try_rules(*, version: int, actor: str, now: datetime) -> Trial:
    """Say what this version would have done with the messages of the last 90 days, and keep that.

    Nobody is replied to by it. Of what customers wrote a few examples are kept, sealed. Raises RulesError for
    a version that there is not.
    """
    row = _row(version)
    trial, shown = trial_of(rulebook.opened(row.values), now=now)
    with transaction.atomic():
        ReplyRules.objects.filter(pk=row.pk).update(tried_at=now, tried=asdict(trial))
        # Only the newest trial keeps anybody's words.
        TrialExample.objects.all().delete()
        for one, title, score in shown:
            TrialExample.objects.create(
                rules=row,
                customer_id=one.customer_id,
                channel=one.channel,
                text=one.text[:EXAMPLE_LENGTH],
                title=title,
                score=score,
            )
        _audit("try", version, {"came": trial.came, "answered": trial.answered}, actor, now)
    return trial


def trial_of(rules: Rules, *, now: datetime) -> tuple[Trial, list[tuple[Inbound, str, float]]]:
    """What rules would have done with what came in within the last 90 days, and some of it."""
    since = now - timedelta(days=TRIAL_DAYS)
    came: Counter[str] = Counter()
    found: dict[str, Inbound] = {}
    for each in sources.recent(since, now, TRIAL_MOST):
        came[each.origin] += 1
        one = replace(each, text=each.own_words)
        if each.by_machine or each.origin not in WRITTEN or each.channel not in rules.channels:
            continue
        if core.is_enquiry(one.text) and not core.is_courtesy(one.text):
            found[one.key] = one
    usable = answers.valid(answers.today(now))
    matcher = answers.matcher(usable.values())
    counts: Counter[str] = Counter()
    asked, shown, rest = 0, [], []
    for one in found.values():
        if core.calls_person(one.text, rules.person_words):
            asked += 1
            continue
        match = matcher.best(one.text)
        if match is not None and match.score >= rules.threshold:
            title = usable[match.key].draft.title
            counts[title] += 1
            shown.append((one, title, match.score))
        else:
            rest.append((one, "", match.score if match else 0.0))
    # Those nearest to the threshold show best whether it is right.
    shown.sort(key=lambda told: told[2])
    rest.sort(key=lambda told: -told[2])
    trial = Trial(
        days=TRIAL_DAYS,
        came=len(found),
        answered=sum(counts.values()),
        asked_person=asked,
        by_answer=dict(counts.most_common()),
        is_cut=any(count >= TRIAL_MOST for count in came.values()),
    )
    return trial, [*shown[:EXAMPLES], *rest[:EXAMPLES]]


def switch_on(*, version: int, actor: str, now: datetime) -> None:
    """Reply by this version from now on.

    Raises RulesError where it was not tried, has no channel, or somebody has written a newer one since.
    """
    with transaction.atomic():
        row = _row(version)
        newest = ReplyRules.objects.select_for_update().order_by("-version").first()
        if newest is None or newest.pk != row.pk:
            raise RulesError(
                {"": _("Somebody has changed the rules since. Look at them and try them again.")}
            )
        if row.tried_at is None:
            raise RulesError({"": _("Try the rules first: then you see whom they would have answered.")})
        if not rulebook.opened(row.values).channels:
            raise RulesError({"channels": _("Choose at least one channel.")})
        _switch(row, actor, now)


def switch_off(*, actor: str, now: datetime) -> None:
    """Reply to nobody any more; what people have stays with them."""
    with transaction.atomic():
        _switch(None, actor, now)


def _switch(row: ReplyRules | None, actor: str, now: datetime) -> None:
    ReplySwitch.objects.update_or_create(pk=1, defaults={"on": row, "since": now, "actor": actor})
    _audit("on" if row else "off", row.version if row else 0, {}, actor, now)


def _row(version: int) -> ReplyRules:
    row = ReplyRules.objects.filter(version=version).first()
    if row is None:
        raise RulesError({"": _("There are no such rules.")})
    return row


def _audit(action: str, version: int, details: Mapping[str, Any], actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=f"first_reply.{action}",
        object_type="first_reply",
        object_id=str(version),
        details=dict(details),
        at=now,
    )
