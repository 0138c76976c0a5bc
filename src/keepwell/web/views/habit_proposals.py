"""What the habits of customers propose, with the evidence; what was done about it, and whether it helped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.insight.labels import LIFE_STAGE
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content import queries as content
from keepwell.outreach.habits import labels, queries, services
from keepwell.outreach.habits.contracts import Kind, ProposalError, ProposalView, Share, State
from keepwell.outreach.habits.core import share
from keepwell.outreach.habits.queries import Afterwards
from keepwell.outreach.tailoring import queries as tailoring
from keepwell.plays.experiments import services as experiments
from keepwell.plays.experiments.contracts import ArmValues, PlayError, PlayValues
from keepwell.web import formats
from keepwell.web.shell import render
from keepwell.web.views.text_reads import require

PLAY_DAYS = 30
ACTIONS = ("do", "undo", "dismiss", "draft")


def proposals(request: HttpRequest) -> HttpResponse:
    """Those that are open, and those that were decided."""
    require(request)
    now, every = clock.now(), queries.proposals()
    became = queries.afterwards(every, now=now)
    places = tailoring.places_named()
    rows = [_row(one, became.get(one.proposal_id), places) for one in every]
    may_act = access.may(request.user, Permission.SAVE_PLANS)
    context = {
        "title": _("Proposals from habits"),
        "open": [row for row in rows if row["one"].state is State.OPEN],
        "decided": [row for row in rows if row["one"].state is not State.OPEN],
        "may_act": may_act,
        "segments": [(one.segment_id, one.name) for one in segments.segments(request.user)]
        if may_act
        else [],
        "now": now,
    }
    return render(request, "keepwell/habits/proposals.html", context)


@require_POST
def act(request: HttpRequest, proposal_id: int, action: str) -> HttpResponse:
    """Carry a proposal out, undo it, dismiss it with a reason, or draft the play that tries its texts."""
    access.require(request.user, Permission.SAVE_PLANS)
    one = queries.proposal(proposal_id)
    if one is None or action not in ACTIONS:
        raise Http404
    who: dict[str, Any] = {
        "proposal_id": proposal_id,
        "actor": request.user.get_username(),
        "now": clock.now(),
    }
    try:
        if action == "draft":
            return _draft(request, one, who)
        if action == "do":
            services.carry_out(**who)
            messages.success(request, _("Done: the strategy says so now. It can be undone below."))
        elif action == "undo":
            services.undo(**who)
            messages.success(request, _("Undone: the strategy says again what it said before."))
        else:
            services.dismiss(reason=request.POST.get("reason", ""), **who)
            messages.success(request, _("Dismissed. It is not proposed again for half a year."))
    except ProposalError as error:
        messages.error(request, str(labels.PROBLEM[error.code]))
    return HttpResponseRedirect(reverse("habit_proposals"))


def _draft(request: HttpRequest, one: ProposalView, who: dict[str, Any]) -> HttpResponse:
    """A draft of a play in which the lot decides who reads which of the two texts."""
    if one.kind is not Kind.CONTENT or one.state is not State.OPEN:
        raise ProposalError("decided")
    asked = request.POST.get("segment", "")
    known = {str(each.segment_id): each.segment_id for each in segments.segments(request.user)}
    names = content.heads(one.change["texts"])
    today = who["now"].date()
    arms = tuple(
        ArmValues(name=names.get(code, (code, ""))[0][:80], text_code=code, channel=one.change["channel"])
        for code in one.change["texts"]
    )
    values = PlayValues(
        name=_("Which text is better: %(first)s or %(second)s")
        % {"first": arms[0].name[:30], "second": arms[1].name[:30]},
        hypothesis=row_words(one, tailoring.places_named())["evidence"],
        starts_on=today,
        ends_on=today + timedelta(days=PLAY_DAYS),
        arms=arms,
        segment_id=known.get(asked),
    )

    def make() -> str:
        return str(experiments.draft(values=values, actor=who["actor"], now=who["now"]).play_id)

    try:
        drafted = services.draft(make=make, **who)
    except PlayError:
        messages.error(
            request,
            _("The play could not be drafted: choose a segment, and see that both texts are still in use."),
        )
        return HttpResponseRedirect(reverse("habit_proposals"))
    messages.success(request, _("A play is drafted; nothing is sent before it is approved and started."))
    return HttpResponseRedirect(reverse("play", args=[drafted.made]))


def _row(one: ProposalView, became: Afterwards | None, places: dict[str, str]) -> dict[str, Any]:
    return {
        "one": one,
        "state": labels.STATE.get(one.state, ""),
        "became": _became(one, became) if became else "",
        "is_text": one.kind is Kind.CONTENT,
        "may_undo": one.state is State.DONE and one.kind is not Kind.CONTENT,
        **row_words(one, places),
    }


def row_words(one: ProposalView, places: dict[str, str]) -> dict[str, str]:
    """What is proposed, and why, in words."""
    better, worse = share(*one.evidence["better"]), share(*one.evidence["worse"])
    figures = {
        "better": _worded(better),
        "worse": _worded(worse),
        "low": formats.percent(one.evidence["low"]),
        "high": formats.percent(one.evidence["high"]),
        "days": one.evidence["days"],
        "compared": one.evidence["compared"],
    }
    stage = LIFE_STAGE.get(one.subject, one.subject)
    if one.kind is Kind.CHANNELS:
        first, second = (CHANNEL.get(one.evidence[name], one.evidence[name]) for name in ("first", "second"))
        order = [str(CHANNEL.get(code, code)) for code in one.change["channels"]]
        what = _("%(stage)s: try %(first)s before %(second)s (order: %(order)s)") % {
            "stage": stage,
            "first": first,
            "second": second,
            "order": get_text_list(order, _("then")),
        }
        why = _(
            "In %(days)s days %(first)s was answered by %(better)s, %(second)s by %(worse)s: between %(low)s "
            "and %(high)s more, right for all %(compared)s that were compared."
        ) % {**figures, "first": first, "second": second}
    elif one.kind is Kind.LIMIT:
        what = _("%(stage)s: write at most %(most)s times in %(span)s days, and have the limit bind") % {
            "stage": stage,
            "most": one.change["most"],
            "span": one.change["days"],
        }
        why = _(
            "In %(days)s days, of the messages to those who got more than %(bound)s, %(better)s made "
            "somebody unsubscribe or complain; of the messages to the others %(worse)s: between %(low)s and "
            "%(high)s more, right for all %(compared)s that were compared."
        ) % {**figures, "bound": formats.number(round(one.evidence["bound"]))}
    else:
        codes = (one.evidence["first"], one.evidence["second"])
        names = content.heads(codes)
        first, second = (names.get(code, (code, ""))[0] for code in codes)
        place = one.evidence["touchpoint"]
        what = _("Try “%(first)s” against “%(second)s” in a play: both are for “%(place)s”") % {
            "first": first,
            "second": second,
            "place": places.get(place, place),
        }
        why = _(
            "In %(days)s days “%(first)s” was opened by %(better)s, “%(second)s” by %(worse)s: between "
            "%(low)s and %(high)s more, right for all %(compared)s that were compared. Who got which was not "
            "drawn by lot; a play draws it."
        ) % {**figures, "first": first, "second": second}
    return {"what": what, "evidence": why}


def _became(one: ProposalView, found: Afterwards) -> str:
    figures = {"before": _worded(found.before), "after": _worded(found.after)}
    if one.kind is Kind.LIMIT:
        said = _("Messages that made somebody unsubscribe or complain: %(after)s since, %(before)s before.")
    else:
        said = _("Contacts that were answered: %(after)s since, %(before)s before.")
    verdict = {
        "better": _("Clearly better."),
        "worse": _("Clearly worse: look whether to undo it."),
        "": _("Too early or too few to tell a difference."),
    }[found.verdict]
    return f"{said % figures} {verdict}"


def _worded(one: Share) -> str:
    return _("%(share)s (%(events)s of %(units)s)") % {
        "share": formats.percent(one.value),
        "events": formats.number(one.events),
        "units": formats.number(one.units),
    }
