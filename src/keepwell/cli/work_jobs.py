"""The jobs of `keepwell work`: what falls due again and again, and how often."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from keepwell.cli.errors import explain
from keepwell.cli.mail import take_delivered
from keepwell.cli.webhooks import deliver_beside

log = logging.getLogger("keepwell.work")

AFTER_ERROR_SECONDS_MAX = 300.0
TIDY_EVERY = timedelta(days=1)
# A live event fires its journey within two seconds, and who writes is answered within thirty: no other job
# may stand before these. `send_1` only starts the process that sends.
QUICK, QUICK_SECONDS = frozenset({"outbox", "journeys", "first_replies", "send_1"}), 0.5


@dataclass
class Job:
    """Something to do again and again; `every_seconds` apart, longer after errors."""

    name: str
    run: Callable[[], Any]
    every_seconds: float
    due_at: float = 0.0  # on the monotonic clock
    errors: int = 0
    result: Any = None

    def attempt(self) -> None:
        """Do it if it is due; an error is logged and the next attempt comes later."""
        if time.monotonic() < self.due_at:
            return
        pause = self.every_seconds
        try:
            self.result = self.run()
            self.errors = 0
        except Exception as error:
            self.errors += 1
            pause = min(max(pause, 1.0) * 2**self.errors, AFTER_ERROR_SECONDS_MAX)
            log.warning("%s failed, again in %.0f s: %s", self.name, pause, explain(error)[0])
        self.due_at = time.monotonic() + pause


def jobs() -> list[Job]:
    """What there is to do, in the order of its urgency."""
    return [
        Job("outbox", _flush, QUICK_SECONDS),
        Job("journeys", _journeys, QUICK_SECONDS),
        Job("first_replies", _first_replies, QUICK_SECONDS),
        Job("plays", _plays, 5.0),
        Job("coupons", _coupons, 300.0),
        Job("segments", _follow_segments, 2.0),
        Job("changed_records", _notice_changes, 60.0),
        Job("webhooks", deliver_beside, 1.0),
        Job("mail", take_delivered, 2.0),
        Job("imports", _finish_imports, 30.0),
        Job("complaints", _complaints, 120.0),
        Job("alerts", _alerts, 30.0),
        Job("questions", _questions, 10.0),
        Job("moods", _moods, 300.0),
        Job("vip", _vip, 300.0),
        Job("enquiries", _enquiries, 10.0),
        Job("winback", _winback, 300.0),
        Job("play_results", _play_results, 300.0),
        Job("care", _care, 300.0),
        Job("customer_groups", _customer_groups, 60.0),
        Job("read_customer_groups", _read_customer_groups, 300.0),
        Job("remedies", _remedies, 60.0),
        Job("pace", _pace, 6 * 3600.0),
        Job("habits", _habits, 24 * 3600.0),
        Job("buying_stages", _buying_stages, 3600.0),
        Job("journey_map", _measure_map, 6 * 3600.0),
        Job("notifications", _notify, 60.0),
        Job("privacy", _privacy, 5.0),
        Job("erasures", _replay_erasures, 900.0),
        Job("removed", _forget_removed, 60.0),
        Job("compaction", _compact, 900.0),
        Job("tidying", _tidy, TIDY_EVERY.total_seconds()),
        Job("retention", _retention, TIDY_EVERY.total_seconds()),
        Job("duplicates", _find_duplicates, TIDY_EVERY.total_seconds()),
    ]


def _forget_removed() -> int:
    """Delete for good what somebody took away and can no longer bring back."""
    from keepwell.customers import services

    return services.purge_removed()


def _flush() -> dict[str, int]:
    from keepwell.history import services

    result = services.flush()
    return {"accepted": result.accepted, "duplicate": result.duplicate}


def _journeys() -> dict[str, int]:
    """People who begin a journey today, and those who take their next step."""
    from keepwell.foundation import clock
    from keepwell.outreach.journeys import services

    done = services.work(clock.now())
    return {"entered": done.entered, "moved": done.moved, "failed": done.failed}


def _first_replies() -> int:
    """Whoever wrote to us: an answer or a receipt by machine, or a piece of work for people."""
    from keepwell.foundation import clock
    from keepwell.outreach.firstreply import services

    return services.reply(now=clock.now())


def _enquiries() -> dict[str, int]:
    """What became of enquiries, and who waits for longer than the standard."""
    from keepwell.foundation import clock
    from keepwell.outreach.firstreply import services

    return services.watch(now=clock.now())


def _coupons() -> Any:
    """Tell which coupons have ended, make void those nobody was told of, say which lists run low."""
    from keepwell.foundation import clock
    from keepwell.outreach.coupons import services as coupons

    return asdict(coupons.tidy(now=clock.now()))


def _customer_groups() -> dict[str, int]:
    """Texts to groups of customers that are due, what became of those that went."""
    from keepwell.foundation import clock
    from keepwell.outreach.chats import services

    return asdict(services.work(now=clock.now()))


def _read_customer_groups() -> dict[str, int]:
    """Groups of customers read anew; where that fails, texts to them go on."""
    from keepwell.foundation import clock
    from keepwell.outreach.chats import services

    return asdict(services.refresh_when_due(now=clock.now()))


def _plays() -> dict[str, int]:
    """Members who are dealt out, contacted and followed; plays whose time is over."""
    from keepwell.foundation import clock
    from keepwell.plays.experiments import services

    return services.work(now=clock.now())


def _remedies() -> dict[str, int]:
    """Whoever met a friction of the journey map whose remedy is on."""
    from keepwell.foundation import clock
    from keepwell.outreach.touchpoints import services

    done = services.work(clock.now())
    return {"started": done.started, "passed": done.passed, "failed": done.failed}


def _pace() -> dict[str, int]:
    """How often each customer is written to, by what they made of our e-mails."""
    from keepwell.foundation import clock
    from keepwell.outreach.pacing import services
    from keepwell.outreach.policy import queries as policy

    told = services.work_out(now=clock.now(), agreed_only=policy.rules().follow_agreed_only)
    return dict(told.levels)


def _habits() -> int:
    """What the habits of customers propose; nothing is changed by it."""
    from keepwell.foundation import clock
    from keepwell.outreach.habits import services

    return services.look(now=clock.now())


def _buying_stages() -> dict[str, int]:
    """How far each customer is in buying, and who is in which cell of the plans of content."""
    from keepwell.foundation import clock
    from keepwell.outreach.tailoring import services

    return services.work(now=clock.now())


def _measure_map() -> int:
    from keepwell.foundation import clock
    from keepwell.outreach.touchpoints import services
    from keepwell.outreach.touchpoints.contracts import SPANS

    for days in SPANS:
        services.measure(days=days, now=clock.now())
    return len(SPANS)


def _follow_segments() -> int:
    from keepwell.insight.segments import services

    return services.follow()


def _notice_changes() -> int:
    from keepwell.insight.segments import services

    return services.notice_changes()


def _finish_imports() -> int:
    from keepwell.foundation import clock
    from keepwell.intake import services

    return services.finish_pending(actor="worker", now=clock.now())


def _complaints() -> dict[str, int]:
    """Whoever has a severe complaint open is left alone by marketing; imports are seen here."""
    from keepwell.foundation import clock
    from keepwell.outreach.policy import complaints

    done = complaints.follow(now=clock.now())
    return {"placed": done.placed, "lifted": done.lifted}


def _alerts() -> int:
    from keepwell.foundation import clock
    from keepwell.outreach.services import alerts

    done = alerts.run(now=clock.now())
    return done.tasks if done else 0


def _questions() -> dict[str, int]:
    """Feedback that goes to departments, questions that are overdue."""
    from keepwell.foundation import clock
    from keepwell.outreach.questions import services

    return services.work(now=clock.now())


def _moods() -> dict[str, int]:
    """After each cycle: feelings in what was written before, and what is learnt from corrections."""
    from keepwell.foundation import clock
    from keepwell.outreach.moods import services

    return asdict(services.work(now=clock.now()))


def _vip() -> int:
    """Tasks of customers who are VIP now come first, those of others no longer."""
    from keepwell.outreach.vip import services

    return services.follow()


def _winback() -> dict[str, int]:
    from keepwell.foundation import clock
    from keepwell.plays.winback import services

    return services.run(now=clock.now())


def _play_results() -> dict[str, int]:
    """Look at what plays, journeys and mailings did, and learn from plays that are over."""
    from keepwell.foundation import clock
    from keepwell.plays.learning import services
    from keepwell.plays.lifts import services as lifts

    done = services.run(now=clock.now())
    looks = lifts.run(now=clock.now())
    return {"looks": done.looks, "alarms": done.alarms, "lessons": done.lessons, "lifts": looks}


def _care() -> dict[str, int]:
    from keepwell.foundation import clock
    from keepwell.plays.care import services

    return services.run(now=clock.now())


def _notify() -> dict[str, int]:
    from django.conf import settings

    from keepwell.foundation import clock
    from keepwell.outreach import letters
    from keepwell.outreach.channels.person import services as errands
    from keepwell.outreach.groups import services as groups
    from keepwell.outreach.services import digests, gathering

    now = clock.now()
    gathering.gather(now=now)
    errands.hand_out(now=now)
    groups.send_due(now=now)
    # Without a mail server nothing is sent, and nothing counts as tried.
    return digests.send_due(now=now, write=letters.daily) if settings.KEEPWELL_SMTP_URL else {}


def _privacy() -> int:
    """People who are to be erased or anonymised."""
    from keepwell.customers.privacy import services

    return services.run_requests()


def _replay_erasures() -> int:
    from keepwell.customers.privacy import services

    return services.replay_ledger()


def _retention() -> dict[str, int]:
    from keepwell.customers.privacy import services

    return services.apply_retention()


def _find_duplicates() -> int:
    from keepwell.customers.identity import services

    return services.find_duplicates(actor="worker")


def _compact() -> dict[str, int]:
    from keepwell.history import services

    return {done.table: done.rows_rewritten for done in services.compact() if done.rows_rewritten}


def _tidy() -> int:
    from keepwell.foundation import clock
    from keepwell.history import services
    from keepwell.intake.jobs import services as jobs
    from keepwell.integrations import services as integrations
    from keepwell.outreach.advertising import services as advertising
    from keepwell.outreach.journeys import services as journeys

    now = clock.now()
    files = sum(done.files for done in services.tidy())
    journeys.tidy(now=now)
    advertising.tidy(now=now)
    return files + jobs.tidy(now=now) + integrations.tidy(now=now)
