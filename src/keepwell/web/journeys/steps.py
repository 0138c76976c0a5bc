"""Forms of steps: what each kind asks, read from a form and shown in one; and new steps as they begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from keepwell.accounts.access import Account
from keepwell.customers import labels as customer_labels
from keepwell.customers import queries as customers
from keepwell.outreach import labels as outreach_labels
from keepwell.outreach import users
from keepwell.outreach.contracts import Channel
from keepwell.outreach.coupons import queries as coupons
from keepwell.outreach.groups import queries as groups
from keepwell.outreach.journeys import labels, queries
from keepwell.outreach.journeys.core.graph import BEST
from keepwell.outreach.journeys.core.reading import PURPOSES
from keepwell.outreach.journeys.words import WEEKDAYS
from keepwell.outreach.tailoring import queries as tailoring
from keepwell.web.journeys import events
from keepwell.web.journeys.fields import Field, duration, number, select, span, whole

Json = dict[str, Any]
LANGUAGES = ("en", "zh-hans", "zh-hant")
ARMS_MAX = 8
PALETTE = (
    "wait", "wait_until", "wait_for", "branch", "split", "message", "task", "tag", "notice", "request", "end",
)  # fmt: skip
ABOUT = {
    "wait": pgettext_lazy("about a step", "Let some time pass."),
    "wait_until": pgettext_lazy(
        "about a step", "Until an hour, a weekday or the end of a month, on their clock."
    ),
    "wait_for": pgettext_lazy("about a step", "Until something happens, but no longer than you say."),
    "branch": pgettext_lazy("about a step", "Different ways for different people."),
    "split": pgettext_lazy("about a step", "By lot, to compare two ways."),
    "message": pgettext_lazy("about a step", "A text on the channel that suits, under the contact policy."),
    "task": pgettext_lazy("about a step", "Something for a colleague to do."),
    "tag": pgettext_lazy("about a step", "Mark the customer."),
    "notice": pgettext_lazy("about a step", "A line to a group of colleagues."),
    "request": pgettext_lazy(
        "about a step", "Have your own system do something, by webhook, and go on by its answer."
    ),
    "end": pgettext_lazy("about a step", "Nothing follows."),
}
# "goal" counts as success in the statistics.
OUTCOMES = ("end", "goal", "exit")


def new(kind: str) -> Json:
    """A step of a kind as it begins: it can be kept as it is; the checks say what it lacks."""
    ordered = {"fact": "orders", "where": []}
    if kind == "wait":
        return {"kind": kind, "days": 1}
    if kind == "wait_until":
        return {"kind": kind, "at": "10:00"}
    if kind == "wait_for":
        return {"kind": kind, "for": ordered, "days": 7}
    if kind == "branch":
        return {"kind": kind, "cases": [{"happened": ordered}]}
    if kind == "split":
        return {"kind": kind, "arms": [{"code": "A", "share": 0.5}, {"code": "B", "share": 0.5}]}
    if kind == "message":
        channel, code = first_text()
        return {"kind": kind, "contents": {channel: code}, "channel": channel, "purpose": "service"}
    if kind == "task":
        return {"kind": kind, "task": "call", "words": {}}
    if kind == "tag":
        found = customers.tags(only_active=True)
        return {"kind": kind, "tag": found[0].name if found else "tag"}
    if kind == "notice":
        first = next((one.name for one in groups.groups() if one.active), "group")
        return {"kind": kind, "group": first, "words": {_own_language(): str(labels.STEP[kind])}}
    if kind == "request":
        return {"kind": kind, "what": "payment.retry", "hours": 2}
    return {"kind": "end"}


def first_text() -> tuple[str, str]:
    """A channel and a template to begin with: e-mail, else the first channel that has one.

    Not one that must name a code where no offer goes with it: nobody would get it.
    """
    texts = queries.texts()
    for channel in ("email", *texts):
        for code, _name in texts.get(channel, ()):
            if not coupons.lacking([code]):
                return channel, code
    return "email", "text"


def read(kind: str, post: QueryDict, was: Mapping[str, Any]) -> Json:
    """The step that a form says; what the form does not ask stays as it was."""
    told: Json = dict(was)
    for unit in ("minutes", "hours", "days"):
        told.pop(unit, None)
    if kind in ("wait", "wait_for", "request"):
        told |= span(post)
    if kind == "wait_until":
        told = {"kind": kind, "next": was.get("next", ""), "at": post.get("at", "")}
        if "month_end" in post:
            told["month_end"] = True
        elif days := [int(one) for one in post.getlist("weekdays") if one.isdecimal()]:
            told["weekdays"] = days
    elif kind == "wait_for":
        told["for"] = events.read(post)
        told.pop("standard", None)
        if standard := whole(post, "standard"):
            told["standard"] = standard
    elif kind == "split":
        told["arms"] = _arms(post, was)
    elif kind == "message":
        told |= _message(post, was)
    elif kind == "task":
        told |= {
            "task": post.get("task", ""),
            "owner": post.get("owner", "owner"),
            "due_days": whole(post, "due_days"),
            "channel": post.get("channel", ""),
            "response": post.get("response", ""),
            "words": _words(post),
        }
    elif kind == "tag":
        told["tag"] = post.get("tag", "")
    elif kind == "notice":
        told |= {"group": post.get("group", ""), "words": _words(post)}
    elif kind == "request":
        told["what"] = post.get("what", "").strip()
    elif kind == "end":
        told["outcome"] = post.get("outcome", "end")
    return told


def _words(post: QueryDict) -> dict[str, str]:
    words = {code: post.get(f"words.{code}", "").strip() for code in LANGUAGES}
    return {code: text for code, text in words.items() if text}


def _own_language() -> str:
    return (get_language() or "en").lower()


def _arms(post: QueryDict, was: Mapping[str, Any]) -> list[Json]:
    ways = [arm.get("next", "") for arm in was["arms"]]
    found = []
    for place in post.getlist("arm")[:ARMS_MAX]:
        if not place.isdecimal():
            continue
        typed = post.get(f"share.{place}", "").replace("%", "").replace(",", ".").strip()
        try:
            share: Any = round(float(typed) / 100, 6)
        except ValueError:
            share = typed
        next_ = ways[int(place)] if int(place) < len(ways) else (ways[-1] if ways else "")
        found.append({"code": post.get(f"code.{place}", "").strip(), "share": share, "next": next_})
    return found


def _message(post: QueryDict, was: Mapping[str, Any]) -> Json:
    before = [channel for channel, _code in _pairs(was.get("contents", ()))]
    order = [*before, *(one for one in queries.texts() if one not in before)]
    contents = [[one, post.get(f"text.{one}", "")] for one in order if post.get(f"text.{one}")]
    named = {channel for channel, _code in contents}
    channel = post.get("channel", was.get("channel", BEST))
    if channel != BEST and channel not in named:
        channel = BEST
    return {
        "purpose": post.get("purpose", ""),
        "channel": channel,
        "contents": contents,
        "priority": whole(post, "priority", 50),
        "useful_hours": whole(post, "useful_hours", 72),
        "urgent": "urgent" in post,
        "touchpoint": post.get("touchpoint", was.get("touchpoint", "")),
        "best_hour": "best_hour" in post,
        "from_manager": "from_manager" in post,
    }


def _pairs(contents: Any) -> list[tuple[str, str]]:
    listed = contents.items() if isinstance(contents, Mapping) else contents
    return [(str(channel), str(code)) for channel, code in listed]


def act(piece: Json, do: str) -> None:
    """Change what a form has: arm, unarm:PLACE, filter, unfilter:PLACE."""
    verb, _sep, place = do.partition(":")
    arms = piece.get("arms")
    if arms is not None and verb == "arm" and len(arms) < ARMS_MAX:
        used = {arm["code"] for arm in arms}
        code = next(letter for letter in "ABCDEFGHIJKLMNOPQ" if letter not in used)
        arms.append({"code": code, "share": "", "next": arms[-1]["next"] if arms else ""})
    elif (
        arms is not None
        and verb == "unarm"
        and place.isdecimal()
        and len(arms) > int(place)
        and len(arms) > 1
    ):
        arms.pop(int(place))
    elif "for" in piece:
        events.act(piece["for"], do)


def fields(piece: Mapping[str, Any], user: Account) -> list[Field]:
    """The fields of a step."""
    kind = piece["kind"]
    if kind == "wait":
        return [duration(piece, _("How long"))]
    if kind == "wait_until":
        return _until(piece)
    if kind == "wait_for":
        choice = select("kind", _("Wait until"), events.kind_of(piece["for"]), events.EVENT_KINDS, again=True)
        standard = number(
            "standard",
            _("Of the channel’s reply-time standard"),
            piece.get("standard") or "",
            unit="%",
            help=_("Where a ticket began the journey: counted from its opening. Empty: the time above."),
        )
        return [choice, *events.fields(piece["for"], user), duration(piece, _("At most")), standard]
    if kind == "split":
        rows = [{"place": n, **arm, "percent": _percent(arm["share"])} for n, arm in enumerate(piece["arms"])]
        more = {"may_add": len(rows) < ARMS_MAX, "may_drop": len(rows) > 1}
        return [Field("arms", "arms", _("Ways and their shares"), options=rows, more=more)]
    if kind == "message":
        return _message_fields(piece)
    if kind == "task":
        return _task_fields(piece)
    if kind == "tag":
        named = [(one.name, one.name) for one in customers.tags(only_active=True)]
        note = "" if named else _("There is no tag yet. Make one under Settings, Tags.")
        return [select("tag", _("Tag"), piece.get("tag", ""), named, help=note)]
    if kind == "notice":
        there = [(one.name, one.name) for one in groups.groups() if one.active]
        note = "" if there else _("There is no group yet. Make one under Settings, Notices to groups.")
        said = _words_fields(piece, _("What the group reads, in %(language)s"))
        return [
            select("group", pgettext("of colleagues", "Group"), piece.get("group", ""), there, help=note),
            *said,
        ]
    if kind == "request":
        asked = Field("text", "what", _("What your system is to do"), piece.get("what", ""))
        asked.help = _(
            "A name that your system knows, such as payment.retry. It is posted to the addresses under "
            "Settings, Integrations, that want “A journey asks your system”, signed, and again until it is "
            "taken, always under the same number: your system does it once."
        )
        return [asked, duration(piece, _("Wait for its answer at most"))]
    if kind == "end":
        ends = [(code, labels.OUTCOME[code]) for code in OUTCOMES]
        return [select("outcome", _("Counts as"), piece.get("outcome", "end"), ends)]
    return []


def _percent(share: Any) -> str:
    return f"{share * 100:.4f}".rstrip("0").rstrip(".") if isinstance(share, int | float) else str(share)


def _until(piece: Mapping[str, Any]) -> list[Field]:
    chosen = {str(one) for one in piece.get("weekdays", ())}
    days = [(str(n), word, str(n) in chosen) for n, word in enumerate(WEEKDAYS)]
    return [
        Field("time", "at", _("Time of day, on the customer's clock"), piece.get("at", "")),
        Field("checks", "weekdays", _("Only on"), options=days, help=_("None chosen: any day.")),
        Field("check", "month_end", _("On the last day of a month"), piece.get("month_end", False)),
    ]


def _message_fields(piece: Mapping[str, Any]) -> list[Field]:
    contents = dict(_pairs(piece.get("contents", ())))
    purposes = [(code, customer_labels.PURPOSE[code]) for code in PURPOSES]
    found = [select("purpose", _("What for"), piece.get("purpose", ""), purposes)]
    for channel, listed in queries.texts().items():
        chosen = contents.get(channel, "")
        if not listed and not chosen:
            continue
        options = [("", _("not by this channel")), *listed]
        found.append(
            select(f"text.{channel}", customer_labels.CHANNEL.get(channel, channel), chosen, options)
        )
    used = [(one, customer_labels.CHANNEL.get(one, one)) for one in contents]
    if len(used) > 1 or piece.get("channel") not in (BEST, *contents):
        best = (BEST, _("the one that suits the customer best"))
        found.append(select("channel", _("By which channel"), piece.get("channel", BEST), [best, *used]))
    places = [("", _("nowhere: everybody gets the same text")), *tailoring.places_named().items()]
    place = select("touchpoint", _("By group and stage as planned at"), piece.get("touchpoint", ""), places)
    place.help = _("A touchpoint of the journey map.")
    found.append(place)
    hours = number("useful_hours", _("Of use for"), piece.get("useful_hours", 72), unit=_("hours"))
    hours.help = _("Later it is not sent any more.")
    priority = number("priority", _("Priority"), piece.get("priority", 50), help=_("0 to 100."))
    hour = Field("check", "best_hour", _("At each customer's best hour"), piece.get("best_hour", False))
    hour.help = _("Within a day, by their own clock, never at night. Messages of service go at once.")
    name = _("In the name of who looks after the customer")
    own = Field("check", "from_manager", name, piece.get("from_manager", False))
    own.help = _("Whoever has nobody gets it from the shop.")
    urgent = Field("check", "urgent", _("Urgent"), piece.get("urgent", False))
    return [*found, hours, priority, urgent, hour, own]


def _words_fields(piece: Mapping[str, Any], label: str) -> list[Field]:
    """A field for each language, one's own first."""
    words = piece.get("words", {})
    own = _own_language()
    return [
        Field(
            "text",
            f"words.{code}",
            label % {"language": customer_labels.LANGUAGE[code]},
            words.get(code, ""),
        )
        for code in sorted(LANGUAGES, key=lambda code: code != own)
    ]


def _task_fields(piece: Mapping[str, Any]) -> list[Field]:
    said = _words_fields(piece, _("What to do, in %(language)s"))
    people = [(user.get_username(), users.name_of(user)) for user in users.workers().values()]
    owners = [("owner", _("whoever looks after the customer")), ("queue", _("the queue")), *people]
    channels = [("", "–"), *((str(one), outreach_labels.CHANNEL[str(one)]) for one in Channel)]
    responses = [("", "–"), *outreach_labels.RESPONSE.items()]
    return [
        select("task", _("Kind of task"), piece.get("task", ""), outreach_labels.KIND.items()),
        *said,
        select("owner", _("Who does it"), piece.get("owner", "owner"), owners),
        number("due_days", _("Due after"), piece.get("due_days", 1), unit=_("days")),
        select("channel", _("By which channel"), piece.get("channel", ""), channels),
        select("response", _("Response to a warning"), piece.get("response", ""), responses),
    ]
