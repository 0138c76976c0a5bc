"""Who sounds unhappy: what was read in messages, e-mails and answers, and corrections of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.moods import access, services
from keepwell.outreach.moods.contracts import Feeling, MoodError, MoodPage, NoReadingError
from keepwell.outreach.moods.labels import FEELING
from keepwell.outreach.moods.queries import models, readings
from keepwell.web import exports, formats, mood_panel
from keepwell.web.shell import render
from keepwell.web.today import visible_names

PERIOD = timedelta(days=90)
PAGE = 50
FILE_MOST = 100_000


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """What was read in the last 90 days within reach; that the words were read is on record."""
    accounts.require(request.user, access.PERMISSION)
    user, now = cast(Any, request.user), clock.now()
    feeling = request.GET.get("feeling", Feeling.NEGATIVE)
    feeling = feeling if feeling in (*Feeling, "") else Feeling.NEGATIVE
    first = _number(request.GET.get("from", ""))
    found = readings.page(
        within=access.scope(user), since=now - PERIOD, feeling=feeling, limit=PAGE, offset=first
    )
    if found.lines:
        audit.log(
            actor=user.get_username(),
            action="mood.read",
            object_type="report",
            object_id="feelings",
            details={"customers": sorted({one.customer_id for one in found.lines})},
        )
    names = visible_names(user, {one.customer_id for one in found.lines})
    context = {
        "title": _("Feelings"),
        "sentence": sentence(found),
        "rows": [
            {
                **mood_panel.row(one),
                "name": names.get(one.customer_id) or one.customer_id,
                "channel": CHANNEL.get(one.channel, one.channel),
            }
            for one in found.lines
        ],
        "feeling": feeling,
        "feelings": list(FEELING.items()),
        "tabs": [
            ("negative", FEELING["negative"], found.negative),
            ("neutral", FEELING["neutral"], found.neutral),
            ("positive", FEELING["positive"], found.positive),
            ("", _("All"), found.negative + found.neutral + found.positive),
        ],
        "learnt": _learnt(),
        "may_correct": accounts.may(user, Permission.CHANGE_CUSTOMERS),
        "may_export": accounts.may(user, Permission.EXPORT_CUSTOMERS),
        "earlier": first - PAGE if first else None,
        "later": first + PAGE if first + PAGE < found.total else None,
        "now": now,
        "zone": users.zone_of(user),
    }
    return render(request, "keepwell/moods/list.html", context)


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The readings as a file: figures and codes, no words."""
    accounts.require(request.user, access.PERMISSION)
    accounts.require(request.user, Permission.EXPORT_CUSTOMERS)
    audit.log(
        actor=request.user.get_username(),
        action="mood.export",
        object_type="report",
        object_id="feelings",
        details={"kind": kind},
    )
    found = readings.page(
        within=access.scope(request.user), since=clock.now() - PERIOD, limit=FILE_MOST, offset=0
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, _lines(found), "keepwell-feelings")


HEADER = ("customer_id", "at", "origin", "channel", "feeling", "polarity", "confidence", "model", "corrected")


def _lines(found: MoodPage) -> Iterator[tuple[Any, ...]]:
    for one in found.lines:
        yield (
            one.customer_id, one.at.isoformat(), one.origin, one.channel, one.feeling.value, one.polarity,
            one.confidence, one.model, bool(one.corrected_by),
        )  # fmt: skip


@require_POST
def correct(request: HttpRequest, reading_id: int) -> HttpResponse:
    """Say how the customer really felt."""
    try:
        access.access_reading(request.user, reading_id)
        services.correct(
            reading_id=reading_id,
            feeling=request.POST.get("feeling", ""),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except NoReadingError:
        raise Http404(_("There is no such text.")) from None
    except MoodError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Kept. The next fit learns from it; choose again to take it back."))
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(back if safe else reverse("moods"))


def sentence(found: MoodPage) -> str:
    """The answer in one sentence."""
    read = found.negative + found.neutral + found.positive
    if not read:
        return _("Nothing that customers wrote in the last 90 days has been read yet.")
    return ngettext(
        "%(bad)s of %(count)s text of the last 90 days sounds unhappy.",
        "%(bad)s of %(count)s texts of the last 90 days sound unhappy.",
        read,
    ) % {"bad": formats.number(found.negative), "count": formats.number(read)}


def _learnt() -> str:
    """What the model that reads is made of."""
    newest = models.learnt()
    if newest is None:
        return _(
            "Read by a list of words. Once enough texts are corrected or came with a mark, Keepwell learns "
            "from them after each cycle."
        )
    said = {
        "texts": formats.number(newest.texts),
        "corrections": formats.number(newest.corrections),
        "learnt": formats.percent(newest.auc_learnt),
        "alone": formats.percent(newest.auc_lexicon),
    }
    if newest.is_used:
        return (
            _(
                "Read by a model that learnt from %(texts)s texts, %(corrections)s of them corrected by "
                "colleagues. Of two texts, one happy and one unhappy, it tells which is which in %(learnt)s; "
                "the list of words alone in %(alone)s."
            )
            % said
        )
    return (
        _(
            "Read by a list of words: what was learnt from %(texts)s texts is not better yet (%(learnt)s "
            "against %(alone)s told apart)."
        )
        % said
    )


def _number(text: str) -> int:
    return min(int(text), FILE_MOST) if text.isascii() and text.isdigit() and len(text) < 7 else 0
